"""Homes: made, left, come back to; what a reader hides is hidden backwards."""

import msgspec
import stories
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

import people
from whimbrel.accounts.events import AccountCreated, AccountErased, Followed, Unfollowed
from whimbrel.posts.events import PostPublished
from whimbrel.posts.rules import Visibility
from whimbrel.timelines import fanout, homes, live
from whimbrel.timelines.queries.homes import DAY, Entry
from whimbrel.timelines.tables import home_states
from whimbrel.timelines.tables import homes as table

ENTRIES = select(func.count()).select_from(table)


def test_a_home_is_made_from_what_one_follows(tx, ada, bob, eve):
    """Somebody comes back after a year: the same posts as if they had never left."""
    stories.follow(tx, bob, ada)
    post = stories.write(tx, ada)
    stories.write(tx, ada, reply_to_author=eve.id)
    stories.write(tx, ada, visibility=Visibility.DIRECT, named=(eve,))
    private = stories.write(tx, ada, visibility=Visibility.PRIVATE)
    own = stories.write(tx, bob)
    direct = stories.write(tx, ada, visibility=Visibility.DIRECT, named=(bob,))
    stories.write(tx, eve)
    assert stories.home(tx, bob) is None
    for _ in range(2):
        homes.rebuild(tx, bob)
        assert stories.home(tx, bob) == [direct, own, private, post]


def test_one_s_own_boosts_repeat_nothing_in_a_home_made_anew(tx, ada, bob):
    """Each post once, as its latest boost, whoever boosted it."""
    stories.follow(tx, bob, ada)
    stories.write(tx, bob, boost_of=stories.write(tx, ada))
    stories.write(tx, bob, boost_of=stories.write(tx, bob))
    homes.rebuild(tx, bob)
    page = stories.home(tx, bob)
    assert page is not None and len(page) == 2


def test_a_home_follows_the_same_rules_when_made_and_when_delivered(tx, ada, bob, eve):
    """Else posts would come and go with the reader's absences."""
    for reader in (bob, eve):
        stories.follow(tx, reader, ada, reblogs=reader == bob, languages="de")
    stories.settle_in(tx, bob, eve)
    dan = people.make(tx, "dan")
    for facts in (
        {"language": "de"},
        {"language": "en"},
        {"language": None},
        {"boost_of": stories.write(tx, dan), "language": None},
        {"reply_to_author": dan.id, "language": "de"},
        {"reply_to_author": ada.id, "language": "de"},
        {"visibility": Visibility.UNLISTED, "language": "de"},
        {"visibility": Visibility.DIRECT, "language": "de"},
    ):
        stories.publish(tx, ada, **facts)
    delivered = [stories.home(tx, reader) for reader in (bob, eve)]
    assert [len(page) for page in delivered] == [5, 4]
    tx.run(table.delete())
    for reader in (bob, eve):
        homes.rebuild(tx, reader)
    assert [stories.home(tx, reader) for reader in (bob, eve)] == delivered


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), max_size=120))
def test_no_post_is_twice_within_forty(picks):
    """A home made anew would show each friend's boost of the same post."""
    entries = [
        Entry(1000 - n, subject if boost else None) for n, (subject, boost) in enumerate(picks)
    ]
    kept = homes.without_echoes(entries)
    originals = dict(entries)
    subjects = [originals[post] or post for post in kept]
    for at, subject in enumerate(subjects):
        assert subject not in subjects[max(0, at - homes.ECHO + 1) : at]
    assert set(subjects) == {entry.original or entry.post for entry in entries}


def test_blocks_and_mutes_work_at_once_and_backwards(tx, ada, bob, eve):
    """Nobody waits for a job to stop seeing somebody; unmuting brings the posts back."""
    stories.settle_in(tx, bob)
    stories.follow(tx, bob, ada)
    stories.follow(tx, bob, eve)
    first, second = stories.publish(tx, ada), stories.publish(tx, eve)
    boost = stories.publish(tx, eve, boost_of=stories.write(tx, people.make(tx, "dan")))
    assert stories.home(tx, bob) == [boost, second, first]
    stories.mute(tx, bob, eve)
    assert stories.home(tx, bob) == [first]
    stories.block(tx, ada, bob)
    assert stories.home(tx, bob) == []


