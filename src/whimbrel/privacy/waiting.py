"""The pause before reading on: who is not signed in and read a lot is asked to wait a moment and to
press a button. It takes no script, no puzzle, no cookie and nobody else's server; a person minds it
little, and whoever copies has a network less for each wait, three times a day.

A ticket says since when somebody waits, and is good for their network only."""

import hmac

from whimbrel.core.errors import Forbidden
from whimbrel.core.keyring import Keyring
from whimbrel.core.words import say

from .budgets import MINUTE, Budgets
from .readings import Paused, Readings

WAIT = 15  # seconds
LONGEST = 30 * MINUTE
_SHORT = 32  # characters of the seal


def ticket(keyring: Keyring, network: str, now: float) -> str:
    """One that begins now."""
    since = str(int(now))
    return f"{since}.{_seal(keyring, network, since)}"


def read_on(
    keyring: Keyring, budgets: Budgets, readings: Readings, network: str, shown: str
) -> None:
    """Those of a network who are not signed in go on, if they waited.

    Raises:
        Forbidden: the ticket is another network's, none at all, or too old.
        Paused: too soon.
        TooMany: they did so too often, or the alarm rings.
    """
    since, _, seal = shown.partition(".")
    if not hmac.compare_digest(seal.encode(), _seal(keyring, network, since).encode()):
        raise Forbidden(say("This form is out of date. Go back, reload the page and try again."))
    left = int(since) + WAIT - int(readings.clock())
    if left > 0:
        raise Paused(retry_after=left)
    if left < WAIT - LONGEST:
        raise Forbidden(say("This form is out of date. Go back, reload the page and try again."))
    budgets.spend("read_on", network)
    readings.let_on(network)


def _seal(keyring: Keyring, network: str, since: str) -> str:
    return keyring.mac("read on", f"{since} {network}".encode()).hex()[:_SHORT]
