"""What may be read without signing in: `public_reading`, and what each route says of itself.

Parler could be read from end to end by whoever came along. Here strangers are shown a post that
they know of, and the newest page of what is public; who reads on says who they are."""

from functools import lru_cache
from typing import Literal

from whimbrel.core.app import App, of
from whimbrel.core.errors import ForMembers
from whimbrel.core.http import Scope, header, query_params
from whimbrel.core.words import say

from .rules import Viewer

# Of a route, what it gives to who is not signed in where the setting is `first-page`:
# all = everything, for nothing that people write is in it; post = one thing that has to be known;
# first = the newest page of several; none = nothing.
Strangers = Literal["all", "post", "first", "none"]

_FURTHER = ("max_id", "offset", "page")
CLOSED = say("Somebody is copying this server, so for an hour only who is signed in reads on.")
_NOWHERE = (None, "", "0", 0)


def admit(scope: Scope, what: Strangers) -> None:
    """Let a stranger in, or not.

    Raises:
        ForMembers: the operator lets strangers read less than that, or the alarm rings.
    """
    allowed = of(scope).settings.public_reading
    if what == "all":
        return
    if allowed != "open":
        if allowed == "closed" or what == "none" or _has_body(scope):
            raise ForMembers
        if what == "first" and scope["query_string"] and _is_further(scope["query_string"]):
            raise ForMembers
    readings = of(scope).readings
    if what != "post" and readings is not None and readings.closed():
        raise ForMembers(CLOSED)


def admit_to_all(app: App, viewer: Viewer) -> None:
    """Let somebody read what comes from every server at once. Raises ForMembers: a stranger, who
    is shown what is written here."""
    if viewer.account is None and not may_read_on(app):
        raise ForMembers


def may_read_on(app: App) -> bool:
    """Whether strangers may go beyond the newest page."""
    return app.settings.public_reading == "open"


@lru_cache(maxsize=1024)
def _is_further(query: bytes) -> bool:
    """Whether another page than the newest is asked for."""
    params = query_params({"query_string": query})
    if params.get("min_id") not in (None, ""):  # even 0: from the oldest upwards
        return True
    return any(params.get(key) not in _NOWHERE for key in _FURTHER)


def _has_body(scope: Scope) -> bool:
    """A GET may carry JSON, in which a page could be asked for as well."""
    return b"json" in (header(scope, b"content-type") or b"") and (
        header(scope, b"content-length") not in (None, b"0")
        or header(scope, b"transfer-encoding") is not None
    )
