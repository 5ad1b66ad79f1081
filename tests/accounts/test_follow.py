"""Following, asking, letting in and leaving; and that the counters are always what the rows say."""

import asyncio
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

import people
from whimbrel.accounts import block, follow, queries, relationships
from whimbrel.accounts.events import FollowAsked, Followed, Unfollowed, Unlocked
from whimbrel.accounts.queries import graph, lists
from whimbrel.accounts.tables import accounts, follow_requests, follows
from whimbrel.core.engines import Query
from whimbrel.core.errors import Forbidden, Invalid, NotFound

COUNT = Query(select(func.count()).select_from(follows))
PAIRS = Query(select(follows.c.follower, follows.c.followee))
REQUESTS = Query(select(follow_requests.c.follower, follow_requests.c.followee))


def counters(tx, viewer):
    account = queries.by_id(tx, viewer.account)
    return account.followers, account.following


def tick(tx):
    """A later moment in the same transaction: ids of one millisecond may meet."""
    tx.ms += 1


def test_a_follow_counts_on_both_sides(tx, ada, bob):
    """What apps show as followers must be what the list holds."""
    follow.follow(tx, ada, bob.account)
    assert tx.emitted == [Followed(follower=ada.account, followee=bob.account)]
    assert counters(tx, ada) == (0, 1)
    assert counters(tx, bob) == (1, 0)
    assert relationships.to(tx, ada, bob.account).following
    assert relationships.to(tx, bob, ada.account).followed_by


def test_following_again_changes_what_is_wanted(tx, ada, bob):
    """Apps switch boosts off and the bell on by following again."""
    follow.follow(tx, ada, bob.account)
    follow.follow(tx, ada, bob.account, reblogs=False, notify=True, languages=["en", "pt-BR", "en"])
    follow.follow(tx, ada, bob.account)
    how = relationships.to(tx, ada, bob.account)
    assert (how.showing_reblogs, how.notifying, how.languages) == (False, True, ["en", "pt-BR"])
    assert len(tx.emitted) == 1
    assert counters(tx, bob) == (1, 0)
    follow.follow(tx, ada, bob.account, languages=[])
    assert relationships.to(tx, ada, bob.account).languages is None


def test_languages_are_language_codes(tx, ada, bob):
    """They are kept with a space between; a sentence would be stored as twenty languages."""
    with pytest.raises(Invalid):
        follow.follow(tx, ada, bob.account, languages=["all of them"])
    with pytest.raises(Invalid):
        follow.follow(tx, ada, bob.account, languages=[f"a{chr(97 + n)}" for n in range(25)])


def test_one_follows_so_many_and_more_where_more_follow_oneself(tx, ada, bob, monkeypatch):
    """Whoever follows everybody reads everybody; as Mastodon has it, in its words."""
    monkeypatch.setattr(follow, "MOST", 1)
    cat, dan = people.make(tx, "cat"), people.make(tx, "dan")
    follow.follow(tx, ada, bob.id)
    follow.follow(tx, ada, bob.id, notify=True)
    with pytest.raises(Invalid, match="You cannot follow more than 1 people"):
        follow.follow(tx, ada, cat.id)
    for fan in (bob, cat):
        follow.follow(tx, fan, ada.id)
    follow.follow(tx, ada, cat.id)
    with pytest.raises(Invalid, match="more than 2 people"):
        follow.follow(tx, ada, dan.id)


def test_nobody_follows_themselves_or_nobody(tx, ada):
    """A home would show one's own posts twice, or an app a server error."""
    with pytest.raises(Forbidden):
        follow.follow(tx, ada, ada.account)
    with pytest.raises(NotFound):
        follow.follow(tx, ada, -1)


def test_a_suspended_account_cannot_be_followed(tx, ada, bob):
    """It is gone for everybody."""
    tx.run(update(accounts).where(accounts.c.id == bob.account).values(suspended_at=1))
    with pytest.raises(NotFound):
        follow.follow(tx, ada, bob.account)


@pytest.mark.parametrize("who", ["viewer", "target"])
def test_a_block_either_way_forbids_following(tx, ada, bob, who):
    """The point of a block."""
    one, other = (ada, bob) if who == "viewer" else (bob, ada)
    block.block(tx, one, other.account)
    with pytest.raises(Forbidden):
        follow.follow(tx, ada, bob.account)
    assert tx.value(COUNT) == 0


