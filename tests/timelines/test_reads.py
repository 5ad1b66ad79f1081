"""Timelines that are looked up: what is in them, in which order, and for whose eyes."""

import pytest
import stories

import people
from whimbrel.accounts.rules import STRANGER
from whimbrel.core.errors import NotFound
from whimbrel.posts.rules import Mark, Visibility
from whimbrel.timelines import lists, reads
from whimbrel.timelines.lists import ListForm
from whimbrel.timelines.rules import AccountFilter, TagFilter, Window

NEWEST = Window(most=40)


def ids(rows):
    return [row[0] for row in rows]


def test_public_is_what_everybody_says_to_everybody(tx, ada, bob, eve):
    """No boosts, no halves of conversations, nothing unlisted, nobody silenced or muted."""
    loud = people.make(tx, "loud", silenced_at=1)
    gone = people.make(tx, "gone", suspended_at=1)
    post = stories.write(tx, ada)
    for visibility in (Visibility.UNLISTED, Visibility.PRIVATE, Visibility.DIRECT):
        stories.write(tx, ada, visibility=visibility)
    stories.write(tx, ada, reply_to_author=bob.id)
    thread = stories.write(tx, ada, reply_to_author=ada.id)
    stories.write(tx, bob, boost_of=post)
    stories.write(tx, loud)
    stories.write(tx, gone)
    abroad = stories.write(tx, bob, local=False, media_count=1)
    for viewer in (STRANGER, eve):
        assert ids(reads.public(tx, viewer, NEWEST)) == [abroad, thread, post]
        assert ids(reads.public(tx, viewer, NEWEST, local=True)) == [thread, post]
        assert ids(reads.public(tx, viewer, NEWEST, local=False)) == [abroad]
        assert ids(reads.public(tx, viewer, NEWEST, only_media=True)) == [abroad]
    stories.mute(tx, eve, bob)
    stories.block(tx, ada, eve)
    assert reads.public(tx, eve, NEWEST) == []


def test_a_closed_tag_has_no_posts(tx, ada):
    """Moderators close it because of what is to be read there; neither by itself nor with others
    is it a way in."""
    both = stories.tagged(tx, ada, "cats", "dogs")
    stories.tagged(tx, ada, "dogs")
    stories.close(tx, "dogs")

    def found(*any_, **rest):
        return ids(reads.tag(tx, STRANGER, NEWEST, TagFilter(any=any_, **rest)))

    assert found("dogs") == []
    assert found("cats", all=("dogs",)) == []
    assert found("cats") == found("cats", "dogs") == [both]
    assert found("cats", none=("dogs",)) == []


def test_tags_can_be_combined(tx, ada, bob):
    """`any`, `all` and `none`, as columns of tags in apps use them."""
    cats = stories.tagged(tx, ada, "cats")
    both = stories.tagged(tx, ada, "cats", "dogs")
    dogs = stories.tagged(tx, ada, "dogs", media_count=2)
    stories.tagged(tx, ada, "cats", visibility=Visibility.UNLISTED)
    reply = stories.tagged(tx, bob, "birds", "dogs", "cats", reply_to_author=ada.id)

    def found(*any_, **rest):
        return ids(reads.tag(tx, STRANGER, NEWEST, TagFilter(any=any_, **rest)))

    assert found("cats") == [reply, both, cats]
    assert found("cats", "dogs", "nothing") == [reply, dogs, both, cats]
    assert found("cats", all=("dogs",)) == [reply, both]
    assert found("cats", all=("dogs", "birds")) == [reply]
    assert found("cats", none=("dogs", "nothing")) == [cats]
    assert found("cats", "dogs", all=("cats",), none=("birds",)) == [both, cats]
    assert found("dogs", only_media=True) == [dogs]
    assert found("cats", local=False) == []
    assert found("nothing") == []


def test_an_account_shows_each_what_they_may_see(tx, ada, bob, eve):
    """Followers see private posts, who is named direct ones, the blocked nothing."""
    stories.follow(tx, bob, ada)
    post = stories.write(tx, ada)
    private = stories.write(tx, ada, visibility=Visibility.PRIVATE)
    direct = stories.write(tx, ada, visibility=Visibility.DIRECT, named=(eve,))
    hidden = stories.write(tx, bob, visibility=Visibility.PRIVATE)
    boost = stories.write(tx, ada, boost_of=hidden)

    def seen(viewer, **wanted):
        return ids(reads.account(tx, viewer, ada.id, NEWEST, AccountFilter(**wanted)))

    assert seen(STRANGER) == [post]
    assert seen(bob) == [boost, private, post]
    assert seen(eve) == [direct, post]
    assert seen(ada) == [direct, private, post]  # she does not follow Bob any more
    stories.block(tx, ada, eve)
    assert seen(eve) == []


def test_an_account_can_be_narrowed_down(tx, ada, bob):
    """The tabs of a profile: posts, posts and replies, media, a featured tag."""
    post = stories.write(tx, ada, media_count=1)
    reply = stories.write(tx, ada, reply_to_author=bob.id)
    thread = stories.write(tx, ada, reply_to_author=ada.id)
    cats = stories.tagged(tx, ada, "cats")
    boost = stories.write(tx, ada, boost_of=stories.write(tx, bob))

    def seen(**wanted):
        return ids(reads.account(tx, bob, ada.id, NEWEST, AccountFilter(**wanted)))

    assert seen() == [boost, cats, thread, reply, post]
    assert seen(exclude_replies=True) == [boost, cats, thread, post]
    assert seen(exclude_reblogs=True) == [cats, thread, reply, post]
    assert seen(only_media=True) == [post]
    assert seen(tagged="cats") == [cats]
    stories.mark(tx, ada, cats, Mark.PIN)
    stories.mark(tx, ada, post, Mark.PIN)
    assert ids(reads.pinned(tx, bob, ada.id, NEWEST)) == [post, cats]
    for wanted in (reads.pinned, lambda *a: reads.account(*a, AccountFilter())):
        with pytest.raises(NotFound):
            wanted(tx, bob, 7, NEWEST)


