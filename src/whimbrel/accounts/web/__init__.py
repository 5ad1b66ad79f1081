"""The room's pages: coming in, letting apps in, settings, and what one does with people."""

from typing import Any

from . import consent, entry, joining, languages, people, settings

ROUTES: list[Any] = [
    *joining.ROUTES,
    *entry.ROUTES,
    *consent.ROUTES,
    *settings.ROUTES,
    *languages.ROUTES,
    *people.ROUTES,
]
