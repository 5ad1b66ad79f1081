"""The log that cannot be changed without its being seen: what was noted becomes a leaf of a tree,
whose head is signed and published every hour.

A leaf is `H(salt ‖ what was noted)`. Erasing somebody destroys salt and text; the leaf stays, says
nothing, and the tree still holds."""

from base64 import b64encode
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from whimbrel.core.ids import moment
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx

from . import cases, merkle
from .events import CheckpointDue
from .queries import audit as queries
from .rules import HOUR, SALT

FIELDS = ("at", "by", "action", "kind", "target", "report", "detail")


def name_of(instance: Instance) -> str:
    """What the log is called in its checkpoints."""
    return f"{instance.host}/log"


def _key(tx: Tx) -> Ed25519PrivateKey:
    """The log's own key: made from the server's, so wherever that goes, this one does."""
    return Ed25519PrivateKey.from_private_bytes(tx.mac("moderation log", b"ed25519"))


def verifier(tx: Tx) -> str:
    """The public key, as one line."""
    return merkle.verifier(name_of(tx.instance), merkle.public_bytes(_key(tx)))


def checkpoint(tx: Tx) -> str:
    """Sign the tree as it is now, where it grew since the last time; the newest checkpoint."""
    tx.lock("log", 0)
    size, last = queries.size(tx), queries.last_checkpoint(tx)
    if last is not None and last[0] == size:
        return last[2]
    note = merkle.sign(name_of(tx.instance), size, _root(tx, size), _key(tx))
    queries.add_checkpoint(tx, size, note)
    return note


def start(tx: Tx) -> None:
    """At start: the clock of checkpoints runs from now on; an earlier one stops.

    Emits: CheckpointDue
    """
    turn = queries.next_turn(tx)
    tx.emit(CheckpointDue(turn=turn))


def current(tx: Tx, event: CheckpointDue) -> bool:
    """Whether this clock is the one that runs."""
    return queries.turn(tx) == event.turn


def tick(tx: Tx, event: CheckpointDue) -> None:
    """Handler: sign the log, and give reports of an older release their cases.

    Emits: CheckpointDue, due in an hour
    """
    if not current(tx, event):
        return
    cases.adopt(tx)
    checkpoint(tx)
    tx.emit(event, due=moment(tx.ms + HOUR))


def newest(tx: Tx) -> str:
    """The newest checkpoint; "" before the first."""
    last = queries.last_checkpoint(tx)
    return "" if last is None else last[2]


def _root(tx: Tx, size: int) -> bytes:
    return merkle.root_of([merkle.leaf_hash(each) for each in queries.leaves(tx, 0, size)])


def proof(tx: Tx, leaf: int) -> dict[str, Any] | None:
    """All that somebody needs to show that this was noted, and when at the latest; None until the
    next checkpoint, and where the text is erased."""
    last, kept = queries.last_checkpoint(tx), queries.content(tx, leaf)
    if last is None or last[0] <= leaf or kept is None:
        return None
    leaves = [merkle.leaf_hash(each) for each in queries.leaves(tx, 0, last[0])]
    return {
        "leaf": leaf,
        "salt": kept[:SALT].hex(),
        "entry": kept[SALT:].decode(),
        "path": [b64encode(each).decode() for each in merkle.path_of(leaves, leaf)],
        "checkpoint": last[2],
        "key": verifier(tx),
    }


class Verdict(NamedTuple):
    """What `verify` found. `wrong`: a sentence for each thing that is not as it was."""

    size: int
    erased: int
    checkpoints: int
    wrong: list[str]


def verify(tx: Tx, notes: list[str] | None = None) -> Verdict:
    """Hold every row of the log against its leaf, and the tree against signed checkpoints.

    Args:
        notes: checkpoints that somebody kept elsewhere, besides those in the database.
    """
    wrong: list[str] = []
    leaves: list[bytes] = []
    erased = 0
    for entry in queries.entries(tx):
        if entry.leaf != len(leaves):
            wrong.append(f"Row {len(leaves)} of the log is missing.")
            break
        leaves.append(merkle.leaf_hash(entry.commitment))
        if entry.content is None:
            erased += 1
        elif sha256(entry.content).digest() != entry.commitment:
            wrong.append(f"What row {entry.leaf} says is not what was committed to.")
        else:
            wrong += _compare(entry)
    kept = [note for _, note in queries.all_checkpoints(tx)] + list(notes or [])
    public = merkle.public_bytes(_key(tx))
    for note in kept:
        wrong += _hold(note, leaves, public)
    return Verdict(len(leaves), erased, len(kept), wrong)


def _compare(entry: queries.Entry) -> list[str]:
    said = msgspec.json.decode((entry.content or b"")[SALT:])
    found = dict(zip(FIELDS, entry.row, strict=True))
    # Of staff who left, the row does not say any more who it was.
    names = [name for name in FIELDS if not (name == "by" and found["by"] is None)]
    changed = [name for name in names if said[name] != found[name]]
    return [f"Row {entry.leaf} was changed: {', '.join(changed)}."] if changed else []


def _hold(note: str, leaves: list[bytes], public: bytes) -> list[str]:
    try:
        _, size, root = merkle.read(note, public)
    except ValueError as error:
        return [f"A checkpoint does not hold: {error}."]
    if size > len(leaves):
        return [f"The checkpoint of {size} rows: only {len(leaves)} are there."]
    if merkle.root_of(leaves[:size]) != root:
        return [f"The checkpoint of {size} rows: they are not the same any more."]
    return []
