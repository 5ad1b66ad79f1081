"""What was exported before: a small database of its own in the data folder (`exports.db`).

It knows of each record its key, its commitment and its sequence number, and nothing that a record
says: a commitment is salted with what only the keyring has, so it goes with the key. It is derived:
without it the next export is a whole one. What an export notes is kept when the bag is complete,
or not at all."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from whimbrel.core.errors import Conflict

_TABLES = """
CREATE TABLE IF NOT EXISTS record (
    tbl TEXT, key TEXT, layer INTEGER, digest BLOB, seq INTEGER, gone INTEGER DEFAULT 0,
    round INTEGER, PRIMARY KEY (tbl, key, layer)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file (
    token TEXT PRIMARY KEY, object TEXT, sha256 TEXT, size INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bag (
    id INTEGER PRIMARY KEY, number INTEGER, first INTEGER, last INTEGER, hash TEXT, target TEXT);
CREATE TEMP TABLE seen (tbl TEXT, id INTEGER, open INTEGER, PRIMARY KEY (tbl, id)) WITHOUT ROWID;
"""
_LAST = "SELECT number, first, last, hash, target FROM bag ORDER BY id DESC LIMIT 1"
_ENDING = (
    "SELECT number, first, last, hash, target FROM bag WHERE last = ? ORDER BY id DESC LIMIT 1"
)
_ADD = "INSERT INTO bag (number, first, last, hash, target) VALUES (?, ?, ?, ?, ?)"


class Made(NamedTuple):
    """A bag that was made."""

    number: int
    first: int
    last: int
    hash: str
    target: str


class Known(NamedTuple):
    """A record as it was last exported."""

    digest: bytes
    seq: int
    gone: bool


class State:
    """Use `opened`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.round = 1 + (db.execute("SELECT max(round) FROM record").fetchone()[0] or 0)

    # ------------------------------------------------------------------ bags

    def last(self) -> Made | None:
        """The newest bag."""
        row = self.db.execute(_LAST).fetchone()
        return None if row is None else Made(*row)

    def ending(self, seq: int) -> Made | None:
        """The newest bag whose last line has this number."""
        row = self.db.execute(_ENDING, (seq,)).fetchone()
        return None if row is None else Made(*row)

    def add(self, made: Made) -> None:
        """One more."""
        self.db.execute(_ADD, made)

    # ------------------------------------------------------------------ records

    def known(self, table: str, key: str, layer: int) -> Known | None:
        """What is known of a record; None = it was never exported."""
        row = self.db.execute(
            "SELECT digest, seq, gone FROM record WHERE tbl = ? AND key = ? AND layer = ?",
            (table, key, layer),
        ).fetchone()
        return None if row is None else Known(row[0], row[1], bool(row[2]))

    def keep(self, table: str, key: str, layer: int, digest: bytes, seq: int) -> None:
        """It is there, so and under this number."""
        self.db.execute(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, 0, ?)",
            (table, key, layer, digest, seq, self.round),
        )

    def missed(self, since: int, layer: int) -> Iterator[tuple[str, str]]:
        """Table and key of what was exported once and is not there in this round, or is told of as
        gone after `since`."""
        rows = self.db.execute(
            "SELECT tbl, key FROM record WHERE layer = ? AND (gone = 0 AND round < ? "
            "OR gone = 1 AND seq > ?) ORDER BY tbl, key",
            (layer, self.round, since),
        )
        yield from rows.fetchall()

    def bury(self, table: str, key: str, layer: int, seq: int) -> None:
        """It is told under this number that it is gone."""
        self.db.execute(
            "UPDATE record SET gone = 1, digest = x'', seq = ?, round = ? "
            "WHERE tbl = ? AND key = ? AND layer = ?",
            (seq, self.round, table, key, layer),
        )

    def forget(self, table: str, key: str, layer: int) -> None:
        """It is told to nobody any more."""
        self.db.execute(
            "DELETE FROM record WHERE tbl = ? AND key = ? AND layer = ?", (table, key, layer)
        )

    def is_there(self, table: str, key: str, layer: int) -> bool:
        """Whether it was met in this round."""
        row = self.db.execute(
            "SELECT 1 FROM record WHERE tbl = ? AND key = ? AND layer = ? AND gone = 0 "
            "AND round = ?",
            (table, key, layer, self.round),
        ).fetchone()
        return row is not None

    # ------------------------------------------------------------------ files

    def hash_of(self, token: str, object_: str) -> str | None:
        """The SHA-256 of a file's plain bytes, if it was looked at."""
        row = self.db.execute(
            "SELECT sha256 FROM file WHERE token = ? AND object = ?", (token, object_)
        ).fetchone()
        return None if row is None else str(row[0])

    def keep_hash(self, token: str, object_: str, sha256: str, size: int) -> None:
        """It was looked at."""
        self.db.execute(
            "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)", (token, object_, sha256, size)
        )

    def drop_hash(self, token: str) -> str | None:
        """A file is no more. Its SHA-256, unless another file has the same bytes."""
        row = self.db.execute("SELECT sha256 FROM file WHERE token = ?", (token,)).fetchone()
        if row is None:
            return None
        self.db.execute("DELETE FROM file WHERE token = ?", (token,))
        other = self.db.execute("SELECT 1 FROM file WHERE sha256 = ? LIMIT 1", row).fetchone()
        return str(row[0]) if other is None else None

    # ------------------------------------------------------------------ of this round

    def see(self, table: str, ids: Iterable[tuple[int, bool]]) -> None:
        """These rows travel, and whether they are for everybody."""
        self.db.executemany(
            "INSERT OR REPLACE INTO seen VALUES (?, ?, ?)",
            ((table, id_, open_) for id_, open_ in ids),
        )

    def seen(self, table: str, ids: Iterable[int]) -> dict[int, bool]:
        """Those of these rows that travel, and whether they are for everybody."""
        found = {}
        for id_ in set(ids):
            row = self.db.execute(
                "SELECT open FROM seen WHERE tbl = ? AND id = ?", (table, id_)
            ).fetchone()
            if row is not None:
                found[id_] = bool(row[0])
        return found


@contextmanager
def opened(data: Path) -> Iterator[State]:
    """The state of the server in `data`, for one export. Nothing is kept before `db.commit()`.

    Raises:
        Conflict: another export is under way.
    """
    path = data / "exports.db"
    with closing(
        sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    ) as db:
        path.chmod(0o600)
        try:
            db.executescript(_TABLES)
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            raise Conflict("Another export is under way.") from None
        yield State(db)
