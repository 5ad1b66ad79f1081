"""Who hears of quotes, and whom streams spare them."""

import stories
from test_notify import handle, told

from whimbrel.posts.edit import edit
from whimbrel.posts.events import PostEdited, PostQuoted
from whimbrel.posts.publish import publish
from whimbrel.posts.quote import revoke
from whimbrel.posts.rules import Draft, Visibility
from whimbrel.timelines import quoted
from whimbrel.timelines.events import Notified, QuotedSlice
from whimbrel.timelines.streaming import audience


def quoting(tx, viewer, post, **more):
    quote = publish(tx, viewer, Draft(text="look", quoted=post.id, **more))
    event = PostQuoted(post=quote.id, author=viewer.id, quoted=post.id)
    assert event in tx.emitted
    handle(tx, quoted.tell_of_quote, event)
    return quote


def edited(tx, viewer, post):
    edit(tx, viewer, post.id, Draft(text="something else"))
    handle(tx, quoted.tell_of_edit, PostEdited(post=post.id, author=viewer.id))


def test_whoever_is_quoted_hears_of_it_once(tx, ada, bob):
    """With the post that quotes; one's own quotes are no news."""
    post = publish(tx, ada, Draft(text="x"))
    quote = quoting(tx, bob, post)
    quoting(tx, ada, post)
    assert told(tx, ada) == [("quote", "bob", quote.id)]
    assert told(tx, bob) == []
    assert [event.account for event in tx.emitted if isinstance(event, Notified)] == [ada.id]


def test_nobody_hears_of_a_quote_they_may_not_see(tx, ada, bob):
    """That somebody talks about one among their friends is theirs."""
    post = publish(tx, ada, Draft(text="x"))
    quoting(tx, bob, post, visibility=Visibility.PRIVATE)
    assert told(tx, ada) == []
    other = publish(tx, ada, Draft(text="y"))
    stories.mute(tx, ada, bob, notifications=True)
    quoting(tx, bob, other)
    assert told(tx, ada) == []


def test_whoever_quotes_hears_of_an_edit(tx, ada, bob, eve):
    """What they said was about other words. Whoever was taken out, or blocked since, does not."""
    post = publish(tx, ada, Draft(text="x"))
    quote, gone = quoting(tx, bob, post), quoting(tx, eve, post)
    revoke(tx, ada, post.id, gone.id)
    edited(tx, ada, post)
    assert told(tx, bob) == [("quoted_update", "ada", quote.id)]
    assert told(tx, eve) == []
    stories.block(tx, ada, bob)
    edit(tx, ada, post.id, Draft(text="again"))
    handle(tx, quoted.tell_of_edit, PostEdited(post=post.id, author=ada.id))
    assert len(told(tx, bob)) == 1


def test_many_who_quote_are_told_slice_by_slice(tx, ada, bob, monkeypatch):
    """Nobody holds the writer for the author of a famous post."""
    monkeypatch.setattr(quoted, "SLICE", 2)
    post = publish(tx, ada, Draft(text="x"))
    for _ in range(3):
        quoting(tx, bob, post)
    edit(tx, ada, post.id, Draft(text="y"))
    quoted.tell_of_edit(tx, PostEdited(post=post.id, author=ada.id))
    assert len(told(tx, bob)) == 2
    (slice_,) = [event for event in tx.emitted if isinstance(event, QuotedSlice)]
    handle(tx, quoted.tell_slice, slice_)
    assert len(told(tx, bob)) == 3


def test_streams_show_a_quote_to_nobody_who_may_not_see_it(tx, ada, bob, eve):
    """One payload goes to many readers: whom the quoted author blocks must not be among them."""
    post = publish(tx, ada, Draft(text="the quoted words"))
    quote = publish(tx, bob, Draft(text="look", quoted=post.id))
    payload, hidden = audience.of_homes(tx, quote.id)
    assert b"the quoted words" in payload and hidden == set()
    stories.block(tx, ada, eve)
    assert audience.of_homes(tx, quote.id)[1] == {eve.id}
    heard = audience.of_post(tx, quote.id, {"public": frozenset({0})})
    assert heard is not None and heard.hidden == {eve.id}
    assert audience.of_homes(tx, post.id)[1] == set()


def test_streams_show_nothing_that_is_for_followers_in_a_quote(tx, ada):
    """Who follows whom is not asked for each reader of a stream."""
    post = publish(tx, ada, Draft(text="the quoted words", visibility=Visibility.PRIVATE))
    quote = publish(tx, ada, Draft(text="look", quoted=post.id))
    payload, _ = audience.of_homes(tx, quote.id)
    assert b"the quoted words" not in payload
