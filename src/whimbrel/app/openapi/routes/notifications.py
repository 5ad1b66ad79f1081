"""Notifications, one by one and in groups, whose are told; and conversations."""

from whimbrel.timelines.rules import Decision

from ..described import Empty, Form, Ids, Paged, Table, says
from ..entities.people import Account
from ..entities.reading import (
    Conversation,
    GroupedNotifications,
    Merged,
    Notification,
    NotificationPolicy,
    NotificationRequest,
    OldNotificationPolicy,
    UnreadCount,
)

_V2 = "/api/v2/notifications"
_REQUESTS = "/api/v1/notifications/requests"


class NotificationsQuery(Paged):
    """Of which kinds, and of whom; those held back, too."""

    types: tuple[str, ...] = ()
    exclude_types: tuple[str, ...] = ()
    account_id: str = ""
    include_filtered: bool = False
    supported_types: tuple[str, ...] = ()


class Supported(Form):
    """Which kinds an app knows; of others it gets a sentence."""

    supported_types: tuple[str, ...] = ()


class GroupsQuery(NotificationsQuery):
    """The same; which kinds are grouped, and how much of people is told (`partial_avatars`)."""

    grouped_types: tuple[str, ...] = ()
    expand_accounts: str = "full"


class Most(Form):
    """How far to count."""

    limit: int = 100


class MostGroups(Most):
    """How far to count, and of what."""

    types: tuple[str, ...] = ()
    exclude_types: tuple[str, ...] = ()
    account_id: str = ""
    include_filtered: bool = False
    grouped_types: tuple[str, ...] = ()


class PolicyForm(Form):
    """What to decide anew."""

    for_not_following: Decision | None = None
    for_not_followers: Decision | None = None
    for_new_accounts: Decision | None = None
    for_private_mentions: Decision | None = None
    for_limited_accounts: Decision | None = None
    for_bots: Decision | None = None


class OldPolicyForm(Form):
    """The same as version 1 has it."""

    filter_not_following: bool | None = None
    filter_not_followers: bool | None = None
    filter_new_accounts: bool | None = None
    filter_private_mentions: bool | None = None


TABLE: Table = {
    "GET /api/v1/notifications": says(list[Notification], query=NotificationsQuery),
    "GET /api/v1/notifications/unread_count": says(UnreadCount, query=Most),
    "GET /api/v1/notifications/{id}": says(Notification, query=Supported),
    "POST /api/v1/notifications/clear": says(Empty),
    "POST /api/v1/notifications/{id}/dismiss": says(Empty),
    "GET /api/v1/notifications/policy": says(OldNotificationPolicy),
    "PUT /api/v1/notifications/policy": says(OldNotificationPolicy, body=OldPolicyForm),
    f"GET {_V2}": says(GroupedNotifications, query=GroupsQuery),
    f"GET {_V2}/unread_count": says(UnreadCount, query=MostGroups),
    f"GET {_V2}/policy": says(NotificationPolicy),
    f"PATCH {_V2}/policy": says(NotificationPolicy, body=PolicyForm),
    f"PUT {_V2}/policy": says(NotificationPolicy, body=PolicyForm),
    f"GET {_V2}/{{key}}": says(GroupedNotifications, query=Supported),
    f"GET {_V2}/{{key}}/accounts": says(list[Account]),
    f"POST {_V2}/{{key}}/dismiss": says(Empty),
    f"GET {_REQUESTS}": says(list[NotificationRequest], query=Paged),
    f"GET {_REQUESTS}/merged": says(Merged),
    f"GET {_REQUESTS}/{{id}}": says(NotificationRequest),
    f"POST {_REQUESTS}/accept": says(Empty, body=Ids),
    f"POST {_REQUESTS}/dismiss": says(Empty, body=Ids),
    f"POST {_REQUESTS}/{{id}}/accept": says(Empty),
    f"POST {_REQUESTS}/{{id}}/dismiss": says(Empty),
    "GET /api/v1/conversations": says(list[Conversation], query=Paged),
    "DELETE /api/v1/conversations/{id}": says(Empty),
    "POST /api/v1/conversations/{id}/read": says(Conversation),
    "POST /api/v1/conversations/{id}/unread": says(Conversation),
}