def test_a_locked_account_is_asked_first(tx, ada):
    """Followers-only posts go to whoever was let in, and to nobody who merely asked."""
    shy = people.make(tx, "shy", locked=True)
    follow.follow(tx, ada, shy.account, notify=True)
    follow.follow(tx, ada, shy.account, reblogs=False)
    assert tx.emitted == [FollowAsked(follower=ada.account, followee=shy.account)]
    how = relationships.to(tx, ada, shy.account)
    assert (how.requested, how.following, how.notifying) == (True, False, True)
    assert relationships.to(tx, shy, ada.account).requested_by
    assert counters(tx, shy) == (0, 0)
    assert not tx.value(Query(select(graph.follows("a", "b"))), a=ada.account, b=shy.account)

    follow.authorize(tx, shy, ada.account)
    assert tx.emitted[1:] == [Followed(follower=ada.account, followee=shy.account)]
    how = relationships.to(tx, ada, shy.account)
    assert (how.requested, how.following, how.showing_reblogs, how.notifying) == (
        *(False, True, False, True),
    )
    assert counters(tx, shy) == (1, 0)
    with pytest.raises(NotFound):
        follow.authorize(tx, shy, ada.account)


def test_who_is_limited_has_to_ask_everybody(tx, ada, bob):
    """A moderator limited them because they pester people."""
    tx.run(update(accounts).where(accounts.c.id == ada.account).values(silenced_at=1))
    follow.follow(tx, ada, bob.account)
    assert tx.emitted == [FollowAsked(follower=ada.account, followee=bob.account)]


def test_a_person_of_another_server_is_not_followed_before_they_say_so(tx, ada):
    """A request taken for a follow would show followers-only posts to whoever asked."""
    far = people.make(tx, "far", domain="far.example", handle="far@far.example")
    follow.follow(tx, ada, far.account)
    assert tx.emitted == [FollowAsked(follower=ada.account, followee=far.account)]


def test_turning_away_leaves_nothing(tx, ada):
    """The request is gone, and may be made again."""
    shy = people.make(tx, "shy", locked=True)
    follow.follow(tx, ada, shy.account)
    follow.reject(tx, shy, ada.account)
    assert tx.emitted[-1] == Unfollowed(follower=ada.account, followee=shy.account)
    assert not relationships.to(tx, ada, shy.account).requested
    with pytest.raises(NotFound):
        follow.reject(tx, shy, ada.account)


def test_only_the_one_who_was_asked_may_answer(tx, ada, eve):
    """Somebody else's request is nobody's business."""
    shy = people.make(tx, "shy", locked=True)
    follow.follow(tx, ada, shy.account)
    for viewer, whom in ((eve, ada), (ada, shy), (ada, ada)):
        with pytest.raises(NotFound):
            follow.authorize(tx, viewer, whom.account)


def test_leaving_ends_a_follow_or_a_request_once(tx, ada, bob):
    """A second tap on the button must not take a follower away from the count."""
    shy = people.make(tx, "shy", locked=True)
    for target in (bob, shy):
        follow.follow(tx, ada, target.account)
        follow.unfollow(tx, ada, target.account)
        follow.unfollow(tx, ada, target.account)
        assert tx.emitted[-1] == Unfollowed(follower=ada.account, followee=target.account)
        assert counters(tx, target) == (0, 0)
    assert len(tx.emitted) == 4
    assert counters(tx, ada) == (0, 0)


def test_a_follower_can_be_removed(tx, ada, bob):
    """Softly: no block, and they may follow again."""
    follow.follow(tx, ada, bob.account)
    follow.remove_follower(tx, bob, ada.account)
    follow.remove_follower(tx, bob, ada.account)
    assert tx.emitted[1:] == [Unfollowed(follower=ada.account, followee=bob.account)]
    assert counters(tx, bob) == (0, 0)
    follow.follow(tx, ada, bob.account)
    assert counters(tx, bob) == (1, 0)


