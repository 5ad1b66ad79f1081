"""Every statement about media. Rows in, values out."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import and_, bindparam, delete, or_, select, update

from whimbrel.core.engines import Query, in_list, insert
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.tx import Tx

from ..rules import File, MediaRow, Served
from ..tables import files, media

ALT, BLURHASH = "media.alt", "media.blurhash"  # the places of their seals

_FIELDS = (
    *(media.c.id, media.c.account, media.c.post, media.c.kind, media.c.state, media.c.error),
    *(media.c.meta, media.c.blurhash, media.c.focus_x, media.c.focus_y, media.c.alt),
    *(media.c.slot, media.c.author_slot, media.c.purpose, media.c.kept_until),
)
_FILE = (files.c.token, files.c.variant, files.c.name, files.c.mime, files.c.size, files.c.object)
_FULL = select(*_FIELDS, *_FILE).select_from(media.outerjoin(files, files.c.media == media.c.id))

_BY_IDS = Query(_FULL.where(in_list(media.c.id, "ids")).order_by(media.c.id))
_OF_POSTS = Query(
    _FULL.where(in_list(media.c.post, "posts")).order_by(
        media.c.post, media.c.position, media.c.id, files.c.variant
    )
)
_SERVED = Query(
    select(
        *(files.c.name, files.c.variant, files.c.mime, files.c.size, files.c.object, media.c.id),
        *(media.c.slot, media.c.author_slot, media.c.kind, media.c.account, media.c.post),
        and_(media.c.kept_until.is_(None), media.c.shielded.is_(False)),
    )
    .select_from(files.join(media, files.c.media == media.c.id))
    .where(
        files.c.token == bindparam("token"),
        media.c.withheld.is_(False),
        media.c.quarantined.is_(False),
    )
)
_WITHHOLD = Query(
    update(media)
    .where(media.c.account == bindparam("who"))
    .values(withheld=bindparam("is_withheld"))
)
_WITHHOLD_ON = Query(
    update(media)
    .where(media.c.post == bindparam("on_post"))
    .values(withheld=bindparam("is_withheld"))
)
_ADD = Query(
    insert(
        media,
        (
            *("id", "account", "kind", "state", "focus_x", "focus_y", "alt", "slot"),
            *("author_slot", "purpose", "kept_until", "at"),
        ),
    )
)
_ADD_FILE = Query(insert(files))
_READY = Query(
    update(media)
    .where(media.c.id == bindparam("media_id"), media.c.state == "working")
    .values(
        state="ready",
        kind=bindparam("new_kind"),
        meta=bindparam("new_meta"),
        blurhash=bindparam("new_blurhash"),
    )
)
_KEYS = Query(select(media.c.slot, media.c.author_slot).where(media.c.id == bindparam("media_id")))
_FAIL = Query(
    update(media)
    .where(media.c.id == bindparam("media_id"), media.c.state == "working")
    .values(state="failed", error=bindparam("why"))
)
_FAIL_OLD = Query(
    update(media)
    .where(media.c.state == "working", media.c.at <= bindparam("before"))
    .values(state="failed", error=bindparam("why"))
)
_DESCRIBE = Query(
    update(media)
    .where(media.c.id == bindparam("media_id"))
    .values(alt=bindparam("new_alt"), focus_x=bindparam("new_x"), focus_y=bindparam("new_y"))
)
_BIND = Query(
    update(media)
    .where(
        media.c.id == bindparam("media_id"),
        media.c.purpose == "post",
        or_(media.c.post.is_(None), media.c.post == bindparam("for_post")),
    )
    .values(
        post=bindparam("for_post"),
        position=bindparam("at_position"),
        shielded=bindparam("is_shielded"),
        kept_until=None,
    )
)
_ON_POST = Query(
    select(media.c.id)
    .where(media.c.post == bindparam("on_post"), media.c.purpose == "post")
    .order_by(media.c.position, media.c.id)
)
_CARDS_ON = Query(
    select(media.c.id).where(media.c.post == bindparam("on_post"), media.c.purpose == "card")
)
_BIND_CARD = Query(
    update(media)
    .where(media.c.id == bindparam("media_id"), media.c.purpose == "card")
    .values(post=bindparam("for_post"), shielded=bindparam("is_shielded"), kept_until=None)
)
_LET_GO = Query(
    update(media).where(in_list(media.c.id, "ids")).values(post=None, kept_until=bindparam("until"))
)
_KEEP = Query(
    update(media)
    .where(in_list(media.c.id, "ids"), media.c.account == bindparam("owner"))
    .where(media.c.post.is_(None))
    .values(kept_until=bindparam("until"))
)
_BY_TOKEN = Query(
    select(media.c.id)
    .select_from(files.join(media, files.c.media == media.c.id))
    .where(
        files.c.token == bindparam("token"),
        media.c.account == bindparam("owner"),
        media.c.purpose == bindparam("for_purpose"),
    )
)
_WORN = Query(
    select(media.c.id).where(
        media.c.account == bindparam("owner"),
        media.c.purpose == bindparam("for_purpose"),
        media.c.kept_until.is_(None),
    )
)
_LAPSED = Query(
    select(media.c.id).where(
        in_list(media.c.id, "ids"),
        media.c.post.is_(None),
        media.c.kept_until <= bindparam("now"),
    )
)
_OF_ACCOUNT = Query(
    select(media.c.id)
    .where(media.c.account == bindparam("owner"))
    .order_by(media.c.id)
    .limit(bindparam("most"))
)
_SLOTS = Query(select(media.c.slot).where(in_list(media.c.id, "ids")))
_OBJECTS = Query(delete(files).where(in_list(files.c.media, "ids")).returning(files.c.object))
_DELETE = Query(delete(media).where(in_list(media.c.id, "ids")))
_KNOWN = Query(select(files.c.object).where(in_list(files.c.object, "objects")))


def by_ids(tx: Tx, ids: Iterable[int]) -> dict[int, MediaRow]:
    """Those of these uploads that exist."""
    return {row.id: row for row in _gather(tx, tx.rows(_BY_IDS, list_ids=list(ids)))}


def own(tx: Tx, account: int, id_: int) -> MediaRow | None:
    """One upload, if it is this account's."""
    row = by_ids(tx, [id_]).get(id_)
    return row if row is not None and row.account == account else None


