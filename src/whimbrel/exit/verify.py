"""Proof that a server is whole, and that it holds nothing that was deleted.

It is read here and compared with what another server of the same rows says of itself: rows and
hashes of each table do not depend on the engine, nor on the order that rows come in. Nothing is
changed."""

import asyncio
import random
import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import aclosing
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound, WhimbrelError
from whimbrel.core.ids import iso
from whimbrel.core.keyring import KeyringBroken, Shredded, Slot
from whimbrel.core.objects import ObjectStore
from whimbrel.core.sealed import sealed_size, unseal_range
from whimbrel.core.tx import Tx
from whimbrel.federation import multikey
from whimbrel.federation.queries import keys as actors
from whimbrel.federation.signatures import PrivateKeys, public_key

from .queries import proof
from .queries.keys import shreds
from .sums import NAMED, Sum, Told, differences, quiet, sums

DECRYPTS, SIGNERS = 1_000, 100
_LANES = 8


class Canary(msgspec.Struct, frozen=True):
    """Something that was sealed and then deleted, and must not open again."""

    slot: Slot
    sealed: bytes


class Line(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    title: str
    ok: bool
    says: str


class Report(msgspec.Struct, frozen=True):
    """What was found. `tables`: empty where rows were not counted."""

    at: str
    engine: str
    tables: dict[str, Sum]
    lines: tuple[Line, ...]
    counts: dict[str, int]  # objects, bytes, missing, broken, opened, unopened, risen, signers

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return all(line.ok for line in self.lines)

    def json(self) -> str:
        """For machines."""
        return msgspec.json.encode({"ok": self.ok, **msgspec.structs.asdict(self)}).decode()


async def verify(
    app: App,
    *,
    against: Mapping[str, Sum] | None = None,
    canaries: Sequence[Canary] = (),
    left: Collection[str] = (),
    since: int = 0,
    decrypts: int = DECRYPTS,
    tables: bool = True,
    told: Told = quiet,
) -> Report:
    """Look at everything.

    Args:
        against: the tables of the other server; None = there is none to compare with.
        canaries: what was deleted on purpose and must not open.
        left: keys of objects that are known to be left behind.
        since: read files of uploads from then (ms) on; of older ones nothing is looked at.
        decrypts: how many posts and files are opened, taken at random.
        tables: whether rows are counted and hashed.
    Returns:
        The report. What is wrong stands in it; only what keeps from looking is raised.
    Raises:
        Unavailable: the database or the store does not answer.
    """
    counts: dict[str, int] = {}
    lines: list[Line] = []
    found: dict[str, Sum] = {}
    if tables:
        found = await app.db.read(sums, told, slow=True)
        lines.append(_rows(found))
    if against is not None:
        lines.append(compared(against, found))
    lines += await _media(app.db, app.store, left, since, counts, told)
    lines += await _opens(app, decrypts, left, counts)
    lines.append(await _signs(app.db, counts))
    lines += await _deleted(app.db, canaries, counts)
    at = iso(await app.db.read(_clock))
    return Report(at, app.db.env.engine, found, tuple(lines), counts)


def _clock(tx: Tx) -> int:
    return tx.ms


def _rows(found: Mapping[str, Sum]) -> Line:
    many = sum(each.rows for each in found.values())
    return Line("rows", True, f"{many} rows in {len(found)} tables")


def compared(theirs: Mapping[str, Sum], ours: Mapping[str, Sum]) -> Line:
    """What of the other server's rows is otherwise here."""
    wrong = differences(theirs, ours)
    says = "; ".join(wrong[:NAMED]) + (f" and {len(wrong) - NAMED} more" if wrong[NAMED:] else "")
    return Line("rows compared", not wrong, says or "all tables are equal, in every row")


# ------------------------------------------------------------------------------- files


async def _media(
    db: Db,
    store: ObjectStore,
    left: Collection[str],
    since: int,
    counts: dict[str, int],
    told: Told,
) -> list[Line]:
    """Each object that the database names is read, whole, and held against its name."""
    missing: list[str] = []
    broken: list[str] = []
    total = octets = 0
    places = asyncio.Semaphore(_LANES)

    async def look(key: str, plain: int) -> None:
        nonlocal octets
        async with places:
            size = await _read(store, key)
        if size is None:
            missing.append(key)
        elif size < 0 or size != sealed_size(plain):
            broken.append(key)
        else:
            octets += size

    after = ""
    while page := await db.read(proof.objects, after, 500, since, slow=True):
        wanted = [(key, size) for key, size in page if key not in left]
        await asyncio.gather(*(look(*each) for each in wanted))
        total, after = total + len(wanted), page[-1][0]
        told("files", total, 0)
    counts |= {"objects": total, "bytes": octets, "missing": len(missing), "broken": len(broken)}
    lines = [
        Line("files", not missing, _wrong("missing", missing) or f"{total} files, {octets} bytes"),
        Line("files whole", not broken, _wrong("not what they were", broken) or "all of them"),
    ]
    if left:
        lines.append(Line("files left behind", True, f"{len(left)}: they are fetched later"))
    return lines


def _wrong(how: str, keys: list[str]) -> str:
    keys.sort()
    return f"{len(keys)} {how}: {', '.join(keys[:NAMED])}" if keys else ""


async def _read(store: ObjectStore, key: str) -> int | None:
    """How many bytes an object has; -1: they are not what its name says; None: it is not there."""
    found, size = sha256(), 0
    try:
        async with aclosing(store.open(key)) as blocks:
            async for block in blocks:
                found.update(block)
                size += len(block)
    except NotFound:
        return None
    return size if found.hexdigest() == key.rpartition("/")[2] else -1


# ------------------------------------------------------------------------------- keys


async def _opens(app: App, most: int, left: Collection[str], counts: dict[str, int]) -> list[Line]:
    """Posts and files, at random, open with the keys that are here."""
    opened = 0
    wrong: list[str] = []
    for sealed in await app.db.read(_some_posts, most, slow=True):
        try:
            app.db.keyring.unseal(sealed.slot, sealed.content)
            opened += 1
        except Shredded:
            if not await app.db.read(_meant, sealed.slot):
                wrong.append(f"post {sealed.slot.row}")
        except WhimbrelError:
            wrong.append(f"post {sealed.slot.row}")
    files = await app.db.read(proof.files_after, secrets.token_urlsafe(16), most // 10)
    if len(files) < most // 10:
        files += await app.db.read(proof.files_after, "", most // 10 - len(files))
    for file in set(files):
        if file.object in left:
            continue
        try:
            await _first(app, file)
            opened += 1
        except Shredded:
            if not await app.db.read(_meant, file.slot):
                wrong.append(f"file {file.object}")
        except WhimbrelError:
            wrong.append(f"file {file.object}")
    counts |= {"opened": opened, "unopened": len(wrong)}
    says = f"{opened} posts and files, at random"
    return [Line("opens what is here", not wrong, _wrong("do not open", wrong) or says)]


def _some_posts(tx: Tx, most: int) -> list[proof.Sealed]:
    ends = proof.ends(tx)
    if ends is None:
        return []
    chosen = {each.slot.row: each for each in proof.posts_from(tx, 0, most)}
    if len(chosen) < most:  # these are all
        return list(chosen.values())
    pick = random.Random(secrets.randbits(64))
    found: dict[int, proof.Sealed] = {}
    for _ in range(2 * most):
        for each in proof.posts_from(tx, pick.randint(*ends), 1):
            found[each.slot.row] = each
        if len(found) == most:
            break
    return list({**found, **chosen}.values())[:most]


def _meant(tx: Tx, slot: Slot) -> bool:
    """It does not open because it was deleted, and its row is about to go."""
    return bool(proof.dead(tx, [slot.number, slot.author]))


async def _first(app: App, file: proof.File) -> None:
    """The first chunk opens. Raises Shredded, NotFound, Tampered."""
    key = app.db.keyring.key(file.slot)
    if file.size:
        pieces = unseal_range(key, file.slot.place, app.store, file.object, file.size, 0, 1)
        async with aclosing(pieces):
            async for _ in pieces:
                pass


async def _signs(db: Db, counts: dict[str, int]) -> Line:
    """Actors sign, and their public halves take it: with other keys others would refuse us."""
    last = await db.read(proof.last_owner)
    first = secrets.randbelow(last + 1)
    owners = set(await db.read(proof.owners_from, first, SIGNERS))
    if len(owners) < SIGNERS:
        owners |= set(await db.read(proof.owners_from, 0, SIGNERS - len(owners)))
    wrong = [f"actor {owner}" for owner in sorted(owners) if not await db.read(_proves, owner)]
    counts["signers"] = len(owners)
    return Line(
        "actors sign",
        not wrong,
        _wrong("do not sign", wrong) or f"{len(owners)} of them, both keys",
    )


def _proves(tx: Tx, owner: int) -> bool:
    text = secrets.token_bytes(64)
    try:
        private, public = actors.private(tx, owner), actors.public(tx, owner)
        if private is None or public is None:
            return True  # gone meanwhile
        own = PrivateKeys.open(private.rsa, private.ed25519)
        theirs = public_key(public.rsa)
        if not isinstance(theirs, RSAPublicKey):
            return False
        theirs.verify(own.rsa.sign(text, PKCS1v15(), SHA256()), text, PKCS1v15(), SHA256())
        fast = Ed25519PublicKey.from_public_bytes(multikey.read(public.ed25519))
        fast.verify(own.ed25519.sign(text), text)
    except (WhimbrelError, InvalidSignature, ValueError):
        return False
    return True


# ------------------------------------------------------------------------------- the dead


def plant(tx: Tx) -> Canary:
    """Seal something and delete it at once: whoever can open it can open what people deleted."""
    number = tx.slot()
    slot = Slot(number, number, number, "canaries.content")
    sealed = tx.seal(slot, secrets.token_bytes(32))
    tx.shred([number])
    return Canary(slot, sealed)


async def _deleted(db: Db, canaries: Sequence[Canary], counts: dict[str, int]) -> list[Line]:
    """No key that was destroyed is here, and nothing that was deleted opens."""
    after, alive, many = (0, -1), [], 0
    while (found := await db.read(shreds, after, 10_000, slow=True)).slots:
        alive += [f"slot {each}" for each in found.slots if _lives(db, each)]
        many, after = many + len(found.slots), found.last
    risen = [f"slot {each.slot.number}" for each in canaries if _rises(db, each)]
    counts["risen"] = len(alive) + len(risen)
    opens = f"none of {len(canaries)} opens"
    return [
        Line(
            "destroyed keys",
            not alive,
            _wrong("are here again", alive) or f"none of {many} is here",
        ),
        Line("deleted canaries", not risen, _wrong("open", risen) or opens),
    ]


def _lives(db: Db, slot: int) -> bool:
    try:
        return db.keyring.alive(slot)
    except KeyringBroken:  # it never came here
        return False


def _rises(db: Db, canary: Canary) -> bool:
    try:
        db.keyring.unseal(canary.slot, canary.sealed)
    except WhimbrelError:  # shredded, unknown here, or another key stands there
        return False
    return True
