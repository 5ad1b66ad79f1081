"""Ids: 64 bits, `milliseconds << 16 | 16 random bits`, shown as decimal strings.

An id is a sort key and never a secret: what protects is authorization. Secrets are `token()`s."""

import secrets
import threading
from datetime import UTC, datetime, timedelta
from functools import lru_cache

MAX_ID = (1 << 63) - 1
MOST_OF_A_MOMENT = 1 << 14  # ids of one millisecond: few enough that free ones are found at once
MOMENTS = 64  # milliseconds whose ids are remembered

_BEGIN, _MS = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_lock = threading.Lock()
_used: dict[int, set[int]] = {}


def millis(at: datetime) -> int:
    """Milliseconds since 1970, UTC."""
    return (at - _BEGIN) // _MS  # exact: a float of seconds can fall one short


def moment(ms: int) -> datetime:
    """The UTC moment `ms` milliseconds after 1970 began."""
    return _BEGIN + ms * _MS


def new_id(now: datetime) -> int:
    """A fresh id of this moment, or of the next when it has given out many already.

    No two of this process are alike. Those of two processes are in 1 of 65,536 pairs of the same
    millisecond: the insert fails on the primary key, and the action is run again (see `Db.write`).
    """
    ms = millis(now)
    with _lock:
        used = _used.get(ms)
        while used is not None and len(used) >= MOST_OF_A_MOMENT:
            ms += 1
            used = _used.get(ms)
        if used is None:
            used = _used[ms] = set()
            if len(_used) > MOMENTS:
                del _used[next(iter(_used))]
        low = secrets.randbits(16)
        while low in used:
            low = secrets.randbits(16)
        used.add(low)
    return ms << 16 | low


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
    days, rest = divmod(ms, 86_400_000)
    seconds, rest = divmod(rest, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{_day(days)}T{hours:02}:{minutes:02}:{seconds:02}.{rest:03}Z"


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return (_BEGIN + timedelta(days=days)).strftime("%Y-%m-%d")
