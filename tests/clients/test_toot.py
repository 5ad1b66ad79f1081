"""toot, unchanged from PyPI, as people type it: one command after another in a terminal."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_walk import code_shown
from client_town import Town, until

import warm

PATIENCE = 60


class Terminal:
    """One person's shell: a home folder, and the commands typed there."""

    def __init__(self, home: Path) -> None:
        self.home = home
        quiet = {n: v for n, v in os.environ.items() if not n.startswith(("TOOT", "XDG"))}
        self.env = {**quiet, "XDG_CONFIG_HOME": str(home), "HOME": str(home), "BROWSER": "true"}

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command that goes on asking."""
        return subprocess.Popen(
            [sys.executable, "-m", "toot", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**self.env, "PYTHONUNBUFFERED": "1"},
            text=True,
        )

    def run(self, *words: str, fails: bool = False) -> str:
        """What a command prints."""
        done = warm.run(["toot", *words], self.env)
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stdout + (done.stderr if fails else "")

    def json(self, *words: str) -> Any:
        """The same as data."""
        return json.loads(self.run(*words, "--json"))


@pytest.fixture(scope="module")
def ada(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """Ada's terminal, signed in the way toot asks for: a page, a code, a paste."""
    terminal = Terminal(tmp_path_factory.mktemp("ada"))
    login = terminal.start("login", "--instance", town.server.url)
    assert login.stdin
    assert login.stdout
    watchdog = threading.Timer(PATIENCE, login.kill)
    watchdog.start()
    url = ""
    while not url.startswith("http"):
        line = login.stdout.readline()
        assert line, "toot gave up"
        url = line.strip()
    said, _ = login.communicate(f"n\n{code_shown(town.server, url, 'ada')}\n", PATIENCE)
    watchdog.cancel()
    assert login.returncode == 0, said
    assert "Successfully logged in" in said
    yield terminal


def test_who_am_i(town: Town, ada: Terminal) -> None:
    """The account is known under its name on this server, with the profile set from the shell."""
    host = town.server.url.removeprefix("http://")
    assert re.search(rf"ada@{host} +ACTIVE", ada.run("auth"))
    ada.run("update_account", "--display-name", "Ada L.", "--note", "counts", "--no-bot")
    assert "Ada L." in ada.run("whoami")
    assert ada.json("whois", f"@ada@{host}")["note"] == "<p>counts</p>"
    assert host in ada.run("instance")


def test_posting(town: Town, ada: Terminal, picture: bytes) -> None:
    """What is typed is there for everybody: words, a picture with its description, a reply, a
    poll."""
    file = ada.home / "box.png"
    file.write_bytes(picture)
    printed = ada.run("post", "from a shell", "--media", str(file), "--description", "a box")
    url = re.search(r"http\S+/@ada/(\d+)", printed)
    assert url
    status = town.bob.status(url[1])
    assert "from a shell" in status.content
    assert status.media_attachments[0].description == "a box"
    reply = ada.json("post", "and more", "--reply-last", "--visibility", "unlisted", "-p", "cw")
    assert (reply["in_reply_to_id"], reply["visibility"]) == (status.id, "unlisted")
    assert reply["spoiler_text"] == "cw"
    thread = ada.json("thread", status.id)
    assert [s["id"] for s in thread["descendants"]] == [reply["id"]]
    assert "from a shell" in ada.run("status", status.id)
    poll = ada.json("post", "tea?", "--poll-option", "yes", "--poll-option", "no")["poll"]
    assert [o["title"] for o in poll["options"]] == ["yes", "no"]
    assert ada.json("upload", str(file))["type"] == "image"
    ada.run("delete", reply["id"])
    assert "not found" in ada.run("status", reply["id"], fails=True).lower()


def test_marking(town: Town, ada: Terminal) -> None:
    """Liking, boosting and keeping, by id and by address, and taking it back."""
    status = town.bob.status_post("for ada")
    ada.run("favourite", status.url)
    ada.run("reblog", status.id)
    ada.run("bookmark", status.id)
    seen = town.ada.status(status)
    assert (seen.favourited, seen.reblogged, seen.bookmarked) == (True, True, True)
    assert "for ada" in ada.run("bookmarks", "--once")
    assert "ada" in ada.run("reblogged_by", status.id)
    for undo in ("unfavourite", "unreblog", "unbookmark"):
        ada.run(undo, status.id)
    seen = town.ada.status(status)
    assert (seen.favourited, seen.reblogged, seen.bookmarked) == (False, False, False)


def test_people(town: Town, ada: Terminal) -> None:
    """Following, muting and blocking by name; who is blocked can still be unblocked by name."""
    ada.run("follow", "bob")
    assert "@bob" in ada.run("following", "ada")
    assert "@ada" in ada.run("followers", "bob")
    ada.run("mute", "cat")
    assert "@cat" in ada.run("muted")
    ada.run("unmute", "cat")
    ada.run("block", "dan")
    assert "@dan" in ada.run("blocked")
    ada.run("unblock", "dan")
    assert "not found" in ada.run("follow", "nobody_here", fails=True).lower()
    for name in ("eve", "fay"):  # who may have come in by another test
        getattr(town, name).account_unfollow(town.id("ada"))
    town.ada.account_update_credentials(locked=True)
    town.eve.account_follow(town.id("ada"))
    assert "@eve" in ada.run("follow-requests", "list")
    town.fay.account_follow(town.id("ada"))
    ada.run("follow-requests", "accept", "eve")
    ada.run("follow-requests", "reject", "fay")
    town.ada.account_update_credentials(locked=False)
    assert town.eve.account_relationships(town.id("ada"))[0].following


