"""This room's doors for apps: reports as anybody sends them, and what the staff does."""

from typing import Any

from . import accounts, desk, letters, lists, measures, reports

ROUTES: list[Any] = [
    *reports.ROUTES,
    *accounts.ROUTES,
    *desk.ROUTES,
    *letters.ROUTES,
    *lists.ROUTES,
    *measures.ROUTES,
]
