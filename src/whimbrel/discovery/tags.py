"""Tags to look at: one, those that a viewer follows, and those on somebody's profile.

A tag's id is its word: whether and when the word was first used here, maybe in a letter to one
person, is nobody's business."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts.circles import Window
from whimbrel.accounts.events import AccountErased
from whimbrel.accounts.queries import graph
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.text import tag_key
from whimbrel.core.tx import Tx
from whimbrel.posts.delete import let_go
from whimbrel.posts.queries import followed
from whimbrel.posts.queries import tags as words

from . import serialize
from .events import FeaturedTagsChanged
from .queries import tags as queries
from .queries import trends
from .rules import FeaturedTag, Tag

MOST_FEATURED = 10
SUGGESTED = 10


def show(tx: Tx, viewer: Viewer, name: str) -> Tag:
    """A tag, be it used or not.

    Raises:
        NotFound: that can be no tag.
    Source: Mastodon REST API, GET /api/v1/tags/:name
    """
    key = tag_key(name)
    if not key:
        raise NotFound
    written = words.written_as(tx, [key])
    if written:
        return shown(tx, viewer, written)[0]
    none = None if viewer.account is None else False
    return Tag(key, queries.unused(tx), none, none)


def shown(tx: Tx, viewer: Viewer, names: dict[int, str]) -> list[Tag]:
    """These tags (id to how it is written) as the viewer is shown them."""
    histories = queries.histories(tx, names)
    if viewer.account is None:
        return [Tag(name, histories[tag]) for tag, name in names.items()]
    mine = followed.among(tx, viewer.id, list(names))
    featured = set(queries.featured(tx, viewer.id).values())
    return [
        Tag(name, histories[tag], following=tag in mine, featuring=tag in featured)
        for tag, name in names.items()
    ]


def found(tx: Tx, viewer: Viewer, names: Sequence[str], reviewed: bool) -> bytes:
    """Tags that a search found, as a JSON array; those that are gone by now are left out.

    Args:
        reviewed: only those that a moderator let pass.
    """
    written = words.written_as(tx, names)
    if reviewed:
        passed = trends.passed(tx, written)
        written = {tag: name for tag, name in written.items() if tag in passed}
    every = shown(tx, viewer, written)
    return msgspec.json.encode([serialize.tag(tx.instance, each) for each in every])


def following(tx: Tx, viewer: Viewer, window: Window) -> tuple[list[int], list[Tag]]:
    """A page of the tags the viewer follows, last followed first, and the cursors of its rows.

    Source: Mastodon REST API, GET /api/v1/followed_tags
    """
    rows = followed.page(tx, viewer.id, **window._asdict())
    names = words.written_of(tx, [row.tag for row in rows])
    rows = [row for row in rows if row.tag in names]
    return [row.cursor for row in rows], shown(
        tx, viewer, {row.tag: names[row.tag] for row in rows}
    )


# --- on profiles ------------------------------------------------------------------------------


def featured_by(tx: Tx, viewer: Viewer, account: int) -> list[FeaturedTag]:
    """The tags on somebody's profile, with how often they stand in what anybody may read of the
    author's last posts.

    Returns:
        Nothing where the account is suspended or blocks the viewer.
    Raises:
        NotFound: nobody.
    Source: Mastodon REST API, GET /api/v1/accounts/:id/featured_tags
    """
    owner = people.by_id(tx, account)
    if owner.suspended_at is not None or graph.is_blocking(tx, owner.id, viewer.id):
        return []
    return _featured(tx, owner.id, queries.featured(tx, owner.id))


def own(tx: Tx, viewer: Viewer) -> list[dict[str, Any]]:
    """The same of the viewer, each as Mastodon's FeaturedTag, for a profile in one piece."""
    return [
        serialize.featured_tag(tx.instance, each) for each in featured_by(tx, viewer, viewer.id)
    ]


