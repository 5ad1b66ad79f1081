"""Pages that many link to: which trend, who links to one, and who may be shown it. They are counted
by the clock in `trends`.

A page is shown by what the newest public post with a link to it shows of it."""

from typing import Any
from urllib.parse import urlsplit

from whimbrel.accounts.circles import Window
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import tags as words

from .queries import links as queries
from .queries import tags, trends
from .queries.trends import Trend
from .rules import Link, Publisher
from .staff import noted, require

DOMAIN = 253  # characters


def trending(tx: Tx, offset: int, most: int) -> list[Link]:
    """The pages that trend, the strongest first.

    Source: Mastodon REST API, GET /api/v1/trends/links
    """
    reviewed = tx.instance.trends_review
    return _links(tx, trends.for_all(tx, "links", reviewed=reviewed, offset=offset, most=most))


def posts_with(tx: Tx, viewer: Viewer, url: str, window: Window) -> list[Any]:
    """The cards of a page of public posts that link to a page which trends.

    Raises:
        NotFound: it does not, or may not be shown.
    Source: Mastodon REST API, GET /api/v1/timelines/link
    """
    link = words.ids_of(tx, [url]).get(url)
    reviewed = tx.instance.trends_review
    if link is None or not trends.is_shown(tx, "links", link, reviewed=reviewed):
        raise NotFound
    return queries.with_link(tx, viewer.id, link, window)


def _links(tx: Tx, found: list[Trend]) -> list[Link]:
    ids = [trend.id for trend in found]
    cards, histories = queries.shown_by(tx, ids), tags.histories(tx, ids, "links")
    return [
        Link(trend.id, cards[trend.id], histories[trend.id], trend.review)
        for trend in found
        if trend.id in cards
    ]


# --- the sites --------------------------------------------------------------------------------


def name_publishers(tx: Tx) -> None:
    """Note of each page that trends which site it is from, and forget sites of which none does."""
    sites: dict[str, list[int]] = {}
    for link, url in words.names_of(tx, queries.unnamed(tx)).items():
        domain = (urlsplit(url).hostname or "")[:DOMAIN]
        sites.setdefault(domain, []).append(link)
    for domain, links in sorted(sites.items()):
        queries.name(tx, links, domain)
    queries.drop_sites(tx)


def publishers(tx: Tx, viewer: Viewer, window: Window) -> list[Publisher]:
    """A page of the sites of which pages trended.

    Raises:
        Forbidden: the viewer's role may not.
    Source: Mastodon REST API, GET /api/v1/admin/trends/links/publishers
    """
    require(viewer)
    return queries.sites(tx, window)


def review_publisher(tx: Tx, viewer: Viewer, site: int, *, shown: bool) -> Publisher:
    """Let all pages of a site be shown, or none, but for those of which something else was said.

    Raises:
        Forbidden: the viewer's role may not.
        NotFound: there is no such site.
    Emits: StaffActed
    """
    require(viewer)
    found = queries.review_site(tx, site, shown=shown)
    if found is None:
        raise NotFound
    noted(tx, viewer, "site", site, shown=shown)
    return found


# --- reviewing --------------------------------------------------------------------------------


def to_review(tx: Tx, viewer: Viewer, offset: int, most: int) -> list[Link]:
    """All pages that trend, whatever was said of them.

    Raises:
        Forbidden: the viewer's role may not.
    Source: Mastodon REST API, GET /api/v1/admin/trends/links
    """
    require(viewer)
    return _links(tx, trends.for_staff(tx, "links", offset=offset, most=most))


def review(tx: Tx, viewer: Viewer, link: int, *, shown: bool) -> Link:
    """Let a page that trends be shown, or not.

    Raises:
        Forbidden: the viewer's role may not.
        NotFound: it does not trend, or no post shows it any more.
    Emits: StaffActed
    """
    require(viewer)
    trend = trends.review(tx, "links", link, shown=shown)
    found = _links(tx, [] if trend is None else [trend])
    if not found:
        raise NotFound
    noted(tx, viewer, "link", link, shown=shown)
    return found[0]
