"""What must be true of a server's files whatever it died of: read beside it, by SQL and bytes."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import apsw
import psycopg
from sqlalchemy import Table

from server import Server
from whimbrel.accounts.tables import accounts
from whimbrel.app.handlers import HANDLERS  # which brings every table
from whimbrel.core.keyring import SLOT
from whimbrel.core.tables import metadata

SETTLED = 60  # seconds until everything that follows must have happened

_DEAD = bytes(SLOT)
assert HANDLERS

# Each gives rows that contradict each other: there must be none.
CONTRADICTIONS = {
    "posts of an account": """
        SELECT accounts.id, statuses, (SELECT count(*) FROM posts
          WHERE author = accounts.id AND visibility <> 3) AS found FROM accounts
        JOIN users ON users.account = accounts.id
        WHERE statuses <> (SELECT count(*) FROM posts
          WHERE author = accounts.id AND visibility <> 3)""",
    "followers": """
        SELECT id, followers FROM accounts JOIN users ON account = id WHERE followers <>
          (SELECT count(*) FROM follows WHERE followee = accounts.id)""",
    "following": """
        SELECT id, following FROM accounts JOIN users ON account = id WHERE following <>
          (SELECT count(*) FROM follows WHERE follower = accounts.id)""",
    "favourites": """
        SELECT id, favourites FROM posts WHERE favourites <>
          (SELECT count(*) FROM marks WHERE post = posts.id AND kind = 0)""",
    "boosts": """
        SELECT id, boosts FROM posts WHERE boosts <>
          (SELECT count(*) FROM posts AS boost WHERE boost.boost_of = posts.id)""",
    "replies": """
        SELECT id, replies FROM posts WHERE replies <>
          (SELECT count(*) FROM posts AS reply
           WHERE reply.reply_to = posts.id AND reply.visibility <= 1)""",
    "media of a post": """
        SELECT id, media_count FROM posts WHERE boost_of IS NULL AND media_count <>
          (SELECT count(*) FROM media WHERE post = posts.id)""",
}


class Ledger:
    """The database, the keyring and the objects of a server that runs, or does not."""

    def __init__(self, server: Server, url: str) -> None:
        self.server, self.url = server, url

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """SQL to its rows."""
        if self.url:
            with psycopg.connect(self.url) as connection:
                return connection.execute(statement.encode()).fetchall()
        path = str(self.server.data / "whimbrel.db")
        connection = apsw.Connection(path, apsw.SQLITE_OPEN_READONLY)
        try:
            connection.set_busy_timeout(30_000)
            return list(connection.execute(statement))
        finally:
            connection.close()

    def settle(self) -> None:
        """Wait until all jobs that are due are done; none may have failed."""
        until = time.monotonic() + SETTLED
        while left := self.rows(f"SELECT task, tries, error FROM jobs WHERE due <= {_now()}"):
            assert time.monotonic() < until, f"still not done: {left[:5]}"
            time.sleep(0.03)
        # Effects under way are leased into the future, and failures put off into it.
        while left := self.rows("SELECT task, tries, error FROM jobs WHERE error IS NOT NULL"):
            assert time.monotonic() < until, f"failed: {left[:5]}"
            time.sleep(0.03)

    def audit(self) -> None:
        """Hold everything against everything."""
        for what, statement in CONTRADICTIONS.items():
            assert self.rows(statement) == [], what
        if not self.url:
            assert self.rows("PRAGMA integrity_check") == [("ok",)]
            assert self.rows("PRAGMA foreign_key_check") == []
        keys = (self.server.data / "keyring.bin").read_bytes()
        for (slot,) in self.rows("SELECT slot FROM shredded"):
            assert _key(keys, slot) == _DEAD, f"the key in slot {slot} was given up and lives"
        for (slot,) in self.rows(_SLOTS):
            assert _key(keys, slot) != _DEAD, f"the key in slot {slot} is in use and dead"
        for (object_,) in self.rows("SELECT object FROM files WHERE object <> ''"):
            assert (self.server.data / "objects" / object_).is_file(), f"{object_} is not there"
        assert self.rows("SELECT id FROM media WHERE state = 'working'") == []

    def left_of(self, account: int) -> dict[str, int]:
        """What an erased account still has, by table; its row itself stays for an hour."""
        left = {}
        for table in metadata.sorted_tables:
            for column in _of_accounts(table):
                statement = f"SELECT count(*) FROM {table.name} WHERE {column} = {account}"
                if found := self.rows(statement)[0][0]:
                    left[f"{table.name}.{column}"] = found
        return left


_SLOTS = """
SELECT posts.slot FROM posts WHERE posts.content IS NOT NULL
UNION SELECT media.slot FROM media
UNION SELECT accounts.slot FROM accounts JOIN users ON account = id
"""


def _of_accounts(table: Table) -> Iterable[str]:
    """Columns that say whose something is."""
    for column in table.columns:
        if any(key.column is accounts.c.id for key in column.foreign_keys):
            yield column.name
    if table.name == "media":
        yield "account"


def _key(keys: bytes, slot: int) -> bytes:
    return keys[slot * SLOT : (slot + 1) * SLOT]


def _now() -> int:
    return int(time.time() * 1000)


def scratch_of(data: Path) -> list[Path]:
    """Plain files on their way through the sandbox."""
    return [path for path in (data / "scratch").rglob("*") if path.is_file()]
