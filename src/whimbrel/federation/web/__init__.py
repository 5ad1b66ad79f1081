"""The room's pages."""

from typing import Any

from . import moving

ROUTES: list[Any] = [*moving.ROUTES]
