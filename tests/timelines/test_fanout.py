"""Fan-out: who finds a post at home, and who must not."""

import msgspec
import pytest
import stories
from sqlalchemy import func, select

import people
from whimbrel.core.engines import Query, insert
from whimbrel.core.ids import new_id
from whimbrel.posts.events import PostDeleted
from whimbrel.posts.rules import Visibility
from whimbrel.timelines import fanout
from whimbrel.timelines.events import FanOutSlice, ForgetSlice
from whimbrel.timelines.queries import delivery
from whimbrel.timelines.tables import homes, list_members, lists, merged

ENTRIES = Query(select(func.count()).select_from(homes))


def delivered(post):
    """How many homes a post is in."""
    return Query(select(func.count()).where(homes.c.post == post))


@pytest.fixture(autouse=True)
def at_home(tx, ada, bob, eve):
    """Bob and Eve follow Ada; all three have a home."""
    stories.settle_in(tx, ada, bob, eve)
    stories.follow(tx, bob, ada)
    stories.follow(tx, eve, ada)


def test_a_post_reaches_followers_and_its_author_once(tx, ada, bob, eve):
    """The handler ran twice, as after a crash: nobody sees the post twice."""
    post = stories.publish(tx, ada)
    assert stories.home(tx, ada) == stories.home(tx, bob) == stories.home(tx, eve) == [post]
    assert tx.value(ENTRIES) == 3


def test_a_post_for_followers_stays_with_them(tx, ada, bob):
    """A stranger's home is no place for private posts, even when a row got there."""
    mallory = people.make(tx, "mallory")
    stories.settle_in(tx, mallory)
    post = stories.publish(tx, ada, visibility=Visibility.PRIVATE)
    assert stories.home(tx, bob) == [post]
    assert stories.home(tx, mallory) == []


def test_a_direct_post_reaches_only_who_is_named(tx, ada, bob, eve):
    """Eve follows Ada, but is not spoken to."""
    post = stories.publish(tx, ada, visibility=Visibility.DIRECT, named=(bob,))
    assert stories.home(tx, bob) == [post]
    assert stories.home(tx, eve) == []
    assert tx.value(ENTRIES) == 2


def test_who_mutes_or_blocks_is_not_delivered_to(tx, ada, bob, eve):
    """Nor is who is named in a post by somebody one follows, or boosted by them."""
    mallory = people.make(tx, "mallory")
    stories.mute(tx, bob, mallory)
    stories.block(tx, mallory, eve)
    named = stories.publish(tx, ada, named=(mallory,))
    boost = stories.publish(tx, ada, boost_of=stories.write(tx, mallory))
    assert stories.home(tx, bob) == []
    assert stories.home(tx, eve) == [named]  # she may read Ada, but not what Mallory wrote
    assert tx.value(delivered(boost)) == 1


def test_a_mute_that_is_over_hides_nothing(tx, ada, bob):
    """A mute of an hour is not for ever."""
    stories.mute(tx, bob, ada, until=tx.ms - 1)
    assert stories.home(tx, bob) == [] != [stories.publish(tx, ada)] == stories.home(tx, bob)


def test_boosts_can_be_declined(tx, ada, bob):
    """`reblogs=false` of a follow."""
    carol = people.make(tx, "carol")
    stories.settle_in(tx, carol)
    stories.follow(tx, carol, ada, reblogs=False)
    boost = stories.publish(tx, ada, boost_of=stories.write(tx, people.make(tx, "dan")))
    assert stories.home(tx, bob) == [boost]
    assert stories.home(tx, carol) == []


def test_a_boost_of_what_was_just_seen_is_left_out(tx, ada, bob):
    """Ten friends boosting one post would push everything else off the page."""
    dan = people.make(tx, "dan")
    stories.follow(tx, bob, dan)
    first = stories.publish(tx, dan)
    assert stories.publish(tx, ada, boost_of=first) != first
    assert stories.home(tx, bob) == [first]
    other = stories.write(tx, people.make(tx, "frank"))
    boost = stories.publish(tx, ada, boost_of=other)
    stories.publish(tx, dan, boost_of=other)
    assert stories.home(tx, bob) == [boost, first]


def test_one_s_own_boost_is_left_out_where_the_post_is(tx, ada, bob):
    """Whoever boosts what is in front of them would read it twice, and again after coming back."""
    first, own = stories.publish(tx, ada), stories.publish(tx, bob)
    stories.publish(tx, bob, boost_of=first)
    stories.publish(tx, bob, boost_of=own)
    far = stories.publish(tx, bob, boost_of=stories.write(tx, people.make(tx, "dan")))
    assert stories.home(tx, bob) == [far, own, first]


def test_replies_are_seen_by_who_follows_both(tx, ada, bob, eve):
    """Half a conversation is noise; replies to oneself and to the reader are not."""
    dan = people.make(tx, "dan")
    stories.follow(tx, bob, dan)
    reply = stories.publish(tx, ada, reply_to_author=dan.id)
    to_eve = stories.publish(tx, ada, reply_to_author=eve.id)
    own = stories.publish(tx, ada, reply_to_author=ada.id)
    assert stories.home(tx, bob) == [own, reply]
    assert stories.home(tx, eve) == [own, to_eve]


