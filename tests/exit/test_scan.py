"""A minute after it was deleted nothing is left that anybody could read: not at the server, not at
its second provider, not in a backup, for whoever holds all of that and every key that is left.

The ordinary run looks until nothing is found, WHIMBREL_LONG=1 once more after the whole minute, and
tries every key on each thing; with PostgreSQL too."""

import gzip
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import clusters
import psycopg
import pytest
import scanning
import stores
from kept import until
from scanning import Lost
from test_standby import picture, place_of, upload
from test_two_stores import Bucket

import warm
from server import SCOPES, Server, fetched
from whimbrel.core.keyring import Slot
from whimbrel.exit.sealing import Opener
from whimbrel.exit.standby import canary, litestream
from whimbrel.media.rules import column

LONG = bool(os.environ.get("WHIMBREL_LONG"))
BAR = 60.0  # seconds after deleting
_POSTS = """
SELECT 'a post', posts.slot, accounts.slot, posts.id, posts.content FROM posts
JOIN accounts ON accounts.id = posts.author WHERE content IS NOT NULL
UNION ALL SELECT 'what it said before', post_edits.slot, accounts.slot, posts.id, post_edits.content
FROM post_edits JOIN posts ON posts.id = post_edits.post JOIN accounts ON accounts.id = posts.author
"""
_FILES = """
SELECT media.slot, media.author_slot, media.id, files.variant, files.object
FROM files JOIN media ON media.id = files.media WHERE object <> ''
"""


class Town:
    """A server with all that it takes, at two providers and with backups."""

    def __init__(self, stack: ExitStack, engine: str, folder: Path, mail: str, keeper: Any) -> None:
        self.folder, self.mark = folder, f"kittiwake{uuid4().hex[:10]}"
        self.ring = self.seen = b""  # keys and a picture, as they were before they were deleted
        near, far = stores.Seaweed(folder / "seaweed"), stores.Rclone(folder / "rclone")
        for each in (near, far):
            each.start()
            stack.callback(each.kill)
        self.keepers = [keeper("near"), keeper("far")]
        self.backups = folder / "backups"
        self.data = folder / "data"
        for each in (self.backups, self.data):
            each.mkdir(mode=0o700)
        self.files = Bucket(near.endpoint)
        env = self.files.env("OBJECTS", "S3")
        env |= Bucket(far.endpoint).env("STANDBY", "STANDBY") | {"WHIMBREL_SMTP": mail}
        env["WHIMBREL_KEEPERS"] = ",".join(each.address for each in self.keepers)
        self.places = {"server": self.data, "its files": near.folder, "standby": far.folder}
        self.places |= {each.folder.name: each.folder for each in self.keepers}
        self.places["backups"] = self.backups
        url = ""
        if engine == "postgresql":
            self.primary, replica = stack.enter_context(clusters.pair())
            url = self.primary.url("postgres")
            env["WHIMBREL_STANDBY_REPLICA"] = replica.url("postgres")
            self.places |= {"primary": self.primary.folder, "replica": replica.folder}
        for each in self.keepers:
            each.pair(self.data)
        self.server = Server(self.data, url, **env)
        self.place = place_of({k: v for k, v in env.items() if "STANDBY" in k})
        self.server.cli("standby", "init")
        self.server.start()
        stack.callback(self.server.kill)

    def rows(self, sql: str) -> list[Any]:
        """What the server's database says."""
        if url := self.server.env["WHIMBREL_DATABASE"]:
            with psycopg.connect(url) as there:
                return there.execute(sql.encode()).fetchall()
        with closing(sqlite3.connect(self.data / "whimbrel.db")) as here:
            return here.execute(sql).fetchall()

    def sealed(self) -> list[Lost]:
        """Posts and files as they lie there."""
        found = [
            Lost(what, Slot(number, author, row, "posts.content"), bytes(content))
            for what, number, author, row, content in self.rows(_POSTS)
        ]

        async def held(store: Any) -> None:
            for number, author, row, variant, key in self.rows(_FILES):
                slot = Slot(number, author, row, column(variant))
                content = b"".join([block async for block in store.open(key)])
                found.append(Lost(f"a file ({variant})", slot, content))

        self.files.asked(held)
        return found

    def settled(self) -> None:
        """The standby has what was written until now."""
        now = time.time() * 1000
        until(lambda: (found := canary.found(self.data)) and (found.seen or 0) > now)
        until(lambda: self.rows("SELECT count(*) FROM unsynced") == [(0,)])

    def back_up(self, recipient: str) -> int:
        """As operators do: a bag with all of it, and a copy of the database."""
        said = self.server.cli("export", "--to", self.backups / "one", "--recipient", recipient)
        if self.server.env["WHIMBREL_DATABASE"]:
            source = f"host=127.0.0.1 port={self.primary.port} user=postgres"
            to = self.primary.folder / "base"  # where its user may write
            self.primary.run("pg_basebackup", "-d", source, "-D", to, "-c", "fast", "--no-sync")
        else:
            with (
                closing(sqlite3.connect(self.data / "whimbrel.db")) as here,
                closing(sqlite3.connect(self.backups / "nightly.db")) as copy,
            ):
                here.backup(copy)
        return int(said.partition(" to ")[2].partition(".")[0])

    def found(self, opener: Opener) -> list[str]:
        """Words that are still there, a piece of the picture, and keys that should not be."""
        dead = [slot for (slot,) in self.rows("SELECT slot FROM shredded")]
        wanted = {"the picture": self.seen[1000:1100], **scanning.keys(self.ring, dead)}
        found = scanning.words(self.places, self.mark, opener)
        return found + scanning.holding(self.places, wanted)


