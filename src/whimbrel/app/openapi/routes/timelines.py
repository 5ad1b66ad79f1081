"""What a reader sees: timelines, lists, notifications, filters, search; and reports."""

from typing import Literal

from whimbrel.moderation.report import ReportForm
from whimbrel.timelines.filters import FilterForm, KeywordForm, OldForm
from whimbrel.timelines.lists import ListForm
from whimbrel.timelines.push import Shown as PushSubscription
from whimbrel.timelines.rules import Filter, FilteredPost, Keyword, Marker, OldFilter, UserList

from ..described import Empty, Form, Offset, Paged, Table, says
from ..entities.people import Account
from ..entities.posts import Status
from ..entities.reading import Report, Search

_FILTER = "/api/v2/filters/{id}"
_PUSH = "/api/v1/push/subscription"


class PublicQuery(Paged):
    """What of the public timeline."""

    local: bool = False
    remote: bool = False
    only_media: bool = False


class TagQuery(PublicQuery):
    """Which other hashtags count, have to be there, or must not."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()


class AccountStatusesQuery(Paged):
    """What of somebody's posts."""

    tagged: str = ""
    pinned: bool = False
    only_media: bool = False
    exclude_replies: bool = False
    exclude_reblogs: bool = False


class Timelines(Form):
    """Whose markers: home, notifications."""

    timeline: tuple[str, ...] = ()


class MarkerForm(Form):
    """How far one has read."""

    last_read_id: str


class MarkersForm(Form):
    """Which markers to move."""

    home: MarkerForm | None = None
    notifications: MarkerForm | None = None


class Members(Form):
    """Who."""

    account_ids: tuple[str, ...] = ()


class PostForm(Form):
    """Which post."""

    status_id: str = ""


class KeysForm(Form):
    """The keys of a browser or phone (RFC 8291)."""

    p256dh: str
    auth: str


class EndpointForm(Form):
    """Where messages go; `standard` false means the older aesgcm."""

    endpoint: str
    keys: KeysForm
    standard: bool = False


class AlertsForm(Form):
    """What to tell, and of whom."""

    alerts: dict[str, bool] | None = None
    policy: Literal["all", "followed", "follower", "none"] = "all"


class PushForm(Form):
    """A subscription."""

    subscription: EndpointForm
    data: AlertsForm | None = None


class PushChange(Form):
    """Other alerts."""

    data: AlertsForm | None = None
    policy: Literal["all", "followed", "follower", "none"] = "all"


class SearchQuery(Offset):
    """What is looked for."""

    q: str = ""
    type: Literal["accounts", "hashtags", "statuses"] | None = None
    resolve: bool = False
    following: bool = False
    account_id: str = ""
    exclude_unreviewed: bool = False
    min_id: str = ""
    max_id: str = ""


TABLE: Table = {
    "GET /api/v1/timelines/home": says(list[Status], query=Paged),
    "GET /api/v1/timelines/public": says(list[Status], query=PublicQuery),
    "GET /api/v1/timelines/tag/{tag}": says(list[Status], query=TagQuery),
    "GET /api/v1/timelines/list/{id}": says(list[Status], query=Paged),
    "GET /api/v1/accounts/{id}/statuses": says(list[Status], query=AccountStatusesQuery),
    "GET /api/v1/markers": says(dict[str, Marker], query=Timelines),
    "POST /api/v1/markers": says(dict[str, Marker], body=MarkersForm),
    "GET /api/v1/lists": says(list[UserList]),
    "POST /api/v1/lists": says(UserList, body=ListForm),
    "GET /api/v1/lists/{id}": says(UserList),
    "PUT /api/v1/lists/{id}": says(UserList, body=ListForm),
    "DELETE /api/v1/lists/{id}": says(Empty),
    "GET /api/v1/lists/{id}/accounts": says(list[Account], query=Paged),
    "POST /api/v1/lists/{id}/accounts": says(Empty, body=Members),
    "DELETE /api/v1/lists/{id}/accounts": says(Empty, query=Members),
    f"GET {_PUSH}": says(PushSubscription),
    f"POST {_PUSH}": says(PushSubscription, body=PushForm),
    f"PUT {_PUSH}": says(PushSubscription, body=PushChange),
    f"DELETE {_PUSH}": says(Empty),
    "GET /api/v2/search": says(Search, query=SearchQuery),
    "GET /api/v2/filters": says(list[Filter]),
    "POST /api/v2/filters": says(Filter, body=FilterForm),
    f"GET {_FILTER}": says(Filter),
    f"PUT {_FILTER}": says(Filter, body=FilterForm),
    f"DELETE {_FILTER}": says(Empty),
    f"GET {_FILTER}/keywords": says(list[Keyword]),
    f"POST {_FILTER}/keywords": says(Keyword, body=KeywordForm),
    "GET /api/v2/filters/keywords/{id}": says(Keyword),
    "PUT /api/v2/filters/keywords/{id}": says(Keyword, body=KeywordForm),
    "DELETE /api/v2/filters/keywords/{id}": says(Empty),
    f"GET {_FILTER}/statuses": says(list[FilteredPost]),
    f"POST {_FILTER}/statuses": says(FilteredPost, body=PostForm),
    "GET /api/v2/filters/statuses/{id}": says(FilteredPost),
    "DELETE /api/v2/filters/statuses/{id}": says(Empty),
    "GET /api/v1/filters": says(list[OldFilter]),
    "POST /api/v1/filters": says(OldFilter, body=OldForm),
    "GET /api/v1/filters/{id}": says(OldFilter),
    "PUT /api/v1/filters/{id}": says(OldFilter, body=OldForm),
    "DELETE /api/v1/filters/{id}": says(Empty),
    "POST /api/v1/reports": says(Report, body=ReportForm),
}