def test_languages_of_a_follow(tx, ada):
    """`languages` of a follow; a post that does not say its language passes."""
    carol = people.make(tx, "carol")
    stories.settle_in(tx, carol)
    stories.follow(tx, carol, ada, languages="de fr")
    german = stories.publish(tx, ada, language="de")
    unsaid = stories.publish(tx, ada, language=None)
    stories.publish(tx, ada, language="d")
    stories.publish(tx, ada, language="en")
    assert stories.home(tx, carol) == [unsaid, german]


def test_members_of_an_exclusive_list_are_not_at_home(tx, ada, bob, eve):
    """`exclusive` of a list: Bob reads Ada there only; Eve has no such list."""
    list_ = new_id(tx.now)
    row = {"account": bob.id, "title": "news", "replies_policy": "list", "exclusive": True}
    tx.run(Query(insert(lists)), id=list_, **row)
    tx.run(Query(insert(list_members)), list=list_, account=ada.id)
    post = stories.publish(tx, ada)
    assert stories.home(tx, bob) == []
    assert stories.home(tx, eve) == [post]


def test_who_has_no_home_is_not_delivered_to(tx, ada):
    """A server's thousands who never come back cost nothing."""
    carol = people.make(tx, "carol")
    stories.follow(tx, carol, ada)
    stories.publish(tx, ada)
    assert stories.home(tx, carol) is None
    assert tx.value(ENTRIES) == 3


def test_many_followers_are_reached_slice_by_slice(tx, ada):
    """A job per slice, so that no post holds the writer for long; each may run again."""
    tx.instance = msgspec.structs.replace(tx.instance, fanout_slice=4)
    readers = [people.make(tx, f"reader{n}") for n in range(9)]
    for reader in readers:
        stories.follow(tx, reader, ada)
    stories.settle_in(tx, *readers)
    post = stories.publish(tx, ada)
    assert stories.drain(tx, FanOutSlice, fanout.deliver_slice) == 2
    assert all(stories.home(tx, reader) == [post] for reader in readers)
    assert tx.value(ENTRIES) == 12


def test_the_very_popular_are_merged_when_a_home_is_read(tx, ada, bob, eve):
    """A million rows for one post would stop the server; a reader must not notice that."""
    tx.instance = msgspec.structs.replace(tx.instance, merge_above=1000)
    carol = people.make(tx, "carol")
    stories.settle_in(tx, carol)
    before = stories.publish(tx, ada)
    stories.popular(tx, ada)
    since = stories.publish(tx, ada)
    reply = stories.publish(tx, ada, reply_to_author=carol.id)
    direct = stories.publish(tx, ada, visibility=Visibility.DIRECT, named=(eve,))
    private = stories.publish(tx, ada, visibility=Visibility.PRIVATE)
    assert tx.rows(select(merged.c.author)) == [(ada.id,)]
    assert tx.value(delivered(since)) == 1  # her own
    assert stories.home(tx, bob) == [private, since, before]
    assert stories.home(tx, eve) == [private, direct, since, before]
    assert stories.home(tx, carol) == []
    assert stories.home(tx, ada) == [private, direct, reply, since, before]


def test_homes_are_cut_to_their_size(tx, ada, bob):
    """Else a home grows for as long as its reader lives."""
    tx.instance = msgspec.structs.replace(tx.instance, home_size=5)
    ids = [stories.publish(tx, ada) for _ in range(12)]
    assert delivery.trim(tx, bob.id, 5) >= 1
    assert stories.home(tx, bob) == ids[:-6:-1]
    assert delivery.trim(tx, bob.id, 5) == 0


def test_now_and_then_a_delivery_trims(tx, ada, monkeypatch):
    """Nobody has to sweep."""
    tx.instance = msgspec.structs.replace(tx.instance, home_size=5)
    monkeypatch.setattr(fanout, "TRIM_EVERY", 1)
    for _ in range(9):
        stories.publish(tx, ada)
    assert tx.value(ENTRIES) == 9 + 5 + 5


def test_a_deleted_post_leaves_every_home(tx, ada, bob):
    """Not even its number stays."""
    post, other = stories.publish(tx, ada), stories.publish(tx, ada)
    event = PostDeleted(post=post, author=ada.id, uri="", visibility=0, local=True)
    fanout.remove(tx, event)
    fanout.remove(tx, event)
    assert tx.value(ENTRIES) == 3
    assert stories.home(tx, bob) == [other]


def test_deleting_goes_slice_by_slice(tx, ada):
    """The same for an author with many followers."""
    tx.instance = msgspec.structs.replace(tx.instance, fanout_slice=1)
    post = stories.publish(tx, ada)
    stories.drain(tx, FanOutSlice, fanout.deliver_slice)
    assert tx.value(ENTRIES) == 3
    fanout.remove(tx, PostDeleted(post=post, author=ada.id, uri="", visibility=0, local=True))
    assert stories.drain(tx, ForgetSlice, fanout.remove_slice) == 2
    assert tx.value(ENTRIES) == 0


def test_a_post_that_is_gone_before_its_delivery_is_no_error(tx, ada):
    """Deleted within the second: the job must not be tried eight times."""
    fanout.deliver_slice(tx, FanOutSlice(post=7, author=ada.id, after=0))
    assert tx.value(ENTRIES) == 0