def lived_in(town: Town) -> tuple[str, str, list[tuple[str, str]]]:
    """People write in every way there is. How it is deleted again, and by whom."""
    mark, server = town.mark, town.server
    path = town.data / "people.csv"
    rows = ("ada,ada@example.org,ada has a password,user", f"eve,{mark}@example.org,,user")
    path.write_text("\n".join(("name,email,password,role", *rows)))
    made = server.cli("account", "import", path, "--tokens", SCOPES)
    path.unlink()
    ada, eve = (line.partition(",")[2] for line in made.splitlines() if "," in line)

    def post(token: str, text: str, **more: Any) -> Any:
        return server.call(token, "POST", "/api/v1/statuses", status=f"{mark} {text}", **more)

    file = upload(server, ada, picture(1))["id"]
    server.call(ada, "PUT", f"/api/v1/media/{file}", description=f"{mark} on a rock")
    first = post(ada, f"in the open #{mark}tag", media_ids=[file], spoiler_text=f"{mark} ahead")
    new = {"status": f"{mark} said otherwise", "media_ids": [file]}
    server.call(ada, "PUT", f"/api/v1/statuses/{first['id']}", **new)
    asked = post(ada, "?", poll={"options": [f"{mark} yes", f"{mark} no"], "expires_in": 3600})
    letter = post(ada, "@eve psst", visibility="direct")
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    later = post(ada, "tomorrow", scheduled_at=at)
    whom = server.call(ada, "GET", "/api/v1/accounts/lookup", acct="eve")["id"]
    note = f"/api/v1/accounts/{whom}/note"
    server.call(ada, "POST", note, comment=f"{mark} owes me a book")
    post(eve, "by whoever leaves", media_ids=[upload(server, eve, picture(2))["id"]])
    until(lambda: server.call(ada, "GET", "/api/v2/search", q=mark, type="statuses")["statuses"])
    gone = [
        ("DELETE", f"/api/v1/statuses/{each['id']}?delete_media=true") for each in (first, asked)
    ]
    gone += [("DELETE", f"/api/v1/statuses/{letter['id']}")]
    gone += [("DELETE", f"/api/v1/scheduled_statuses/{later['id']}"), ("POST", note)]
    return ada, first["media_attachments"][0]["url"], gone


