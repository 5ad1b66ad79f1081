"""A whole server as a bag, or what changed since the last one. Beside a running server.

All rows are of one moment. What was copied of files stays in the unfinished folder when the export
is cut short, and is not copied again."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from hashlib import sha256
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from whimbrel.core.app import App
from whimbrel.core.errors import Conflict, Invalid, NotFound
from whimbrel.core.keyring import Keyring, Shredded, Slot
from whimbrel.core.sealed import unseal_range
from whimbrel.core.tx import Tx
from whimbrel.media.rules import column

from . import bag, catalogue, gather
from .queries import rows
from .rules import FORMAT, PAGE, Export, Part, Statement, Tombstone, canonical
from .sealing import Sealer
from .state import Made, State, opened

Told = Callable[[str, int, int], None]  # what is done just now, how far, of how many

GONE, GONE_PRIVATE = Part("tombstones"), Part("private/tombstones", sealed=True)
ALSO = ("data/FORMAT.md", "read.py")


def quiet(_what: str, _done: int, _of: int) -> None:
    """Tell nobody how far it is."""


def signing_key(keyring: Keyring) -> Ed25519PrivateKey:
    """The key of exports: made from the server's own secret, so wherever that goes, it goes."""
    return Ed25519PrivateKey.from_private_bytes(keyring.mac("export", b"ed25519"))


async def export(
    app: App,
    target: Path,
    *,
    since: int = 0,
    recipient: str | None = None,
    objects: gather.Objects,
    told: Told = quiet,
) -> Statement:
    """Write a bag into the new folder `target`.

    Args:
        since: the last number of the bag that this one builds on; 0 = all there is.
        recipient: to whom the private part is sealed; None = there is none.
        objects: what a row is as an ActivityStreams object.
    Raises:
        Conflict: the folder is there, or another export is under way.
        Invalid: no bag ended with `since`.
    """
    if await asyncio.to_thread(target.exists):
        raise Conflict(f"{target} is there already.")
    room = target.with_name(target.name + ".partial")
    with opened(app.settings.data) as state:
        last = state.last()
        done = _finished(room, last)
        if done is not None:
            room.rename(target)
            return done
        before = state.ending(since) if since else None
        if since and before is None:
            raise Invalid(f"No bag of this server ended with {since}.")
        await asyncio.to_thread(_clear, room)
        await _look_at_files(app, state, told)
        writer = bag.Writer(room, 1 if last is None else last.last + 1, recipient)
        work = _Export(app, state, writer, since, objects, told)
        await app.db.read(work.rows, slow=True)
        await work.copy_files()
        signed = work.sign(before)
        await asyncio.to_thread(writer.finish, signed, signed.statement.made_at)
        made = signed.statement
        digest = sha256(canonical(made)).hexdigest()
        state.add(Made(made.number, made.first, made.last, digest, str(target)))
        state.db.commit()
        room.rename(target)
    return made


def _finished(room: Path, last: Made | None) -> Statement | None:
    """What was cut short when only its name was missing."""
    try:
        found = msgspec.json.decode((room / "export.json").read_bytes(), type=Export).statement
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
    same = last is not None and sha256(canonical(found)).hexdigest() == last.hash
    return found if same and (room / bag.TAGS).exists() else None


def _clear(room: Path) -> None:
    """Leave of an unfinished bag what was copied of files."""
    room.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in room.iterdir():
        if path.name != "data":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    data = room / "data"
    for path in data.iterdir() if data.exists() else ():
        if path.name == "private":
            shutil.rmtree(path)  # sealed to whom it was for then
        elif path.name != "media":
            shutil.rmtree(path) if path.is_dir() else path.unlink()


