"""Writing: a draft becomes a post, here and nowhere else.

Who is told afterwards (homes, other servers, notifications) is none of our business: we emit
PostPublished and stop."""

from datetime import timedelta
from hashlib import sha256

import msgspec

from whimbrel.accounts import moved
from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import Viewer
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.media import attach

from . import links, queries, quote
from .compose import Composed, compose, language_of, refuse_closed
from .events import PollEnds, PostPublished
from .queries import acts, tags, writing
from .queries.acts import Subject
from .queries.writing import Writer
from .rules import OPEN, VISIBILITY, Draft, Poll, PollDraft, Post, Visibility


def publish(tx: Tx, viewer: Viewer, draft: Draft) -> Post:
    """Store a draft as a post.

    Args:
        draft: 1 .. instance.post_chars characters with the content warning (an address counts 23);
            no text is fine beside media. With a key that was used within the hour: nothing new,
            the post of then.
    Returns:
        The post as stored: safe HTML, rev 1, at = tx.now (UTC).
    Raises:
        Invalid: empty, too long, media or a poll that do not fit, a tag that moderators closed.
        NotFound: reply_to is nothing the viewer may see, or quoted nothing they may quote; the
            viewer is gone.
        Forbidden: the viewer went to another account.
    Emits: PostPublished, PollEnds due when a poll closes, PostQuoted or QuoteAsked, LinkPosted
    Source: Mastodon REST API, POST /api/v1/statuses
    """
    writer = writing.writer(tx, viewer.id)
    if writer.moved:
        moved.refuse()
    id_ = new_id(tx.now)
    if draft.idempotency_key:
        key = sha256(draft.idempotency_key.encode()).hexdigest()
        earlier = writing.claim(tx, viewer.id, key, id_)
        if earlier is not None:
            return queries.own_post(tx, viewer, earlier)
    parent = None
    if draft.reply_to is not None:
        parent = acts.subject(tx, viewer, draft.reply_to)
    quoted = None
    if draft.quoted is not None:
        quoted = quote.check(tx, viewer, draft.quoted)
        draft = msgspec.structs.replace(draft, quoted=quoted[0])
    media = attach.take(tx, viewer.id, draft.media)
    composed = compose(tx, draft, media)
    post = _post(tx, id_, viewer, writer, draft, composed, parent, quoted)
    writing.add(tx, post, writer.slot)
    if composed.poll is not None and post.poll is not None:
        ask(tx, post.poll, post.id, composed.poll)
    attach.bind(tx, id_, [row.id for row in media], shielded=post.visibility not in OPEN)
    writing.mention(tx, id_, composed.mentions)
    refuse_closed(tags.put(tx, id_, composed.tags))
    count_in(tx, post, +1)
    if quoted is not None:
        quote.bind(tx, post, quoted)
    links.ask(tx, post, composed.link)
    tx.emit(PostPublished(post=id_, author=viewer.id))
    return post


def _post(
    tx: Tx,
    id_: int,
    viewer: Viewer,
    writer: Writer,
    draft: Draft,
    composed: Composed,
    parent: Subject | None,
    quoted: quote.Wanted | None,
) -> Post:
    visibility = quote.level(quoted, _visibility(writer, draft.visibility))
    return Post(
        id=id_,
        author=viewer.id,
        uri=None,
        url=None,
        visibility=visibility,
        reply_to=parent.id if parent else None,
        reply_to_author=parent.author if parent else None,
        thread=parent.thread if parent else id_,
        poll=new_id(tx.now) if composed.poll else None,
        boost_of=None,
        content=composed.content,
        slot=tx.slot(),
        sensitive=writer.covered
        or sensitive(draft.sensitive, writer.sensitive, composed.content.spoiler),
        language=language_of(draft.language, writer.language),
        app=viewer.app,
        local=True,
        media_count=len(composed.content.media),
        at=tx.ms,
        edited_at=None,
        rev=1,
        replies=0,
        boosts=0,
        favourites=0,
        quote_policy=quote.policy(draft.quote_policy, writer.quote_policy, visibility),
    )


def _visibility(writer: Writer, wanted: Visibility | None) -> Visibility:
    chosen = VISIBILITY[writer.visibility] if wanted is None else wanted
    if chosen is Visibility.PUBLIC and writer.silenced:
        return Visibility.UNLISTED
    return chosen


def sensitive(wanted: bool | None, default: bool, spoiler: str) -> bool:
    """Whether media are covered: as asked, else as the writer always does; behind a warning too."""
    return bool(spoiler) or (default if wanted is None else wanted)


def ask(tx: Tx, poll: int, post: int, draft: PollDraft) -> None:
    """Open a poll. Emits: PollEnds, due when it closes."""
    due = tx.now + timedelta(seconds=draft.expires_in)
    acts.add_poll(
        tx,
        Poll(
            id=poll,
            post=post,
            multiple=draft.multiple,
            hide_totals=draft.hide_totals,
            until=tx.ms + draft.expires_in * 1000,
            counts=(0,) * len(draft.options),
            voters=0,
            closed=False,
        ),
    )
    tx.emit(PollEnds(poll=poll, post=post), due=due)


def count_in(tx: Tx, post: Post, by: int) -> None:
    """Move the counters a post is part of: its author's, its parent's if anybody may read it."""
    if post.visibility < Visibility.DIRECT:
        people.count(tx, post.author, statuses=by, last_status_at=post.at if by > 0 else None)
    if post.reply_to is not None and post.visibility in OPEN:
        writing.count(tx, post.reply_to, replies=by)
