"""The pages that public posts show a card of, each kept as the words of tags are (see `tags`): by
an id, sealed, and erased with the last post that shows it."""

from sqlalchemy import delete, select

from whimbrel.core.engines import Query, insert_ignore
from whimbrel.core.tx import Tx

from ..tables import post_links
from . import tags
from .visible import number

_PUT = Query(insert_ignore(post_links))
_OF_POST = Query(select(post_links.c.link).where(post_links.c.post == number("post")))
_TAKE = Query(delete(post_links).where(post_links.c.post == number("post")))


def put(tx: Tx, post: int, url: str) -> None:
    """The post shows a card of this page."""
    tx.run(_PUT, link=tags.ids_for(tx, [url])[url], post=post)


def take(tx: Tx, post: int) -> list[int]:
    """It shows none any more. The ids of the page it showed, to be let go."""
    found = [row[0] for row in tx.rows(_OF_POST, post=post)]
    if found:
        tx.run(_TAKE, post=post)
    return found
