"""Ids: 64 bits, `milliseconds << 16 | 16 random bits`, shown as decimal strings.

An id is a sort key and never a secret: what protects is authorization. Secrets are `token()`s."""

import secrets
from datetime import UTC, datetime

MAX_ID = (1 << 63) - 1


def millis(at: datetime) -> int:
    """Milliseconds since 1970, UTC."""
    return int(at.timestamp() * 1000)


def moment(ms: int) -> datetime:
    """The UTC moment `ms` milliseconds after 1970 began."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def new_id(now: datetime) -> int:
    """A fresh id of this moment. A collision is 1 in 65,536 per pair and millisecond: the insert
    fails on the primary key and the whole action is run again (see `Db.write`)."""
    return millis(now) << 16 | secrets.randbits(16)


def id_of(text: str) -> int:
    """The id a client sent: -1, which no row has, where it is no id at all.

    A clean miss rather than an error, so that nonsense is answered like an absent row (404)."""
    if text.isascii() and text.isdigit() and len(text) <= 19:
        number = int(text)
        return number if number <= MAX_ID else -1
    return -1


def time_of(id_: int) -> datetime:
    """When `id_` was made (UTC, milliseconds)."""
    return moment(id_ >> 16)


def token(bits: int = 256) -> str:
    """A secret for URLs and headers: `bits` random bits as URL-safe text without padding."""
    return secrets.token_urlsafe(bits // 8)


def iso(ms: int) -> str:
    """`2026-11-24T16:05:33.120Z`, the only form in which a time leaves the server."""
    return moment(ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"
