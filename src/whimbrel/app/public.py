"""What the API says of itself beside its routes: which answers strangers may keep, which routes are
old, and which are gone.

The routes themselves are in the rooms and know nothing of it."""

import re
from datetime import UTC, datetime

from whimbrel.core.http import Scope

_KEPT = re.compile(
    r"/api/v[12]/instance|/api/v1/instance/.+|/api/v1/custom_emojis|/api/v1/trends(/\w+)?"
    r"|/api/openapi\.json|/nodeinfo/2\.[01]|/\.well-known/nodeinfo"
)

# Apps of their time know what a 404 means; a 405 would stop some.
GONE = frozenset(("/api/v1/search", "/api/v1/notifications/dismiss"))

# Since when there is something better, and whether only for one method: the dates are Mastodon's.
_OLD = tuple(
    (re.compile(path), method, b"@%d" % datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    for path, method, day in (
        (r"/api/v1/instance", None, "2022-11-14"),
        (r"/api/v1/filters(/[^/]+)?", None, "2022-11-14"),
        (r"/api/v1/suggestions", "GET", "2021-05-16"),
        (r"/api/v1/trends", None, "2022-03-30"),
        (r"/api/v1/accounts/[^/]+/identity_proofs", None, "2022-03-30"),
        (r"/api/v1/notifications/policy", None, "2024-10-08"),
    )
)


def is_kept(path: str) -> bool:
    """Whether all strangers are answered the same there."""
    return _KEPT.fullmatch(path) is not None


def of_old(scope: Scope) -> list[tuple[bytes, bytes]]:
    """For a route that new apps should not use: since when (RFC 9745).

    Source: Mastodon REST API, `Deprecation`, since 4.4
    """
    path, method = scope["path"], scope["method"]
    if not path.startswith("/api/v1/"):
        return []
    return [
        (b"deprecation", since)
        for old, only, since in _OLD
        if only in (None, method) and old.fullmatch(path)
    ]
