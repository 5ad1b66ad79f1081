"""Receipts: since when the last copy that this server has of something erased cannot be read.

The keys are overwritten before anybody is answered. What is left is looked after a moment later:
what processes have in memory, what the index says, files that somebody may attach again. Who looks
(`timelines/gone.py`) does each step once more by itself, so that it does not matter where a crash
came. A receipt has no word of what was erased, and goes itself after `DAYS`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from whimbrel.core.errors import NotFound
from whimbrel.core.ids import MAX_ID, iso, moment, new_id
from whimbrel.core.tx import Tx

from . import queries
from .erasure import SPREAD
from .events import ErasureDue, ReceiptLapses
from .queries import Receipt

DAYS = 90
KEY_COPIES = 7  # days that copies of the keyring are kept at most: docs/administration.md
_LABEL = "receipt"
_CODE = 16  # bytes


def write(
    tx: Tx,
    kind: str,
    subject: int,
    *,
    account: int | None,
    slots: Sequence[int],
    objects: Sequence[str] = (),
    media: Sequence[int] = (),
    kept_until: int | None = None,
) -> Receipt:
    """A receipt for what this transaction erases.

    Args:
        kind: post | direct | removed (a post, by moderators) | media | account.
        account: whose it is; None = of the account that is erased.
        slots: of the keys that it destroys.
        objects: that the store lets go of after it.
        media: ids of files that their owner may attach again until `kept_until` (ms).
        kept_until: that; of an account: until when evidence is kept sealed.
    Emits: ErasureDue, ReceiptLapses: both later
    """
    made = Receipt(new_id(tx.now), account, kind, subject, len(objects), kept_until)
    queries.write(tx, made)
    due = ErasureDue(
        receipt=made.id,
        kind=kind,
        subject=subject,
        slots=tuple(slots),
        objects=tuple(objects),
        media=tuple(media),
    )
    tx.emit(due, due=tx.now + timedelta(seconds=SPREAD))
    tx.emit(ReceiptLapses(receipt=made.id), due=tx.now + timedelta(days=DAYS))
    return made


def of(tx: Tx, account: int, below: int | None = None, most: int = 40) -> list[Receipt]:
    """An account's receipts, newest first."""
    return queries.receipts_of(tx, account, MAX_ID if below is None else below, most)


def own(tx: Tx, account: int, id_: int) -> Receipt:
    """One of them. Raises NotFound."""
    found = queries.receipt(tx, id_)
    if found is None or found.account != account:
        raise NotFound
    return found


def code(tx: Tx, receipt: Receipt) -> str:
    """By which somebody reads the receipt of an account that they have no more."""
    return f"{receipt.id}-{tx.mac(_LABEL, b'%d' % receipt.id)[:_CODE].hex()}"


def by_code(tx: Tx, given: str) -> Receipt | None:
    """What it is the code of; None: of nothing."""
    number = given.partition("-")[0]
    if not (number.isascii() and number.isdigit()) or int(number) > MAX_ID:
        return None
    found = queries.receipt(tx, int(number))
    if found is None or found.account is not None or code(tx, found) != given:
        return None
    return found


def finish(tx: Tx, id_: int, files: int) -> None:
    """All of it is gone, with so many files."""
    queries.done(tx, id_, files)


def postpone(tx: Tx, event: ErasureDue, until: int) -> None:
    """Something is still there: look again then (ms)."""
    tx.emit(event, due=moment(until))


def drop(tx: Tx, event: ReceiptLapses) -> None:
    """Handler: it was kept for long enough."""
    queries.drop_receipt(tx, event.receipt)


def sealed_until(receipt: Receipt) -> str | None:
    """Of an account: until when a sealed copy of something of theirs is kept; None = none is, or
    they may not know."""
    return _kept(receipt) if receipt.kind == "account" else None


def _kept(receipt: Receipt) -> str | None:
    return None if receipt.kept_until is None else iso(receipt.kept_until)


def entity(receipt: Receipt) -> dict[str, Any]:
    """As apps are told."""
    asked = receipt.id >> 16
    return {
        "id": str(receipt.id),
        "kind": receipt.kind,
        "subject_id": str(receipt.subject),
        "files": receipt.files,
        "asked_at": iso(asked),
        "unreadable_at": None if receipt.done_at is None else iso(receipt.done_at),
        "files_kept_until": None if receipt.kind == "account" else _kept(receipt),
        "key_copies_until": iso(asked + KEY_COPIES * 86_400_000),
    }
