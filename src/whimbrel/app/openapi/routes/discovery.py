"""Finding people: recommendations, blocked servers, suggestions, the directory."""

from typing import Literal

from whimbrel.accounts.rules import Relationship
from whimbrel.collections.collect import Form as CollectionForm
from whimbrel.discovery.standing import Form as Standing

from ..described import Empty, Form, Offset, Paged, Table, says
from ..entities.discovery import (
    AdminLink,
    AdminStatus,
    AdminTag,
    Collections,
    CollectionWithAccounts,
    Publisher,
    Suggestion,
    TrendingLink,
    WrappedCollection,
    WrappedCollectionItem,
)
from ..entities.people import Account, FeaturedTag
from ..entities.posts import Status
from ..entities.reading import Tag

_OF = "/api/v1/accounts/{id}"
_TAG = "/api/v1/tags/{name}"
_ADMIN = "/api/v1/admin/trends"
_JUDGED = "/api/v1/admin/tags"
_COLLECTIONS = "/api/v1/collections"


class DomainForm(Form):
    """The name of a server."""

    domain: str


class TagForm(Form):
    """The word of a tag."""

    name: str


class LinkQuery(Paged, kw_only=True):
    """The address of a page that trends."""

    url: str


class ItemForm(Form):
    """Who is put into a collection."""

    account_id: str


class DirectoryQuery(Offset):
    """Who posted last, or came last, first; perhaps of this server alone."""

    order: Literal["active", "new"] = "active"
    local: bool = False


TABLE: Table = {
    **{f"POST {_OF}/{act}": says(Relationship) for act in ("endorse", "unendorse", "pin", "unpin")},
    f"GET {_OF}/endorsements": says(list[Account], query=Paged),
    f"GET {_OF}/identity_proofs": says(list[Empty]),
    "GET /api/v1/endorsements": says(list[Account], query=Paged),
    "GET /api/v1/domain_blocks": says(list[str], query=Paged),
    "POST /api/v1/domain_blocks": says(Empty, body=DomainForm),
    "DELETE /api/v1/domain_blocks": says(Empty, query=DomainForm),
    "GET /api/v2/suggestions": says(list[Suggestion], query=Offset),
    "GET /api/v1/suggestions": says(list[Account], query=Offset),
    "DELETE /api/v1/suggestions/{id}": says(Empty),
    "GET /api/v1/directory": says(list[Account], query=DirectoryQuery),
    f"GET {_TAG}": says(Tag),
    **{f"POST {_TAG}/{act}": says(Tag) for act in ("follow", "unfollow", "feature", "unfeature")},
    "GET /api/v1/followed_tags": says(list[Tag], query=Paged),
    f"GET {_OF}/featured_tags": says(list[FeaturedTag]),
    "GET /api/v1/featured_tags": says(list[FeaturedTag]),
    "POST /api/v1/featured_tags": says(FeaturedTag, body=TagForm),
    "DELETE /api/v1/featured_tags/{id}": says(Empty),
    "GET /api/v1/featured_tags/suggestions": says(list[Tag]),
    "GET /api/v1/trends": says(list[Tag], query=Offset),
    "GET /api/v1/trends/tags": says(list[Tag], query=Offset),
    "GET /api/v1/trends/statuses": says(list[Status], query=Offset),
    "GET /api/v1/trends/links": says(list[TrendingLink], query=Offset),
    "GET /api/v1/timelines/link": says(list[Status], query=LinkQuery),
    f"GET {_ADMIN}/tags": says(list[AdminTag], query=Offset),
    f"GET {_ADMIN}/statuses": says(list[AdminStatus], query=Offset),
    f"GET {_ADMIN}/links": says(list[AdminLink], query=Offset),
    f"GET {_ADMIN}/links/publishers": says(list[Publisher], query=Paged),
    **{f"POST {_ADMIN}/links/{{id}}/{act}": says(AdminLink) for act in ("approve", "reject")},
    **{
        f"POST {_ADMIN}/links/publishers/{{id}}/{act}": says(Publisher)
        for act in ("approve", "reject")
    },
    f"GET {_JUDGED}": says(list[AdminTag], query=Paged),
    f"GET {_JUDGED}/{{name}}": says(AdminTag),
    f"PUT {_JUDGED}/{{name}}": says(AdminTag, body=Standing),
    f"POST {_ADMIN}/tags/{{name}}/approve": says(AdminTag),
    f"POST {_ADMIN}/tags/{{name}}/reject": says(AdminTag),
    f"POST {_ADMIN}/statuses/{{id}}/approve": says(AdminStatus),
    f"POST {_ADMIN}/statuses/{{id}}/reject": says(AdminStatus),
    f"POST {_COLLECTIONS}": says(WrappedCollection, body=CollectionForm),
    f"GET {_COLLECTIONS}/{{id}}": says(CollectionWithAccounts),
    **{
        f"{method} {_COLLECTIONS}/{{id}}": says(WrappedCollection, body=CollectionForm)
        for method in ("PATCH", "PUT")
    },
    f"DELETE {_COLLECTIONS}/{{id}}": says(Empty),
    f"POST {_COLLECTIONS}/{{id}}/items": says(WrappedCollectionItem, body=ItemForm),
    f"DELETE {_COLLECTIONS}/{{id}}/items/{{item}}": says(Empty),
    f"POST {_COLLECTIONS}/{{id}}/items/{{item}}/revoke": says(Empty),
    f"GET {_OF}/collections": says(Collections, query=Offset),
    f"GET {_OF}/in_collections": says(Collections, query=Offset),
}
