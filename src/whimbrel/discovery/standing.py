"""What moderators say of a tag: whether it may be used, be found, be shown as trending, and how it
is written.

A tag that may not be used has no posts: its timeline, its page, its stream and its feed are empty,
it brings nothing to those who follow it and is not shown as trending. Nobody here can write a post
with it, as with Mastodon; posts that have it already stay where else they are read. One that is not
listed is not found, neither by searching nor while a post is written."""

import msgspec

from whimbrel.accounts.circles import Window
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.text import tag_key
from whimbrel.core.tx import Tx
from whimbrel.posts.delete import let_go
from whimbrel.posts.queries import tags as words

from . import tags
from .queries import tags as queries
from .rules import ReviewedTag
from .staff import noted, require


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said of a tag; None leaves it as it is."""

    display_name: str | None = None
    trendable: bool | None = None
    usable: bool | None = None
    listable: bool | None = None


def every(tx: Tx, viewer: Viewer, window: Window) -> tuple[list[int], list[ReviewedTag]]:
    """A page of the tags that anybody may read in some post, and of those of which something was
    said, the newest first; and the cursors of its rows.

    Raises:
        Forbidden: the viewer's role may not.
    Source: Mastodon REST API, GET /api/v1/admin/tags
    """
    require(viewer)
    ids = queries.page(tx, **window._asdict())
    names = words.written_of(tx, ids)
    kept = [tag for tag in ids if tag in names]
    return kept, reviewed(tx, viewer, {tag: names[tag] for tag in kept})


def one(tx: Tx, viewer: Viewer, name: str) -> ReviewedTag:
    """One of them, by its word.

    Raises:
        Forbidden: the viewer's role may not.
        NotFound: no such tag, or it only stands in what not everybody may read.
    Source: Mastodon REST API, GET /api/v1/admin/tags/:id
    """
    return _one(tx, viewer, _find(tx, viewer, name))


def change(tx: Tx, viewer: Viewer, name: str, form: Form) -> ReviewedTag:
    """Say something of a tag.

    Raises:
        Forbidden, NotFound: as `one`.
        Invalid: `display_name` is another word.
    Emits: StaffActed; TagsGone, where nothing uses it and nothing is said of it any more
    Source: Mastodon REST API, PUT /api/v1/admin/tags/:id
    """
    tag = _find(tx, viewer, name)
    written = form.display_name
    if written is not None:
        if tag_key(written) != tag_key(name):
            said = "must be the same word"
            raise Invalid(
                f"Validation failed: Display name {said}", {"display_name": [("ERR_INVALID", said)]}
            )
        words.write(tx, tag, written.removeprefix("#"))
    if form.trendable is not None:
        queries.review(tx, tag, shown=form.trendable)
    before = queries.standing(tx, [tag])[tag]
    usable = before.usable if form.usable is None else form.usable
    listable = before.listable if form.listable is None else form.listable
    words.judge(tx, tag, usable=usable, listable=listable)
    noted(tx, viewer, "tag", tag)
    shown = _one(tx, viewer, tag)
    let_go(tx, [tag])
    return shown


def reviewed(tx: Tx, viewer: Viewer, written: dict[int, str]) -> list[ReviewedTag]:
    """These tags (id to how it is written) as moderators see them."""
    standing = queries.standing(tx, written)
    shown = tags.shown(tx, viewer, written)
    return [
        ReviewedTag(tag, *standing.get(id_, queries.Standing()))
        for id_, tag in zip(written, shown, strict=True)
    ]


def _find(tx: Tx, viewer: Viewer, name: str) -> int:
    require(viewer)
    tag = words.ids_of(tx, [tag_key(name)]).get(tag_key(name))
    if tag is None or not queries.is_seen(tx, tag):
        raise NotFound
    return tag


def _one(tx: Tx, viewer: Viewer, tag: int) -> ReviewedTag:
    found = reviewed(tx, viewer, words.written_of(tx, [tag]))
    if not found:  # it went while we read
        raise NotFound
    return found[0]