def feature(tx: Tx, viewer: Viewer, name: str) -> FeaturedTag:
    """Show a tag on the viewer's profile. Again is no error.

    Raises:
        Invalid: that can be no tag, or there are as many as there may be.
    Emits: FeaturedTagsChanged, where it is new
    Source: Mastodon REST API, POST /api/v1/featured_tags
    """
    key = tag_key(name.strip())
    if not key:
        said = "must be a word that can be a hashtag"
        raise Invalid(f"Validation failed: Tag {said}", {"name": [("ERR_INVALID", said)]})
    tx.lock("featured_tags", viewer.id)
    tag = words.ids_for(tx, [key])[key]
    mine = queries.featured(tx, viewer.id)
    found = [id_ for id_, each in mine.items() if each == tag]
    if not found and len(mine) >= MOST_FEATURED:
        said = f"can be {MOST_FEATURED} at most"
        raise Invalid(f"Validation failed: Featured tags {said}", {"base": [("ERR_MANY", said)]})
    id_ = found[0] if found else queries.feature(tx, viewer.id, tag)
    if not found:
        tx.emit(FeaturedTagsChanged(account=viewer.id))
    return _featured(tx, viewer.id, {id_: tag})[0]


def unfeature(tx: Tx, viewer: Viewer, name: str) -> None:
    """Show a tag no more. Not showing it is no error.

    Emits: FeaturedTagsChanged; TagsGone, where nothing else used it
    """
    tag = words.ids_of(tx, [tag_key(name)]).get(tag_key(name))
    if tag is not None and queries.unfeature(tx, viewer.id, tag):
        tx.emit(FeaturedTagsChanged(account=viewer.id))
        let_go(tx, [tag])


def replace(tx: Tx, viewer: Viewer, names: Sequence[str]) -> None:
    """Show these tags and no others; what can be no tag is left out.

    Emits: as `feature`, `unfeature`
    """
    keys = [key for key in dict.fromkeys(tag_key(name) for name in names) if key][:MOST_FEATURED]
    wanted = words.ids_for(tx, keys) if keys else {}
    for id_, tag in queries.featured(tx, viewer.id).items():
        if tag not in wanted.values():
            remove(tx, viewer, id_)
    for key in keys:
        feature(tx, viewer, key)


def remove(tx: Tx, viewer: Viewer, id_: int) -> None:
    """The same, by the id under which it is shown. Raises NotFound: not the viewer's.

    Emits: as `unfeature`
    """
    tag = queries.featured(tx, viewer.id).get(id_)
    if tag is None:
        raise NotFound
    queries.unfeature(tx, viewer.id, tag)
    tx.emit(FeaturedTagsChanged(account=viewer.id))
    let_go(tx, [tag])


def suggested(tx: Tx, viewer: Viewer) -> list[Tag]:
    """The tags that the viewer uses most and does not show.

    Source: Mastodon REST API, GET /api/v1/featured_tags/suggestions
    """
    mine = set(queries.featured(tx, viewer.id).values())
    used = queries.used(tx, viewer.id, SUGGESTED + MOST_FEATURED)
    fresh = [each.tag for each in used if each.tag not in mine][:SUGGESTED]
    names = words.written_of(tx, fresh)
    return shown(tx, viewer, {tag: names[tag] for tag in fresh if tag in names})


def forget_all_of(tx: Tx, event: AccountErased) -> None:
    """Handler: an erased account shows no tags. Emits TagsGone for those nothing else used."""
    gone = list(queries.featured(tx, event.account).values())
    for tag in gone:
        queries.unfeature(tx, event.account, tag)
    let_go(tx, gone)


def _featured(tx: Tx, account: int, rows: dict[int, int]) -> list[FeaturedTag]:
    names = words.written_of(tx, list(rows.values()))
    uses = {each.tag: each for each in _uses(tx, account, rows.values())}
    return [
        FeaturedTag(
            id_,
            names[tag],
            uses[tag].uses if tag in uses else 0,
            uses[tag].last if tag in uses else None,
        )
        for id_, tag in rows.items()
        if tag in names
    ]


def _uses(tx: Tx, account: int, tags: Iterable[int]) -> list[queries.Use]:
    wanted = set(tags)
    every = queries.used(tx, account, queries.LATEST) if wanted else []
    return [each for each in every if each.tag in wanted]
