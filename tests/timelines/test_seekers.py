"""Followed tags: what they bring home, to whom not, and what goes when they are left."""

import msgspec
import pytest
import stories
from sqlalchemy import select, update

import people
from whimbrel.accounts.events import Unfollowed
from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query, insert
from whimbrel.posts import follow_tag
from whimbrel.posts.events import PostDeleted, PostPublished, TagFollowed, TagUnfollowed
from whimbrel.posts.queries import tags
from whimbrel.posts.rules import Visibility
from whimbrel.timelines import fanout, homes
from whimbrel.timelines.events import ForgetTaggedSlice, SeekersSlice
from whimbrel.timelines.tables import homes as entries
from whimbrel.timelines.tables import list_members, lists, merged


def tag(tx, word):
    return tags.ids_of(tx, [word])[word]


def seek(tx, viewer, word):
    """`viewer` follows a tag, with what follows from it; twice, as after a crash."""
    follow_tag.follow(tx, viewer, word)
    for _ in range(2):
        homes.add_tagged(tx, TagFollowed(account=viewer.id, tag=tag(tx, word)))


def said(tx, author, *words, **facts):
    """A post with these tags, delivered twice, as after a crash."""
    post = stories.tagged(tx, author, *words, **facts)
    for _ in range(2):
        fanout.add_to_homes(tx, PostPublished(post=post, author=author.id))
    return post


def leave(tx, viewer, word):
    event = TagUnfollowed(account=viewer.id, tag=tag(tx, word))
    follow_tag.unfollow(tx, viewer, word)
    for _ in range(2):
        homes.remove_tagged(tx, event)


@pytest.fixture(autouse=True)
def at_home(tx, ada, bob, eve):
    """All have a home; Bob follows the tag, Eve nothing."""
    stories.settle_in(tx, ada, bob, eve)
    seek(tx, bob, "eel")


def test_a_post_comes_with_its_tag(tx, ada, bob, eve):
    """Whoever follows a tag waits for strangers' posts; whoever does not, does not."""
    post = said(tx, ada, "eel")
    said(tx, ada, "cod")
    stories.publish(tx, ada)
    assert stories.home(tx, bob) == [post]
    assert stories.home(tx, eve) == []


@pytest.mark.parametrize("level", [level for level in Visibility if level != Visibility.PUBLIC])
def test_only_what_is_public_comes(tx, ada, bob, level):
    """Unlisted posts are meant not to be found by their tags, the others not to be seen at all."""
    said(tx, ada, "eel", visibility=level)
    assert stories.home(tx, bob) == []


def test_who_is_not_wanted_does_not_come(tx, ada, bob, eve):
    """Blocks either way and mutes hold; so they do when they come later, at the reading."""
    post = said(tx, eve, "eel")
    stories.block(tx, bob, eve)
    stories.block(tx, ada, bob)
    muted = people.make(tx, "muted")
    stories.mute(tx, bob, muted)
    for author in (ada, eve, muted):
        said(tx, author, "eel")
    assert stories.home(tx, bob) == []
    stored = tx.rows(select(entries.c.post).where(entries.c.reader == bob.id))
    assert stored == [(post,)]


def test_the_limited_do_not_come(tx, ada, bob):
    """Moderators want them to be read by those alone who chose to."""
    tx.run(update(accounts).where(accounts.c.id == ada.account).values(silenced_at=1))
    said(tx, ada, "eel")
    seek(tx, bob, "cod")
    assert stories.home(tx, bob) == []


def test_who_is_kept_in_a_list_stays_there(tx, ada, bob):
    """An exclusive list takes somebody out of home, whatever they write about."""
    row = {"id": 7, "account": bob.id, "title": "x", "replies_policy": "list", "exclusive": True}
    tx.run(Query(insert(lists)), **row)
    tx.run(Query(insert(list_members)), list=7, account=ada.account)
    said(tx, ada, "eel")
    follow_tag.unfollow(tx, bob, "eel")
    seek(tx, bob, "eel")
    assert stories.home(tx, bob) == []


def test_two_ways_bring_one_entry(tx, ada, bob):
    """Bob follows Ada and two of her tags."""
    stories.follow(tx, bob, ada)
    seek(tx, bob, "cod")
    post = said(tx, ada, "eel", "cod")
    assert stories.home(tx, bob) == [post]


