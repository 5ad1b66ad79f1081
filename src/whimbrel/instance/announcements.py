"""Announcements: the operator says something to everybody, who put it away or an emoji under it."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts.queries import emojis
from whimbrel.accounts.rules import Account, Emoji, Viewer, shortcodes
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import millis, moment, new_id
from whimbrel.core.text import Parsed, parse, tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .events import (
    AnnouncementDue,
    AnnouncementPublished,
    AnnouncementReacted,
    AnnouncementRetracted,
)
from .pictographs import is_emoji
from .queries import announcements as queries
from .queries.announcements import Reaction
from .rules import ANNOUNCEMENT_CHARS, REACTIONS, SHORTCODE, Announcement, checked

_OWN_POST = re.compile(r"/@[A-Za-z0-9_]+/([0-9]{1,19})")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement with all that its entity takes."""

    announcement: Announcement
    words: Parsed
    mentioned: dict[tuple[str, str], Account]
    posts: dict[str, str]  # id to address, of our posts it links to
    emojis: list[Emoji]
    reactions: list[Reaction]
    read: bool | None  # None: nobody in particular reads it


def moment_of(text: str) -> int:
    """`2026-12-31T18:00`, perhaps with an offset (UTC otherwise), or a day, in ms.

    Raises:
        Invalid: no such time.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(
            say("%(text)s is no time such as 2026-12-31T18:00.", text=repr(text))
        ) from None
    return millis(at if at.tzinfo else at.replace(tzinfo=UTC))


def publish(
    tx: Tx,
    text: str,
    *,
    starts_at: int | None = None,
    ends_at: int | None = None,
    all_day: bool = False,
    publish_at: int | None = None,
) -> Announcement:
    """Say something to everybody.

    Args:
        text: plain; addresses, mentions, tags and emojis are found in it.
        starts_at: ms: when what it is about begins.
        ends_at: ms: when that ends; the announcement goes then.
        all_day: only the days of the two matter.
        publish_at: ms: when it is to be read; None = now.
    Raises:
        Invalid: empty or too long; an end without or before a beginning, or that is past.
    Emits: AnnouncementPublished, or AnnouncementDue for then; AnnouncementDue for its end
    """
    words = checked("An announcement", tidy(text), ANNOUNCEMENT_CHARS)
    at = tx.ms if publish_at is None else publish_at
    _check_span(tx, starts_at, ends_at, all_day)
    made = Announcement(
        id=new_id(tx.now),
        text=words,
        starts_at=starts_at,
        ends_at=ends_at,
        all_day=all_day,
        published_at=at,
        at=tx.ms,
    )
    queries.add(tx, made)
    if at > tx.ms:
        tx.emit(AnnouncementDue(announcement=made.id), due=moment(at))
    else:
        tx.emit(AnnouncementPublished(announcement=made.id))
    if ends_at is not None:
        tx.emit(AnnouncementDue(announcement=made.id), due=moment(ends_at))
    return made


def _check_span(tx: Tx, starts_at: int | None, ends_at: int | None, all_day: bool) -> None:
    if all_day and (starts_at is None or ends_at is None):
        raise Invalid(say("What lasts whole days has a beginning and an end."))
    if ends_at is None:
        return
    if starts_at is None or ends_at < starts_at:
        raise Invalid(say("It ends before it begins, or has no beginning."))
    if ends_at <= tx.ms:
        raise Invalid(say("It is over already."))


def settle(tx: Tx, event: AnnouncementDue) -> None:
    """Handler: its time has come, or is over.

    Emits: AnnouncementPublished, AnnouncementRetracted
    """
    found = queries.one(tx, event.announcement)
    if found is None:
        return
    if found.ends_at is not None and found.ends_at <= tx.ms:
        tx.emit(AnnouncementRetracted(announcement=found.id))
    elif found.published_at <= tx.ms:
        tx.emit(AnnouncementPublished(announcement=found.id))


def everything(tx: Tx) -> list[Announcement]:
    """All, also those that wait and those that are over."""
    return queries.everything(tx)


def retract(tx: Tx, id_: int) -> None:
    """Take it back, with what was done about it.

    Raises:
        NotFound: there is none.
    Emits: AnnouncementRetracted
    """
    if not queries.remove(tx, id_):
        raise NotFound(f"There is no announcement {id_}.")
    tx.emit(AnnouncementRetracted(announcement=id_))


def current(tx: Tx, viewer: Viewer, *, dismissed: bool = False) -> list[Shown]:
    """What the viewer has to read.

    Args:
        dismissed: true adds what they put away.
    Source: Mastodon REST API, GET /api/v1/announcements
    """
    read = queries.read_by(tx, viewer.id)
    found = [each for each in queries.current(tx) if dismissed or each.id not in read]
    return shown(tx, found, viewer.id, read)


def for_stream(tx: Tx, id_: int) -> Shown | None:
    """One of them for everybody; None when it is not to be read (any more)."""
    found = queries.one(tx, id_, shown=True)
    return None if found is None else shown(tx, [found], 0, None)[0]


def reaction(tx: Tx, id_: int, name: str) -> tuple[Reaction, Emoji | None] | None:
    """How many put that emoji under it, for everybody; None when it is not to be read."""
    if queries.one(tx, id_, shown=True) is None:
        return None
    counted = queries.reactions(tx, [id_], 0).get(id_, ())
    found = next((each for each in counted if each.name == name), Reaction(name, 0, False))
    own = emojis.named(tx, [name])
    return found, own[0] if own else None


def shown(
    tx: Tx, found: Sequence[Announcement], account: int, read: set[int] | None
) -> list[Shown]:
    """These with all that is in them, in three statements for all."""
    if not found:
        return []
    words = {each.id: parse(each.text) for each in found}
    under = queries.reactions(tx, words, account)
    codes = {each.id: shortcodes(each.text) for each in found}
    names = {each.name for some in under.values() for each in some}
    own = emojis.named(tx, set().union(names, *codes.values()))
    named = people.handles(tx, {pair for each in words.values() for pair in each.mentions})
    return [
        Shown(
            announcement=each,
            words=words[each.id],
            mentioned={pair: named[pair] for pair in words[each.id].mentions if pair in named},
            posts=_posts(tx, words[each.id]),
            emojis=[one for one in own if one.shortcode in codes[each.id] | names],
            reactions=under.get(each.id, []),
            read=None if read is None else each.id in read,
        )
        for each in found
    ]


def _posts(tx: Tx, words: Parsed) -> dict[str, str]:
    """Our posts that a text links to, as addresses: whether they are there shows whoever follows
    the link."""
    found = {}
    for url in words.urls:
        match = _OWN_POST.fullmatch(url.removeprefix(tx.instance.origin))
        if match:
            found[match[1]] = url
    return found


def dismiss(tx: Tx, viewer: Viewer, id_: int) -> None:
    """The viewer has read it. Raises NotFound."""
    _to_read(tx, id_)
    queries.dismiss(tx, viewer.id, id_)


def react(tx: Tx, viewer: Viewer, id_: int, name: str) -> None:
    """Put an emoji under it.

    Args:
        name: a Unicode emoji, or the shortcode of one of ours.
    Raises:
        NotFound: no such announcement.
        Invalid: no emoji, or too many different ones are there.
    Emits: AnnouncementReacted
    Source: Mastodon REST API, PUT /api/v1/announcements/:id/reactions/:name
    """
    tx.lock("announcement", id_)
    _to_read(tx, id_)
    if not is_emoji(name) and not (_is_shortcode(name) and emojis.named(tx, [name])):
        raise Invalid(say("Validation failed: Name is not a recognized emoji"))
    there = {each.name for each in queries.reactions(tx, [id_], 0).get(id_, ())}
    if name not in there and len(there) >= REACTIONS:
        raise Invalid(say("Validation failed: Limit of different reactions reached"))
    if queries.react(tx, viewer.id, id_, name):
        tx.emit(AnnouncementReacted(announcement=id_, name=name))


def unreact(tx: Tx, viewer: Viewer, id_: int, name: str) -> None:
    """Take it away.

    Raises:
        NotFound: no such announcement, or the viewer has not put that under it.
    Emits: AnnouncementReacted
    """
    _to_read(tx, id_)
    if not (is_emoji(name) or _is_shortcode(name)):
        raise NotFound
    if not queries.unreact(tx, viewer.id, id_, name):
        raise NotFound
    tx.emit(AnnouncementReacted(announcement=id_, name=name))


def _is_shortcode(name: str) -> bool:
    return SHORTCODE.fullmatch(name) is not None


def _to_read(tx: Tx, id_: int) -> None:
    if queries.one(tx, id_, shown=True) is None:
        raise NotFound
