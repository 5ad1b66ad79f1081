"""The room's doors for apps."""

from typing import Any

from . import people, tags

ROUTES: list[Any] = [*people.ROUTES, *tags.ROUTES]
