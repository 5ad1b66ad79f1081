"""Editing: the same post in a new revision, under the same rules as writing it."""

import msgspec

from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid
from whimbrel.core.ids import moment, new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.media import attach, erase

from . import links, queries, quote
from .compose import Composed, compose, language_of, refuse_closed
from .delete import let_go
from .events import PollEnds, PostEdited
from .publish import ask, sensitive
from .queries import acts, history, tags, writing
from .rules import OPEN, Content, Draft, Poll, PollDraft, Post, Visibility


def edit(tx: Tx, viewer: Viewer, post_id: int, draft: Draft) -> Post:
    """Put a draft in the place of what a post said. Visibility and parent stay.

    Args:
        draft: all of it, as for `publish`; a poll that is not named is taken away, one that asks
            otherwise begins anew without votes.
    Returns:
        The post as it is now; the old one where nothing is different.
    Raises:
        NotFound: not the viewer's.
        Invalid: as for `publish`; a boost.
    Emits: PostEdited, where something changed, PollEnds where a poll's end did, TagsGone where a
        tag was its last
    Source: Mastodon REST API, PUT /api/v1/statuses/:id
    """
    tx.lock("post", post_id)
    if draft.quote_policy is not None:
        quote.set_policy(tx, viewer, post_id, draft.quote_policy)
    old = queries.own_post(tx, viewer, post_id)
    if old.content is None:
        raise Invalid(say("A boost cannot be edited."))
    if old.visibility is Visibility.WITHHELD:
        raise Invalid(say("The staff hid this post, so it cannot be edited."))
    draft = msgspec.structs.replace(draft, quoted=old.content.quoted)
    writer = writing.writer(tx, viewer.id)
    for each in draft.described:
        on = old.id if str(each.id) in {medium.id for medium in old.content.media} else None
        attach.describe(
            tx, viewer.id, each.id, description=each.description, focus=each.focus, post=on
        )
    media = attach.take(tx, viewer.id, draft.media, old.id)
    composed = compose(tx, draft, media)
    poll = _edit_poll(tx, old, composed)
    new = msgspec.structs.replace(
        old,
        content=_with_card(old, composed),
        poll=poll,
        sensitive=writer.covered
        or sensitive(draft.sensitive, old.sensitive, composed.content.spoiler),
        language=language_of(draft.language, old.language),
        media_count=len(media),
    )
    if new == old:
        return old
    # The new words have a key of their own; the old ones keep theirs until the post is deleted.
    new = msgspec.structs.replace(new, slot=tx.slot(), edited_at=tx.ms, rev=old.rev + 1)
    history.keep(tx, old.id)
    writing.change(tx, new, writer.slot)
    _rename(tx, new, composed)
    left = attach.bind(tx, new.id, [row.id for row in media], shielded=new.visibility not in OPEN)
    erase.forget(tx, left)
    if new.content is None or new.content.card is None:
        let_go(tx, links.drop(tx, new.id))
        links.ask(tx, new, composed.link)
    tx.emit(PostEdited(post=new.id, author=new.author))
    return new


def _with_card(old: Post, composed: Composed) -> Content:
    """The new words, with the card of the old ones as long as they lead to the same page."""
    before = old.content
    if before is None or before.card is None or links.first(before.text) != composed.link:
        return composed.content
    return msgspec.structs.replace(composed.content, card=before.card)


def _rename(tx: Tx, post: Post, composed: Composed) -> None:
    writing.unmention(tx, post.id)
    writing.mention(tx, post.id, composed.mentions)
    carried = tags.of_post(tx, post.id)
    tags.take(tx, post.id)
    refuse_closed(tags.put(tx, post.id, composed.tags))
    let_go(tx, carried)


def _edit_poll(tx: Tx, old: Post, composed: Composed) -> int | None:
    """The poll that the post has now. The same question keeps its votes; another begins anew."""
    if old.poll is not None:
        tx.lock("poll", old.poll)
    before = None if old.poll is None else acts.poll_row(tx, old.poll)
    asked = composed.poll
    if before is not None and asked is not None and _same(before, old, asked):
        if asked.keeps_end:
            return before.id
        until = tx.ms + asked.expires_in * 1000
        if until != before.until:
            acts.move_poll(tx, before.id, until)
            writing.bump(tx, old.id)
            tx.emit(PollEnds(poll=before.id, post=old.id), due=moment(until))
        return before.id
    if before is not None:
        acts.drop_poll(tx, before.id)
    if asked is None:
        return None
    poll = new_id(tx.now)
    ask(tx, poll, old.id, asked)
    return poll


def _same(before: Poll, old: Post, asked: PollDraft) -> bool:
    options = old.content.options if old.content else ()
    return (asked.options, asked.multiple, asked.hide_totals) == (
        options,
        before.multiple,
        before.hide_totals,
    )
