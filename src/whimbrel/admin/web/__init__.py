"""The operator's pages, all under /admin."""

from typing import Any

from . import (
    accounts,
    blocklist,
    dashboard,
    doors,
    emojis,
    federation,
    invites,
    machine,
    telling,
    texts,
    trends,
)

ROUTES: list[Any] = [
    *dashboard.ROUTES,
    *accounts.ROUTES,
    *invites.ROUTES,
    *doors.ROUTES,
    *federation.ROUTES,
    *blocklist.ROUTES,
    *trends.ROUTES,
    *telling.ROUTES,
    *texts.ROUTES,
    *emojis.ROUTES,
    *machine.ROUTES,
]
