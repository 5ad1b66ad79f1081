"""Sealing, in the transaction that makes a case grave: whoever erases what they wrote an instant
later is not faster.

What is told of a post is sealed at once. Its files lie sealed in the store under keys of their
author's: here those keys are sealed with it, and the store keeps the objects until they are copied
(`keep.lay`), so that no file is read, and erasing makes them noise to this server as always."""

from collections.abc import Sequence
from typing import Any

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import iso, moment, new_id
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.tx import Tx
from whimbrel.media import queries as media
from whimbrel.media.queries import held
from whimbrel.media.rules import MediaRow, column
from whimbrel.posts.queries import any_post
from whimbrel.posts.rules import Post

from ..events import HoldLapses, HoldMade, HoldWanted
from ..queries import cases as stored
from ..queries import decisions
from ..queries import vault as queries
from ..queries.vault import Hold
from ..rules import APPEAL_TIME, DAY, KEPT, Class
from .sealing import Enclosed, enclose, name_of

ORDERED = 183 * DAY  # Regulation (EU) 2021/784, article 6: six months
AFTER_APPEAL = 30 * DAY
SLICE = 50  # posts in one transaction: all that one report can name


def kept_for(klass: Class) -> int:
    """How long (ms) a copy is kept."""
    return ORDERED if klass == "L0" else APPEAL_TIME + AFTER_APPEAL


def seal(tx: Tx, case: int, klass: Class) -> None:
    """Seal what a case is about, if it is a grave one; what is sealed already stays as it was.
    Nothing where the operator gave no key to seal it to.

    Emits: HoldMade and, later, HoldLapses for each post; HoldWanted where there are more
    """
    public = tx.instance.vault_key
    if not public or klass not in KEPT:
        return
    there = {each.post for each in queries.of_case(tx, case)}
    posts = [post for post in stored.posts_of(tx, [case])[case] if post not in there]
    files = media.of_posts(tx, posts[:SLICE])
    for id_ in posts[:SLICE]:
        try:
            post = any_post(tx, id_)
        except NotFound:  # its author's key is destroyed, and the row goes any moment
            continue
        _seal(tx, case, klass, post, files.get(id_, ()), public)
    if len(posts) > SLICE:
        tx.emit(HoldWanted(case=case))


def seal_more(tx: Tx, event: HoldWanted) -> None:
    """Handler: the next of them. Emits as `seal`"""
    seal(tx, event.case, stored.one(tx, event.case).klass)


def _seal(
    tx: Tx, case: int, klass: Class, post: Post, files: Sequence[MediaRow], public: str
) -> None:
    hold, end = new_id(tx.now), tx.ms + kept_for(klass)
    enclosed, objects = _files(tx, files)
    key, sealed = enclose(public, hold, _told(tx, case, post, files), enclosed)
    queries.add(tx, Hold(hold, case, post.id, post.author, end, None, key), sealed)
    held.hold(tx, hold, objects)
    decisions.add(tx, None, "keep", "hold", hold, detail=klass, more={"until": end})
    tx.emit(HoldMade(hold=hold))
    tx.emit(HoldLapses(hold=hold), due=moment(end))


def _told(tx: Tx, case: int, post: Post, files: Sequence[MediaRow]) -> bytes:
    """What is told of a post in the vault."""
    author = people.by_ids(tx, [post.author]).get(post.author)
    told: dict[str, Any] = {
        "case": str(case),
        "post": str(post.id),
        "uri": post.uri,
        "url": post.url,
        "author": str(post.author),
        "name": None if author is None else author.acct,
        "at": iso(post.at),
        "edited_at": None if post.edited_at is None else iso(post.edited_at),
        "language": post.language,
        "reply_to": None if post.reply_to is None else str(post.reply_to),
        "content": msgspec.to_builtins(post.content),
        "files": [{"id": str(row.id), "alt": row.alt, "kind": row.kind} for row in files],
        "sealed_at": iso(tx.ms),
    }
    return msgspec.json.encode(told)


def _files(tx: Tx, rows: Sequence[MediaRow]) -> tuple[list[Enclosed], list[str]]:
    """The originals that are here, with their keys; and where they are."""
    found, objects = [], []
    for row in rows:
        file = row.file("original")
        if file is None or not file.object:
            continue
        slot = Slot(row.slot, row.author_slot, row.id, column(file.variant))
        try:
            key = tx.keyring.key(slot)
        except Shredded:
            continue
        name = f"{row.id}-{file.name}"
        found.append(Enclosed(name, name_of(file.object), slot.place, key, file.size))
        objects.append(file.object)
    return found, objects
