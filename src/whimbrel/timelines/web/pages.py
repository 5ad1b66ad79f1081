"""What the pages of this room share: which part is asked for, who reads, how it is sent."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from whimbrel.accounts import reading, strangers, views
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import of
from whimbrel.core.fragments import Entry
from whimbrel.core.http import Html, Params, Scope, page_of, window
from whimbrel.core.ids import MAX_ID, id_of

from ..rules import Window
from ..serialize import Shown

LENGTH = 20  # posts of a page


class _Post(msgspec.Struct):
    id: str


_post = msgspec.json.Decoder(_Post).decode


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


def given_id(params: Params, name: str) -> int:
    """The id that a query gives; 0: none."""
    return max(id_of(params.text(name, "-")), 0)


def lined(
    posts: Sequence[Entry], read: int, when: int = 0, to: int = 0, above: int = MAX_ID
) -> Sequence[Entry]:
    """The posts, and before the first of them that was read a line, where newer ones stand above.

    Args:
        read: the newest post that was read;  when: that was (ms since 1970), 0 = it is not said.
        to: whoever comes to the line has read up to this one; 0: nobody notes it.
        above: the oldest post of the page before; `MAX_ID`: there is none.
    """
    for at, each in enumerate(posts):
        if int(_post(each.told).id) <= read:
            new = at or read < above < MAX_ID
            return [*posts[:at], line(when, to), *posts[at:]] if new else posts
    return posts


def line(when: int, to: int) -> Entry:
    """What stands up to where somebody read, or, without its words (`when` < 0), where they are
    seen to have read; see `lined`."""
    return Entry(b"here %d %d" % (when, to), lambda _: {"read_at": when, "to": to})


async def tell(scope: Scope, viewer: Viewer, found: Shown) -> None:
    """They are about to be shown this. Raises TooMany: they read more than there is for them."""
    await reading.tell(scope, viewer, found.rows, len(found.body))


def page(
    scope: Scope, viewer: Viewer, template: str, reader: Mapping[str, Any], **context: Any
) -> Html:
    """A page that strangers may see as well."""
    body = views.render(scope, template, **reader, **context)
    return Html(body, 200, views.headers(of(scope), private=viewer.account is not None))
