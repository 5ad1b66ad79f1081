"""Tags: what is told of one, following and showing it, and that no word outlives its use."""

import pytest
from sqlalchemy import func, select

import people
from whimbrel.accounts import block
from whimbrel.accounts.circles import Window
from whimbrel.accounts.events import AccountErased
from whimbrel.accounts.rules import STRANGER
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import MAX_ID
from whimbrel.discovery import serialize, tags
from whimbrel.posts import follow_tag
from whimbrel.posts.delete import delete
from whimbrel.posts.events import TagFollowed, TagFollowsLeft, TagsGone, TagUnfollowed
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility
from whimbrel.posts.tables import tags as stored

ALL = Window(0, MAX_ID, False, 200)


def words(tx):
    """How many tags there are, used or not."""
    return tx.value(select(func.count()).select_from(stored))


def followed(tx, viewer, window=ALL):
    return [tag.name for tag in tags.following(tx, viewer, window)[1]]


def kinds(tx, kind):
    return [event for event in tx.emitted if isinstance(event, kind)]


def test_a_tag_nobody_used(tx, ada):
    """An app opens the page of any word somebody types; 404 would look like a broken server."""
    for viewer, own in ((STRANGER, None), (ada, False)):
        tag = tags.show(tx, viewer, "#Never")
        assert (tag.name, tag.following, tag.featuring) == ("never", own, own)
        assert len(tag.history) == 7
        assert all(day.uses == day.accounts == 0 for day in tag.history)
    assert words(tx) == 0
    for nonsense in ("", "#", "two words", "123", "x" * 101):
        with pytest.raises(NotFound):
            tags.show(tx, ada, nonsense)


def test_who_asks_learns_nothing_of_letters(tx, ada, bob):
    """A word that stands in a direct message only answers as one that nobody ever used."""
    unknown = serialize.tag(tx.instance, tags.show(tx, STRANGER, "secret"))
    publish(tx, ada, Draft(text="#secret", visibility=Visibility.DIRECT))
    assert serialize.tag(tx.instance, tags.show(tx, STRANGER, "secret")) == unknown


def test_following(tx, ada, bob):
    """Again is once, in whatever spelling, and it is one's own."""
    assert follow_tag.follow(tx, ada, "Café") == "cafe"
    follow_tag.follow(tx, ada, "CAFE")
    assert followed(tx, ada) == ["cafe"]
    assert tags.show(tx, ada, "cafe").following is True
    assert tags.show(tx, bob, "cafe").following is False
    assert tags.show(tx, STRANGER, "cafe").following is None
    (event,) = kinds(tx, TagFollowed)
    assert event.account == ada.account
    with pytest.raises(NotFound):
        follow_tag.follow(tx, ada, "two words")


def test_what_nobody_follows_any_more_is_forgotten(tx, ada, bob):
    """The word one wanted to read of would stay in the database for whoever takes it away."""
    follow_tag.follow(tx, ada, "rash")
    follow_tag.follow(tx, bob, "rash")
    follow_tag.unfollow(tx, ada, "rash")
    follow_tag.unfollow(tx, ada, "rash")
    follow_tag.unfollow(tx, ada, "never")
    assert (words(tx), len(kinds(tx, TagUnfollowed))) == (1, 1)
    follow_tag.unfollow(tx, bob, "rash")
    assert (words(tx), len(kinds(tx, TagsGone))) == (0, 1)


def test_a_followed_tag_outlives_the_posts_that_used_it(tx, ada, bob):
    """Whoever follows it waits for the next one."""
    follow_tag.follow(tx, bob, "eel")
    post = publish(tx, ada, Draft(text="#eel"))
    delete(tx, ada, post.id, delete_media=True)
    assert followed(tx, bob) == ["eel"]


def test_there_is_an_end_to_following(tx, ada, monkeypatch):
    """Each tag is looked at when a home is made anew."""
    monkeypatch.setattr(follow_tag, "MOST", 1)
    follow_tag.follow(tx, ada, "one")
    follow_tag.follow(tx, ada, "one")
    with pytest.raises(Invalid):
        follow_tag.follow(tx, ada, "two")