def of_posts(tx: Tx, posts: Iterable[int]) -> dict[int, list[MediaRow]]:
    """What is attached to each of these posts, in order; posts without media are absent."""
    found: dict[int, list[MediaRow]] = {}
    for row in _gather(tx, tx.rows(_OF_POSTS, list_posts=list(posts))):
        if row.post is not None:
            found.setdefault(row.post, []).append(row)
    return found


def _gather(tx: Tx, rows: Sequence[Any]) -> list[MediaRow]:
    """One value per upload from one row per file."""
    width = len(_FIELDS)
    parts: dict[int, tuple[Any, list[File]]] = {}
    for row in rows:
        _, found = parts.setdefault(row[0], (row[:width], []))
        if row[width] is not None:
            token, variant, name, mime, size, key = row[width:]
            found.append(
                File(token=token, variant=variant, name=name, mime=mime, size=size, object=key)
            )
    return [_row(tx, fields, tuple(found)) for fields, found in parts.values()]


def _row(tx: Tx, fields: Sequence[Any], found: tuple[File, ...]) -> MediaRow:
    id_, account, post, kind, state, error, meta, blurhash, x, y, alt, slot, author = fields[:13]
    return MediaRow(
        id=id_,
        account=account,
        post=post,
        kind=kind,
        state=state,
        error=error,
        meta=meta,
        blurhash=_opened(tx, Slot(slot, author, id_, BLURHASH), blurhash),
        focus=(x, y),
        alt=_opened(tx, Slot(slot, author, id_, ALT), alt),
        slot=slot,
        author_slot=author,
        purpose=fields[13],
        kept_until=fields[14],
        files=found,
    )


def _opened(tx: Tx, place: Slot, sealed: bytes | None) -> str | None:
    if sealed is None:
        return None
    try:
        return tx.unseal(place, sealed).decode()
    except Shredded:
        return None  # an account that is going: its rows follow, slice by slice


def sealed_alt(tx: Tx, id_: int, slot: int, author_slot: int, alt: str | None) -> bytes | None:
    """A description as `add` and `describe` store it."""
    return None if alt is None else tx.seal(Slot(slot, author_slot, id_, ALT), alt.encode())


def withhold(tx: Tx, account: int, withheld: bool) -> None:
    """Give nobody the files of an account, or let them be given again."""
    tx.run(_WITHHOLD, who=account, is_withheld=withheld)


def withhold_on(tx: Tx, post: int, withheld: bool) -> None:
    """The same for the files on a post."""
    tx.run(_WITHHOLD_ON, on_post=post, is_withheld=withheld)


def served(tx: Tx, token: str) -> Served | None:
    """What answering for the file behind `token` takes."""
    row = tx.row(_SERVED, token=token)
    if row is None:
        return None
    name, variant, mime, size, key, id_, slot, author_slot, kind, account, post, open_ = row
    return Served(
        token=token,
        name=name,
        variant=variant,
        mime=mime,
        size=size,
        object=key,
        media=id_,
        slot=slot,
        author_slot=author_slot,
        kind=kind,
        account=account,
        post=post or 0,
        open=bool(open_),
    )


def add(tx: Tx, row: MediaRow) -> None:
    """Store an upload that is being worked on."""
    tx.run(
        _ADD,
        id=row.id,
        account=row.account,
        kind=row.kind,
        state=row.state,
        focus_x=row.focus[0],
        focus_y=row.focus[1],
        alt=sealed_alt(tx, row.id, row.slot, row.author_slot, row.alt),
        slot=row.slot,
        author_slot=row.author_slot,
        purpose=row.purpose,
        kept_until=row.kept_until,
        at=tx.ms,
    )


