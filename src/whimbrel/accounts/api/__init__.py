"""The room's doors for apps."""

from typing import Any

from . import actions, own, people, pictures

ROUTES: list[Any] = [*own.ROUTES, *people.ROUTES, *actions.ROUTES, *pictures.ROUTES]
