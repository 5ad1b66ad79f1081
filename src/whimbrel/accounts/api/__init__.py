"""The room's doors for apps."""

from typing import Any

from . import actions, chosen, entry, oauth, own, people, pictures, receipts

ROUTES: list[Any] = [
    *oauth.ROUTES,
    *entry.ROUTES,
    *own.ROUTES,
    *people.ROUTES,
    *actions.ROUTES,
    *chosen.ROUTES,
    *pictures.ROUTES,
    *receipts.ROUTES,
]
