"""A bag into this server: verified before a row is touched, then applied so that what was done once
may be done again: whoever is cut short begins anew and is whole."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from whimbrel.core.app import App
from whimbrel.core.errors import Conflict, Invalid
from whimbrel.core.keyring import Slot
from whimbrel.core.sealed import seal_file
from whimbrel.core.tx import Tx
from whimbrel.media.rules import column
from whimbrel.posts.queries import tags

from . import catalogue
from .export import Told, quiet, sealed_name
from .opening import Bag, Line
from .queries import rows
from .rules import AUTHOR, SLICE, Key, Record, Tombstone, Travels
from .sealing import Opener

BAG, UNDER_WAY = "imported bag", "import under way"  # counters: a hash's first bits, or 0
_LATER = {"posts": ("reply_to", "boost_of")}  # may refer to what comes later


class Brought(NamedTuple):
    """What became of an import."""

    records: int
    was_there: bool  # it was the last one that was imported


async def bring(
    app: App,
    root: Path,
    *,
    identity: Path | None = None,
    key: str | None = None,
    told: Told = quiet,
) -> Brought:
    """Bring a bag into an empty server, or the next bag of the chain into one that has the last.

    Args:
        identity: a file with the key that the private part is sealed to; None = leave that out.
        key: the public key that the bag must be signed with; None = any, for the first bag.
    Raises:
        Invalid: the bag is not whole, and with which file; or it is another server's.
        Conflict: the server is not empty, or has not come to the bag before.
    """
    told("Verifying", 0, 1)
    opener = None if identity is None else await asyncio.to_thread(Opener.of_file, identity)
    bag = await asyncio.to_thread(Bag, root, opener, key)
    told("Verifying", 1, 1)
    if bag.statement["instance"] != app.instance.domain:
        raise Invalid(
            f"This is a bag of {bag.statement['instance']}, and this server is "
            f"{app.instance.domain}: set domain to the same."
        )
    if await app.db.write(_begin, bag.number, bag.previous):
        return Brought(0, was_there=True)
    if bag.previous == 0 and bag.secret is not None:
        # Whichever secret a crash leaves behind: the next start takes it for the database's own.
        await asyncio.to_thread(app.db.keyring.adopt, bag.secret)
        await app.db.write(_become)
    work = _Import(app, bag, told)
    await work.run()
    await app.db.write(_end, bag.number)
    return Brought(work.done, was_there=False)


def _begin(tx: Tx, number: int, previous: int) -> bool:
    """Note that it is under way. Whether it is here already."""
    last, going = rows.noted(tx, BAG), rows.noted(tx, UNDER_WAY)
    if going not in (0, number):
        raise Conflict("Another import was cut short. Run that one again first.")
    if last == number and not going:
        return True
    if going == 0:
        if last == 0 and not rows.is_empty(tx):
            raise Conflict("This server is not empty: a bag goes into an empty one.")
        if previous != last:
            raise Conflict(
                "This bag builds on another that is not here: import that one first."
                if previous
                else "This bag builds on nothing, and this server is not empty."
            )
    if previous == 0:
        rows.note(tx, "keyring", None)
    rows.note(tx, UNDER_WAY, number)
    return False


def _become(tx: Tx) -> None:
    rows.note(tx, "keyring", tx.keyring.fingerprint)


def _end(tx: Tx, number: int) -> None:
    rows.go_on_counting(tx, catalogue.TRAVELS)
    rows.note(tx, BAG, number)
    rows.note(tx, UNDER_WAY, 0)


def under_way(tx: Tx) -> bool:
    """Whether an import was cut short: what is here is not whole."""
    return bool(rows.noted(tx, UNDER_WAY))


class _Import:
    """One import under way."""

    def __init__(self, app: App, bag: Bag, told: Told) -> None:
        self._app, self._bag, self._told = app, bag, told
        self._total = max(1, sum(bag.statement["counts"].values()))
        self.done = 0

    async def run(self) -> None:
        """Tombstones, records, then what refers to what came later."""
        with closing(sqlite3.connect("", isolation_level=None, check_same_thread=False)) as index:
            await self._remove(index)
        await self._each(self._bag.records(), self._put)
        later = (each for each in self._bag.records() if each.record.table in _LATER)
        await self._in_slices(later, self._put_later)

    async def _remove(self, index: sqlite3.Connection) -> None:
        """What is no more goes, but for what is for the recipient alone from now on."""
        stones = list(self._bag.tombstones())
        if not stones:
            return
        index.execute("CREATE TABLE whole (tbl TEXT, key TEXT, PRIMARY KEY (tbl, key))")
        for line in self._bag.records():
            if not line.record.rest:
                named = line.record.table, msgspec.json.encode(line.record.key).decode()
                index.execute("INSERT OR IGNORE INTO whole VALUES (?, ?)", named)
        # What hangs on others goes first: each is then removed with its own keys.
        place = {name: at for at, name in enumerate(catalogue.TRAVELS)}
        for stone in sorted(stones, key=lambda each: -place[each.table]):
            named = stone.table, msgspec.json.encode(stone.key).decode()
            stays = index.execute("SELECT 1 FROM whole WHERE tbl = ? AND key = ?", named).fetchone()
            if stone.rest:
                await self._app.db.write(_bare, stone)
            elif stays is None:
                objects = await self._app.db.write(_bury, stone)
                await self._app.store.delete(objects)

    async def _each(self, lines: Iterator[Line], put: Callable[..., Any]) -> None:
        for is_file, group in groupby(lines, key=lambda line: line.record.table == "files"):
            if not is_file:
                await self._in_slices(group, put)
                continue
            for line in group:
                await self._put_file(line)
                self._step(1)

    async def _in_slices(self, lines: Iterator[Line], put: Callable[..., Any]) -> None:
        held: list[Line] = []
        for line in lines:
            held.append(line)
            if len(held) == SLICE:
                await self._app.db.write(put, [each.record for each in held])
                self._step(len(held))
                held = []
        if held:
            await self._app.db.write(put, [each.record for each in held])
            self._step(len(held))

    def _step(self, more: int) -> None:
        self.done = min(self._total, self.done + more)
        self._told("Records", self.done, self._total)

    def _put(self, tx: Tx, records: list[Record]) -> None:
        for record in records:
            later = _LATER.get(record.table, ())
            row = {c: v for c, v in record.row.items() if c not in later}
            if (row_ := self._cut(tx, record.table, row)) is not None:
                put(tx, msgspec.structs.replace(record, row=row_))

    def _put_later(self, tx: Tx, records: list[Record]) -> None:
        for record in records:
            row = {c: record.row[c] for c in _LATER[record.table] if c in record.row}
            rows.change(tx, record.table, record.key, self._cut(tx, record.table, row) or {})

    def _cut(self, tx: Tx, name: str, row: dict[str, Any]) -> dict[str, Any] | None:
        """A row without what it refers to that was dropped from the bag; None: it is nothing
        without that."""
        for column_, (target, optional) in rows.refers(name).items() if self._bag.dropped else ():
            if row.get(column_) and rows.there(tx, target, (row[column_],)) is None:
                if not optional:
                    return None
                row = {**row, column_: None}
        return row

    async def _put_file(self, line: Line) -> None:
        """A file into the store, sealed under its new keys."""
        record, app = line.record, self._app
        values = dict(record.row)
        sha = values.pop("sha256", None)
        media = await app.db.read(_upload, values["media"])
        there = await app.db.read(rows.there, "files", record.key)
        values["object"] = "" if there is None else there["object"]
        if sha is not None and not values["object"]:
            slot, author, _ = media
            place = Slot(slot, author, values["media"], column(values["variant"]))
            app.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
            sealed = app.scratch / "imported"
            sealed.unlink(missing_ok=True)
            plain = self._plain(sha, line.salt)
            try:
                key = app.db.keyring.key(place)
                await asyncio.to_thread(seal_file, key, place.place, plain, sealed)
                values["object"] = (await app.store.put(sealed)).key
            finally:
                sealed.unlink(missing_ok=True)
                if plain.parent == app.scratch:
                    plain.unlink()
        await app.db.write(_put_values, "files", values)

    def _plain(self, sha: str, salt: bytes) -> Path:
        """Where the bytes of a file lie: in the bag, or opened beside it for a moment."""
        if not salt:
            return self._bag.root / "data" / "media" / sha
        path = self._app.scratch / "opened"
        sealed = self._bag.root / "data/private/media" / f"{sealed_name(salt, sha)}.sealed"
        with path.open("wb") as out:
            for chunk in self._bag.chunks(sealed):
                out.write(chunk)
        return path


def _upload(tx: Tx, media: int) -> tuple[int, int, bool]:
    return rows.media_keys(tx, [media])[media]


def _put_values(tx: Tx, name: str, values: dict[str, Any]) -> None:
    rows.put(tx, name, values)


def _bare(tx: Tx, stone: Tombstone) -> None:
    """Nothing beside what everybody may read is said of a row any more."""
    rows.change(tx, stone.table, stone.key, dict.fromkeys(rows.hidden(stone.table)))


def _bury(tx: Tx, stone: Tombstone) -> list[str]:
    """A row goes, with its keys. What lies in the store for it."""
    found: list[str] = []
    if stone.table == "media":
        found = rows.objects(tx, int(stone.key[0]))
    elif stone.table == "files":
        row = rows.there(tx, "files", stone.key)
        found = [row["object"]] if row is not None and row["object"] else []
    rows.remove(tx, stone.table, stone.key)
    return found


def put(tx: Tx, record: Record) -> None:
    """A row as a record says it, under keys of this server; in the place of the one that is there.

    It does not say yet what may come later: see `_put_later`."""
    name, travels = record.table, catalogue.TRAVELS[record.table]
    if name == "tags":
        tags.restore(tx, **record.row)
        return
    there = rows.there(tx, name, record.key)
    if record.rest and there is None:
        return  # of a row that was dropped from an older bag
    values = dict(record.row)
    sealed = {c: values.pop(c) for c in travels.sealed if values.get(c) is not None}
    values = {c: rows.stored(name, c, v) for c, v in values.items()}
    known = there or {}
    whole = {**known, **values}
    own = known.get("slot") or 0
    if "slot" in rows.columns(name) and not own and (name != "posts" or sealed):
        own = values["slot"] = tx.slot()
    if "slot" in rows.columns(name) and there is None:
        values.setdefault("slot", own)
    owner = own if name == "accounts" else _owner(tx, travels, whole)
    if name == "media" and there is None:
        values["author_slot"] = owner or own
    halves = {Key.OWN: own, Key.ACCOUNT: owner or own, Key.AUTHOR: owner or own}
    if name == "media" and there is not None:
        halves[Key.AUTHOR] = there["author_slot"]
    for column_, text in sealed.items():
        seal = travels.sealed[column_]
        plain = bytes.fromhex(text["hex"]) if isinstance(text, dict) else text.encode()
        number, author = halves[seal.number], halves[seal.author]
        bound = whole[travels.row or rows.keys(name)[0]]
        place = Slot(number, author, bound, travels.place or f"{name}.{column_}")
        values[column_] = tx.seal(place, plain) if number else plain
    if there is None:
        rows.put(tx, name, values)
    else:
        changed = {c: v for c, v in values.items() if c not in rows.keys(name)}
        rows.change(tx, name, record.key, changed)


def _owner(tx: Tx, travels: Travels, row: dict[str, Any]) -> int:
    """The slot of whose it is; 0 = nobody's."""
    if travels.owner == AUTHOR:
        return rows.slots_of_authors(tx, [row["post"]]).get(row["post"], 0)
    whose = row.get(travels.owner)
    return rows.slots(tx, [whose]).get(whose, 0) if whose else 0
