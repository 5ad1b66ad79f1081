"""Who read how much of what strangers wrote: counted, refused beyond the budget, and an alarm where
many or much of it looks like somebody copies the server.

Home, notifications, lists, one's own posts and those of whom one follows are nobody's budget. The
same post counts once an hour for a reader. In memory: a restart forgets; processes that share a
Redis tell each other (`tell`)."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

from whimbrel.core.errors import TooMany
from whimbrel.core.words import say

from .budgets import DAY, HOUR, MINUTE, MOST_KEYS
from .meters import EACH, EACH_FILES, HELD, TIGHT, Key, Kind, Meters

UNSURE = 100  # posts of a reader of which we do not know yet whether they follow the author
PAGES = 500  # remembered of a reader, so that the same again costs nothing
FEW, SHARE = 5, 50  # readers who used up theirs: more than 5, and more than one in 50, ring
RECENT = 10 * MINUTE
BAIT = 7  # canary posts, read by one reader within an hour: of three of their accounts


class Alarm(NamedTuple):
    """Somebody copies the server, it seems."""

    why: str  # many | much | bytes | visitors | canary
    at: float  # seconds since 1970
    until: float


class Read(NamedTuple):
    """Posts that a reader was charged for, to be told to other processes."""

    account: int | None
    network: str
    posts: tuple[int, ...]
    server: str = ""  # whose people they are for; "" = nobody's but the reader
    on: bool = False  # instead: those of this network who are not signed in read on


class Paused(TooMany):
    """You have read a lot by people whom you do not follow. Wait a moment, and read on."""

    # Somebody who is not signed in, and may ask to read on: see `waiting`.
    ticket = ""  # that they have already
    back = ""  # where they were


Asked = tuple[tuple[Key, ...], list[int]]  # posts that these meters were charged for


class Reader:
    """Somebody signed in, or a network of those who are not, within an hour."""

    __slots__ = ("bait", "pages", "seen", "since", "unsure")

    def __init__(self, since: float) -> None:
        self.since = since
        self.seen: set[int] = set()
        self.pages: set[Hashable] = set()
        self.unsure: list[Asked] = []
        self.bait = 0


class Readings:
    """All of them in this process. For the event loop's thread only."""

    def __init__(
        self,
        day: int,
        clock: Callable[[], float],
    ) -> None:
        """
        Args:
            day: posts of strangers that an account may read in a day.
            clock: seconds since 1970.
        """
        self.clock = clock
        self.canaries: frozenset[int] = frozenset()  # posts that nobody finds by chance
        self.alarm: Alarm | None = None
        self.refused: dict[str, int] = {}  # by kind of meter, for metrics
        self.alarms = 0
        self.rang: Callable[[Alarm], None] = lambda alarm: None  # told of an alarm, once
        # Told what other processes have to count as well; None = there are none.
        self.tell: Callable[[Read], None] | None = None
        self._meters = Meters(day, self._part)
        self.readers: dict[Hashable, Reader] = {}
        self._pool: set[int] = set()  # what visitors were charged for between them
        self._pool_since = 0.0
        self._dry: dict[Hashable, float] = {}  # who used up theirs, and when
        self._held: dict[Hashable, float] = {}  # until when
        self._quiet_until = 0.0
        self._takers: set[Hashable] = set()  # of files, within the hour
        self._takers_since = 0.0

    # ------------------------------------------------------------------ reading

    def known(self, who: Hashable, page: Hashable) -> bool:
        """Whether this reader had exactly this page within the hour: then it is no matter."""
        reader = self.readers.get(who)
        return reader is not None and page in reader.pages

    def fresh(self, who: Hashable, posts: Iterable[int]) -> list[int]:
        """Those of `posts` that this reader is not charged for yet."""
        reader = self._reader(who)
        return [post for post in posts if post not in reader.seen]

    def visited(self, network: str, page: Hashable, posts: Sequence[int], size: int) -> None:
        """Somebody who is not signed in reads. Raises TooMany: more than there is for them."""
        now, reader = self.clock(), self._reader(network)
        keys: tuple[Key, ...] = ("network", network), ("visitor", network)
        fresh = self.fresh(network, posts)
        self._size(network, size, now)
        shared = self._of_all(fresh, now)
        for key in keys if fresh else ():
            self._fits(key, network, len(fresh), now)
        if shared:
            self._fits(("visitors", ""), network, len(shared), now)
        self._meters.charge(keys, len(fresh), now)
        self._meters.charge((("visitors", ""),), len(shared), now)
        self._pool.update(shared)
        self._took(reader, network, page, fresh)
        self._sure(reader, network, Read(None, network, tuple(fresh)), now)

    def served(
        self, server: str, network: str, page: Hashable, posts: Sequence[int], size: int
    ) -> None:
        """Another server reads what somebody wrote. Raises TooMany."""
        now, reader = self.clock(), self._reader(server)
        keys: tuple[Key, ...] = ("network", network), ("server", server)
        fresh = self.fresh(server, posts)
        self._size(server, size, now)
        for key in keys if fresh else ():
            self._fits(key, server, len(fresh), now)
        self._meters.charge(keys, len(fresh), now)
        self._took(reader, server, page, fresh)
        self._sure(reader, server, Read(None, network, tuple(fresh), server), now)

    def asked(
        self, account: int, keys: tuple[Key, ...], page: Hashable, fresh: list[int], size: int
    ) -> bool:
        """Somebody signed in reads `fresh`; charged as if all were by strangers.

        Returns:
            Whether it has to be settled and checked before they are answered.
        Raises:
            TooMany: too many bytes.
        """
        now, reader = self.clock(), self._reader(account)
        self._size(account, size, now)
        self._meters.charge(keys, len(fresh), now)
        reader.unsure.append((keys, fresh))
        self._took(reader, account, page, fresh)
        waiting = sum(len(posts) for _, posts in reader.unsure)
        return waiting >= UNSURE or any(self._meters.wait(key, now) for key in keys)

    def take(self, account: int) -> list[Asked]:
        """What this account was charged for without our knowing whose it is, for `settle`."""
        reader = self._reader(account)
        waiting, reader.unsure = reader.unsure, []
        return waiting

    def settle(
        self, account: int, network: str, waiting: Sequence[Asked], strange: set[int]
    ) -> None:
        """Give back what was not written by strangers. Args: `strange` of those in `waiting`."""
        now, read = self.clock(), list[int]()
        for keys, posts in waiting:
            counted = [post for post in posts if post in strange]
            self._meters.charge(keys, len(counted) - len(posts), now)
            read += counted
        self._sure(self._reader(account), account, Read(account, network, tuple(read)), now)

    def check(
        self, account: int, keys: tuple[Key, ...], page: Hashable, strange: Sequence[int]
    ) -> None:
        """Whether somebody may have what was settled just now.

        Args:
            strange: those of the page that they are charged for.
        Raises:
            TooMany: that is more than there is for them; it is given back.
        """
        if not strange:
            return
        now = self.clock()
        try:
            for key in keys:
                self._fits(key, account, 0, now)
        except TooMany:
            self._meters.charge(keys, -len(strange), now)
            reader = self._reader(account)
            reader.seen.difference_update(strange)
            reader.pages.discard(page)
            raise

    def sent(self, who: Hashable, size: int) -> None:
        """Bytes of a file leave; fewer, where `size` is below zero. How much is too much for one,
        `budgets` says."""
        now = self.clock()
        if now - self._takers_since > HOUR:
            self._takers, self._takers_since = set(), now
        self._takers.add(who)
        self._meters.charge((("files", ""),), size, now)
        if self._meters.wait(("files", ""), now, extra=EACH_FILES * len(self._takers)):
            self.ring("bytes")

    def let_on(self, network: str) -> None:
        """Those of a network who are not signed in were told to wait, and did. Raises TooMany: no
        more just now, for the alarm rings or they were in it."""
        if not self._may_go_on(network):
            raise TooMany
        self._go_on(network)
        if self.tell is not None:
            self.tell(Read(None, network, (), on=True))

    def _may_go_on(self, network: Hashable) -> bool:
        now = self.clock()
        return not self._rings(now) and self._held.get(network, 0.0) <= now

    def _go_on(self, network: str) -> None:
        self._meters.empty(("visitor", network))
        self._dry.pop(network, None)

    def heard(self, read: Read) -> None:
        """Another process charged somebody."""
        if read.on:
            self._go_on(read.network)
            return
        now, who = self.clock(), read.account or read.server or read.network
        reader = self._reader(who)
        fresh = [post for post in read.posts if post not in reader.seen]
        keys: list[Key] = [("network", read.network)]
        if read.server:
            keys.append(("server", read.server))
        elif read.account is None:
            keys.append(("visitor", read.network))
            shared = self._of_all(fresh, now)
            self._meters.charge((("visitors", ""),), len(shared), now)
            self._pool.update(shared)
        else:
            keys += [("account", read.account), ("day", read.account)]
        self._meters.charge(keys, len(fresh), now)
        reader.seen.update(fresh)
        self._all(len(fresh), now)

    # ------------------------------------------------------------------ the alarm

    def closed(self) -> bool:
        """Whether visitors are shown single posts only, for the alarm rings."""
        return self.alarm is not None and self._rings(self.clock())

    def ring(self, why: str) -> None:
        """It rings for an hour, unless it does or the operator silenced it within the last."""
        now = self.clock()
        if self._rings(now) or now < self._quiet_until:
            return
        self.alarms += 1
        self.alarm = Alarm(why, now, now + HOUR)
        for who, at in self._dry.items():
            if now - at < RECENT:
                self._held[who] = now + DAY
        self.rang(self.alarm)

    def set_alarm(self, alarm: Alarm | None) -> None:
        """What the database says: it rings, or somebody silenced it."""
        if alarm is None and self.alarm is not None and self._rings(self.clock()):
            self._quiet_until = self.clock() + HOUR
            self._dry.clear()
            self._held.clear()
            self._meters.forget("all", "all_bytes", "visitors", "files")
        self.alarm = alarm

    def _rings(self, now: float) -> bool:
        return self.alarm is not None and now < self.alarm.until

    def _part(self, key: Key) -> int:
        kind, who = key
        if kind in ("all", "all_bytes", "bytes", "files"):
            return 1
        if self._held and self._held.get(who, 0.0) > self.clock():
            return HELD
        return TIGHT if self.alarm is not None and self._rings(self.clock()) else 1

    # ------------------------------------------------------------------ within

    def _reader(self, who: Hashable) -> Reader:
        now = self.clock()
        found = self.readers.get(who)
        if found is None or now - found.since > HOUR:
            unsure = [] if found is None else found.unsure
            self.readers.pop(who, None)
            found = self.readers[who] = Reader(now)
            found.unsure = unsure
            if len(self.readers) > MOST_KEYS:
                self.readers.pop(next(iter(self.readers)))
        return found

    def _took(self, reader: Reader, who: Hashable, page: Hashable, fresh: list[int]) -> None:
        reader.seen.update(fresh)
        if len(reader.pages) >= PAGES:
            reader.pages.clear()
        reader.pages.add(page)

    def _of_all(self, posts: list[int], now: float) -> list[int]:
        """Those that no visitor was charged for within the hour."""
        if now - self._pool_since > HOUR:
            self._pool, self._pool_since = set(), now
        return [post for post in posts if post not in self._pool]

    def _fits(self, key: Key, who: Hashable, more: int, now: float) -> None:
        wait = self._meters.wait(key, now, more)
        if wait:
            self._refuse(key[0], who, wait, now)

    def _refuse(self, kind: Kind, who: Hashable, wait: int, now: float) -> None:
        self.refused[kind] = self.refused.get(kind, 0) + 1
        self._dry[who] = now
        if self._rings(now):
            self._held.setdefault(who, now + DAY)
        if kind == "visitors":
            self.ring("visitors")
        elif len(self._recently_dry(now)) > max(FEW, len(self.readers) // SHARE):
            self.ring("many")
        refused = Paused if kind == "visitor" and self._may_go_on(who) else TooMany
        raise refused(
            say("You have read a lot by people whom you do not follow. Go on in a while."),
            retry_after=wait,
        )

    def _recently_dry(self, now: float) -> dict[Hashable, float]:
        if len(self._dry) > FEW:
            self._dry = {who: at for who, at in self._dry.items() if now - at < RECENT}
        return self._dry

    def _sure(self, reader: Reader, who: Hashable, read: Read, now: float) -> None:
        """These are by strangers, and read."""
        if not read.posts:
            return
        self._all(len(read.posts), now)
        if self.canaries:
            reader.bait += len(self.canaries.intersection(read.posts))
            if reader.bait >= BAIT:
                self._held[who] = now + DAY
                self.ring("canary")
        if self.tell is not None:
            self.tell(read)

    def _all(self, count: int, now: float) -> None:
        self._meters.charge((("all", ""),), count, now)
        if self._meters.wait(("all", ""), now, extra=EACH * len(self.readers)):
            self.ring("much")

    def _size(self, who: Hashable, size: int, now: float) -> None:
        self._meters.charge((("bytes", who), ("all_bytes", "")), size, now)
        if self._meters.wait(("all_bytes", ""), now):
            self.ring("bytes")
        self._fits(("bytes", who), who, 0, now)
