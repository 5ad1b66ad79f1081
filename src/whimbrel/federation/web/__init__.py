"""The room's pages."""

from typing import Any

from . import interact, moving

ROUTES: list[Any] = [*moving.ROUTES, *interact.ROUTES]
