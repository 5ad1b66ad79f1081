"""Other servers: those known here, those kept at a distance, those let in."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.http import Html, Params, Scope, page_of, window
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.moderation import servers
from whimbrel.moderation.rules import Window

from .. import queries
from .around import OPEN, PAGE, SENDING, Context, act, older, page, said

PATH = "/admin/federation"
BLOCKS, ALLOWS = f"{PATH}/blocks", f"{PATH}/allows"
NEEDS = Permission.MANAGE_FEDERATION
FLAGS = ("reject_media", "reject_reports", "obfuscate")
TEXTS = ("public_comment", "private_comment")
SAID = {
    "added": say("The server is on the list."),
    "changed": say("It is kept away as you said."),
    "removed": say("The server is off the list."),
}
BLANK: Context = {"domain": "", "severity": "silence", **dict.fromkeys((*FLAGS, *TEXTS), "")}


@get(PATH, opt=OPEN)
async def known(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """The servers of which somebody is known, by name."""
    after = params.text("after")[:253]

    def read(tx: Tx) -> Context:
        found = queries.peers(tx, after, PAGE)
        more = len(found) == PAGE
        return {"peers": found, "older": f"{PATH}?after={found[-1].domain}" if more else ""}

    return await page(scope, viewer, NEEDS, "admin_federation.html", read, slow=True)


def _form(params: Params) -> servers.BlockForm:
    """A form of ours says all: what is not ticked is off."""
    return servers.BlockForm(
        domain=params.text("domain"),
        severity=params.text("severity"),
        reject_media=params.flag("reject_media"),
        reject_reports=params.flag("reject_reports"),
        obfuscate=params.flag("obfuscate"),
        public_comment=params.text("public_comment"),
        private_comment=params.text("private_comment"),
    )


async def _blocks(
    scope: Scope, viewer: Viewer, params: Params, status: int = 200, **more: Any
) -> Html:
    asked = page_of(params, PAGE, PAGE)

    def read(tx: Tx) -> Context:
        low, high, up = window(asked)
        found = servers.blocks(tx, viewer, Window(low, high, asked.limit, up))
        return {"blocks": found, "older": older(scope, asked, [int(each["id"]) for each in found])}

    form = {**BLANK, "domain": params.text("domain"), **more.pop("form", {})}
    given = {"path": BLOCKS, "form": form, **more}
    return await page(scope, viewer, NEEDS, "admin_blocks.html", read, status, **given)


@get(BLOCKS, opt=OPEN)
async def blocks(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """Those kept at a distance, the last one first; `domain` is written into the form."""
    return await _blocks(scope, viewer, params, notice=said(params, SAID))


@post(BLOCKS, status_code=200, opt=SENDING)
async def add_block(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """Keep one at a distance."""

    def added(tx: Tx) -> None:
        servers.add_block(tx, viewer, _form(params))

    async def again(**wrong: Any) -> Html:
        return await _blocks(scope, viewer, params, **wrong)

    return await act(scope, viewer, params, NEEDS, added, f"{BLOCKS}?done=added", again)


async def _block(scope: Scope, viewer: Viewer, id_: int, status: int = 200, **more: Any) -> Html:
    def read(tx: Tx) -> Context:
        found = servers.show_block(tx, viewer, id_)
        form = {name: found[name] or "" for name in BLANK}
        return {"block": found, "form": form}

    if "form" in more:
        more["form"] = {**BLANK, **more["form"]}
    given = {"path": f"{BLOCKS}/{id_}", **more}
    return await page(scope, viewer, NEEDS, "admin_block.html", read, status, **given)


@get(f"{BLOCKS}/{{id_:str}}", opt=OPEN)
async def block(viewer: NamedDependency[Viewer], id_: FromPath[str], scope: Scope) -> Html:
    """One of them, to be changed. Raises NotFound."""
    return await _block(scope, viewer, id_of(id_))


@post(f"{BLOCKS}/{{id_:str}}", status_code=200, opt=SENDING)
async def change_block(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Keep it further away, or nearer. Raises NotFound."""

    def changed(tx: Tx) -> None:
        servers.change_block(tx, viewer, id_of(id_), _form(params))

    async def again(**wrong: Any) -> Html:
        return await _block(scope, viewer, id_of(id_), **wrong)

    return await act(scope, viewer, params, NEEDS, changed, f"{BLOCKS}?done=changed", again)


@post(f"{BLOCKS}/{{id_:str}}/remove", status_code=200, opt=SENDING)
async def remove_block(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Let it come near. Raises NotFound."""

    def removed(tx: Tx) -> None:
        servers.remove_block(tx, viewer, id_of(id_))

    return await act(scope, viewer, params, NEEDS, removed, f"{BLOCKS}?done=removed")


async def _allows(
    scope: Scope, viewer: Viewer, params: Params, status: int = 200, **more: Any
) -> Html:
    asked = page_of(params, PAGE, PAGE)

    def read(tx: Tx) -> Context:
        low, high, up = window(asked)
        found = servers.allows(tx, viewer, Window(low, high, asked.limit, up))
        return {"allows": found, "older": older(scope, asked, [int(each["id"]) for each in found])}

    given = {"path": ALLOWS, **more}
    return await page(scope, viewer, NEEDS, "admin_allows.html", read, status, **given)


@get(ALLOWS, opt=OPEN)
async def allows(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """Those let in, the last one first."""
    return await _allows(scope, viewer, params, notice=said(params, SAID))


@post(ALLOWS, status_code=200, opt=SENDING)
async def add_allow(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """Let one in."""

    def added(tx: Tx) -> None:
        servers.add_allow(tx, viewer, params.text("domain"))

    async def again(**wrong: Any) -> Html:
        return await _allows(scope, viewer, params, **wrong)

    return await act(scope, viewer, params, NEEDS, added, f"{ALLOWS}?done=added", again)


@post(f"{ALLOWS}/{{id_:str}}/remove", status_code=200, opt=SENDING)
async def remove_allow(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Let it in no more. Raises NotFound."""

    def removed(tx: Tx) -> None:
        servers.remove_allow(tx, viewer, id_of(id_))

    return await act(scope, viewer, params, NEEDS, removed, f"{ALLOWS}?done=removed")


ROUTES: list[Any] = [
    *(known, blocks, add_block, block, change_block, remove_block),
    *(allows, add_allow, remove_allow),
]
