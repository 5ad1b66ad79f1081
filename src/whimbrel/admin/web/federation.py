"""Other servers: those known here, those kept at a distance, those let in."""

from functools import partial
from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.federation import servers as abroad
from whimbrel.federation.rules import Style
from whimbrel.moderation import eyes, servers

from .. import queries
from .around import PAGE, Context, act, button, form, listed, page, said, staff

PATH = "/admin/federation"
BLOCKS, ALLOWS = f"{PATH}/blocks", f"{PATH}/allows"
NEEDS = Permission.MANAGE_FEDERATION
FLAGS = ("reject_media", "reject_reports", "obfuscate")
TEXTS = ("public_comment", "private_comment")
SAID = {
    "added": say("The server is on the list."),
    "changed": say("It is kept away as you said."),
    "called": say("It is being called on."),
    "brought": say("The servers of the file are on the list."),
    "removed": say("The server is off the list."),
}
STYLES = {Style.RFC9421: "RFC 9421", Style.DRAFT: "draft-cavage"}
BLANK: Context = {"domain": "", "severity": "silence", **dict.fromkeys((*FLAGS, *TEXTS), "")}


@get(PATH, opt=staff(NEEDS))
async def known(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """The servers of which somebody is known, by name."""
    after = params.text("after")[:253]

    def read(tx: Tx) -> Context:
        found = queries.peers(tx, after, PAGE)
        more = len(found) == PAGE
        return {"peers": found, "older": f"{PATH}?after={found[-1].domain}" if more else ""}

    return await page(scope, viewer, "admin_federation.html", read, slow=True)


@get(f"{PATH}/servers/{{domain:str}}", opt=staff(NEEDS))
async def server(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    domain: FromPath[str],
    scope: Scope,
) -> Html:
    """One server, and how things stand with it. Raises NotFound: nobody of it is known."""

    def read(tx: Tx) -> Context:
        block = servers.block_for(tx, viewer, domain)
        return {"server": abroad.look(tx, viewer, domain), "block": block}

    given: Context = {"notice": said(params, SAID), "styles": STYLES}
    return await page(scope, viewer, "admin_server.html", read, slow=True, **given)


@post(f"{PATH}/servers/{{domain:str}}/retry", status_code=200, opt=staff(NEEDS))
async def retry(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    domain: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Call on it now."""

    def called(tx: Tx) -> None:
        abroad.retry(tx, viewer, domain)

    at = f"{PATH}/servers/{quote(domain, safe=':')}"
    return await act(scope, viewer, params, called, f"{at}?done=called")


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


async def show_blocks(
    scope: Scope, viewer: Viewer, params: Params, status: int = 200, **more: Any
) -> Html:
    read = listed(scope, viewer, params, "blocks", servers.blocks)
    typed = {**BLANK, "domain": params.text("domain"), **more.pop("form", {})}
    given = {"path": BLOCKS, "form": typed, **more}
    return await page(scope, viewer, "admin_blocks.html", read, status, **given)


@get(BLOCKS, opt=staff(NEEDS))
async def blocks(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """Those kept at a distance, the last one first; `domain` is written into the form."""
    return await show_blocks(scope, viewer, params, notice=said(params, SAID))


def _add_block(tx: Tx, viewer: Viewer, params: Params) -> eyes.Outcome:
    return eyes.through(tx, viewer, eyes.Block(_form(params)))


async def _block(scope: Scope, viewer: Viewer, id_: int, status: int = 200, **more: Any) -> Html:
    def read(tx: Tx) -> Context:
        found = servers.show_block(tx, viewer, id_)
        return {"block": found, "form": {name: found[name] or "" for name in BLANK}}

    if "form" in more:
        more["form"] = {**BLANK, **more["form"]}
    given = {"path": f"{BLOCKS}/{id_}", **more}
    return await page(scope, viewer, "admin_block.html", read, status, **given)


@get(f"{BLOCKS}/{{id_:str}}", opt=staff(NEEDS))
async def block(viewer: NamedDependency[Viewer], id_: FromPath[str], scope: Scope) -> Html:
    """One of them, to be changed. Raises NotFound."""
    return await _block(scope, viewer, id_of(id_))


@post(f"{BLOCKS}/{{id_:str}}", status_code=200, opt=staff(NEEDS))
async def change_block(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Keep it further away, or nearer. Raises NotFound."""

    def changed(tx: Tx) -> eyes.Outcome:
        return eyes.through(tx, viewer, eyes.Block(_form(params), id_of(id_)))

    again = partial(_block, scope, viewer, id_of(id_))
    return await act(scope, viewer, params, changed, f"{BLOCKS}?done=changed", again)


async def _allows(
    scope: Scope, viewer: Viewer, params: Params, status: int = 200, **more: Any
) -> Html:
    read = listed(scope, viewer, params, "allows", servers.allows)
    given = {"path": ALLOWS, **more}
    return await page(scope, viewer, "admin_allows.html", read, status, **given)


@get(ALLOWS, opt=staff(NEEDS))
async def allows(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """Those let in, the last one first."""
    return await _allows(scope, viewer, params, notice=said(params, SAID))


def _add_allow(tx: Tx, viewer: Viewer, params: Params) -> None:
    servers.add_allow(tx, viewer, params.text("domain"))


ROUTES: list[Any] = [
    *(server, retry),
    *(known, blocks, block, change_block, allows),
    form(BLOCKS, NEEDS, f"{BLOCKS}?done=added", _add_block, show_blocks),
    form(ALLOWS, NEEDS, f"{ALLOWS}?done=added", _add_allow, _allows),
    button(f"{BLOCKS}/{{id_:str}}/remove", NEEDS, f"{BLOCKS}?done=removed", servers.remove_block),
    button(f"{ALLOWS}/{{id_:str}}/remove", NEEDS, f"{ALLOWS}?done=removed", servers.remove_allow),
]
