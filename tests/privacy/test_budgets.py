"""Rate budgets and the patience of the sign-in form, with a clock that is told what time it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.core.errors import TooMany
from whimbrel.privacy import budgets
from whimbrel.privacy.budgets import Budgets, Limit, Throttle, network_of


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Clock:
    return Clock()


def test_all_of_a_budget_can_be_spent_at_once_and_not_more(ticks):
    """Apps are written for 300 in five minutes; a scraper must not get 301."""
    budget = Budgets(clock=ticks)
    left = [budget.spend("api", 1).remaining for _ in range(300)]
    assert left == list(range(299, -1, -1))
    with pytest.raises(TooMany) as refused:
        budget.spend("api", 1)
    assert refused.value.retry_after in (1, 2)
    budget.spend("api", 2)  # somebody else is not held up


def test_what_was_spent_comes_back_evenly(ticks):
    """Whoever waits as long as told is let in: `Retry-After` must not lie."""
    budget = Budgets(clock=ticks)
    for _ in range(30):
        budget.spend("media", "ada")
    with pytest.raises(TooMany) as refused:
        budget.spend("media", "ada")
    ticks.now += refused.value.retry_after
    assert budget.spend("media", "ada").limit == 30


def test_a_refusal_costs_nothing(ticks):
    """An app that keeps asking while it is refused would otherwise never be let in again."""
    budget = Budgets(clock=ticks)
    for _ in range(5):
        budget.spend("sign_up", "192.0.2")
    for _ in range(100):
        with pytest.raises(TooMany):
            budget.spend("sign_up", "192.0.2")
    ticks.now += 361
    budget.spend("sign_up", "192.0.2")


def test_a_refund_gives_back(ticks):
    """Letters that could not be sent must not count against whoever waits for them."""
    budget = Budgets(clock=ticks)
    for _ in range(10):
        budget.spend("letter", "ada")
        budget.refund("letter", "ada")
    assert budget.spend("letter", "ada").remaining == 2


def test_memory_is_bounded(ticks, monkeypatch):
    """Somebody with a million addresses must not fill the server's memory."""
    monkeypatch.setattr(budgets, "MOST_KEYS", 50)
    budget = Budgets(clock=ticks)
    throttle = Throttle(ticks)
    for number in range(500):
        budget.spend("api", number)
        throttle.charge([("account", number)])
    assert len(budget._full_at["api"]) == 50
    assert len(throttle._tries) == 50


def test_switched_off_nobody_is_refused(ticks):
    """Measuring and tests need WHIMBREL_RATE_LIMITS=off to mean it."""
    budget = Budgets(enabled=False, clock=ticks)
    for _ in range(1000):
        assert budget.spend("sign_up", 1).remaining == 5


@given(
    st.integers(1, 50),
    st.integers(1, 1000),
    st.lists(st.tuples(st.floats(0, 100), st.integers(1, 3)), max_size=200),
)
def test_no_more_than_the_limit_and_what_time_gave_back(most, seconds, steps):
    """In any span nobody gets more than the whole budget plus its even share of the time."""
    ticks = Clock()
    budget = Budgets(clock=ticks, limits={"api": Limit(most, seconds)})
    began, taken = ticks.now, 0
    for pause, cost in steps:
        ticks.now += pause
        try:
            spent = budget.spend("api", 0, cost)
        except TooMany as refused:
            assert refused.retry_after >= 1
        else:
            taken += cost
            assert 0 <= spent.remaining <= most
    assert taken <= most + (ticks.now - began) * most / seconds + 1e-3


def test_guessing_gets_slower_and_slower(ticks):
    """CVE-2022-2166: twenty wrong passwords from twenty addresses on one account are throttled."""
    throttle, tries, waited = Throttle(ticks), 0, 0
    for number in range(20):
        try:
            throttle.charge([("account", 7), ("network", number)])
            tries += 1
        except TooMany as refused:
            waited += refused.retry_after
            ticks.now += refused.retry_after
            throttle.charge([("account", 7), ("network", number)])
    assert tries == 5
    assert waited > 3600


def test_a_known_device_is_not_locked_out_by_strangers(ticks):
    """Otherwise anybody who knows a name could keep its owner out for good."""
    throttle = Throttle(ticks)
    for number in range(5):
        throttle.charge([("account", 7), ("network", number)])
    with pytest.raises(TooMany):
        throttle.charge([("account", 7), ("network", "else")])
    throttle.charge([("device", "nonce")])


def test_the_right_password_forgives_the_account_but_not_the_network(ticks):
    """An account of one's own would be the way to guess at all the others."""
    throttle = Throttle(ticks)
    for number in range(19):
        throttle.charge([("account", number), ("network", "net")])
    throttle.charge([("account", "mine"), ("network", "net")])
    throttle.forgive([("account", "mine"), ("network", "net")])
    throttle.charge([("account", "x"), ("network", "net")])
    with pytest.raises(TooMany):
        throttle.charge([("account", "y"), ("network", "net")])


def test_tries_are_forgotten_after_a_while(ticks):
    """Somebody who mistyped last week is not slow today."""
    throttle = Throttle(ticks)
    for _ in range(5):
        throttle.charge([("account", 7)])
    ticks.now += Throttle.MEMORY + 1
    for _ in range(4):
        throttle.charge([("account", 7)])


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2"),
        ("2001:db8:1:2::3", "2001:0db8:0001"),
        ("2001:db8:1:ffff::", "2001:0db8:0001"),
        ("unix:", "unix:"),
    ],
)
def test_neighbours_share_a_budget(address, network):
    """A /48 is what one customer gets: whoever counts single addresses counts nothing."""
    assert network_of(address) == network
