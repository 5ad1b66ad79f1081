"""The operator's pages, all under /admin."""

from typing import Any

from . import accounts, dashboard

ROUTES: list[Any] = [*dashboard.ROUTES, *accounts.ROUTES]
