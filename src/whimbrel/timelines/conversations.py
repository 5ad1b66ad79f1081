"""Conversations: direct posts, kept for each who takes part by thread and by who else does.

Only a list of what is there: who may see a post is asked of the post each time it is shown."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec

from whimbrel.accounts import serialize as faces
from whimbrel.accounts.events import Blocked
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts.events import PostDeleted

from . import live, policy
from .queries import conversations as queries
from .queries import notifications, single
from .queries.conversations import Conversation, Direct
from .rules import Verdict, Window
from .serialize import EMPTY, Shown, by_post

_encode = msgspec.json.Encoder().encode


# --- kept up to date ------------------------------------------------------------------------------


def add(tx: Tx, post: int) -> None:
    """A direct post joins the conversations of its author and of whom it names, but not of those
    who do not want to hear of it. Those that have it already stay as they are."""
    found = queries.direct(tx, post)
    if found is None:
        return
    named = notifications.mentioned(tx, post, found.author)
    judged = policy.judge(tx, named, "mention", found.author, post)
    willing = [who for who, verdict in judged if verdict is Verdict.ACCEPT]
    for who in [found.author, *willing] if found.local else willing:
        _join(tx, who, post, found)


def forget_post(tx: Tx, event: PostDeleted) -> None:
    """Handler: a conversation goes back to the post before, or ends."""
    queries.step_back(tx, event.post)


def forget_blocked(tx: Tx, event: Blocked) -> None:
    """Handler: nobody keeps looking at whom they block."""
    queries.remove_with(tx, event.account, event.target)


def join(tx: Tx, viewer: int, post: int) -> None:
    """A direct post joins the viewer's conversations although it was held back at first."""
    found = queries.direct(tx, post)
    if found is not None:
        _join(tx, viewer, post, found)


def _join(tx: Tx, viewer: int, post: int, found: Direct) -> None:
    if queries.has_post(tx, viewer, post):
        return
    others = sorted({found.author, *found.named} - {viewer})
    said = f"{viewer} {found.thread} {others}"
    key = sha256(said.encode()).hexdigest()
    conversation = queries.open_(tx, viewer, found.thread, key, others)
    queries.add_post(tx, conversation, post, unread=found.author != viewer)
    live.say(tx, live.ConversationChanged(account=viewer, conversation=conversation))


# --- as apps ask ----------------------------------------------------------------------------------


def page(tx: Tx, viewer: Viewer, window: Window) -> Shown:
    """The viewer's conversations, the one with the newest post first.

    Source: Mastodon REST API, GET /api/v1/conversations
    """
    found = queries.page(tx, viewer.id, window)
    if not found:
        return EMPTY
    return Shown(_entities(tx, viewer, found), found[0].last, found[-1].last, len(found))


def show(tx: Tx, viewer: Viewer, conversation: int) -> bytes:
    """One of them. Raises NotFound."""
    found = queries.one(tx, viewer.id, conversation)
    if found is None:
        raise NotFound
    return _entities(tx, viewer, [found])[1:-1]


def remove(tx: Tx, viewer: Viewer, conversation: int) -> None:
    """Remove one from the viewer's list; the posts stay. Raises NotFound.

    Source: Mastodon REST API, DELETE /api/v1/conversations/:id
    """
    if not queries.remove(tx, viewer.id, conversation):
        raise NotFound


def read(tx: Tx, viewer: Viewer, conversation: int) -> bytes:
    """Mark one as read, and show it. Raises NotFound.

    Source: Mastodon REST API, POST /api/v1/conversations/:id/read
    """
    queries.mark(tx, viewer.id, conversation, unread=False)
    return show(tx, viewer, conversation)


def unread(tx: Tx, viewer: Viewer, conversation: int) -> bytes:
    """Mark one as not read, and show it. Raises NotFound.

    Source: Mastodon REST API, POST /api/v1/conversations/:id/unread
    """
    queries.mark(tx, viewer.id, conversation, unread=True)
    return show(tx, viewer, conversation)


def _entities(tx: Tx, viewer: Viewer, found: Sequence[Conversation]) -> bytes:
    """Mastodon's Conversation, as an array."""
    members = queries.members(tx, viewer.id, [each.id for each in found])
    people = faces.finished(tx, [key for keys in members.values() for key in keys])
    statuses = _statuses(tx, viewer, found)
    return _encode(
        [
            {
                "id": str(each.id),
                "unread": each.unread,
                "accounts": [
                    msgspec.Raw(people[id_]) for id_, _ in members[each.id] if id_ in people
                ],
                "last_status": _raw(statuses.get(each.id)),
            }
            for each in found
        ]
    )


def _statuses(tx: Tx, viewer: Viewer, found: Iterable[Conversation]) -> dict[int, bytes]:
    """For each conversation the newest status that the viewer may and wants to see."""
    last = {each.id: each.last for each in found if each.last is not None}
    cards = single.wanted_of(tx, viewer, last.values())
    seen = {card[0] for card in cards}
    for conversation, post in last.items():
        if post not in seen:
            earlier = queries.earlier(tx, conversation, post)
            left = single.wanted_of(tx, viewer, earlier)[:1]
            cards += left
            last[conversation] = left[0][0] if left else post
    made = by_post(tx, viewer, cards, "thread")
    return {id_: made[post] for id_, post in last.items() if post in made}


def _raw(made: bytes | None) -> msgspec.Raw | None:
    return None if made is None else msgspec.Raw(made)
