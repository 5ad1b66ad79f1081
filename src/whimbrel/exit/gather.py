"""Rows of the database as records: opened, told apart by who may read them, each with its salt.

A row travels if all that it cannot do without travels. It is for everybody if its table is, nothing
of its own says otherwise, and all that it cannot do without is for everybody; what it can do
without is then left out of it and told in a second record, `rest`, to the recipient alone."""

import hmac
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.tx import Tx

from . import catalogue
from .queries import rows
from .queries.rows import Values
from .rules import AUTHOR, PAGE, Key, Record, Travels
from .state import State

OPEN, CLOSED = 0, 1  # layers
ALWAYS = {"posts": {"boost_of"}}  # what a row is nothing without, though it may be null
_DROPPED = {"slot", "stamp"}
_encode = msgspec.json.Encoder().encode

Objects = Callable[[Tx, str, Values], dict[str, Any] | None]


class Line(NamedTuple):
    """A record, ready to be written."""

    table: str
    key: str  # JSON
    layer: int
    text: bytes
    salt: bytes
    token: str | None = None  # of a file: which


class _Met(NamedTuple):
    """What all rows of a page ask about."""

    slots: dict[int, int]  # of whose it is, by account or by post
    seen: dict[str, dict[int, bool]]  # by table: which travel, and whether they are open
    barred: set[int]  # rows that are not for everybody, by what they say themselves
    files: dict[int, tuple[int, int, bool]]  # of uploads


def see_posts(tx: Tx, state: State) -> None:
    """Which posts travel, before any is read whole: answers may be older than what they answer."""
    alive = tx.keyring.alive
    for page in rows.bare_posts(tx, PAGE):
        authors = state.seen("accounts", (row[1] for row in page))
        state.see(
            "posts",
            (
                (row[0], row[2] <= 1 and authors[row[1]])
                for row in page
                if row[1] in authors and alive(row[3]) and alive(row[4])
            ),
        )


def records(tx: Tx, state: State, name: str, objects: Objects) -> Iterator[list[Line]]:
    """All lines of a table, a page of rows at a time."""
    travels = catalogue.TRAVELS[name]
    for page in rows.pages(tx, name, PAGE):
        met = _meet(tx, state, name, travels, page)
        found: list[Line] = []
        marked: list[tuple[int, bool]] = []
        for row in page:
            lines = list(_lines(tx, state, name, row, met, objects))
            found += lines
            if lines and rows.keys(name) == ("id",):
                marked.append((row["id"], lines[0].layer == OPEN))
        state.see(name, marked)
        yield found


def _meet(tx: Tx, state: State, name: str, travels: Travels, page: list[Values]) -> _Met:
    seen = {}
    for column, (target, _) in rows.refers(name).items():
        ids = {row[column] for row in page if row[column] is not None}
        seen[column] = state.seen(target, ids) if target in catalogue.TRAVELS else {}
    if name == "media":
        for column, target in (("account", "accounts"), ("post", "posts")):
            seen[column] = state.seen(target, {row[column] for row in page if row[column]})
    if travels.owner == AUTHOR:
        slots = rows.slots_of_authors(tx, {row["post"] for row in page})
    else:
        slots = rows.slots(tx, {row[travels.owner] for row in page if row.get(travels.owner)})
    barred = set() if travels.part.sealed else _barred(tx, name, page)
    files = rows.media_keys(tx, {row["media"] for row in page}) if name == "files" else {}
    return _Met(slots, seen, barred, files)


def _barred(tx: Tx, name: str, page: list[Values]) -> set[int]:
    """Positions of the rows that say themselves that they are not for everybody."""
    found: Iterable[int] = ()
    if name == "accounts":
        waiting = rows.waiting(tx, (row["id"] for row in page if row["domain"] is None))
        found = (
            at
            for at, row in enumerate(page)
            if row["suspended_at"] is not None or row["id"] in waiting
        )
    elif name == "posts":
        found = (at for at, row in enumerate(page) if row["visibility"] > 1)
    elif name == "tags":
        open_ = rows.open_tags(tx, [row["id"] for row in page])
        found = (at for at, row in enumerate(page) if row["id"] not in open_)
    elif name == "media":
        found = (at for at, row in enumerate(page) if row["withheld"] or row["kept_until"])
    elif name == "follows":
        ends = {row[end] for row in page for end in ("follower", "followee")}
        hiding = rows.hiding(tx, ends)
        found = (at for at, row in enumerate(page) if {row["follower"], row["followee"]} & hiding)
    elif name == "collection_items":
        found = (at for at, row in enumerate(page) if row["state"] != "accepted")
    elif name == "rules":
        found = (at for at, row in enumerate(page) if row["removed_at"] is not None)
    elif name == "blocked_servers":
        found = (at for at, row in enumerate(page) if row["obfuscate"])
    elif name == "announcements":
        found = (at for at, row in enumerate(page) if row["published_at"] is None)
    return {id(page[at]) for at in found}