def yesterday(town: Town, then: datetime) -> Path:
    """The database as it was, out of the standby's history: the sealed bytes are all there."""
    to = town.folder / "yesterday"
    to.mkdir()
    with litestream.configured(litestream.told(to / "whimbrel.db", town.place)) as config:
        words = ["restore", "-config", str(config), "-no-expand-env", "-timestamp"]
        at = then.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        ran = subprocess.run(
            [litestream.program(), *words, at, str(to / "whimbrel.db")],
            env=litestream.environment(town.place),
            capture_output=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    with closing(sqlite3.connect(to / "whimbrel.db")) as there:
        assert there.execute("SELECT count(*) FROM posts").fetchone() == (4,)
    return to


def planted(town: Town, opener: Opener, before: list[Lost], dead: set[int]) -> None:
    """Each of these is how it comes back in earnest: it would have been found."""
    place = town.backups / "planted"
    with gzip.open(place, "wb") as log:
        log.write(f"10:00 {town.mark}\n".encode())
    assert scanning.words(town.places, town.mark, opener) == ["backups: planted (UTF-8)"]
    place.write_bytes(town.ring)  # somebody copies the data folder at night
    found = town.found(opener)
    names = scanning.keys(town.ring, sorted(dead))
    assert sorted(found) == sorted(f"backups: planted, {each}" for each in names) != []
    remaining, holders = scanning.left(town.places, town.ring[:32])
    assert "backups: planted" in holders
    one = before[-1:] if LONG else before[:1]
    assert set(scanning.opened(one, town.ring, remaining, dead)) == {f"{one[0].what}: opens"}
    place.unlink()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"] if LONG else ["sqlite"])
def test_a_minute_later_nothing_can_be_recovered(engine, tmp_path, mailbox, keeper, identity):
    """Whoever was told that it is deleted was told the truth, whichever copy somebody finds."""
    with ExitStack() as stack:
        town = Town(stack, engine, tmp_path, mailbox.url, keeper)
        opener = Opener.of_file(identity)
        ada, url, gone = lived_in(town)
        town.settled()
        town.seen = fetched(url)
        assert len(town.seen) > 1100
        since = town.back_up(opener.recipient)
        town.ring = (town.data / "keyring.bin").read_bytes()
        before, then = town.sealed(), datetime.now(UTC)
        assert {each.what.partition(" (")[0] for each in before} == {
            *("a post", "what it said before", "a file")
        }
        assert len(scanning.words(town.places, town.mark, opener)) == 2  # both in the bag

        for method, path in gone:
            town.server.call(ada, method, path)
        town.server.cli("account", "delete", "eve", "--yes")
        began = time.monotonic()
        until(lambda: not town.rows("SELECT 1 FROM posts"))
        to = town.backups / "two"
        words = ("--recipient", opener.recipient, "--since", str(since))
        town.server.cli("export", "--to", to, *words)
        named = ("--by", to, "--identity", identity)
        said = warm.run(["whimbrel", "exit", "drop", town.backups / "one", *named], town.server.env)
        assert "records dropped" in said.stdout, said.stderr
        while found := town.found(opener):
            assert time.monotonic() < began + BAR, found
            time.sleep(0.5)
        took = time.monotonic() - began
        if engine == "sqlite":
            town.places["yesterday"] = yesterday(town, then)
        if LONG:
            time.sleep(max(0.0, BAR - took))
        assert town.found(opener) == []
        dead = {slot for (slot,) in town.rows("SELECT slot FROM shredded")}
        remaining, holders = scanning.left(town.places, town.ring[:32])
        assert holders == ["server: keyring.bin", "near: slots.bin", "far: slots.bin"]
        assert {each.slot.number for each in before} <= dead
        wanted = before if LONG else before[:1]  # each is tried with a hundred thousand keys
        assert scanning.opened(wanted, town.ring, remaining, dead) == []
        planted(town, opener, before, dead)
    sys.stdout.write(
        f"\n{engine}: {len(before)} things and {len(dead)} keys were gone after {took:.1f} s\n"
    )
