"""Our posts, for servers that sign who they are."""

from functools import partial
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from whimbrel.accounts import reading
from whimbrel.accounts.serialize import account_url
from whimbrel.core.app import of
from whimbrel.core.errors import Gone
from whimbrel.core.http import Redirect, Scope, prefers_html, query_params
from whimbrel.core.ids import id_of, millis
from whimbrel.media import links

from .. import show
from ..proving import proven
from ..rules import Signer, origin_of
from ..signed import signer_of
from .actors import PEOPLE
from .answers import SIGNED, Activity, asking, tombstone

ONE = f"{PEOPLE}/statuses/{{post:str}}"


@get(ONE, opt=SIGNED)
async def note(id_: FromPath[str], post: FromPath[str], scope: Scope) -> Response[bytes]:
    """A post; a browser is led to its page.

    Raises:
        NotFound: there is none, or it is not for whoever asks.
        BadSignature, Forbidden: signed by nobody we can believe.
        TooMany: that server has read more of what is said here than there is for it.
    """
    if prefers_html(scope):
        app = of(scope)
        account, _ = await app.db.recall(show.somebody, id_of(id_))
        page = f"{account_url(app.instance, account)}/{id_of(post)}"
        return Redirect(page, foreign=True)
    signer = await signer_of(of(scope), scope)
    return await _post(scope, id_of(id_), id_of(post), signer)


@get("/ap/names/{name:str}/{post:str}", opt=SIGNED)
async def note_by_name(name: FromPath[str], post: FromPath[str], scope: Scope) -> Activity:
    """The same: what `/@name/ID` is for other servers. Raises as `note`."""
    signer = await signer_of(of(scope), scope)  # first: strangers are not told who is here
    account, _ = await of(scope).db.recall(show.named, name)
    return await _post(scope, account.id, id_of(post), signer)


@get(f"{ONE}/activity", opt=SIGNED)
async def activity(id_: FromPath[str], post: FromPath[str], scope: Scope) -> Activity:
    """The activity that told others of it. Raises as `note`."""
    signer = await signer_of(of(scope), scope)
    return await _post(scope, id_of(id_), id_of(post), signer, activity=True)


async def _post(
    scope: Scope, author: int, post: int, signer: Signer, *, activity: bool = False
) -> Activity:
    app = of(scope)
    read = partial(show.post, activity=activity)
    try:
        said, private = await app.db.read(read, author, post, signer.account)
    except Gone:
        return tombstone(scope)
    server, now = origin_of(signer.actor), millis(app.db.env.clock())
    told = Activity(
        await proven(app, said, author, private),
        links_for=lambda told: links.filled(app.db.keyring, told, server, now),
    )
    reading.serve(scope, signer.host, [post], len(told.content))
    return told


@get(f"{ONE}/replies", opt=SIGNED)
async def replies(id_: FromPath[str], post: FromPath[str], scope: Scope) -> Activity:
    """Answers to it. Raises as `note`."""
    app, viewer = await asking(scope)
    asked = query_params(scope)
    after = max(0, id_of(asked.text("after"))) if asked.text("page") else None
    return Activity(await app.db.read(show.replies, id_of(id_), id_of(post), viewer, after))


@get("/ap/threads/{id_:str}", opt=SIGNED)
async def thread(id_: FromPath[str], scope: Scope) -> Activity:
    """What everybody may read of a conversation that somebody of ours began. Raises NotFound,
    BadSignature, Forbidden.

    Source: FEP-7888, FEP-f228
    """
    app, _ = await asking(scope)
    asked = query_params(scope)
    after = max(0, id_of(asked.text("after"))) if asked.text("page") else None
    return Activity(await app.db.read(show.thread, id_of(id_), after))


async def _reactions(scope: Scope, author: str, post: str, kind: str) -> Activity:
    app, viewer = await asking(scope)
    return Activity(await app.db.read(show.reactions, id_of(author), id_of(post), viewer, kind))


@get(f"{ONE}/likes", opt=SIGNED)
async def likes(id_: FromPath[str], post: FromPath[str], scope: Scope) -> Activity:
    """How many liked it. Raises as `note`."""
    return await _reactions(scope, id_, post, "likes")


@get(f"{ONE}/shares", opt=SIGNED)
async def shares(id_: FromPath[str], post: FromPath[str], scope: Scope) -> Activity:
    """How many boosted it. Raises as `note`."""
    return await _reactions(scope, id_, post, "shares")


@get(f"{PEOPLE}/quotes/{{post:str}}", opt=SIGNED)
async def quote(id_: FromPath[str], post: FromPath[str], scope: Scope) -> Activity:
    """That a post may quote one of somebody of ours. Raises NotFound: it may not (any more);
    BadSignature, Forbidden."""
    app, _ = await asking(scope)
    try:
        return Activity(await app.db.read(show.stamp, id_of(id_), id_of(post)))
    except Gone:
        return tombstone(scope)


@get(f"{PEOPLE}/approvals/{{number:str}}", opt=SIGNED)
async def approval(id_: FromPath[str], number: FromPath[str], scope: Scope) -> Activity:
    """That something may be done with a post of somebody of ours. Raises NotFound, BadSignature,
    Forbidden."""
    app, _ = await asking(scope)
    return Activity(await app.db.read(show.approval, id_of(id_), id_of(number)))


ROUTES: list[Any] = [note, note_by_name, activity, replies, thread, likes, shares, quote, approval]
