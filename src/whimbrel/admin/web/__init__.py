"""The operator's pages, all under /admin."""

from typing import Any

from . import (
    accounts,
    automation,
    blocklist,
    clusters,
    dashboard,
    doors,
    emojis,
    eyes,
    federation,
    invites,
    leaving,
    letters,
    lists,
    live,
    machine,
    reports,
    telling,
    texts,
    trends,
    vault,
)

ROUTES: list[Any] = [
    *dashboard.ROUTES,
    *reports.ROUTES,
    *eyes.ROUTES,
    *live.ROUTES,
    *clusters.ROUTES,
    *letters.ROUTES,
    *vault.ROUTES,
    *automation.ROUTES,
    *accounts.ROUTES,
    *invites.ROUTES,
    *doors.ROUTES,
    *federation.ROUTES,
    *blocklist.ROUTES,
    *lists.ROUTES,
    *trends.ROUTES,
    *telling.ROUTES,
    *texts.ROUTES,
    *emojis.ROUTES,
    *machine.ROUTES,
    *leaving.ROUTES,
]