def test_marks_are_in_the_order_they_were_made(tx, ada, bob):
    """Not in the order of the posts; and nobody else's."""
    posts = [stories.write(tx, ada) for _ in range(4)]
    for at in (2, 0, 3):
        stories.mark(tx, bob, posts[at], Mark.BOOKMARK)
    stories.mark(tx, bob, posts[1], Mark.FAVOURITE)
    stories.mark(tx, ada, posts[1], Mark.BOOKMARK)
    rows = reads.marked(tx, bob, Mark.BOOKMARK, NEWEST)
    assert ids(rows) == [posts[3], posts[0], posts[2]]
    older = reads.marked(tx, bob, Mark.BOOKMARK, NEWEST._replace(high=rows[0][reads.MARKED]))
    assert ids(older) == [posts[0], posts[2]]
    assert ids(reads.marked(tx, bob, Mark.FAVOURITE, NEWEST)) == [posts[1]]


def test_a_list_has_the_posts_of_its_members(tx, ada, bob, eve):
    """And of nobody else; not even of one's own list does a stranger learn that it exists."""
    dan = people.make(tx, "dan")
    for member in (ada, eve):
        stories.follow(tx, bob, member)
    made = lists.create(tx, bob, ListForm(title="friends"))
    lists.add(tx, bob, int(made.id), [ada.id, eve.id, bob.id])
    post = stories.write(tx, ada, visibility=Visibility.PRIVATE)
    to_member = stories.write(tx, ada, reply_to_author=eve.id)
    to_dan = stories.write(tx, ada, reply_to_author=dan.id)
    to_bob = stories.write(tx, eve, reply_to_author=bob.id)
    own = stories.write(tx, bob)
    boost = stories.write(tx, eve, boost_of=stories.write(tx, dan))
    stories.write(tx, dan)
    stories.write(tx, ada, visibility=Visibility.DIRECT, named=(bob,))

    def shown(policy):
        lists.update(tx, bob, int(made.id), ListForm(replies_policy=policy))
        return ids(reads.list_(tx, bob, int(made.id), NEWEST))

    assert shown("list") == [boost, own, to_bob, to_member, post]
    assert shown("none") == [boost, own, to_bob, post]
    stories.follow(tx, bob, dan)
    other = lists.create(tx, bob, ListForm(title="elsewhere"))
    lists.add(tx, bob, int(other.id), [dan.id])
    assert shown("list") == [boost, own, to_bob, to_member, post]
    assert shown("followed") == [boost, own, to_bob, to_dan, to_member, post]
    stories.mute(tx, bob, eve)
    assert shown("list") == [own, to_member, post]
    with pytest.raises(NotFound):
        reads.list_(tx, ada, int(made.id), NEWEST)


def test_a_follow_without_boosts_counts_in_lists_too(tx, ada, bob, eve):
    """As in the home."""
    stories.follow(tx, bob, ada, reblogs=False, languages="de")
    made = lists.create(tx, bob, ListForm(title="friends"))
    lists.add(tx, bob, int(made.id), [ada.id])
    stories.write(tx, ada, boost_of=stories.write(tx, eve))
    stories.write(tx, ada, language="en")
    post = stories.write(tx, ada, language="de")
    assert ids(reads.list_(tx, bob, int(made.id), NEWEST)) == [post]


def test_pages_go_both_ways(tx, ada, bob):
    """`min_id` gives the page just above, still newest first, not the newest of all."""
    posts = [stories.write(tx, ada) for _ in range(9)]
    window = Window(low=posts[2], most=3, ascending=True)
    for read in (
        lambda w: reads.public(tx, bob, w),
        lambda w: reads.account(tx, bob, ada.id, w, AccountFilter()),
    ):
        assert ids(read(window)) == posts[3:6][::-1]
        assert ids(read(Window(low=posts[2], most=3))) == posts[6:][::-1]
        assert ids(read(Window(high=posts[2], most=3))) == posts[:2][::-1]


def test_each_page_is_one_statement(tx, ada, bob):
    """Bodies and the token are the two others; a tag is first found by its word."""
    stories.follow(tx, bob, ada)
    made = lists.create(tx, bob, ListForm(title="friends"))
    lists.add(tx, bob, int(made.id), [ada.id])
    stories.mark(tx, bob, stories.tagged(tx, ada, "cats"), Mark.FAVOURITE)
    both = TagFilter(any=("cats", "dogs"))
    stories.tagged(tx, bob, "dogs", visibility=Visibility.PRIVATE)
    for read, statements in (
        (lambda: reads.public(tx, bob, NEWEST), 1),
        (lambda: reads.tag(tx, bob, NEWEST, both), 3),
        (lambda: reads.account(tx, bob, ada.id, NEWEST, AccountFilter()), 1),
        (lambda: reads.list_(tx, bob, int(made.id), NEWEST), 1),
        (lambda: reads.marked(tx, bob, Mark.FAVOURITE, NEWEST), 1),
    ):
        before = tx.queries
        assert len(read()) == 1
        assert tx.queries == before + statements
