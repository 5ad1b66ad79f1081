"""The server's own little pictures, `:shortcode:`, and who uses them."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, delete, or_, select, update

from whimbrel.core.engines import Query, in_list, insert_ignore
from whimbrel.core.ids import millis, time_of
from whimbrel.core.tx import Tx
from whimbrel.media.tables import files

from ..rules import Account, Emoji
from ..tables import accounts, emojis
from .people import COLUMNS, account_of

_FIELDS = (
    *(emojis.c.shortcode, files.c.token, files.c.name, emojis.c.listed, emojis.c.category),
    emojis.c.media,
)
_JOINED = (
    select(*_FIELDS)
    .join(files, files.c.media == emojis.c.media)
    .where(or_(files.c.variant == "original", files.c.variant == "small"))
    .order_by(emojis.c.shortcode, files.c.variant)
)
_USABLE = _JOINED.where(emojis.c.disabled.is_(False))
_NAMED = Query(_USABLE.where(in_list(emojis.c.shortcode, "codes")))
_ALL = Query(_USABLE)
_STORED = (
    *(emojis.c.shortcode, emojis.c.media, emojis.c.category, emojis.c.listed, emojis.c.disabled),
)
_KEPT = Query(select(*_STORED).order_by(emojis.c.shortcode))
_ONE = Query(select(*_STORED).where(emojis.c.shortcode == bindparam("code")))
_ADD = Query(insert_ignore(emojis, ("id", "shortcode", "media", "category")))
_DISABLE = Query(
    update(emojis).where(emojis.c.shortcode == bindparam("code")).values(disabled=bindparam("off"))
)
_REMOVE = Query(delete(emojis).where(emojis.c.shortcode == bindparam("code")))
_OURS_AFTER = Query(
    select(accounts.c.id)
    .where(accounts.c.id > bindparam("after"), accounts.c.domain.is_(None))
    .order_by(accounts.c.id)
    .limit(bindparam("most"))
)
_between = (
    accounts.c.id > bindparam("after"),
    accounts.c.id <= bindparam("last"),
    accounts.c.domain.is_(None),
)
_BUMP_ALL = Query(update(accounts).where(*_between).values(rev=accounts.c.rev + 1))
_PERHAPS = Query(
    select(*COLUMNS).where(
        *_between,
        or_(
            accounts.c.emojis != "[]",
            *(accounts.c[name].like("%:%:%") for name in ("display_name", "note")),
            accounts.c.fields != "[]",
        ),
    )
)
_USE = Query(
    update(accounts).where(accounts.c.id == bindparam("who")).values(emojis=bindparam("used"))
)


class Kept(NamedTuple):
    """One of them as the operator sees it."""

    shortcode: str
    media: int
    category: str | None
    listed: bool
    disabled: bool


def named(tx: Tx, shortcodes: Iterable[str]) -> list[Emoji]:
    """Those of `shortcodes` that exist and are not disabled."""
    return _each(tx.rows(_NAMED, list_codes=list(shortcodes)))


def usable(tx: Tx) -> list[Emoji]:
    """Every one that is not disabled. Not bounded."""
    return _each(tx.rows(_ALL))


def _each(rows: Iterable[Any]) -> list[Emoji]:
    """One per shortcode: of a picture with several files the first, the original."""
    found: dict[str, Emoji] = {}
    for code, token, name, listed, category, media in rows:
        made = millis(time_of(media))
        found.setdefault(code, Emoji(code, token, name, bool(listed), category, made))
    return list(found.values())


def kept(tx: Tx) -> list[Kept]:
    """Every one, disabled ones too. Not bounded."""
    return [_kept(row) for row in tx.rows(_KEPT)]


def one(tx: Tx, shortcode: str) -> Kept | None:
    """That one."""
    row = tx.row(_ONE, code=shortcode)
    return None if row is None else _kept(row)


def _kept(row: Any) -> Kept:
    code, media, category, listed, disabled = row
    return Kept(code, media, category, bool(listed), bool(disabled))


def add(tx: Tx, id_: int, shortcode: str, media: int, category: str | None) -> bool:
    """Store one; False where there is one of that name."""
    return bool(tx.run(_ADD, id=id_, shortcode=shortcode, media=media, category=category))


def disable(tx: Tx, shortcode: str, off: bool) -> bool:
    """Let it be used no more, or again; False where there is none."""
    return bool(tx.run(_DISABLE, code=shortcode, off=off))


def remove(tx: Tx, shortcode: str) -> None:
    """Forget it."""
    tx.run(_REMOVE, code=shortcode)


def ours_after(tx: Tx, after: int, most: int) -> list[int]:
    """The ids of our own accounts after `after`, in order."""
    return [row[0] for row in tx.rows(_OURS_AFTER, after=after, most=most)]


def bump_all(tx: Tx, after: int, last: int) -> None:
    """A new revision for each of ours after `after` up to `last`."""
    tx.run(_BUMP_ALL, after=after, last=last)


def perhaps_using(tx: Tx, after: int, last: int) -> list[Account]:
    """Those of them whose profile may have a shortcode in it."""
    return [account_of(row) for row in tx.rows(_PERHAPS, after=after, last=last)]


def use(tx: Tx, account: int, used: Sequence[Emoji]) -> None:
    """Write down which a profile uses."""
    tx.run(_USE, who=account, used=msgspec.json.encode(used).decode())
