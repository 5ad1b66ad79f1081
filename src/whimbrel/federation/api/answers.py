"""What every answer to another server has in common, and who asks."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Response

from whimbrel.accounts.auth import access
from whimbrel.core.app import App, of
from whimbrel.core.http import Scope

from ..signed import signer_of
from ..vocabulary import activities, with_context

ACTIVITY = "application/activity+json; charset=utf-8"
JRD = "application/jrd+json; charset=utf-8"
# Whoever asks says so in a signature, never in a token: if they like, or else they get nothing.
OPEN = access(None, rate="fetch", token="ignored")  # noqa: S106 (no password)
SIGNED = access(None, rate="fetch", token="signed")  # noqa: S106

_PRIVATE = {
    "cache-control": "private, no-store",
    "vary": "Accept, Signature, Signature-Input",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
}


class Activity(Response[bytes]):
    """A document of ActivityStreams. It depends on who signed the request: no cache may keep it."""

    def __init__(
        self,
        said: dict[str, Any],
        status_code: int | None = None,
        *,
        links_for: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """Args: `links_for` fills in links to files that not everybody may see."""
        body = msgspec.json.encode(with_context(said))
        if links_for is not None:
            body = links_for(body)
        super().__init__(body, status_code=status_code, headers=_PRIVATE, media_type=ACTIVITY)


def tombstone(scope: Scope) -> Activity:
    """What is left of what was at this address."""
    uri = of(scope).instance.origin + scope["path"].removesuffix("/activity")
    return Activity(activities.tombstone(uri), status_code=410)


def is_signed(scope: Scope) -> bool:
    """Whether whoever asks says who they are."""
    return any(name in (b"signature", b"signature-input") for name, _ in scope["headers"])


async def asking(scope: Scope) -> tuple[App, int]:
    """The app, and the account of whoever signed (0 = somebody we have not met).

    Raises:
        BadSignature, Forbidden: see `signed.signer_of`.
    """
    app = of(scope)
    return app, (await signer_of(app, scope)).account
