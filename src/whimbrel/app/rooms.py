"""Every room's doors: the one list of routes."""

from typing import Any

from whimbrel.accounts import api as accounts

from . import api

ROUTES: list[Any] = [*api.ROUTES, *accounts.ROUTES]
