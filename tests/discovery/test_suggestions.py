"""Whom a reader is shown to follow: for a reason, and never who must not be shown."""

import pytest
from sqlalchemy import select, update

import people
from whimbrel.accounts import block, domains, follow, mute
from whimbrel.accounts.events import AccountErased
from whimbrel.accounts.tables import accounts, users
from whimbrel.core.errors import NotFound
from whimbrel.discovery import suggestions
from whimbrel.discovery.queries import people as queries
from whimbrel.discovery.tables import dismissals

DAY = 86_400_000


def shown(tx, viewer, most=40, offset=0):
    found = suggestions.suggested(tx, viewer, most, offset)
    return [(each.account.username, each.sources) for each in found]


def names(tx, viewer, **more):
    return [name for name, _ in shown(tx, viewer, **more)]


def change(tx, who, **columns):
    tx.run(update(accounts).where(accounts.c.id == who.account).values(columns))


@pytest.fixture
def friends(tx, tick):
    """Three people whom `reader` follows; each follows Star, the first two Moon as well."""
    made = {}
    for name in ("reader", "star", "moon"):
        tick()
        made[name] = people.make(tx, name)
    reader, star, moon = made.values()
    for at in range(3):
        tick()
        friend = made[f"f{at}"] = people.make(tx, f"f{at}", discoverable=False)
        follow.follow(tx, reader, friend.account)
        for other in (star, moon)[: 2 if at < 2 else 1]:
            follow.follow(tx, friend, other.account)
    tick(60 * DAY)  # too long ago to count as lately
    return made


def test_friends_of_friends(tx, friends):
    """Whom most of one's friends follow comes first, with the reason an app can show."""
    both = ("friends_of_friends",)
    assert shown(tx, friends["reader"]) == [("star", both), ("moon", both)]
    assert names(tx, friends["reader"], most=1, offset=1) == ["moon"]


def test_most_followed_lately(tx, tick, ada, bob):
    """A newcomer, who follows nobody, would look at an empty page."""
    old, new = people.make(tx, "old"), people.make(tx, "new")
    follow.follow(tx, bob, old.account)
    tick(31 * DAY)
    follow.follow(tx, bob, new.account)
    assert shown(tx, ada) == [("new", ("most_followed",))]


def test_two_reasons_are_one_suggestion(tx, friends):
    """The same face twice on a page."""
    late = people.make(tx, "late")
    follow.follow(tx, late, friends["star"].account)
    found = dict(shown(tx, friends["reader"]))
    assert found["star"] == ("friends_of_friends", "most_followed")


@pytest.mark.parametrize(
    "spare",
    [
        lambda tx, me, who: change(tx, who, discoverable=False),
        lambda tx, me, who: change(tx, who, suspended_at=1),
        lambda tx, me, who: change(tx, who, silenced_at=1),
        lambda tx, me, who: tx.run(
            update(users).where(users.c.account == who.account).values(approved_at=None)
        ),
        lambda tx, me, who: block.block(tx, me, who.account),
        lambda tx, me, who: block.block(tx, who, me.account),
        lambda tx, me, who: mute.mute(tx, me, who.account),
        lambda tx, me, who: follow.follow(tx, me, who.account),
        lambda tx, me, who: suggestions.dismiss(tx, me, who.account),
        lambda tx, me, who: (
            change(tx, who, domain="far.example"),
            domains.block(tx, me, "far.example"),
        ),
    ],
    ids=[
        *("hidden", "suspended", "limited", "pending", "blocks", "blocked"),
        *("muted", "followed", "dismissed", "server"),
    ],
)
def test_who_is_never_shown(tx, friends, spare):
    """Somebody who hides, or whom the reader wants to hear nothing of, would be held out to them;
    for either reason."""
    follow.follow(tx, people.make(tx, "late"), friends["star"].account)
    assert "star" in names(tx, friends["reader"])
    spare(tx, friends["reader"], friends["star"])
    assert names(tx, friends["reader"]) == ["moon"]


def test_who_was_asked_is_not_shown(tx, friends):
    """The button would ask a second time."""
    change(tx, friends["star"], locked=True)
    follow.follow(tx, friends["reader"], friends["star"].account)
    assert names(tx, friends["reader"]) == ["moon"]


def test_hidden_lists_give_nothing_away(tx, friends):
    """Whom a friend follows would be told by way of suggestions, though they hide it."""
    for name in ("f0", "f1", "f2"):
        change(tx, friends[name], hide_collections=True)
    assert names(tx, friends["reader"]) == []


def test_who_follows_everybody_has_no_say(tx, friends, monkeypatch):
    """Bots that follow thousands would choose for all who follow them, and cost as much."""
    change(tx, friends["f2"], following=queries.CHOOSY + 1)
    found = suggestions.suggested(tx, friends["reader"], 40)
    assert [each.account.username for each in found] == ["moon", "star"]


def test_nobody_is_suggested_to_themselves(tx, friends):
    """One's own face among strangers."""
    follow.follow(tx, friends["f0"], friends["reader"].account)
    assert "reader" not in names(tx, friends["reader"])


def test_dismissing(tx, friends, ada):
    """Twice is once, and it is the reader's own wish."""
    star = friends["star"].account
    suggestions.dismiss(tx, friends["reader"], star)
    suggestions.dismiss(tx, friends["reader"], star)
    follow.follow(tx, ada, friends["f0"].account)
    assert set(names(tx, ada)) == {"star", "moon"}
    with pytest.raises(NotFound):
        suggestions.dismiss(tx, ada, 5)


def test_what_is_left_of_the_erased(tx, friends):
    """Whom somebody did not like is theirs, and goes with them; twice is once."""
    suggestions.dismiss(tx, friends["reader"], friends["star"].account)
    for _ in range(2):
        suggestions.forget(tx, AccountErased(account=friends["reader"].account, uri=""))
        assert tx.rows(select(dismissals.c.target)) == []
