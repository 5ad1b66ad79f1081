"""Trends: what many talk about, before or after everybody is shown it."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Html, Params, Scope, offset_of
from whimbrel.core.ids import id_of
from whimbrel.core.pages import status_for_page
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.discovery import links, serialize, trends
from whimbrel.posts import queries as posts
from whimbrel.posts import serialize as statuses

from .around import Context, act, back, page, said, staff

PATH = "/admin/trends"
NEEDS = Permission.MANAGE_TAXONOMIES
SAID = {
    "approve": say("It may be shown where trends are."),
    "reject": say("It is not shown where trends are."),
}
PAGE = 20
Found = list[dict[str, Any]]


def _tags(tx: Tx, viewer: Viewer, offset: int, most: int) -> Found:
    return [
        {
            "id": each.tag.name,
            "review": each.review,
            "title": f"#{each.tag.name}",
            "url": f"/tags/{each.tag.name}",
            "words": "",
            "people": sum(day.accounts for day in each.tag.history[:2]),
        }
        for each in trends.tags_to_review(tx, viewer, offset, most)
    ]


def _posts(tx: Tx, viewer: Viewer, offset: int, most: int) -> Found:
    said = trends.posts_to_review(tx, viewer, offset, most)
    cards = posts.cards_of(tx, viewer, said)
    shown = statuses.statuses(tx, viewer, cards)
    found = [status_for_page(msgspec.json.decode(shown[card[0]])) for card in cards]
    return [
        {
            "id": each["id"],
            "review": said[int(each["id"])],
            "title": f"@{each['account']['acct']}",
            "url": f"/@{each['account']['acct']}/{each['id']}",
            "words": each["spoiler_text"] or each["content"],
            "people": each["favourites_count"] + each["reblogs_count"],
        }
        for each in found
    ]


def _links(tx: Tx, viewer: Viewer, offset: int, most: int) -> Found:
    found = links.to_review(tx, viewer, offset, most)
    told = [serialize.reviewed_link(tx.instance, each) for each in found]
    return [
        {
            "id": str(each.id),
            "review": each.review,
            "title": entity["title"] or entity["url"],
            "url": entity["url"],
            "words": entity["description"],
            "people": sum(day.accounts for day in each.history[:2]),
        }
        for each, entity in zip(found, told, strict=True)
    ]


KINDS: dict[str, tuple[str, Callable[[Tx, Viewer, int, int], Found]]] = {
    PATH: ("tags", _tags),
    f"{PATH}/posts": ("posts", _posts),
    f"{PATH}/links": ("links", _links),
}


@get(list(KINDS), opt=staff(NEEDS))
async def show(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """All that trends of a kind, the strongest first, and what was said of it."""
    path = scope["path"].rstrip("/")
    kind, found_of = KINDS[path]
    offset, _ = offset_of(params, PAGE, PAGE)

    def read(tx: Tx) -> Context:
        found = found_of(tx, viewer, offset, PAGE)
        more = f"{path}?offset={offset + PAGE}" if len(found) == PAGE else ""
        return {"found": found, "kind": kind, "older": more, "first": tx.instance.trends_review}

    return await page(
        scope, viewer, "admin_trends.html", read, slow=True, notice=said(params, SAID)
    )


def _say(tx: Tx, viewer: Viewer, kind: str, id_: str, *, shown: bool) -> None:
    if kind == "tags":
        trends.review_tag(tx, viewer, id_, shown=shown)
    elif kind == "posts":
        trends.review_post(tx, viewer, id_of(id_), shown=shown)
    elif kind == "links":
        links.review(tx, viewer, id_of(id_), shown=shown)
    else:
        raise NotFound


@post([f"{PATH}/approve", f"{PATH}/reject"], status_code=200, opt=staff(NEEDS))
async def review(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """Say whether it may be shown: `kind` and `id`. Raises NotFound: it does not trend."""
    verb = scope["path"].rpartition("/")[2]

    def reviewed(tx: Tx) -> None:
        _say(tx, viewer, params.text("kind"), params.text("id"), shown=verb == "approve")

    return await act(scope, viewer, params, reviewed, back(params, PATH, verb))


ROUTES: list[Any] = [show, review]
