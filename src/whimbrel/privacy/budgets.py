"""How much anybody may ask for: rate budgets and the patience of the sign-in form.

Counted in this process's memory and nowhere else: a restart forgets. Several processes tell each
other what is spent, and one that starts anew asks the others what they know (`app/shared.py`). Who
somebody is, is said by whoever spends: a token, an account, a network. Nothing is written down
about anybody."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, ip_address
from typing import NamedTuple

from whimbrel.core.errors import TooMany
from whimbrel.core.words import say

MINUTE, HOUR, DAY = 60, 3600, 86_400
MOST_KEYS = 20_000  # remembered of each kind; the longest unseen is forgotten first


class Limit(NamedTuple):
    """`most` at once, and as many again spread evenly over `seconds`."""

    most: int
    seconds: int


# Mastodon's numbers where it has some: apps are written for them.
LIMITS: dict[str, Limit] = {
    "api": Limit(300, 5 * MINUTE),  # of a token, or of a stranger's network
    "account": Limit(1500, 5 * MINUTE),  # all tokens and browsers of an account together
    "page": Limit(600, 5 * MINUTE),
    "strangers": Limit(30_000, 5 * MINUTE),  # everybody without a token, together
    "media": Limit(30, 30 * MINUTE),
    "delete": Limit(30, 30 * MINUTE),
    "search": Limit(100, 5 * MINUTE),
    "stream": Limit(100, 5 * MINUTE),
    "interact": Limit(15, 10 * MINUTE),  # strangers for whom we ask a server that they name
    "report": Limit(30, 60 * MINUTE),
    "notice": Limit(6, 60 * MINUTE),  # of a stranger's network
    "sign_up": Limit(5, 30 * MINUTE),
    "sign_in": Limit(25, 5 * MINUTE),
    "mail": Limit(25, 5 * MINUTE),  # forms that make us write to somebody
    "oauth": Limit(300, 5 * MINUTE),  # one web client's server asks for all its people
    "apps": Limit(30, DAY),  # a mobile carrier's customers share an address
    "letter": Limit(3, HOUR),  # of one kind to one address
    "inbox": Limit(3000, 5 * MINUTE),  # of another server's network
    "fetch": Limit(3000, 5 * MINUTE),  # the same, for what it reads here
    "file": Limit(20_000, HOUR),  # files sent to a network; by links of theirs, to an account
    "file_size": Limit(4 << 20, HOUR),  # the same in KiB: 4 GiB
    "live": Limit(20 << 10, HOUR),  # KiB by anybody, told to an account while it happens
    "follow": Limit(400, DAY),  # of an account
    "read_on": Limit(3, DAY),  # times that a network asks to read on; see `privacy.waiting`
}


class Spent(NamedTuple):
    """What is left after spending."""

    limit: int
    remaining: int
    reset_at: float  # seconds since 1970: when all of it is there again


class Level(NamedTuple):
    """How much of a budget is spent."""

    kind: str
    who: Hashable
    wait: float  # seconds until all of it is there again


class Budgets:
    """Token buckets by kind and key. Each is one number: the moment at which it is full again."""

    def __init__(
        self,
        *,
        enabled: bool = True,
        clock: Callable[[], float] = time.monotonic,
        limits: dict[str, Limit] = LIMITS,
    ) -> None:
        """
        Args:
            enabled: false lets everybody do everything (`rate_limits = no`).
            clock: seconds, never going back.
        """
        self.enabled = enabled
        self._clock = clock
        self._limits = limits
        self._full_at: dict[str, OrderedDict[Hashable, float]] = {
            kind: OrderedDict() for kind in limits
        }
        self.sign_ins = Throttle(clock)
        self._tell: dict[str, Callable[[Hashable, int], None]] = {}

    def share(self, kind: str, tell: Callable[[Hashable, int], None]) -> None:
        """From now on the other processes are told of what is spent of this kind, by `tell`."""
        self._tell[kind] = tell

    def heard(self, kind: str, who: Hashable, cost: int) -> None:
        """That was spent at another process. What is overdrawn so is made up for like the rest."""
        most, seconds = self._limits[kind]
        now = self._clock()
        until = max(self._full_at[kind].get(who, 0.0), now) + cost * seconds / most
        self._fill(kind, who, min(until, now + 2 * seconds))

    def spend(self, kind: str, who: Hashable, cost: int = 1) -> Spent:
        """Take `cost` from the budget that `who` has of this kind.

        Raises:
            TooMany: there is not enough left; nothing was taken. `retry_after` says when.
            KeyError: no such kind.
        """
        most, seconds = self._limits[kind]
        if not self.enabled:
            return Spent(most, most, time.time() + seconds)
        wait = self._afford(kind, who, cost)
        self._fill(kind, who, self._clock() + wait)
        if kind in self._tell:
            self._tell[kind](who, cost)
        return Spent(most, int((seconds - wait) * most / seconds + 1e-6), time.time() + wait)

    def check(self, kind: str, who: Hashable) -> None:
        """Take nothing. Raises TooMany: `spend` would."""
        if self.enabled:
            self._afford(kind, who, 1)

    def _afford(self, kind: str, who: Hashable, cost: int) -> float:
        """Seconds until all of it is there again once this is spent, too."""
        most, seconds = self._limits[kind]
        now = self._clock()
        until = self._full_at[kind].get(who, 0.0)
        wait = (until - now if until > now else 0.0) + cost * seconds / most
        if wait > seconds + 1e-6:
            raise TooMany(retry_after=int(wait - seconds) + 1)
        return wait

    def _fill(self, kind: str, who: Hashable, until: float) -> None:
        buckets = self._full_at[kind]
        buckets[who] = until
        buckets.move_to_end(who)
        if len(buckets) > MOST_KEYS:
            buckets.popitem(last=False)

    def refund(self, kind: str, who: Hashable, cost: int = 1) -> None:
        """Give back what was spent on something that then did not happen."""
        most, seconds = self._limits[kind]
        buckets = self._full_at[kind]
        if who in buckets:
            buckets[who] -= cost * seconds / most
            if kind in self._tell:
                self._tell[kind](who, -cost)

    def known(self) -> list[Level]:
        """What is spent just now, for a process that starts anew."""
        now = self._clock()
        return [
            Level(kind, who, until - now)
            for kind, buckets in self._full_at.items()
            for who, until in buckets.items()
            if until - now > 1
        ]

    def learn(self, levels: Iterable[Level]) -> None:
        """What another process knew, before this one began to count."""
        now = self._clock()
        for kind, who, wait in levels:
            if kind in self._full_at:
                until = min(wait, 2 * self._limits[kind].seconds) + now
                self._fill(kind, who, max(self._full_at[kind].get(who, 0.0), until))


class _Tries(NamedTuple):
    made: int
    last: float
    next_at: float


TryKey = tuple[str, Hashable]  # ("account" | "device" | "network", who)


class Tried(NamedTuple):
    """What is remembered of somebody's tries, for another process."""

    key: TryKey
    made: int
    ago: float  # seconds since the last
    wait: float  # seconds until the next may be made