def test_an_erased_account_follows_and_shows_nothing(tx, ada, bob, monkeypatch):
    """What somebody cared for goes with them, some at a time, and so do the words."""
    monkeypatch.setattr(follow_tag, "SLICE", 2)
    for word in ("a1", "a2", "a3"):
        follow_tag.follow(tx, ada, word)
    tags.feature(tx, ada, "a3")
    tags.feature(tx, ada, "a4")
    follow_tag.follow(tx, bob, "a1")
    erased = AccountErased(account=ada.account, uri="")
    for _ in range(2):
        tags.forget_all_of(tx, erased)
    follow_tag.forget_all_of(tx, erased)
    assert kinds(tx, TagFollowsLeft) == [TagFollowsLeft(account=ada.account)]
    for _ in range(2):
        follow_tag.forget_more(tx, TagFollowsLeft(account=ada.account))
    assert followed(tx, ada) == []
    assert followed(tx, bob) == ["a1"]
    assert words(tx) == 1


# --- on profiles ------------------------------------------------------------------------------


def shown(tx, viewer, whose):
    found = tags.featured_by(tx, viewer, whose.account)
    return sorted((tag.name, tag.uses, tag.last) for tag in found)


def test_featured_tags_count_what_all_may_read(tx, ada):
    """A count that knows of private posts tells of them."""
    for level in Visibility:
        publish(tx, ada, Draft(text="#eel", visibility=level))
    tags.feature(tx, ada, "Eel")
    tags.feature(tx, ada, "eel")
    tags.feature(tx, ada, "unused")
    assert shown(tx, STRANGER, ada) == [("eel", 2, tx.ms), ("unused", 0, None)]
    found = tags.featured_by(tx, ada, ada.account)
    entities = {tag.name: serialize.featured_tag(tx.instance, tag) for tag in found}
    assert entities["eel"]["statuses_count"] == "2"
    assert entities["eel"]["last_status_at"] == "2026-11-25"
    assert tags.show(tx, ada, "eel").featuring is True


def test_taking_one_off(tx, ada, bob):
    """By its word or by its number, but only one's own."""
    eel, cod = tags.feature(tx, ada, "eel"), tags.feature(tx, ada, "cod")
    with pytest.raises(NotFound):
        tags.remove(tx, bob, eel.id)
    tags.remove(tx, ada, eel.id)
    tags.unfeature(tx, ada, "#Cod")
    tags.unfeature(tx, ada, "cod")
    tags.unfeature(tx, ada, "no tag at all")
    with pytest.raises(NotFound):
        tags.remove(tx, ada, cod.id)
    assert shown(tx, ada, ada) == []
    assert words(tx) == 0


def test_ten_at_most(tx, ada, bob):
    """As the instance says."""
    for at in range(tags.MOST_FEATURED):
        tags.feature(tx, ada, f"t{at}")
    tags.feature(tx, ada, "t3")
    for wrong in ("onetoomany", "two words", ""):
        with pytest.raises(Invalid):
            tags.feature(tx, ada, wrong)


def test_suggested_are_those_one_uses(tx, ada):
    """The tag one writes with every day is the likeliest to be shown."""
    for text in ("#eel", "#eel #cod", "#cod #eel #ray"):
        publish(tx, ada, Draft(text=text))
    publish(tx, ada, Draft(text="#private", visibility=Visibility.PRIVATE))
    tags.feature(tx, ada, "cod")
    assert [tag.name for tag in tags.suggested(tx, ada)] == ["eel", "ray"]


def test_nobody_is_shown_the_tags_of_who_blocks_them(tx, ada, bob):
    """Nor of somebody suspended, nor of nobody."""
    tags.feature(tx, ada, "eel")
    block.block(tx, ada, bob.account)
    assert shown(tx, bob, ada) == []
    gone = people.make(tx, "gone", suspended_at=1)
    tags.feature(tx, gone, "eel")
    assert shown(tx, ada, gone) == []
    with pytest.raises(NotFound):
        tags.featured_by(tx, ada, 5)