def test_a_page_full_of_the_muted_is_not_the_end(tx, ada, bob, eve):
    """An app that is given an empty page stops paging: there would be no way past it."""
    stories.settle_in(tx, bob)
    stories.follow(tx, bob, ada)
    stories.follow(tx, bob, eve)
    oldest = stories.publish(tx, ada)
    for _ in range(30):
        stories.publish(tx, eve)
    stories.mute(tx, bob, eve)
    assert stories.home(tx, bob, most=2) == [oldest]


def test_following_brings_recent_posts_and_unfollowing_takes_them(tx, ada, bob, eve):
    """Both handlers run twice."""
    stories.settle_in(tx, bob)
    stories.follow(tx, bob, eve)
    other = stories.publish(tx, eve)
    ids = [stories.write(tx, ada) for _ in range(homes.BACKFILL + 3)]
    stories.follow(tx, bob, ada)
    for _ in range(2):
        homes.add_followed(tx, Followed(follower=bob.id, followee=ada.id))
        assert stories.home(tx, bob) == ids[:2:-1]
    for _ in range(2):
        homes.remove_unfollowed(tx, Unfollowed(follower=bob.id, followee=ada.id))
        assert stories.home(tx, bob) == [other]


def test_who_has_no_home_gets_none_by_following(tx, ada, bob):
    """A home with three posts in it would never be rebuilt."""
    stories.write(tx, ada)
    stories.follow(tx, bob, ada)
    homes.add_followed(tx, Followed(follower=bob.id, followee=ada.id))
    assert stories.home(tx, bob) is None


def test_newcomers_have_a_home_and_the_erased_none(tx, ada, bob):
    """Streams of a newcomer must carry posts before the first page is asked for."""
    stories.follow(tx, bob, ada)
    for _ in range(2):
        homes.begin(tx, AccountCreated(account=bob.id))
    stories.publish(tx, ada)
    assert tx.value(ENTRIES) == 1
    for _ in range(2):
        homes.end(tx, AccountErased(account=bob.id, uri=""))
    assert tx.value(ENTRIES) == 0
    assert tx.value(select(func.count()).select_from(home_states)) == 0


def test_homes_of_the_absent_go_when_others_come(tx, ada, bob, clock):
    """A home nobody reads costs a row for each post of everybody followed."""
    stories.settle_in(tx, ada, bob)
    stories.follow(tx, bob, ada)
    stories.publish(tx, ada)
    tx.ms += 31 * DAY
    for _ in range(2):
        homes.visit(tx, ada)
    assert stories.home(tx, bob) is None
    assert len(stories.home(tx, ada)) == 1
    assert tx.value(ENTRIES) == 1
    assert tx.value(select(home_states.c.seen_at)) == tx.ms - tx.ms % DAY


def test_a_home_page_is_two_statements(tx, ada, bob):
    """With the token's look-up three, whatever its length."""
    stories.settle_in(tx, bob)
    stories.follow(tx, bob, ada)
    tx.instance = msgspec.structs.replace(tx.instance, merge_above=1000)
    for _ in range(30):
        stories.publish(tx, ada)
    before = tx.queries
    assert len(stories.home(tx, bob, most=20)) == 20
    assert tx.queries == before + 1


def test_what_is_written_right_after_a_follow_is_told_to_an_open_stream(tx, ada, bob):
    """The follow's own delivery may come first: fan-out then finds the post there and is silent."""
    stories.settle_in(tx, bob)
    old = stories.write(tx, ada)
    stories.follow(tx, bob, ada, at=stories.tick(tx) >> 16)
    new = stories.write(tx, ada)
    for _ in range(2):
        homes.add_followed(tx, Followed(follower=bob.id, followee=ada.id))
    assert stories.home(tx, bob) == [new, old]
    told = [live.heard(message) for channel, message in tx.said if channel == live.CHANNEL]
    assert told == [live.HomeAdded(post=new, readers=(bob.id,))]


def test_a_home_made_before_a_post_is_delivered_tells_an_open_stream_of_it(tx, ada, bob):
    """Fan-out in another process is a moment late, finds the post there already, and is silent."""
    stories.follow(tx, bob, ada)
    stories.write(tx, ada)
    tx.ms += 5 * 60_000
    late = [stories.publish(tx, ada), stories.publish(tx, ada)]
    for _ in range(2):
        homes.rebuild(tx, bob)
    for post in late:
        fanout.add_to_homes(tx, PostPublished(post=post, author=ada.id))
    told = [live.heard(message) for _, message in tx.said]
    assert [one for one in told if one.readers == (bob.id,)] == [
        live.HomeAdded(post=post, readers=(bob.id,)) for post in late
    ]
