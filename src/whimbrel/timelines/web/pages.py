"""What the pages of this room share: which part is asked for, who reads, how it is sent."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from whimbrel.accounts import reading, strangers, views
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import of
from whimbrel.core.http import Html, Params, Scope, page_of, window

from ..rules import Window
from ..serialize import Shown

LENGTH = 20  # posts of a page


def window_for(viewer: Viewer, params: Params) -> Window:
    """The part that is asked for. Whether a stranger may have it, was found out at the door."""
    page = page_of({"max_id": params.get("max_id")}, LENGTH, LENGTH)
    return Window(*window(page)[:2], LENGTH, False)


def older(scope: Scope, viewer: Viewer, shown: Shown, more: str = "") -> str:
    """The address of the next page, "" where there is none; for strangers, where they sign in to
    read on.

    Args:
        more: what else is in its query.
    """
    if shown.oldest is None or shown.size < LENGTH:
        return ""
    address = f"{scope['path']}?max_id={shown.oldest}{more}"
    if viewer.account is None and not strangers.may_read_on(of(scope)):
        return f"{views.SIGN_IN}?next={quote(address, safe='')}"
    return address


async def tell(scope: Scope, viewer: Viewer, found: Shown) -> None:
    """They are about to be shown this. Raises TooMany: they read more than there is for them."""
    await reading.tell(scope, viewer, found.rows, len(found.body))


def page(
    scope: Scope, viewer: Viewer, template: str, reader: Mapping[str, Any], **context: Any
) -> Html:
    """A page that strangers may see as well."""
    body = views.render(scope, template, **reader, **context)
    return Html(body, 200, views.headers(of(scope), private=viewer.account is not None))
