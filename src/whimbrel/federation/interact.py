"""Between two servers: somebody sees a person or a post on one and has an account on the other."""

import re
from urllib.parse import quote

from whimbrel.accounts.queries import people as accounts
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.posts import queries as posts

from . import handles, looking, notes, people

LONGEST = 2000  # characters of an address that is looked for
_PAGE = re.compile(r"/(@[^/?#]+)(?:/(\d{1,20}))?/?")  # of somebody of ours, or of a post

What = tuple[str, int]  # `account` or `post`, and its id here


async def page_for(app: App, viewer: Viewer, text: str) -> str:
    """The page here of the person or the post that is meant, with the buttons on it.

    Args:
        text: an address or a handle, of any server; asked for there, where nobody here met it yet.
    Raises:
        NotFound: nothing that the viewer may see.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise NotFound
    what = await app.db.read(_ours, text) or await looking.look(app, text)
    if what is None:
        raise NotFound
    return await app.db.read(_page, viewer, what)


def _ours(tx: Tx, text: str) -> What | None:
    """Somebody or something of ours by handle, page or id."""
    here, handle = tx.instance, handles.handle_of(text)
    if handle is not None:
        return _called(tx, handle.name) if here.is_own(handle.domain) else None
    if not text.startswith(f"{here.origin}/"):
        return None
    found = _PAGE.fullmatch(text.removeprefix(here.origin))
    if found is not None:
        return ("post", id_of(found[2])) if found[2] else _called(tx, found[1])
    post = notes.known(tx, text)
    account = people.known(tx, text) if post is None else None
    if post is not None:
        return "post", post
    return None if account is None else ("account", account)


def _called(tx: Tx, name: str) -> What | None:
    try:
        return "account", accounts.by_handle(tx, name).id
    except NotFound:
        return None


def _page(tx: Tx, viewer: Viewer, what: What) -> str:
    """Raises NotFound: suspended, or not the viewer's to see."""
    kind, id_ = what
    if kind == "post":
        posts.card_of(tx, viewer, id_)
        author = posts.any_post(tx, id_).author
    else:
        author = id_
    account = accounts.by_ids(tx, [author]).get(author)
    if account is None or account.suspended_at is not None:
        raise NotFound
    page = f"/@{quote(account.acct, safe='@:')}"
    return f"{page}/{id_}" if kind == "post" else page