def test_timelines(town: Town, ada: Terminal) -> None:
    """Every timeline prints; a list shows its member."""
    ada.run("follow", "bob")
    status = town.bob.status_post("a line for the timelines #lines")
    until(lambda: status.id in [s.id for s in town.ada.timeline_home()], "the post at home")
    for which in ("home", "public", "tag lines", "account bob"):
        printed = ada.run("timelines", *which.split(), "--no-pager", "--no-clear")
        assert "a line for the timelines" in printed, which
    assert "a line for the timelines" in ada.run("timeline", "--once", "--public", "--local")
    ada.run("lists", "create", "lines")
    ada.run("lists", "add", "lines", "bob")
    assert "@bob" in ada.run("lists", "accounts", "lines")
    assert "lines" in ada.run("lists", "list")
    until(lambda: "a line for" in ada.run("timeline", "--once", "--list", "lines"))
    ada.run("lists", "remove", "lines", "bob")
    ada.run("lists", "delete", "lines")


def test_search_and_notifications(town: Town, ada: Terminal) -> None:
    """What somebody looks for is found, and what happened is told."""
    mention = town.bob.status_post("@ada look at the #godwit")
    until(lambda: [n for n in town.ada.notifications() if n.type == "mention"])
    assert "@bob" in ada.run("notifications", "--type", "mention")
    found = ada.json("search", "godwit")
    assert [t["name"] for t in found["hashtags"]] == ["godwit"]
    assert "@bob" in ada.run("search", "bob", "--type", "accounts")
    assert mention.id in [s["id"] for s in ada.json("search", mention.url, "-r")["statuses"]]
    ada.run("notifications", "--clear")
    assert town.ada.notifications() == []


def test_tags_polls_and_pins(town: Town, ada: Terminal) -> None:
    """Hashtags are followed and shown on a profile, polls are answered, posts pinned, by a word."""
    town.bob.status_post("a #knot on the shore")
    assert "knot" in ada.run("tags", "info", "knot")
    ada.run("tags", "follow", "knot")
    assert "knot" in ada.run("tags", "followed")
    ada.run("tags", "unfollow", "knot")
    assert ada.json("tags", "followed") == []
    mine = ada.json("post", "my own #knot")
    ada.run("tags", "feature", "knot")
    assert "knot" in ada.run("tags", "featured")
    ada.run("tags", "unfeature", "knot")
    assert ada.json("tags", "featured") == []
    ada.run("pin", mine["id"])
    assert [s.id for s in town.bob.account_statuses(town.id("ada"), pinned=True)] == [mine["id"]]
    ada.run("unpin", mine["id"])
    asked = town.bob.status_post("tea?", poll=town.bob.make_poll(["yes", "no"], 3600)).poll
    ada.run("polls", "vote", asked.id, "1")
    assert ada.json("polls", "show", asked.id)["voted"]
    ada.run("favourite", mine["id"])
    for which in ("favourites", "trending"):
        printed = ada.run("timelines", which, "--no-pager", "--no-clear")
        assert which == "trending" or "my own" in printed
    assert "bob" in ada.run("whois", "bob")
    ada.run("follow", "bob")
    ada.run("unfollow", "bob")


def test_leaving(town: Town, ada: Terminal) -> None:
    """Signing out forgets the account in this shell, and another shell goes on."""
    account = f"ada@{town.server.url.removeprefix('http://')}"
    ada.run("activate", account)
    ada.run("logout", account)
    assert "requires you to be logged in" in ada.run("whoami", fails=True)
    assert town.ada.me().acct == "ada"


# Not for a test: a terminal of its own, a log-in that current Mastodon refuses too, what asks no
# server, and the older names of commands.
NOT_HERE = {
    *("tui", "login_cli", "diag", "env", "login"),
    *("list_accounts", "list_add", "list_create", "list_delete", "list_remove"),
    *("reblogged-by", "update-account", "timelines link", "timelines list"),
}


# Asked in a process of its own: what toot imports warns whoever looks at the loaded modules.
COMMANDS = """
from toot.cli import cli

def tell(group, before=""):
    for name, each in group.commands.items():
        if getattr(each, "commands", None):
            tell(each, f"{before}{name} ")
        else:
            print(before + name)

tell(cli)
"""


def _commands() -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return set(done.stdout.splitlines())


def test_every_command_is_typed_somewhere() -> None:
    """A command nobody types is one that only toot's author has tried."""
    source = Path(__file__).read_text()
    typed = {
        " ".join(w) for w in re.findall(r'ada\.(?:run|json)\("([\w-]+)"(?:, "([\w-]+)")?', source)
    }
    typed |= {words.split()[0] for words in typed}
    typed |= {
        f"timelines {w}" for w in ("home", "public", "tag", "account", "favourites", "trending")
    }
    typed |= {"unfavourite", "unreblog", "unbookmark"}  # typed in a loop
    assert sorted(_commands() - typed - NOT_HERE) == []
