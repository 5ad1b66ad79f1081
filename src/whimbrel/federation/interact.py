"""Between two servers: somebody sees a person or a post on one and has an account on the other."""

import asyncio
import re
from typing import NamedTuple
from urllib.parse import quote

from whimbrel.accounts.queries import people as accounts
from whimbrel.accounts.rules import STRANGER, Account, Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid, NotFound, WhimbrelError
from whimbrel.core.fetch import Refused, address_of
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.posts import queries as posts
from whimbrel.posts.render import status_uri
from whimbrel.posts.rules import Post

from . import handles, looking, notes, people
from .handles import Handle
from .queries import actors
from .rules import origin_of

ARRIVE = "/authorize_interaction"  # where most servers take visitors of another one
SECONDS = 8.0  # that the server of a stranger has to say where it takes them
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


class Wanted(NamedTuple):
    """What a stranger stands before."""

    uri: str  # what it is called everywhere
    kind: str  # `account` or `post`
    who: str  # handle of the person, or of who wrote the post


def _ours(tx: Tx, text: str) -> What | None:
    """Somebody or something of ours by handle, page or id."""
    here, handle = tx.instance, handles.handle_of(text)
    if handle is not None:
        return _called(tx, handle.name) if here.is_own(handle.domain) else None
    if not text.startswith(f"{here.origin}/"):
        return None
    found = _PAGE.fullmatch(text.removeprefix(here.origin))
    if found is not None:
        return _on(tx, found)
    post = notes.known(tx, text)
    account = people.known(tx, text) if post is None else None
    if post is not None:
        return "post", post
    return None if account is None else ("account", account)


def _on(tx: Tx, page: re.Match[str]) -> What | None:
    return ("post", id_of(page[2])) if page[2] else _called(tx, page[1])


def _called(tx: Tx, name: str) -> What | None:
    try:
        return "account", accounts.by_handle(tx, name).id
    except NotFound:
        return None


def _page(tx: Tx, viewer: Viewer, what: What) -> str:
    """Raises NotFound: suspended, or not the viewer's to see."""
    account, _ = _there(tx, viewer, what)
    page = f"/@{quote(account.acct, safe='@:')}"
    return f"{page}/{what[1]}" if what[0] == "post" else page


def _there(tx: Tx, viewer: Viewer, what: What) -> tuple[Account, Post | None]:
    """Who it is, or who wrote it. Raises NotFound."""
    kind, id_ = what
    post = posts.visible_post(tx, viewer, id_) if kind == "post" else None
    whose = id_ if post is None else post.author
    account = accounts.by_ids(tx, [whose]).get(whose)
    if account is None or account.suspended_at is not None:
        raise NotFound
    return account, post


def wanted(tx: Tx, page: str) -> Wanted:
    """What is on a page of ours, for somebody who has no account here.

    Args:
        page: the path, `/@name` or `/@name/id`.
    Raises:
        NotFound: nothing that everybody may see.
    """
    found = _PAGE.fullmatch(page)
    what = _on(tx, found) if found is not None else None
    if what is None:
        raise NotFound
    account, post = _there(tx, STRANGER, what)
    handle = account.acct if account.domain else f"{account.acct}@{tx.instance.domain}"
    if post is not None:
        return Wanted(status_uri(tx.instance, post, account), "post", handle)
    return Wanted(actors.uri_of(tx, account.id) or "", "account", handle)


async def onward(app: App, written: str, uri: str) -> str | None:
    """Where the server of a stranger takes its people who want something of another one. It is
    asked for no more than that, and nothing about it is written down.

    Args:
        written: the handle they have there, an address of their profile, or the server alone.
        uri: what they want something of.
    Returns:
        Always an address by https; None where the server that they name is ours.
    Raises:
        Invalid: neither a handle nor a server.
    """
    name, domain = _elsewhere(written)
    if app.instance.is_own(domain):
        return None
    usual = f"https://{domain}{ARRIVE}?uri={quote(uri, safe='')}"
    if not name:
        return usual
    try:
        async with asyncio.timeout(SECONDS):
            await people.admit(app, domain)
            template = (await handles.ask(app, Handle(name, domain))).subscribe
        return usual if template is None else _filled(template, uri)
    except (WhimbrelError, ValueError, TimeoutError):
        return usual  # whether it answers and what is no business of whoever named it


def _elsewhere(written: str) -> Handle:
    """Name (may be empty) and domain."""
    text = written.strip()
    handle = handles.handle_of(text)
    if handle is None:
        place, _, path = text.removeprefix("https://").partition("/")
        page = _PAGE.fullmatch(f"/{path}")
        try:
            handle = Handle(page[1][1:] if page else "", handles.domain_of(place))
        except (Refused, ValueError):
            handle = None
    if handle is None or "." not in handle.domain:
        said = say("Write it as in @name@server.example.")
        raise Invalid(said, {"account": [("ERR_INVALID", said)]})
    return handle


def _filled(template: str, uri: str) -> str:
    """Raises Refused, ValueError: no address by https with a place for `{uri}` behind the host."""
    origin = origin_of(template)
    filled = template.replace("{uri}", quote(uri, safe=""))
    address_of(filled)
    if not origin.startswith("https://") or "{" in origin or filled == template:
        raise Refused
    return filled
