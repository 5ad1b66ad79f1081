"""The server's own little pictures, `:shortcode:`."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select

from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.media.tables import files

from ..tables import emojis


class Emoji(NamedTuple):
    """One of them; `token` and `name` are those of its file."""

    shortcode: str
    token: str
    name: str
    listed: bool
    category: str | None


_COLUMNS = (
    emojis.c.shortcode,
    files.c.token,
    files.c.name,
    emojis.c.listed,
    emojis.c.category,
)
_JOINED = (
    select(*_COLUMNS)
    .join(files, files.c.media == emojis.c.media)
    .where(files.c.variant == "original")
    .order_by(emojis.c.shortcode)
)
_NAMED = Query(_JOINED.where(in_list(emojis.c.shortcode, "codes")))
_ALL = Query(_JOINED)


def named_emojis(tx: Tx, shortcodes: Iterable[str]) -> list[Emoji]:
    """Those of `shortcodes` that exist."""
    return [Emoji(*row) for row in tx.rows(_NAMED, list_codes=list(shortcodes))]


def all_emojis(tx: Tx) -> list[Emoji]:
    """Every one."""
    return [Emoji(*row) for row in tx.rows(_ALL)]