def test_who_waits_comes_in_when_an_account_opens(tx, monkeypatch):
    """Whoever unlocks would have to answer hundreds by hand. Twice is the same as once."""
    monkeypatch.setattr(follow, "LET_IN", 2)
    shy = people.make(tx, "shy", locked=True)
    for name in ("ada", "bob", "eve"):
        follow.follow(tx, people.make(tx, name), shy.account)
        tick(tx)
    del tx.emitted[:]
    opened = Unlocked(account=shy.account)
    follow.let_in_waiting(tx, opened)
    assert [type(event) for event in tx.emitted] == [Followed, Followed, Unlocked]
    tick(tx)
    for _ in range(2):
        follow.let_in_waiting(tx, opened)
        assert counters(tx, shy) == (3, 0)
        assert lists.count_requests(tx, shy.account) == 0
    follow.let_in_waiting(tx, Unlocked(account=1))  # erased meanwhile


# --- the counters against a model -------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ("follow", "unfollow", "remove", "authorize", "reject", "block", "unblock")
        ),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    max_size=20,
)


class Model:
    """What must be true: three sets of pairs."""

    def __init__(self, locked):
        self.locked = locked
        self.follows, self.requests, self.blocks = set(), set(), set()

    def follow(self, a, b):
        if {(a, b), (b, a)} & self.blocks:
            return False
        if (a, b) not in self.follows | self.requests:
            (self.requests if b in self.locked else self.follows).add((a, b))
        return True

    def unfollow(self, a, b):
        self.follows -= {(a, b)}
        self.requests -= {(a, b)}
        return True

    def remove(self, a, b):
        self.follows -= {(b, a)}
        return True

    def authorize(self, a, b):
        if (b, a) not in self.requests:
            return False
        self.requests -= {(b, a)}
        self.follows |= {(b, a)}
        return True

    def reject(self, a, b):
        if (b, a) not in self.requests:
            return False
        self.requests -= {(b, a)}
        return True

    def block(self, a, b):
        self.unfollow(a, b)
        self.unfollow(b, a)
        self.blocks |= {(a, b)}
        return True

    def unblock(self, a, b):
        self.blocks -= {(a, b)}
        return True


ACTS = {
    "follow": follow.follow,
    "unfollow": follow.unfollow,
    "remove": follow.remove_follower,
    "authorize": follow.authorize,
    "reject": follow.reject,
    "block": block.block,
    "unblock": block.unblock,
}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_rows_and_counters_are_what_a_model_says(tx, steps):
    """Whatever people do to each other in whatever order, no count is ever off by one."""
    tx.savepoint("example")
    who = []
    for name, locked in (("ada", False), ("bob", True), ("eve", False)):
        who.append(people.make(tx, name, locked=locked))
        tick(tx)
    model = Model({1})
    for name, one, other in steps:
        tick(tx)
        if one == other:
            continue
        expected = getattr(model, name)(one, other)
        try:
            ACTS[name](tx, who[one], who[other].account)
        except (Forbidden, NotFound):
            assert not expected
        else:
            assert expected
    number = {viewer.account: at for at, viewer in enumerate(who)}
    assert {(number[a], number[b]) for a, b in tx.rows(PAIRS)} == model.follows
    assert {(number[a], number[b]) for a, b in tx.rows(REQUESTS)} == model.requests
    for at, viewer in enumerate(who):
        assert counters(tx, viewer) == (
            sum(b == at for _, b in model.follows),
            sum(a == at for a, _ in model.follows),
        )
    tx.roll_back_to("example")


def test_counters_hold_when_everybody_acts_at_once(db, clock):
    """Two taps, two apps, two servers: a follow slipping in beside a block, a count lost."""
    names = ("ada", "bob", "eve")
    who = [db.write_sync(people.make, name) for name in names]
    chosen = random.Random(5)
    acts = [follow.follow, follow.follow, follow.unfollow, block.block, block.unblock]

    def act(tx, what, one, other):
        tick(tx)
        tx.ms += chosen.randrange(10_000)
        what(tx, one, other.account)

    async def go():
        jobs = []
        for _ in range(120):
            one, other = chosen.sample(who, 2)
            jobs.append(db.write(act, chosen.choice(acts), one, other))
        return await asyncio.gather(*jobs, return_exceptions=True)

    results = asyncio.run(go())
    assert {type(result) for result in results} <= {type(None), Forbidden}

    def check(tx):
        pairs = tx.rows(PAIRS)
        for viewer in who:
            assert counters(tx, viewer) == (
                sum(b == viewer.account for _, b in pairs),
                sum(a == viewer.account for a, _ in pairs),
            )
        for one, other in pairs:
            assert not graph.is_blocked(tx, one, other)

    db.write_sync(check)