def test_many_seekers_are_reached_slice_by_slice(tx, ada, bob):
    """A tag with very many followers must not hold the writer, coming or going; who follows two
    tags of a post is one person all the same."""
    seekers = [people.make(tx, f"s{at}") for at in range(4)]
    stories.settle_in(tx, *seekers)
    for each in seekers:
        seek(tx, each, "eel")
        seek(tx, each, "cod")
    tx.instance = msgspec.structs.replace(tx.instance, fanout_slice=2)
    post = stories.tagged(tx, ada, "eel", "cod")
    tx.emitted.clear()
    fanout.add_to_homes(tx, PostPublished(post=post, author=ada.id))
    assert stories.drain(tx, SeekersSlice, fanout.deliver_to_seekers) == 2
    for each in (bob, *seekers):
        assert stories.home(tx, each) == [post]
    carried = (tag(tx, "eel"), tag(tx, "cod"))
    gone = PostDeleted(post=post, author=ada.id, uri="", visibility=0, local=True, tags=carried)
    tx.emitted.clear()
    fanout.remove(tx, gone)
    assert stories.drain(tx, ForgetTaggedSlice, fanout.remove_from_seekers) == 2
    assert tx.rows(select(entries.c.reader).where(entries.c.post == post)) == []


def test_what_was_said_before_comes_too(tx, ada, eve):
    """Whoever follows a tag would look at an unchanged home; and the same after being away."""
    posts = [said(tx, ada, "eel") for _ in range(3)]
    said(tx, ada, "eel", visibility=Visibility.UNLISTED)
    seek(tx, eve, "eel")
    assert stories.home(tx, eve) == posts[::-1]
    homes.remake(tx, eve)
    assert stories.home(tx, eve) == posts[::-1]


def test_a_tag_that_is_left_takes_its_posts_along(tx, ada, bob, eve):
    """But not one's own, those of friends, and those that another followed tag brings."""
    stories.follow(tx, bob, eve)
    seek(tx, bob, "cod")
    said(tx, ada, "eel")
    both = said(tx, ada, "eel", "cod")
    friend = said(tx, eve, "eel")
    own = said(tx, bob, "eel")
    leave(tx, bob, "eel")
    assert stories.home(tx, bob) == [own, friend, both]


def test_who_is_followed_no_more_stays_with_a_tag(tx, ada, bob):
    """Unfollowing somebody does not mean not wanting to hear of eels from them."""
    stories.follow(tx, bob, ada)
    kept = said(tx, ada, "eel")
    stories.publish(tx, ada)
    tx.run(follows.delete().where(follows.c.follower == bob.id))
    homes.remove_unfollowed(tx, Unfollowed(follower=bob.id, followee=ada.id))
    assert stories.home(tx, bob) == [kept]


def test_the_very_popular_come_with_a_tag(tx, ada, bob, eve):
    """Their posts are looked up for followers; others find them by the tag, and nobody twice."""
    tx.run(Query(insert(merged)), author=ada.id)
    stories.follow(tx, eve, ada)
    seek(tx, eve, "eel")
    post = said(tx, ada, "eel")
    assert stories.home(tx, bob) == stories.home(tx, eve) == [post]
    assert tx.rows(select(entries.c.post).where(entries.c.reader == eve.id)) == []


def test_who_is_away_is_not_delivered_to(tx, ada):
    """There is no home to write to; it is made anew on return, tags and all."""
    away = people.make(tx, "away")
    follow_tag.follow(tx, away, "eel")
    post = said(tx, ada, "eel")
    assert tx.rows(select(entries.c.post).where(entries.c.reader == away.id)) == []
    homes.rebuild(tx, away)
    assert stories.home(tx, away) == [post]


def test_a_closed_tag_brings_nothing(tx, ada, bob):
    """What moderators closed would reach most people through those who follow it; what came before
    stays, as it does where else it is read."""
    before = said(tx, ada, "eel")
    stories.close(tx, "eel")
    said(tx, ada, "eel")
    other = said(tx, ada, "eel", "cod")
    assert stories.home(tx, bob) == [before]
    homes.remake(tx, bob)
    assert stories.home(tx, bob) == []
    seek(tx, bob, "cod")
    assert stories.home(tx, bob) == [other]
