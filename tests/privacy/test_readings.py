"""How much of what strangers wrote anybody reads, with a clock that is told what time it is."""

from itertools import count

import pytest

from whimbrel.core.errors import TooMany
from whimbrel.privacy.readings import BAIT, FEW, Readings

DAY = 2400
HOUR = 3600
AT_ONCE = DAY // 5  # of a token
posts = count(1)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Clock:
    return Clock()


@pytest.fixture
def readings(ticks: Clock) -> Readings:
    return Readings(DAY, ticks)


def read(readings: Readings, account: int, page: list[int], known: bool = False) -> bool:
    """Whether somebody is given this page. `known`: by whom they follow."""
    at = f"192.0.{account}"
    keys = (("token", -account), ("account", account), ("day", account), ("network", at))
    fresh = readings.fresh(account, page)
    try:
        if readings.asked(account, keys, tuple(page), fresh, 1000):
            waiting = readings.take(account)
            strange = set() if known else {post for _, some in waiting for post in some}
            readings.settle(account, at, waiting, strange)
            readings.check(account, keys, tuple(page), [] if known else fresh)
    except TooMany as refused:
        read.wait = refused.retry_after  # type: ignore[attr-defined]
        return False
    return True


def page(size: int = 20) -> list[int]:
    return [next(posts) for _ in range(size)]


def drain(readings: Readings, account: int) -> int:
    """How many new posts of strangers somebody is given at once."""
    given = 0
    while read(readings, account, page()):
        given += 20
    return given


def test_what_strangers_wrote_is_given_out_by_and_by(readings, ticks):
    """Whoever takes all there is in a day is no reader; and who waits as told must be let in."""
    assert drain(readings, 1) == AT_ONCE
    assert drain(readings, 2) == AT_ONCE, "somebody else has a budget of their own"
    ticks.now += read.wait
    assert read(readings, 1, page())
    for _ in range(100):
        ticks.now += HOUR / 4
        drain(readings, 1)
    given = 0
    for _ in range(24):
        ticks.now += HOUR
        given += drain(readings, 1)
    assert given <= DAY + AT_ONCE, "nor by asking for a little all day"


def test_those_one_follows_cost_nothing(readings):
    """An app that loads years of a friend's posts would be taken for a thief."""
    for _ in range(200):
        assert read(readings, 1, page(), known=True)
    assert drain(readings, 1) == AT_ONCE
    assert read(readings, 1, page(), known=True), "not even with nothing left"


def test_the_same_again_costs_nothing(readings):
    """A screen that shows the newest posts all day reads the same ones over and over."""
    first = page()
    for _ in range(500):
        assert read(readings, 1, first)
    assert readings.known(1, tuple(first))
    assert drain(readings, 1) == AT_ONCE - 20


def visit(readings: Readings, network: str, shown: list[int]) -> bool:
    try:
        readings.visited(network, tuple(shown), shown, 1000)
    except TooMany:
        return False
    return True


def test_a_post_that_everybody_looks_at_is_no_copying(readings):
    """Ten thousand guests of one post would close the door on each other."""
    famous = page(1)
    assert all(visit(readings, f"198.51.{n}", famous) for n in range(10_000))
    assert readings.alarm is None


def test_guests_from_many_networks_share_what_there_is_for_guests(readings, ticks):
    """Addresses are cheap: who has ten thousand of them would have ten thousand budgets."""
    rang = []
    readings.rang = rang.append
    given = sum(20 for n in range(1000) if visit(readings, f"203.0.{n}", page()))
    assert given <= DAY * 5 // 8
    assert [alarm.why for alarm in rang] == ["visitors"]
    assert readings.closed()
    ticks.now += HOUR
    assert not readings.closed()


def test_the_alarm_leaves_a_quarter_and_can_be_silenced(readings):
    """One who reads a lot is no alarm; many at a time are, and an operator who knows why (a school,
    a fair) must be able to say so."""
    rang = []
    readings.rang = rang.append
    for account in range(FEW):
        drain(readings, account)
    assert not rang
    drain(readings, FEW)
    assert len(rang) == 1
    assert drain(readings, 77) == AT_ONCE // 4
    readings.set_alarm(None)
    assert drain(readings, 78) == AT_ONCE
    for account in range(100, 120):
        drain(readings, account)
    assert len(rang) == 1, "not again within the hour"


def test_who_set_it_off_is_held_for_a_day(readings, ticks):
    """They would come back every hour and take as much again."""
    for account in range(FEW + 1):
        drain(readings, account)
    ticks.now += 2 * HOUR
    assert not readings.closed()
    assert drain(readings, 0) <= DAY // 4 // 8
    assert drain(readings, 50) == AT_ONCE
    ticks.now += 24 * HOUR
    assert drain(readings, 0) > DAY // 4 // 8


def test_nobody_reads_many_canaries_by_chance(readings):
    """Whoever copies slowly enough for all budgets reads what nobody has a reason to look for."""
    bait = page(60)
    readings.canaries = frozenset(bait)
    for post in bait[: BAIT - 1]:
        assert visit(readings, "198.51.1", [post])
    assert readings.alarm is None
    assert visit(readings, "198.51.1", bait[BAIT - 1 : BAIT])
    assert readings.alarm is not None and readings.alarm.why == "canary"


def test_several_processes_count_together(readings, ticks):
    """Four web processes would be four budgets."""
    other = Readings(DAY, ticks)
    readings.tell = other.heard
    drain(readings, 1)
    assert drain(other, 1) <= DAY // 4 - AT_ONCE + 100
    shown = page()
    assert visit(readings, "198.51.1", shown)
    assert other.fresh("198.51.1", shown) == []
