"""The room's doors for apps."""

from typing import Any

from . import people

ROUTES: list[Any] = [*people.ROUTES]