async def _look_at_files(app: App, state: State, told: Told) -> None:
    """The hashes of files that were never exported, which their records name."""
    after, done = "", 0
    while True:
        found = await app.db.read(rows.kept_files, after, PAGE, slow=True)
        for token, variant, size, object_, media, slot, author in found:
            if state.hash_of(token, object_) is None:
                place = Slot(slot, author, media, column(variant))
                digest = sha256()
                try:
                    async for piece in _plain(app, place, object_, size):
                        digest.update(piece)
                except (NotFound, Shredded):  # it is being erased
                    continue
                state.keep_hash(token, object_, digest.hexdigest(), size)
            done += 1
        told("Files looked at", done, done)
        if len(found) < PAGE:
            break
        after = found[-1][0]
    state.db.commit()
    state.db.execute("BEGIN IMMEDIATE")


async def _plain(app: App, place: Slot, object_: str, size: int) -> AsyncIterator[bytes]:
    key = app.db.keyring.key(place)
    async with aclosing(unseal_range(key, place.place, app.store, object_, size)) as pieces:
        async for piece in pieces:
            yield piece


class _Export:
    """One export under way."""

    def __init__(
        self,
        app: App,
        state: State,
        writer: bag.Writer,
        since: int,
        objects: gather.Objects,
        told: Told,
    ) -> None:
        self._app, self._state, self._writer = app, state, writer
        self._since, self._objects, self._told = since, objects, told
        state.db.execute(
            "CREATE TEMP TABLE IF NOT EXISTS wanted (token TEXT PRIMARY KEY, layer INTEGER, "
            "name TEXT)"
        )
        state.db.execute("DELETE FROM wanted")
        state.db.execute("DELETE FROM seen")

    # ------------------------------------------------------------------ rows, in a thread

    def rows(self, tx: Tx) -> None:
        """All records and tombstones."""
        with rows.snapshot(tx):
            total = sum(rows.count(tx, name) for name in catalogue.TRAVELS)
            done = 0
            if self._writer.recipient is not None:
                self._keys(tx)
            for name, travels in catalogue.TRAVELS.items():
                if name == "posts":
                    gather.see_posts(tx, self._state)
                if travels.part.sealed and self._writer.recipient is None:
                    continue
                for page in gather.records(tx, self._state, name, self._objects):
                    for line in page:
                        self._add(line, travels.part)
                    done = min(done + PAGE, total)
                    self._told("Records", done, total)
            self._bury()
        self._writer.close()
        self._told("Records", total, total)

    def _keys(self, tx: Tx) -> None:
        """What all keyed hashes of this server are made with: passwords, addresses, signatures."""
        text = msgspec.json.encode(
            {"table": "server", "key": [], "row": {"secret": tx.keyring.own.hex()}}
        )
        self._add(
            gather.Line("server", "[]", gather.CLOSED, text, os.urandom(16)), catalogue.PRIVATE
        )

    def _add(self, line: gather.Line, part: Part) -> None:
        if line.layer == gather.CLOSED:
            if self._writer.recipient is None:
                return
            part = catalogue.PRIVATE
        digest = None
        if line.token is not None:
            digest = self._digest(line.token)
            if digest is None:
                return  # it came while we wrote: the next bag has it
            text = line.text.replace(b'"sha256":""', b'"sha256":"%s"' % digest.encode())
            line = line._replace(text=text)
        known = self._state.known(line.table, line.key, line.layer)
        digest_ = sha256(line.salt + line.text).digest()
        same = known is not None and known.digest == digest_ and not known.gone
        if same and known is not None and known.seq <= self._since:
            self._state.keep(line.table, line.key, line.layer, digest_, known.seq)
            return
        seq, _ = self._writer.add(part, line.table, line.text, line.salt)
        self._state.keep(line.table, line.key, line.layer, digest_, seq)
        if line.token is not None and digest is not None:
            name = digest if line.layer == gather.OPEN else sealed_name(line.salt, digest)
            self._state.db.execute(
                "INSERT OR REPLACE INTO wanted VALUES (?, ?, ?)", (line.token, line.layer, name)
            )

    def _digest(self, token: str) -> str | None:
        row = self._state.db.execute("SELECT sha256 FROM file WHERE token = ?", (token,)).fetchone()
        return None if row is None else str(row[0])

    def _bury(self) -> None:
        """What was in a part and is not in it any more."""
        layers = [(gather.OPEN, GONE)]
        if self._writer.recipient is not None:
            layers.append((gather.CLOSED, GONE_PRIVATE))
        for layer, part in layers:
            for table, key in self._state.missed(self._since, layer):
                rest = layer == gather.CLOSED and self._state.is_there(table, key, gather.OPEN)
                closed = layer == gather.OPEN and self._state.is_there(table, key, gather.CLOSED)
                sha = None
                if table == "files" and not rest and not closed:
                    sha = self._state.drop_hash(msgspec.json.decode(key)[0])
                if self._since == 0:  # a bag that builds on nothing has nothing to take back
                    self._state.forget(table, key, layer)
                    continue
                stone = Tombstone(table, tuple(msgspec.json.decode(key)), rest, sha)
                text = msgspec.json.encode(stone)
                seq, _ = self._writer.add(part, "tombstones", text, sha256(text).digest()[:16])
                self._state.bury(table, key, layer, seq)

    # ------------------------------------------------------------------ files, on the loop

    def _wanted(self, token: str) -> tuple[int, str] | None:
        row = self._state.db.execute(
            "SELECT layer, name FROM wanted WHERE token = ?", (token,)
        ).fetchone()
        return None if row is None else (row[0], row[1])

    async def copy_files(self) -> None:
        """The files that records of this bag name. What is there was copied before."""
        (total,) = self._state.db.execute("SELECT count(*) FROM wanted").fetchone()
        after, done = "", 0
        while True:
            found = await self._app.db.read(rows.kept_files, after, PAGE, slow=True)
            for row in found:
                wanted = self._wanted(row[0])
                if wanted is not None:
                    await self._copy(row, *wanted)
                    done += 1
                    self._told("Files", done, total)
            if len(found) < PAGE:
                break
            after = found[-1][0]
        if done < total:
            raise Conflict(
                "Files were deleted while they were being exported. Run the same command again."
            )

    async def _copy(self, row: Any, layer: int, name: str) -> None:
        _, variant, size, object_, media, slot, author = row
        closed = layer == gather.CLOSED
        folder = self._writer.root / "data" / ("private/media" if closed else "media")
        target = folder / (f"{name}.sealed" if closed else name)
        if target.exists():
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        arriving = self._writer.root / "arriving"
        place = Slot(slot, author, media, column(variant))
        with arriving.open("wb") as out:
            sealer = Sealer(out, self._writer.recipient or "") if closed else None
            write = out.write if sealer is None else sealer.write
            async for piece in _plain(self._app, place, object_, size):
                await asyncio.to_thread(write, piece)
            if sealer is not None:
                sealer.close()
            await asyncio.to_thread(_settle, out)
        arriving.rename(target)

    # ------------------------------------------------------------------ the statement

    def sign(self, before: Made | None) -> Export:
        """What the bag is, signed."""
        also = {}
        for name in ALSO:
            content = resources("whimbrel.exit").joinpath(_SOURCES[name]).read_bytes()
            bag.put(self._writer.root / name, content)
            also[name] = sha256(content).hexdigest()
        statement = Statement(
            format=FORMAT,
            instance=self._app.instance.domain,
            made_at=f"{self._app.db.env.clock():%Y-%m-%dT%H:%M:%SZ}",
            number=1 if before is None else before.number + 1,
            first=self._writer.first,
            last=self._writer.next - 1,
            since=self._since,
            previous=None if before is None else before.hash,
            counts=dict(sorted(self._writer.counts.items())),
            files=sorted(self._writer.held, key=lambda each: each.path),
            also=also,
            recipient=self._writer.recipient,
        )
        key = signing_key(self._app.db.keyring)
        public = key.public_key().public_bytes_raw().hex()
        return Export(statement, public, key.sign(canonical(statement)).hex())


_SOURCES = {"data/FORMAT.md": "FORMAT.md", "read.py": "read.py"}


def sealed_name(salt: bytes, sha: str) -> str:
    """What a file for the recipient alone is called: nobody else can tell which one it is."""
    return sha256(salt + sha.encode()).hexdigest()


def _settle(out: Any) -> None:
    out.flush()
    os.fsync(out.fileno())