def make_ready(
    tx: Tx, id_: int, kind: str, meta: str, blurhash: str | None, made: Iterable[File]
) -> bool:
    """Record the files; False where the upload was erased or given up meanwhile."""
    keys = tx.row(_KEYS, media_id=id_)
    if keys is None:
        return False
    slot, author_slot = keys
    # A blurred picture is a picture: it is sealed, and goes with the same key.
    place = Slot(slot, author_slot, id_, BLURHASH)
    sealed = None if blurhash is None else tx.seal(place, blurhash.encode())
    changed = tx.run(_READY, media_id=id_, new_kind=kind, new_meta=meta, new_blurhash=sealed)
    if changed:
        tx.many(
            _ADD_FILE,
            (
                {
                    "token": file.token,
                    "media": id_,
                    "variant": file.variant,
                    "name": file.name,
                    "mime": file.mime,
                    "size": file.size,
                    "object": file.object,
                }
                for file in made
            ),
        )
    return bool(changed)


def fail(tx: Tx, id_: int, why: str) -> None:
    """Nothing came of it."""
    tx.run(_FAIL, media_id=id_, why=why[:300])


def fail_older(tx: Tx, before: int, why: str) -> int:
    """Nothing came of what was begun at `before` (ms) or earlier; how many."""
    return tx.run(_FAIL_OLD, before=before, why=why)


def describe(tx: Tx, row: MediaRow, alt: str | None, focus: tuple[float, float]) -> None:
    """Store another description and focus."""
    sealed = sealed_alt(tx, row.id, row.slot, row.author_slot, alt)
    tx.run(_DESCRIBE, media_id=row.id, new_alt=sealed, new_x=focus[0], new_y=focus[1])


def bind(tx: Tx, id_: int, post: int, position: int, shielded: bool) -> bool:
    """Attach; False where another post was faster."""
    return bool(
        tx.run(_BIND, media_id=id_, for_post=post, at_position=position, is_shielded=shielded)
    )


def on_post(tx: Tx, post: int) -> list[int]:
    """The ids attached to a post, in order."""
    return [row[0] for row in tx.rows(_ON_POST, on_post=post)]


def cards_on(tx: Tx, post: int) -> list[int]:
    """The pictures of pages that a post links to."""
    return [row[0] for row in tx.rows(_CARDS_ON, on_post=post)]


def bind_card(tx: Tx, id_: int, post: int, shielded: bool) -> bool:
    """Let such a picture live as long as the post; False where it is gone."""
    return bool(tx.run(_BIND_CARD, media_id=id_, for_post=post, is_shielded=shielded))


def let_go(tx: Tx, ids: Sequence[int], until: int) -> None:
    """Detach, to be kept until then (ms)."""
    tx.run(_LET_GO, list_ids=list(ids), until=until)


def keep(tx: Tx, account: int, ids: Sequence[int], until: int | None) -> int:
    """Keep what no post has until then (ms; None = for ever); how many."""
    return tx.run(_KEEP, list_ids=list(ids), owner=account, until=until)


def picture(tx: Tx, account: int, purpose: str, token: str) -> int | None:
    """The id of the account's own picture behind `token`."""
    found: int | None = tx.value(_BY_TOKEN, token=token, owner=account, for_purpose=purpose)
    return found


def worn(tx: Tx, account: int, purpose: str) -> list[int]:
    """The pictures in use for `purpose`: one at most, as a rule."""
    return [row[0] for row in tx.rows(_WORN, owner=account, for_purpose=purpose)]


def lapsed(tx: Tx, ids: Iterable[int]) -> list[int]:
    """Those that nobody uses and whose time is over."""
    return [row[0] for row in tx.rows(_LAPSED, list_ids=list(ids), now=tx.ms)]


def of_account(tx: Tx, account: int, most: int) -> list[int]:
    """Some uploads of an account, whatever they are for."""
    return [row[0] for row in tx.rows(_OF_ACCOUNT, owner=account, most=most)]


def remove(tx: Tx, ids: Sequence[int]) -> tuple[list[int], list[str]]:
    """Delete rows. Returns their slots, and the objects of files that are here."""
    slots = [row[0] for row in tx.rows(_SLOTS, list_ids=list(ids))]
    objects = [row[0] for row in tx.rows(_OBJECTS, list_ids=list(ids)) if row[0]]
    tx.run(_DELETE, list_ids=list(ids))
    return slots, objects


def known(tx: Tx, objects: Sequence[str]) -> set[str]:
    """Those of these objects that a file is recorded for."""
    return {row[0] for row in tx.rows(_KNOWN, list_objects=list(objects))}
