"""Commands of whoever runs the server, in this process, against both engines, while it runs."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from whimbrel.accounts import cli, links, passwords, serialize, sessions
from whimbrel.accounts.queries import entry, people, users
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import token as secret

CREATE = ("account", "create", "ada", "--email", "ada@example.org")


class Console:
    """The command line, with a database that is open elsewhere as well."""

    def __init__(self, db: Any) -> None:
        self.db = db
        self.app = typer.Typer()

        @contextmanager
        def opened(data: Any, file: Any) -> Iterator[Any]:
            yield db

        cli.add_to(self.app, opened)

    def __call__(self, *words: str, fails: type[Exception] | None = None, **more: Any) -> Any:
        done = CliRunner().invoke(self.app, words, **more)
        if fails is None:
            assert done.exception is None, done.exception
        else:
            assert isinstance(done.exception, fails)
        return done

    def user(self, name: str = "ada") -> Any:
        return self.db.write_sync(users.by_name, name)

    def token(self, text: str) -> Any:
        return self.db.write_sync(entry.token, sha256(text.encode()).digest())


@pytest.fixture
def console(db) -> Console:
    return Console(db)


def test_making_an_account(console):
    """Confirmed, approved, and able to sign in with what was printed, at once."""
    made = console(*CREATE, "--role", "admin")
    printed = made.stdout.strip()
    user = console.user()
    assert (user.role, bool(user.confirmed_at), bool(user.approved_at)) == ("admin", True, True)
    assert passwords.verify_sync(console.db.keyring, user.password, printed)
    console(*CREATE, fails=Invalid)
    console("account", "create", "ada2", "--email", "ada@example.org", fails=Invalid)


def test_a_given_password_is_not_printed(console):
    """Standard output ends in logs and scroll-back."""
    made = console(*CREATE, "--password", "correct horse battery")
    assert made.stdout == ""
    assert "correct horse" not in made.stderr
    assert passwords.verify_sync(
        console.db.keyring, console.user().password, "correct horse battery"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("account", "create", "a b", "--email", "ada@example.org"),
        ("account", "create", "ada", "--email", "nonsense"),
        (*CREATE, "--role", "king"),
        (*CREATE, "--password", "short"),
    ],
)
def test_what_cannot_be_is_refused(console, words):
    console(*words, fails=Invalid)
    assert console.user() is None


def test_a_token_and_nothing_else(console):
    """Scripts read it from a pipe."""
    console(*CREATE)
    printed = console("token", "create", "ada", "--scopes", "read write:media").stdout
    assert printed.count("\n") == 1
    held = console.token(printed.strip())
    assert (held.account, held.scopes) == (console.user().account, "read write:media")
    console("token", "create", "ada", "--scopes", "nonsense", fails=Invalid)
    console("token", "create", "bob", fails=NotFound)


def test_ending_access(console):
    """Disabling and a new password end what was open (CVE-2025-62174)."""
    console(*CREATE)
    account = console.user().account
    console.db.write_sync(lambda tx: sessions.begin(tx, account))
    token = console("token", "create", "ada").stdout.strip()
    printed = console("account", "reset-password", "@ADA").stdout.strip()
    assert console.token(token) is None
    assert passwords.verify_sync(console.db.keyring, console.user().password, printed)
    token = console("token", "create", "ada").stdout.strip()
    console("account", "disable", "ada")
    assert console.token(token) is None
    assert console("account", "list").stdout == "ada\tada@example.org\tuser\tdisabled\n"
    console("account", "enable", "ada")
    assert console("account", "list").stdout == "ada\tada@example.org\tuser\tactive\n"


def test_who_has_died_is_remembered(console):
    """Their profile says so, here and elsewhere, and nobody can write in their name."""
    console(*CREATE)
    token = console("token", "create", "ada").stdout.strip()
    account = console.user().account
    for words, remembered in (((), True), (("--undo",), False)):
        console("account", "memorial", "ada", *words)
        mine = console.db.write_sync(people.by_id, account)
        assert mine.memorial is remembered
        said = json.loads(serialize.account(console.db.instance, mine))
        assert ("memorial" in said) is remembered
        assert (console.user().disabled_at is not None) is remembered
        assert console.token(token) is None


def test_deleting_asks_first(console):
    """There is no way back."""
    console(*CREATE)
    console("account", "delete", "ada", input="n\n", fails=SystemExit)
    assert console.user() is not None
    console("account", "delete", "ada", input="y\n")
    assert console.user() is None
    console("account", "delete", "ada", "--yes", fails=NotFound)


def test_deleting_prints_where_the_receipt_is(console):
    """For who is erased because they asked for it, and have no mailbox any more."""
    console(*CREATE)
    done = console("account", "delete", "ada", "--yes")
    assert done.stdout.startswith("https://social.example/auth/farewell?receipt=")
    assert done.stdout.count("\n") == 1
    assert "by letter" in done.stderr


def test_an_invitation_is_a_link(console):
    printed = console("invite", "create", "--uses", "3").stdout.strip()
    address, _, code = printed.partition("=")
    assert address == "https://social.example/auth/sign-up?invite"
    found = console.db.write_sync(links.stored.find_invite, sha256(code.encode()).digest())
    assert found is not None


def test_a_file_of_people(console, tmp_path):
    """Moving a community: names with tokens come back in the order of the file."""
    file = tmp_path / "people.csv"
    file.write_text(
        "name,email,password,role\nada,ada@example.org,correct horse battery,admin\n"
        "\nbob,bob@example.org\n@eve,Eve@example.org,,moderator\n"
    )
    lines = console("account", "import", str(file), "--tokens", "read write").stdout.splitlines()
    names, tokens = zip(*(line.split(",") for line in lines), strict=True)
    assert names == ("ada", "bob", "eve")
    assert all(console.token(token).scopes == "read write" for token in tokens)
    assert console.user("bob").password is None
    assert [console.user(name).role for name in names] == ["admin", "user", "moderator"]
    console("account", "import", str(file), fails=Invalid)
    bare = tmp_path / "bare.csv"
    bare.write_text("zoe,zoe@example.org\n")
    assert console("account", "import", str(bare)).stdout == "zoe,\n"


@pytest.mark.parametrize("line", ["a b,a@example.org", "bob,nonsense", "bob,b@example.org,,king"])
def test_a_bad_line_is_named(console, tmp_path, line):
    """Nothing is made of a file that cannot be right."""
    file = tmp_path / "people.csv"
    file.write_text(f"ada,ada@example.org\n{line}\n")
    refused = console("account", "import", str(file), fails=Invalid)
    assert "line 2" in str(refused.exception)
    assert console.user() is None


def test_many_people_are_quick(console, tmp_path):
    """10,000 in under 30 s: a tenth of them in a tenth of the time, with room to spare."""
    file = tmp_path / "people.csv"
    file.write_text("".join(f"u{n},{secret(64)[:8].lower()}{n}@example.org\n" for n in range(1000)))
    began = time.monotonic()
    lines = console("account", "import", str(file), "--tokens", "read").stdout.splitlines()
    assert len(lines) == 1000
    assert time.monotonic() - began < 6
