"""How much of what is here, for a plan of leaving."""

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, case, func, literal_column, or_, select

from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx
from whimbrel.federation.tables import actor_keys
from whimbrel.media.tables import files, media
from whimbrel.posts.queries import number


class Files(NamedTuple):
    """Files of a class: `recent`, `older`, `worn`, `derived` or `copied`."""

    kind: str
    many: int
    bytes: int


def _is(*purposes: str) -> list[ColumnElement[Any]]:
    return [literal_column(f"'{purpose}'") for purpose in purposes]


_kind = case(
    (
        or_(media.c.source.is_not(None), media.c.purpose.in_(_is("card"))),
        literal_column("'copied'"),
    ),
    (media.c.purpose.in_(_is("avatar", "header", "emoji")), literal_column("'worn'")),
    (
        or_(
            media.c.purpose.in_(_is("archive", "arrival")),
            files.c.variant != literal_column("'original'"),
        ),
        literal_column("'derived'"),
    ),
    (media.c.at >= number("since"), literal_column("'recent'")),
    else_=literal_column("'older'"),
).label("of_kind")
_FILES = Query(
    select(_kind, func.count(), func.sum(files.c.size))
    .join(media, media.c.id == files.c.media)
    .where(files.c.object != "")
    .group_by("of_kind")
)
_KEYS = Query(select(func.coalesce(func.sum(func.length(actor_keys.c.private)), 0)))
_PAGES = Query(
    select(literal_column("page_count * page_size", BigInteger)).select_from(
        func.pragma_page_count(), func.pragma_page_size()
    )
)
_SIZE = Query(select(func.pg_database_size(func.current_database())))


def of_files(tx: Tx, since: int) -> dict[str, Files]:
    """What the files in the store are, by class. Counts rows.

    Args:
        since: originals from then (ms) on are recent.
    """
    rows = tx.rows(_FILES, since=since)
    return {kind: Files(kind, int(many), int(size)) for kind, many, size in rows}


def of_actor_keys(tx: Tx) -> int:
    """Bytes of the sealed keys that actors sign with."""
    return int(tx.value(_KEYS))


def of_database(tx: Tx) -> int:
    """Bytes of the database on its disk."""
    return int(tx.value(_PAGES if tx.engine == "sqlite" else _SIZE))
