"""The room's pages: coming in, letting apps in, settings, and what one does with people."""

from typing import Any

from . import (
    consent,
    entry,
    factors,
    joining,
    languages,
    leaving,
    onward,
    people,
    preferring,
    profile,
    receipts,
    second,
    security,
    settings,
)

ROUTES: list[Any] = [
    *joining.ROUTES,
    *entry.ROUTES,
    *consent.ROUTES,
    *second.ROUTES,
    *settings.ROUTES,
    *profile.ROUTES,
    *preferring.ROUTES,
    *security.ROUTES,
    *factors.ROUTES,
    *leaving.ROUTES,
    *receipts.ROUTES,
    *languages.ROUTES,
    *onward.ROUTES,
    *people.ROUTES,
]
