"""What the things are that a letter names."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select

from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.media.tables import files, media
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import posts


class Known(NamedTuple):
    """A post that is here, or a file: where `post` is None, that of a profile."""

    post: int | None
    account: int  # whose
    visibility: Visibility | None  # of the post; None for a file


_POSTS = Query(
    select(posts.c.id, posts.c.author, posts.c.visibility).where(in_list(posts.c.id, "ids"))
)
_FILES = Query(
    select(files.c.token, media.c.post, media.c.account)
    .join(media, media.c.id == files.c.media)
    .where(in_list(files.c.token, "tokens"))
)


def posts_of(tx: Tx, ids: Collection[int]) -> dict[int, Known]:
    """Those of these posts that are here, of whatever visibility."""
    if not ids:
        return {}
    rows = tx.rows(_POSTS, list_ids=list(ids))
    return {row[0]: Known(row[0], row[1], Visibility(row[2])) for row in rows}


def files_of(tx: Tx, tokens: Collection[str]) -> dict[str, Known]:
    """By token, those of these files that are here."""
    if not tokens:
        return {}
    rows = tx.rows(_FILES, list_tokens=list(tokens))
    return {token: Known(post, account, None) for token, post, account in rows}