def _lines(
    tx: Tx, state: State, name: str, row: Values, met: _Met, objects: Objects
) -> Iterator[Line]:
    travels = catalogue.TRAVELS[name]
    if name == "media" and (
        row["state"] not in ("ready", "away") or row["purpose"] in ("archive", "arrival")
    ):
        return  # it is being made, came to nothing, or is on its way itself
    if name == "jobs" and (row["due"] <= tx.ms or row["tries"] or row["error"]):
        return  # it is under way here; what is but a clock goes on elsewhere
    cut: dict[str, bool] = {}  # columns that refer to what is not open: whether it travels at all
    open_ = not travels.part.sealed and id(row) not in met.barred
    for column, there in met.seen.items():
        if not row[column]:
            continue
        needed = not rows.refers(name).get(column, ("", False))[1]
        if needed or column in ALWAYS.get(name, ()):
            if row[column] not in there:
                return
            open_ = open_ and there[row[column]]
        elif not there.get(row[column], False):
            cut[column] = row[column] in there
    own = row.get("slot") or 0
    whose = row["post"] if travels.owner == AUTHOR else row.get(travels.owner)
    owner = own if name == "accounts" else met.slots.get(whose or 0, 0)
    if not all(tx.keyring.alive(each) for each in (own, owner) if each):
        return
    try:
        values = _values(tx, name, row, own, owner, met)
    except Shredded:  # while we read
        return
    if values is None:
        return
    for column, travels_too in cut.items():
        if not travels_too:
            values[column] = None
    key = tuple(row[each] for each in rows.keys(name))
    yield from _told(tx, name, key, values, cut, own or owner, open_, row, objects)


def _values(
    tx: Tx, name: str, row: Values, own: int, owner: int, met: _Met
) -> dict[str, Any] | None:
    travels = catalogue.TRAVELS[name]
    values: dict[str, Any] = {}
    for column, value in row.items():
        if column in _DROPPED or column in travels.drop:
            continue
        seal = travels.sealed.get(column)
        if seal is None or value is None:
            values[column] = rows.shown(name, column, value)
            continue
        halves = {Key.OWN: own, Key.ACCOUNT: owner or own, Key.AUTHOR: row.get("author_slot")}
        number, author = halves[seal.number] or 0, halves[seal.author] or 0
        place = travels.place or f"{name}.{column}"
        bound = row[travels.row or rows.keys(name)[0]]
        plain = bytes(value)
        if number:  # a leaf of the log that is about nobody is not sealed
            plain = tx.unseal(Slot(number, author, bound, place), plain)
        values[column] = _text(plain)
    if name == "media" and row["source"] is not None:
        values["state"] = "away"  # copies stay
    if name == "files":
        _, _, away = met.files[row["media"]]
        values["sha256"] = None if away or not row["object"] else ""
    return values


def _text(plain: bytes) -> Any:
    try:
        return plain.decode()
    except UnicodeDecodeError:
        return {"hex": plain.hex()}


def _told(
    tx: Tx,
    name: str,
    key: tuple[int | str, ...],
    values: dict[str, Any],
    cut: dict[str, bool],
    slot: int,
    open_: bool,
    row: Values,
    objects: Objects,
) -> Iterator[Line]:
    said = _encode(key).decode()
    token = row["token"] if name == "files" and values["sha256"] == "" else None
    salt = _salt(tx, name, said, slot)
    if not open_:
        yield Line(name, said, CLOSED, _encode(Record(name, key, values)), salt, token)
        return
    closed = rows.hidden(name) | (rows.secret(name) - catalogue.TRAVELS[name].sealed.keys())
    public = {c: None if c in cut else v for c, v in values.items() if c not in closed}
    object_ = objects(tx, name, row)
    yield Line(name, said, OPEN, _encode(Record(name, key, public, False, object_)), salt, token)
    rest = {c: v for c, v in values.items() if (c in closed or c in cut) and v is not None}
    if rest:
        yield Line(name, said, CLOSED, _encode(Record(name, key, rest, True)), salt)


def _salt(tx: Tx, name: str, key: str, slot: int) -> bytes:
    """16 bytes that nobody can tell once the row's key is destroyed. Where a row has none, they
    hang on the server's own secret."""
    label = f"{name} {key}".encode()
    if not slot:
        return tx.mac("export salt", label)[:16]
    base = hmac.digest(tx.keyring.key(Slot(slot, slot, 0, "")), b"export salt", "sha256")
    return hmac.digest(base, label, "sha256")[:16]
