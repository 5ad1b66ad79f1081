"""Uploads and posts: taking them for a post, letting them go, describing them, showing them.

What a post is, and who may see it, is none of our business: it is an id here."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from whimbrel.core.errors import Invalid, NotFound, echo
from whimbrel.core.ids import moment
from whimbrel.core.keyring import Keyring
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import erase, links, queries, rules
from .events import UploadLapses
from .rules import MediaRow, Purpose
from .urls import file_url


def take(tx: Tx, account: int, ids: Sequence[int], post: int | None = None) -> list[MediaRow]:
    """The uploads somebody wants on a post, checked, in the order of `ids`.

    Args:
        post: the post they may be attached to already, where one is edited.
    Raises:
        Invalid: not theirs, on another post, not ready, too many, or unfit for each other.
    """
    ids = list(dict.fromkeys(ids))
    if not ids:
        return []
    if len(ids) > tx.instance.media_per_post:
        raise Invalid(
            say("Cannot attach more than %(most)s files.", most=tx.instance.media_per_post)
        )
    found = queries.by_ids(tx, ids)
    missing = [id_ for id_ in ids if not _fits(found.get(id_), account, post)]
    if missing:
        named = echo(", ".join(map(str, missing)))
        raise Invalid(
            say("Media %(named)s not found or already attached to another post.", named=named)
        )
    rows = [found[id_] for id_ in ids]
    rules.check_together(rows, tx.instance.media_per_post)
    return rows


def _fits(row: MediaRow | None, account: int, post: int | None) -> bool:
    if row is None or row.account != account or row.purpose != "post":
        return False
    return row.post is None or row.post == post


def bind(tx: Tx, post: int, ids: Sequence[int], *, shielded: bool = False) -> list[int]:
    """Attach what `take` gave, in this order.

    Args:
        shielded: true for a post that not everybody may see: caches must not keep its files.
    Returns:
        What was attached to the post before and is named no more: the caller erases it.
    Raises:
        Invalid: another post took one of them meanwhile.
    """
    for position, id_ in enumerate(ids):
        if not queries.bind(tx, id_, post, position, shielded):
            raise Invalid(
                say("Media %(id)s not found or already attached to another post.", id=id_)
            )
    return [id_ for id_ in queries.on_post(tx, post) if id_ not in ids]


def detach(tx: Tx, post: int, keep: timedelta) -> list[int]:
    """Let a post's media go, to be taken again within `keep`; erased afterwards.

    Emits: UploadLapses, due then
    """
    ids = queries.on_post(tx, post)
    if ids:
        until = tx.ms + int(keep.total_seconds() * 1000)
        queries.let_go(tx, ids, until)
        _watch(tx, ids, until)
    return ids


def keep(tx: Tx, account: int, ids: Sequence[int], until: int) -> None:
    """Keep uploads that wait for a post of later (ms): a draft, a scheduled post.

    Emits: UploadLapses, due then
    """
    if ids and queries.keep(tx, account, ids, until):
        _watch(tx, ids, until)


def _watch(tx: Tx, ids: Sequence[int], until: int) -> None:
    for id_ in ids:
        tx.emit(UploadLapses(media=id_), due=moment(until))


def wear(tx: Tx, account: int, purpose: Purpose, token: str | None) -> None:
    """Make an uploaded picture the account's avatar or header, and erase the one before.

    Args:
        token: of `upload.picture`; None takes the picture off.
    Raises:
        Invalid: no such picture of theirs.
    """
    new = None if token is None else queries.picture(tx, account, purpose, token)
    if token is not None and new is None:
        raise Invalid(say("This picture was not found. Choose it again."))
    erase.forget(tx, [id_ for id_ in queries.worn(tx, account, purpose) if id_ != new])
    if new is not None:
        queries.keep(tx, account, [new], None)


def describe(
    tx: Tx,
    account: int,
    id_: int,
    *,
    description: str | None = None,
    focus: str | None = None,
    post: int | None = None,
) -> None:
    """Change what is said of an upload; None leaves it as it is.

    Args:
        focus: `x,y`, -1 .. 1 each.
        post: the post it stands on, where that is edited; otherwise it must stand on none.
    Raises:
        NotFound: not theirs, or on another post.
        Invalid: too long, or no focus.
    """
    row = queries.own(tx, account, id_)
    if row is None or row.post != post:
        raise NotFound
    alt = row.alt
    if description is not None:
        alt = rules.checked_alt(description, tx.instance.alt_chars)
    queries.describe(tx, row, alt, row.focus if focus is None else rules.focus_of(focus))


def for_owner(keyring: Keyring, instance: Instance, row: MediaRow, ms: int) -> dict[str, Any]:
    """Mastodon's MediaAttachment as whoever uploaded it is told, whether or not it is on a post.
    Args: `ms`: the present."""
    told = attachment(instance, row, row.post or 0)
    filled = links.filled(keyring, msgspec.json.encode(told), row.account, ms)
    found: dict[str, Any] = msgspec.json.decode(filled)
    return found


def attachment(instance: Instance, row: MediaRow, closed: int | None = None) -> dict[str, Any]:
    """Mastodon's MediaAttachment. While there are no files, `url` is null.

    Args:
        closed: see `urls.file_url`.

    Source: Mastodon REST API, entity MediaAttachment
    """
    original, small = row.file("original"), row.file("small")
    meta: dict[str, Any] = msgspec.json.decode(row.meta)
    if row.kind != "audio":
        meta["focus"] = {"x": row.focus[0], "y": row.focus[1]}
    return {
        "id": str(row.id),
        "type": row.kind,
        "url": original and file_url(instance, original.token, original.name, closed),
        "preview_url": small and file_url(instance, small.token, small.name, closed),
        "remote_url": None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": meta,
        "description": row.alt,
        "blurhash": row.blurhash,
    }
