"""Our people, the server itself, and the lists of people and posts that belong to them."""

import re
from typing import Any, Literal

from litestar import Response, get
from litestar.params import FromPath

from whimbrel.accounts import reading
from whimbrel.accounts.serialize import account_url
from whimbrel.core.app import of
from whimbrel.core.errors import Gone
from whimbrel.core.http import Redirect, Scope, prefers_html, query_params
from whimbrel.core.ids import id_of

from .. import keys, show, vocabulary
from ..queries import actors
from ..rules import SERVER
from ..signed import signer_of
from ..vocabulary.actor import brief
from .answers import OPEN, SIGNED, Activity, asking, is_signed, tombstone

PEOPLE = "/ap/users/{id_:str}"
_POST = re.compile(rb"/statuses/(\d+)/activity")  # the acts in an outbox, each with its post


@get("/actor", opt=OPEN)
async def server(scope: Scope) -> Activity:
    """The server itself. Nobody has to sign for it, for with its key signatures are verified."""
    app = of(scope)
    return Activity(vocabulary.server(app.instance, await keys.public_of(app, SERVER)))


@get("/actor/outbox", opt=OPEN)
async def server_outbox(scope: Scope) -> Activity:
    """The server itself says nothing."""
    return Activity(vocabulary.ordered(f"{of(scope).instance.origin}/actor/outbox", 0, items=[]))


@get(PEOPLE, opt=OPEN)
async def person(id_: FromPath[str], scope: Scope) -> Response[bytes]:
    """Somebody of ours; a browser is led to their page. Who does not sign is told their name and
    their keys, with which signatures are verified, and no more.

    Raises:
        NotFound: there is nobody; who left is told as a tombstone.
        BadSignature, Forbidden: signed by nobody we can believe.
    """
    try:
        found = await of(scope).db.recall(show.somebody, id_of(id_))
    except Gone:
        return tombstone(scope)
    return await _person(scope, found)


@get("/ap/names/{name:str}", opt=OPEN)
async def person_by_name(name: FromPath[str], scope: Scope) -> Response[bytes]:
    """The same by name: what `/@name` is for other servers. Raises as `person`."""
    return await _person(scope, await of(scope).db.recall(show.named, name))


async def _person(scope: Scope, found: tuple[Any, Any]) -> Response[bytes]:
    app, (account, public) = of(scope), found
    if prefers_html(scope):
        return Redirect(account_url(app.instance, account), foreign=True)
    signed = is_signed(scope)
    if signed:
        await signer_of(app, scope)
    public = public or await keys.make_for(app, account.id)
    if not signed:
        return Activity(brief(app.instance, account, public))
    others = await app.db.recall(actors.others, account.id)
    return Activity(vocabulary.actor(app.instance, account, public, others))


def _page_of(scope: Scope) -> tuple[bool, int | None]:
    """Whether a page is asked for, and before which id."""
    asked = query_params(scope)
    before = asked.text("before")
    return bool(asked.text("page")), id_of(before) if before else None


@get(f"{PEOPLE}/outbox", opt=SIGNED)
async def outbox(id_: FromPath[str], scope: Scope) -> Activity:
    """What somebody said to everybody. Raises as `person`; TooMany: that server has read more of
    what is said here than there is for it."""
    app = of(scope)
    signer = await signer_of(app, scope)
    paged, before = _page_of(scope)
    told = Activity(await app.db.read(_outbox, id_of(id_), paged, before))
    if paged:
        posts = list(dict.fromkeys(int(post) for post in _POST.findall(told.content)))
        reading.serve(scope, signer.host, posts, len(told.content))
    return told


def _outbox(tx: Any, id_: int, paged: bool, before: int | None) -> dict[str, Any]:
    return show.outbox(tx, id_, paged=paged, before=before)


def _tied(
    tx: Any, id_: int, kind: Literal["followers", "following"], paged: bool, before: int | None
) -> dict[str, Any]:
    return show.tied(tx, id_, kind, paged=paged, before=before)


@get(f"{PEOPLE}/followers", opt=SIGNED)
async def followers(id_: FromPath[str], scope: Scope) -> Activity:
    """Who follows somebody. Raises as `person`."""
    app, _ = await asking(scope)
    return Activity(await app.db.read(_tied, id_of(id_), "followers", *_page_of(scope)))


@get(f"{PEOPLE}/followers_synchronization", opt=SIGNED)
async def followers_there(id_: FromPath[str], scope: Scope) -> Activity:
    """Who follows somebody from the server that asks. Raises as `person`."""
    signer = await signer_of(of(scope), scope)
    return Activity(await of(scope).db.read(show.followers_there, id_of(id_), signer.host))


@get(f"{PEOPLE}/following", opt=SIGNED)
async def following(id_: FromPath[str], scope: Scope) -> Activity:
    """Whom somebody follows. Raises as `person`."""
    app, _ = await asking(scope)
    return Activity(await app.db.read(_tied, id_of(id_), "following", *_page_of(scope)))


@get(f"{PEOPLE}/collections/featured", opt=SIGNED)
async def featured(id_: FromPath[str], scope: Scope) -> Activity:
    """What stands on top of somebody's profile. Raises as `person`."""
    app, _ = await asking(scope)
    return Activity(await app.db.read(show.pinned, id_of(id_)))


@get(f"{PEOPLE}/collections/tags", opt=SIGNED)
async def featured_tags(id_: FromPath[str], scope: Scope) -> Activity:
    """The tags on somebody's profile. Raises as `person`."""
    app, _ = await asking(scope)
    return Activity(await app.db.read(show.featured_tags, id_of(id_)))


ROUTES: list[Any] = [
    *(server, server_outbox, person, person_by_name),
    *(outbox, followers, followers_there, following, featured, featured_tags),
]
