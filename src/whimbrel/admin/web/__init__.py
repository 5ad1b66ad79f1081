"""The operator's pages, all under /admin."""

from typing import Any

from . import accounts, dashboard, doors, emojis, federation, invites, machine, telling, trends

ROUTES: list[Any] = [
    *dashboard.ROUTES,
    *accounts.ROUTES,
    *invites.ROUTES,
    *doors.ROUTES,
    *federation.ROUTES,
    *trends.ROUTES,
    *telling.ROUTES,
    *emojis.ROUTES,
    *machine.ROUTES,
]