class Throttle:
    """Wrong passwords cost time, twice as much each time, and less and less is remembered of them.

    Every key of an attempt is charged before the password is looked at, so that a thousand at once
    gain nothing; the right password takes it back. Whoever signed in on a device before has a key
    of his own there, which strangers cannot charge: no attack on the account locks him out."""

    FREE = 5  # tries of one account (or device) before it gets slow
    FREE_OF_NETWORK = 20
    LONGEST = 15 * MINUTE
    MEMORY = 6 * HOUR  # without a try for so long, all is forgotten

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: OrderedDict[TryKey, _Tries] = OrderedDict()
        # Told of each charge (true) or its being forgiven, where there are other processes.
        self.tell: Callable[[bool, Sequence[TryKey]], None] | None = None
        # What others hear of instead of names that were typed, and of cookies.
        self.disguise: Callable[[Hashable], Hashable] = lambda who: who

    def charge(self, keys: Sequence[TryKey]) -> None:
        """Count one try for each of `keys`: ("account" | "device" | "network", who).

        Raises:
            TooMany: one of them has to wait; the try is not counted.
        """
        now, keys = self._clock(), self._own(keys)
        self._refuse(keys, now)
        self._charge(keys, now)
        if self.tell is not None:
            self.tell(True, keys)

    def check(self, keys: Sequence[TryKey]) -> None:
        """Count nothing. Raises TooMany: `charge` would."""
        self._refuse(self._own(keys), self._clock())

    def _refuse(self, keys: Sequence[TryKey], now: float) -> None:
        wait = max(self._tries[key].next_at if key in self._tries else now for key in keys) - now
        if wait > 0:
            raise TooMany(say("Too many wrong passwords. Wait a while."), retry_after=int(wait) + 1)

    def _charge(self, keys: Sequence[TryKey], now: float) -> None:
        found = [self._tries.get(key, _Tries(0, now, 0.0)) for key in keys]
        for key, tries in zip(keys, found, strict=True):
            count = 1 if now - tries.last > self.MEMORY else tries.made + 1
            over = count - (self.FREE_OF_NETWORK if key[0] == "network" else self.FREE)
            pause = 0.0 if over < 0 else min(2.0 ** min(over, 30), self.LONGEST)
            self._tries[key] = _Tries(count, now, now + pause)
            self._tries.move_to_end(key)
        while len(self._tries) > MOST_KEYS:
            self._tries.popitem(last=False)

    def forgive(self, keys: Sequence[TryKey]) -> None:
        """The password was right: forget the tries of these keys.

        A network only gets this one try back, or an account of one's own would wash it clean."""
        keys = self._own(keys)
        self._forgive(keys)
        if self.tell is not None:
            self.tell(False, keys)

    def heard(self, charged: bool, keys: Sequence[TryKey]) -> None:
        """Somebody tried, or was forgiven, at another process."""
        if charged:
            self._charge(keys, self._clock())
        else:
            self._forgive(keys)

    def known(self) -> list[Tried]:
        """What is remembered, for a process that starts anew."""
        now = self._clock()
        return [
            Tried(key, tries.made, now - tries.last, tries.next_at - now)
            for key, tries in self._tries.items()
            if now - tries.last < self.MEMORY
        ]

    def learn(self, tried: Iterable[Tried]) -> None:
        """What another process remembered, before this one began to."""
        now = self._clock()
        for key, made, ago, wait in tried:
            if made > self._tries.get(key, _Tries(0, now, 0.0)).made:
                self._tries[key] = _Tries(made, now - ago, now + min(wait, self.LONGEST))

    def _own(self, keys: Sequence[TryKey]) -> list[TryKey]:
        return [(kind, self.disguise(who)) for kind, who in keys]

    def _forgive(self, keys: Sequence[TryKey]) -> None:
        for key in keys:
            tries = self._tries.pop(key, None)
            if tries is not None and key[0] == "network" and tries.made > 1:
                self._tries[key] = _Tries(tries.made - 1, tries.last, self._clock())


@lru_cache(maxsize=8192)
def network_of(address: str) -> str:
    """The /24 or /48 that an IP address lies in: who shares a budget. As text, such as `192.0.2`.

    What is no address (a Unix socket's name) is its own network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return address.rpartition(".")[0]
    return parsed.exploded[:14]
