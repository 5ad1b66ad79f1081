"""Timelines that are looked up when they are read; the home, which is stored, is in `homes`.

Each gives cards, for `posts.serialize.page`. Nothing is decided here but what to look up and what
is not found; who may see a post and what a viewer hides is part of every statement."""

from typing import Any

from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import Viewer
from whimbrel.core.tx import Tx
from whimbrel.posts import follow_tag
from whimbrel.posts.queries import tags
from whimbrel.posts.rules import Mark

from .queries import lists, reads
from .rules import AccountFilter, TagFilter, UserList, Window

MARKED = reads.MARKED  # where a row of `marked` has the mark's id


def public(
    tx: Tx,
    viewer: Viewer,
    window: Window,
    *,
    local: bool | None = None,
    only_media: bool = False,
) -> list[Any]:
    """What everybody writes to everybody.

    Args:
        local: true for posts from here, false for those from elsewhere, None for both.
    Source: Mastodon REST API, GET /api/v1/timelines/public
    """
    return reads.public(tx, viewer.id, window, local=local, only_media=only_media)


def tag(tx: Tx, viewer: Viewer, window: Window, wanted: TagFilter) -> list[Any]:
    """Public posts with certain tags.

    Source: Mastodon REST API, GET /api/v1/timelines/tag/:hashtag
    """
    return reads.tag(tx, viewer.id, window, wanted)


def tag_followed(
    tx: Tx, viewer: Viewer, window: Window, key: str, *, only_media: bool
) -> tuple[list[Any], bool, str]:
    """The same of one tag, by its word, whether the viewer follows it, and how it is written, the
    word itself if nobody said; one statement where there is something for somebody signed in."""
    wanted, signed_in = TagFilter(any=(key,), only_media=only_media), viewer.account is not None
    rows = reads.tag(tx, viewer.id, window, wanted, followed=signed_in)
    if rows and signed_in:
        followed, *tag = rows[0][reads.FOLLOWED : reads.FOLLOWED + 4]
        return rows, bool(followed), tags.written(tx, *tag)
    return rows, signed_in and follow_tag.follows(tx, viewer, key), written_as(tx, key)


def written_as(tx: Tx, key: str) -> str:
    """A tag as moderators, or the most who write it, write it; the word itself if nobody said."""
    return next(iter(tags.written_as(tx, [key]).values()), key)


def is_closed(tx: Tx, key: str) -> bool:
    """Whether moderators let nobody use the tag of a word, so that there is nothing under it."""
    return bool(tags.closed(tx, [key]))


def account(
    tx: Tx, viewer: Viewer, author: int, window: Window, wanted: AccountFilter
) -> list[Any]:
    """What somebody wrote and boosted, as far as the viewer may see it.

    Raises:
        NotFound: nobody.
        Gone: the account is suspended.
    Source: Mastodon REST API, GET /api/v1/accounts/:id/statuses
    """
    rows = reads.account(tx, viewer.id, author, window, wanted)
    if not rows:
        people.by_id(tx, author)
    return rows


def pinned(tx: Tx, viewer: Viewer, author: int, window: Window) -> list[Any]:
    """What somebody keeps at the top of the profile, last pinned first.

    Raises:
        NotFound: nobody.
    """
    rows = reads.marked(tx, viewer.id, author, Mark.PIN, window)
    if not rows:
        people.by_id(tx, author)
    return rows


def marked(tx: Tx, viewer: Viewer, kind: Mark, window: Window) -> list[Any]:
    """The viewer's own favourites or bookmarks, last one first.

    Source: Mastodon REST API, GET /api/v1/favourites, GET /api/v1/bookmarks
    """
    return reads.marked(tx, viewer.id, viewer.id, kind, window)


def list_(tx: Tx, viewer: Viewer, list_id: int, window: Window) -> list[Any]:
    """What the members of one of the viewer's lists wrote.

    Raises:
        NotFound: no list of the viewer's.
    Source: Mastodon REST API, GET /api/v1/timelines/list/:list_id
    """
    rows = reads.list_(tx, viewer.id, list_id, window)
    if not rows:
        lists.own(tx, viewer.id, list_id)
    return rows


def list_named(tx: Tx, viewer: Viewer, list_id: int, window: Window) -> tuple[list[Any], UserList]:
    """The same, and which list it is; one statement where there is something.

    Raises:
        NotFound: no list of the viewer's.
    """
    rows = reads.list_(tx, viewer.id, list_id, window, named=True)
    if rows:
        return rows, lists.list_of(rows[0][reads.LIST :])
    return rows, lists.own(tx, viewer.id, list_id)
