"""Live messages: after the commit or never, and readable in every process."""

import asyncio

from whimbrel.accounts.events import AccessRevoked
from whimbrel.core.errors import Invalid
from whimbrel.core.pubsub import LocalPubSub
from whimbrel.posts.events import PostDeleted, PostEdited, PostPublished
from whimbrel.timelines import live

MESSAGES = [
    live.HomeAdded(post=1, readers=(2, 3)),
    live.PostAdded(post=1, author=2),
    live.PostChanged(post=1, author=2),
    live.PostGone(post=1, author=2, visibility=3, tags=(7,), mentions=(4,)),
    live.NotificationAdded(account=1, notification=2),
    live.FiltersChanged(account=1),
    live.AccessEnded(account=1, tokens=(2,)),
]


def said(tx):
    return [live.heard(message) for channel, message in tx.said if channel == live.CHANNEL]


def test_every_message_arrives_as_it_was_said(tx):
    """Another process must read exactly what this one meant."""
    for message in MESSAGES:
        live.say(tx, message)
    assert said(tx) == MESSAGES


def test_handlers_say_what_has_happened(tx):
    """An event that is not passed on leaves every open stream behind the truth."""
    live.tell_added(tx, PostPublished(post=1, author=2))
    live.tell_changed(tx, PostEdited(post=1, author=2))
    gone = PostDeleted(
        post=1, author=2, uri="", visibility=2, local=True, boost_of=7, tags=(9,), mentions=(3,)
    )
    live.tell_gone(tx, gone)
    live.tell_revoked(tx, AccessRevoked(account=1, tokens=(5,)))
    assert said(tx) == [
        live.PostAdded(post=1, author=2),
        live.PostChanged(post=1, author=2),
        live.PostGone(post=1, author=2, visibility=2, boost_of=7, tags=(9,), mentions=(3,)),
        live.AccessEnded(account=1, tokens=(5,)),
    ]


def test_what_is_taken_back_is_not_said(tx):
    """A handler that fails must not have told anybody of a post that never was."""
    live.say(tx, MESSAGES[0])
    tx.savepoint("handler")
    live.say(tx, MESSAGES[1])
    tx.roll_back_to("handler")
    tx.savepoint("handler")
    live.say(tx, MESSAGES[2])
    tx.release("handler")
    assert said(tx) == [MESSAGES[0], MESSAGES[2]]


def test_only_what_is_durable_reaches_listeners(db):
    """A stream that shows a post whose commit failed shows something that does not exist."""

    def act(tx, message, error=None):
        live.say(tx, message)
        if error:
            raise error

    async def go():
        pubsub = LocalPubSub()
        db.publish = pubsub.publish
        listening = pubsub.subscribe(live.CHANNEL)
        await asyncio.gather(
            db.write(act, MESSAGES[0]),
            db.write(act, MESSAGES[1], Invalid("no")),
            return_exceptions=True,
        )
        await db.write(act, MESSAGES[2])
        first, second = await anext(listening), await anext(listening)
        return [live.heard(message) for _, message in (first, second)]

    assert asyncio.run(go()) == [MESSAGES[0], MESSAGES[2]]
