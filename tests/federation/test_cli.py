"""What whoever runs the server does about other servers, beside the running one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import met
import pytest
import typer
from sqlalchemy import select
from typer.testing import CliRunner

from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.tx import Tx
from whimbrel.federation import cli
from whimbrel.federation.queries import letters
from whimbrel.federation.rules import Kind, Letter
from whimbrel.moderation import blocklist
from whimbrel.moderation.events import ListDue
from whimbrel.moderation.lists import collect
from whimbrel.moderation.queries import servers as kept
from whimbrel.moderation.tables import decisions

FAR = "https://far.example"
LIST = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"


@pytest.fixture
def whimbrel(db: Any) -> Callable[..., str]:
    """The command line, with a database that is open elsewhere as well; gives what is printed."""
    app = typer.Typer()

    @contextmanager
    def opened(data: Any, file: Any) -> Iterator[Any]:
        yield db

    cli.add_to(app, opened)

    def run(*words: str, fails: type[Exception] | None = None) -> str:
        done = CliRunner().invoke(app, ["federation", *words])
        if fails is None:
            assert done.exception is None, done.exception
        else:
            assert isinstance(done.exception, fails)
        return done.stdout

    return run


def test_lists_of_others_are_read_applied_and_undone(db: Any, whimbrel: Callable[..., str]):
    """Whoever runs a small place does it from a shell, and sees first what it would do."""
    whimbrel("list", "add", "Tier 0", "ftp://lists.example", fails=Invalid)
    number = whimbrel("list", "add", "Tier 0", "https://lists.example/0.csv").strip()
    assert "Tier 0  https://lists.example/0.csv  read -" in whimbrel("list", "show")
    rows = blocklist.read(f"{LIST}far.example,suspend,,,,\nnear.example,silence,,,,\n".encode())
    db.write_sync(collect._keep, ListDue(list=int(number), turn=0), rows, "")
    said = whimbrel("list", "changes").splitlines()
    assert said[0].startswith("add     far.example  none > suspend  0 known") and len(said) == 2
    whimbrel("list", "apply", fails=SystemExit)
    assert whimbrel("list", "apply", "Far.example").startswith("1 servers changed")
    whimbrel("list", "exclude", "near.example")
    assert whimbrel("list", "apply", "--all") == "0 servers changed\n"
    whimbrel("list", "include", "near.example")
    assert "far.example,suspend" in whimbrel("export")
    use = whimbrel("list", "show").splitlines()[1].split()[0]
    assert whimbrel("list", "undo", use).startswith("1 servers changed")
    assert whimbrel("export") == LIST
    whimbrel("list", "remove", number)
    whimbrel("list", "remove", number, fails=NotFound)


def test_servers_are_kept_away_and_let_in(db: Any, whimbrel: Callable[..., str], tmp_path: Path):
    """A place is run from a shell too; what was done there is written down as anybody's."""
    whimbrel("block", "far.example", "--severity", "silence", "--reject-media", "--comment", "spam")
    whimbrel("block", "far.example", "--severity", "suspend")
    whimbrel("block", "nowhere", fails=Invalid)
    assert whimbrel("export") == f"{LIST}far.example,suspend,false,false,,false\n"
    file = tmp_path / "list.csv"
    file.write_text(f"{LIST}far.example,silence,,,,\nworse.example,suspend,,,bad,\n")
    said = whimbrel("import", str(file))
    assert "far.example  stays suspend" in said and "worse.example  suspend" in said
    assert len(whimbrel("export").splitlines()) == 2
    assert whimbrel("import", str(file), "--yes") == "1 servers are new.\n"
    assert "worse.example,suspend,false,false,bad,false" in whimbrel("export")
    whimbrel("unblock", "far.example")
    whimbrel("unblock", "far.example", fails=NotFound)
    whimbrel("allow", "near.example")
    assert db.write_sync(kept.allow_of, "near.example") is not None
    whimbrel("disallow", "near.example")
    whimbrel("disallow", "near.example", fails=NotFound)
    query = select(decisions.c.action).order_by(decisions.c.id)
    acts = db.write_sync(lambda tx: [row[0] for row in tx.rows(query)])
    assert acts == ["create", "update", "create", "destroy", "create", "destroy"]


def test_how_a_server_stands_and_calling_on_it(db: Any, whimbrel: Callable[..., str]):
    """It is mended over there; nobody wants to wait for two days."""
    whimbrel("show", "far.example", fails=NotFound)

    def begin(tx: Tx) -> None:
        met.somebody(tx, f"{FAR}/users/eve")
        about = letters.write(tx, Letter(0, Kind.SAID, said=b"{}"), 1)
        letters.put(tx, about, 1, [(FAR, f"{FAR}/inbox")])
        letters.ill(tx, letters.Call(FAR, 0, 0), tx.ms + 86_400_000)

    db.write_sync(begin)
    said = whimbrel("show", "far.example")
    assert "people known      1" in said
    assert "waiting           1 at https://far.example" in said
    assert "does not answer   1 times" in said
    assert whimbrel("away").startswith(f"{FAR}  1 times in a row, since 20")
    assert not db.write_sync(lambda tx: letters.due(tx, sick=True, most=9))
    whimbrel("retry", "far.example")
    assert db.write_sync(lambda tx: letters.due(tx, sick=True, most=9))
