"""The lists of this server that are read page by page, and who of the crowd reads them."""

import re
from typing import NamedTuple

LINK = re.compile(r'<https://social\.example([^>]+)>; rel="(next|prev)"')


class List(NamedTuple):
    """Who reads it, and where: names in braces are ids of the crowd's."""

    who: str
    path: str
    group: str  # what it grows with


LISTS: dict[str, List] = {
    "GET /api/v1/accounts/{id}/endorsements": List(
        "bob", "/api/v1/accounts/{finn}/endorsements", "people"
    ),
    "GET /api/v1/accounts/{id}/followers": List(
        "ada", "/api/v1/accounts/{bob}/followers", "people"
    ),
    "GET /api/v1/accounts/{id}/following": List(
        "ada", "/api/v1/accounts/{bob}/following", "people"
    ),
    "GET /api/v1/accounts/{id}/statuses": List("bob", "/api/v1/accounts/{ada}/statuses", "posts"),
    "GET /api/v1/blocks": List("carl", "/api/v1/blocks", "people"),
    "GET /api/v1/bookmarks": List("bob", "/api/v1/bookmarks", "posts"),
    "GET /api/v1/conversations": List("erin", "/api/v1/conversations", "talks"),
    "GET /api/v1/domain_blocks": List("finn", "/api/v1/domain_blocks", "domains"),
    "GET /api/v1/endorsements": List("finn", "/api/v1/endorsements", "people"),
    "GET /api/v1/favourites": List("bob", "/api/v1/favourites", "posts"),
    "GET /api/v1/follow_requests": List("erin", "/api/v1/follow_requests", "people"),
    "GET /api/v1/followed_tags": List("finn", "/api/v1/followed_tags", "tags"),
    "GET /api/v1/statuses/{id}/quotes": List("bob", "/api/v1/statuses/{post}/quotes", "quotes"),
    "GET /api/v1/lists/{id}/accounts": List("bob", "/api/v1/lists/{list}/accounts", "people"),
    "GET /api/v1/mutes": List("dana", "/api/v1/mutes", "people"),
    "GET /api/v1/notifications": List("bob", "/api/v1/notifications", "posts"),
    "GET /api/v1/notifications/requests": List("dana", "/api/v1/notifications/requests", "people"),
    "GET /api/v2/notifications": List("bob", "/api/v2/notifications", "posts"),
    "GET /api/v1/scheduled_statuses": List("ada", "/api/v1/scheduled_statuses", "scheduled"),
    "GET /api/v1/statuses/{id}/favourited_by": List(
        "bob", "/api/v1/statuses/{post}/favourited_by", "people"
    ),
    "GET /api/v1/statuses/{id}/reblogged_by": List(
        "bob", "/api/v1/statuses/{post}/reblogged_by", "boosts"
    ),
    "GET /api/v1/timelines/home": List("bob", "/api/v1/timelines/home", "posts"),
    "GET /api/v1/timelines/list/{id}": List("bob", "/api/v1/timelines/list/{list}", "posts"),
    "GET /api/v1/timelines/public": List("bob", "/api/v1/timelines/public?local=true", "posts"),
    "GET /api/v1/timelines/tag/{tag}": List("bob", "/api/v1/timelines/tag/cats", "posts"),
}
