"""Pages that public posts link to: whose posts show one, and the sites that they are from."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Float, bindparam, delete, exists, func, select, update

from whimbrel.accounts.circles import Window
from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list, insert_ignore
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import bodies, cards, number
from whimbrel.posts.rules import Preview
from whimbrel.posts.tables import post_links, posts

from ..rules import Publisher
from ..tables import link_trends, publishers
from .counting import COUNTED
from .people import FINDABLE

# --- posts ----------------------------------------------------------------------------------------

_NEWEST = Query(
    select(post_links.c.link, func.max(post_links.c.post))
    .select_from(
        post_links.join(posts, posts.c.id == post_links.c.post).join(
            accounts, accounts.c.id == posts.c.author
        )
    )
    .where(in_list(post_links.c.link, "links"), *COUNTED)
    .group_by(post_links.c.link)
)
_PAGES = {
    ascending: Query(
        cards(
            post_links,
            post_links.c.post,
            post_links.c.link == number("link"),
            FINDABLE,
            ascending=ascending,
        )
    )
    for ascending in (False, True)
}


def shown_by(tx: Tx, links: Collection[int]) -> dict[int, Preview]:
    """The card of each of these pages, as the newest post of somebody to be found shows it."""
    rows = tx.rows(_NEWEST, list_links=list(links)) if links else []
    found = {post: link for link, post in rows}
    every, _ = bodies(tx, found, lambda _: False) if found else ([], [])
    return {
        found[body.post.id]: body.post.content.card
        for body in every
        if body.post.content is not None and body.post.content.card is not None
    }


def with_link(tx: Tx, viewer: int, link: int, window: Window) -> list[Any]:
    """The cards of a page of the posts that show this one, newest first."""
    ascending = window.ascending
    rows = tx.rows(
        _PAGES[ascending],
        viewer=viewer,
        link=link,
        low=window.low,
        high=window.high,
        most=window.most,
        now=tx.ms,
    )
    return rows[::-1] if ascending else rows


# --- sites ----------------------------------------------------------------------------------------

_COLUMNS = (publishers.c.id, publishers.c.domain, publishers.c.review, publishers.c.reviewed_at)
_UNNAMED = Query(
    select(link_trends.c.link).where(
        link_trends.c.score > bindparam("none", type_=Float), link_trends.c.publisher.is_(None)
    )
)
_NAMED = Query(select(publishers.c.id).where(publishers.c.domain == bindparam("name")))
_ADD = Query(insert_ignore(publishers, ("id", "domain")))
_SET = Query(
    update(link_trends)
    .where(link_trends.c.link == bindparam("which"))
    .values(publisher=bindparam("from"))
)
_DROP = Query(
    delete(publishers).where(
        publishers.c.review.is_(None),
        ~exists(select(link_trends.c.link).where(link_trends.c.publisher == publishers.c.id)),
    )
)
_PAGE = {
    ascending: Query(
        select(*_COLUMNS)
        .where(publishers.c.id > number("low"), publishers.c.id < number("high"))
        .order_by(publishers.c.id.asc() if ascending else publishers.c.id.desc())
        .limit(number("most"))
    )
    for ascending in (False, True)
}
_ONE = Query(select(*_COLUMNS).where(publishers.c.id == number("which")))
_REVIEW = Query(
    update(publishers)
    .where(publishers.c.id == bindparam("which"))
    .values(review=bindparam("said"), reviewed_at=bindparam("at"))
)


def unnamed(tx: Tx) -> list[int]:
    """The pages that trend and of which the site is not known yet."""
    return [row[0] for row in tx.rows(_UNNAMED, none=0.0)]


def name(tx: Tx, links: Iterable[int], domain: str) -> None:
    """These pages are from this site."""
    tx.run(_ADD, id=new_id(tx.now), domain=domain)
    site = tx.value(_NAMED, name=domain)
    tx.many(_SET, [{"which": link, "from": site} for link in links])


def drop_sites(tx: Tx) -> None:
    """Sites go of which no page trends any more, unless somebody said what may be shown of them."""
    tx.run(_DROP)


def sites(tx: Tx, window: Window) -> list[Publisher]:
    """A page of the sites, newest first."""
    rows = tx.rows(_PAGE[window.ascending], low=window.low, high=window.high, most=window.most)
    found = [Publisher(*row) for row in rows]
    return found[::-1] if window.ascending else found


def review_site(tx: Tx, site: int, *, shown: bool) -> Publisher | None:
    """What a moderator says of all pages of a site; None where there is no such site."""
    if not tx.run(_REVIEW, which=site, said=1 if shown else 0, at=tx.ms):
        return None
    return Publisher(*tx.row(_ONE, which=site))
