"""Passwords: what may be one, and how it is kept (argon2id over a keyed hash).

A stolen database alone is no use for guessing: the key of the first hash is in the keyring. Who may
try how often is decided by `signin`."""

import asyncio
import os
import sys
import threading
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from whimbrel.core.errors import Unavailable
from whimbrel.core.ids import token
from whimbrel.core.keyring import Keyring
from whimbrel.core.words import say

T = TypeVar("T")

SHORTEST, LONGEST = 10, 256  # characters
MOST_WAITING = 64  # for a thread; some three seconds' worth

NICE = 10  # steps that guesses stand behind everybody who reads, where there are not cores for all


def _step_back() -> None:
    """Of this thread alone, which only Linux can do."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


# 64 MiB for each hash under way: two at a time, and everybody else waits. Devices on which somebody
# signed in before have a third to themselves, so that no storm of strangers is before them.
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1, type=Type.ID)
_threads = ThreadPoolExecutor(2, thread_name_prefix="whimbrel-password", initializer=_step_back)
_for_known = ThreadPoolExecutor(1, thread_name_prefix="whimbrel-password-known")
_under_way: set[asyncio.Future[Any]] = set()
_known_under_way: set[asyncio.Future[Any]] = set()
_dummies: dict[bytes, str] = {}  # a hash of nothing anybody knows, by keyring

# The favourites of ten characters and more in lists of leaked passwords, in lower case.
_FAVOURITES = """
1234567890 0123456789 0987654321 9876543210 1q2w3e4r5t 1q2w3e4r5t6y qwertyuiop qwertyuiop123
q1w2e3r4t5 q1w2e3r4t5y6 1qaz2wsx3edc 1qazxsw23edc qazwsxedcrfv zaq12wsxcde3 qwerty12345
qwerty123456 asdfghjkl; asdfghjkl123 zxcvbnm123 zxcvbnm1234 password12 password123 password1234
password12345 password123! passw0rd123 mypassword mypassword1 iloveyou12 iloveyou123 iloveyou1234
letmein123 letmein1234 welcome123 welcome1234 welcome2024 welcome2025 welcome2026 administrator
admin12345 admin123456 changeme123 changeme1234 abcdefghij abcdefghijk abcd123456 abc1234567
abc123456789 a123456789 aa12345678 123456789a 123456789q 1234567891 12345678910 123456789123
123456123456 1231231231 123123123123 1122334455 11223344556 1020304050 5555555555 football123
baseball123 basketball superman123 batman12345 pokemon123 starwars123 princess123 sunshine123
dragon12345 monkey12345 michael123 jennifer123 computer123 internet123 trustno1234 whatever123
google12345 facebook123 instagram123 mastodon123 whimbrel123 secret12345 correcthorsebatterystaple
"""
_COMMON = frozenset(_FAVOURITES.split())


def fault(password: str, own: Sequence[str] = ()) -> tuple[str, str] | None:
    """Why this may not be a password: (Mastodon's code, sentence), or None.

    Args:
        own: words that anybody would try first: name, address, the server's.
    """
    if not password:
        return "ERR_BLANK", say("can't be blank.")
    if len(password) < SHORTEST:
        return "ERR_TOO_SHORT", say("is too short (at least %(least)s characters).", least=SHORTEST)
    if len(password) > LONGEST:
        return "ERR_TOO_LONG", say("is too long (at most %(most)s characters).", most=LONGEST)
    folded = password.lower()
    if folded in _COMMON or len(set(folded)) < 4 or folded in (word.lower() for word in own):
        return "ERR_INVALID", say("is one of those that are tried first. Choose another.")
    return None


def make() -> str:
    """A password nobody chose: 120 random bits."""
    return token(120)


def hash_sync(keyring: Keyring, password: str) -> str:
    """The hash to keep; takes a tenth of a second and 64 MiB."""
    return _hasher.hash(_peppered(keyring, password))


def verify_sync(keyring: Keyring, stored: str | None, password: str) -> bool:
    """Whether `password` is the one that gave `stored`. Without one it takes as long to say no."""
    try:
        _hasher.verify(stored or _dummy(keyring), _peppered(keyring, password))
    except (VerifyMismatchError, InvalidHashError):
        return False
    return stored is not None


async def hash(keyring: Keyring, password: str) -> str:  # noqa: A001 (the field's word)
    """`hash_sync` beside the loop. Raises Unavailable: too many are waiting."""
    return await _beside(hash_sync, keyring, password)


async def verify(
    keyring: Keyring, stored: str | None, password: str, *, known: bool = False
) -> bool:
    """`verify_sync` beside the loop.

    Args:
        known: by a device on which they signed in before: they do not wait behind strangers.
    Raises:
        Unavailable: too many are waiting.
    """
    return await _beside(verify_sync, keyring, stored, password, known=known)


def check_room() -> None:
    """Raises Unavailable: as many strangers wait already as may."""
    _check_room(_under_way)


def _check_room(waiting: set[asyncio.Future[Any]]) -> None:
    if len(waiting) >= MOST_WAITING:
        raise Unavailable(say("Too many people are signing in right now."), retry_after=5)


async def _beside(work: Callable[..., T], *args: object, known: bool = False) -> T:
    threads, waiting = (_for_known, _known_under_way) if known else (_threads, _under_way)
    _check_room(waiting)
    mine = asyncio.get_running_loop().run_in_executor(threads, work, *args)
    waiting.add(mine)
    try:
        return await mine
    finally:
        waiting.discard(mine)


def _peppered(keyring: Keyring, password: str) -> bytes:
    """Keyboards write the same letter in several ways: all of them are the same password."""
    return keyring.mac("password", unicodedata.normalize("NFKC", password).encode())


def _dummy(keyring: Keyring) -> str:
    """A hash that no password gives: of other bytes than `_peppered` makes."""
    label = keyring.mac("password dummy", b"")
    if label not in _dummies:
        _dummies[label] = _hasher.hash(label)
    return _dummies[label]
