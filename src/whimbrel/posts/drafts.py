"""Drafts: what somebody began to write, kept here, sealed, until it is finished or thrown away.

A draft is what stood in the form, whether it makes a post or not. Its files wait with it."""

from collections.abc import Iterable
from contextlib import suppress

import msgspec

from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import MAX_ID, moment, new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.media import attach
from whimbrel.media import queries as media
from whimbrel.media.rules import KEPT

from . import delete, queries
from .queries import acts, scheduled, writing
from .queries import drafts as kept
from .queries.drafts import Kept
from .rules import Unfinished

MOST = 100  # drafts of one person
LONGEST = 64 * 1024  # bytes of one

_encode = msgspec.json.Encoder().encode


def save(tx: Tx, viewer: Viewer, unfinished: Unfinished, id_: int | None = None) -> int:
    """Keep what somebody wrote so far.

    Args:
        id_: the draft that this goes on with; a new one where it is gone meanwhile.
    Returns:
        Its id.
    Raises:
        Invalid: too many, or too long.
        NotFound: the viewer is gone.
    """
    tx.lock("drafts", viewer.id)
    if len(_encode(unfinished)) > LONGEST:
        raise Invalid(say("This is too long for a draft. Shorten it, or keep it elsewhere."))
    slot = writing.writer(tx, viewer.id).slot
    before = None if id_ is None else find(tx, viewer, id_)
    if before is None:
        if kept.count(tx, viewer.id) >= MOST:
            raise Invalid(
                say("You keep %(most)s drafts, which is all there is room for.", most=MOST)
            )
        now = Kept(new_id(tx.now), viewer.id, unfinished, tx.slot(), tx.ms)
        kept.add(tx, now, slot)
    else:
        now = before._replace(unfinished=unfinished, slot=tx.slot(), at=tx.ms)
        kept.change(tx, now, slot, before)
        _release(tx, viewer, before, unfinished.files)
    if unfinished.files:
        media.keep(tx, viewer.id, unfinished.files, None)
    return now.id


def find(tx: Tx, viewer: Viewer, id_: int) -> Kept | None:
    """One of the viewer's, if it is still there."""
    try:
        return kept.own(tx, viewer.id, id_)
    except NotFound:
        return None


def discard(tx: Tx, viewer: Viewer, id_: int) -> None:
    """Throw one away. Raises NotFound: it is gone already, or nobody's of theirs."""
    if find(tx, viewer, id_) is None:
        raise NotFound
    finish(tx, viewer, id_)


def finish(tx: Tx, viewer: Viewer, id_: int, used: Iterable[int] = ()) -> None:
    """A draft is no draft any more: it became something, or was thrown away. Where it is gone
    already nothing happens.

    Args:
        used: its files that something else has now; the others can be used for a day.
    """
    tx.lock("drafts", viewer.id)
    draft = find(tx, viewer, id_)
    if draft is not None:
        kept.remove(tx, draft)
        _release(tx, viewer, draft, used)


def _release(tx: Tx, viewer: Viewer, draft: Kept, used: Iterable[int]) -> None:
    held = set(used)
    if draft.unfinished.replaces is not None:
        with suppress(NotFound):  # called off or published meanwhile: it holds nothing
            held |= {*scheduled.own(tx, viewer.id, draft.unfinished.replaces).draft.media}
    left = [id_ for id_ in draft.unfinished.files if id_ not in held]
    attach.keep(tx, viewer.id, left, tx.ms + KEPT)


def mine(tx: Tx, viewer: Viewer, most: int, high: int = MAX_ID) -> list[Kept]:
    """The viewer's, the latest begun first."""
    return kept.page(tx, viewer.id, high, most)


def of_post(tx: Tx, viewer: Viewer, post_id: int) -> Unfinished:
    """One's own post, to be changed. Raises NotFound: not the viewer's, or a boost."""
    post = queries.own_post(tx, viewer, post_id)
    content = post.content
    if content is None:
        raise NotFound
    poll = None if post.poll is None else acts.poll_row(tx, post.poll)
    return Unfinished(
        text=content.text,
        spoiler=content.spoiler,
        sensitive=post.sensitive,
        language=post.language or "",
        visibility=post.visibility.word,
        reply_to=post.reply_to,
        quoted=content.quoted,
        quote_policy=post.quote_policy.word,
        media=tuple(int(each.id) for each in content.media),
        options=content.options,
        multiple=poll is not None and poll.multiple,
        hide_totals=poll is not None and poll.hide_totals,
        edits=post.id,
    )


def of_scheduled(tx: Tx, viewer: Viewer, id_: int) -> Unfinished:
    """One that waits, to be changed. Raises NotFound."""
    row = scheduled.own(tx, viewer.id, id_)
    draft, poll = row.draft, row.draft.poll
    return Unfinished(
        text=draft.text,
        spoiler=draft.spoiler,
        sensitive=bool(draft.sensitive),
        language=draft.language or "",
        visibility="" if draft.visibility is None else draft.visibility.word,
        reply_to=draft.reply_to,
        quoted=draft.quoted,
        quote_policy="" if draft.quote_policy is None else draft.quote_policy.word,
        media=draft.media,
        options=poll.options if poll else (),
        expires_in=str(poll.expires_in) if poll else "",
        multiple=poll is not None and poll.multiple,
        hide_totals=poll is not None and poll.hide_totals,
        scheduled_at=moment(row.due).strftime("%Y-%m-%dT%H:%M"),
        replaces=row.id,
    )


def redraft(tx: Tx, viewer: Viewer, post_id: int) -> int:
    """Delete one's own post and keep what it said as a draft, its files with it.

    Returns:
        The id of the draft.
    Raises:
        NotFound: not the viewer's, or a boost.
        Invalid: as `save`.
    Emits: PostDeleted
    """
    said = of_post(tx, viewer, post_id)
    delete.delete(tx, viewer, post_id)
    return save(tx, viewer, msgspec.structs.replace(said, edits=None))
