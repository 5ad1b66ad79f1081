"""Letters of hosts and authorities at the desk: taken in, read, settled and answered."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.app import of
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import id_of, millis
from whimbrel.core.tx import Tx
from whimbrel.core.words import NAMES, say
from whimbrel.moderation.letters import complaints, reply, shown, standing
from whimbrel.moderation.letters.complaints import Intake
from whimbrel.moderation.queries.complaints import Order

from .around import Context, deed, page, said, staff, wrong

PATH = "/admin/letters"
NEEDS = Permission.MANAGE_REPORTS
_ALL = (1 << 63) - 1
SAID = {
    "confirm": say("Its deadline is confirmed."),
    "order": say("It counts as an order: an hour from when it came."),
    "link": say("That has a report now."),
    "settle": say("Noted."),
    "finish": say("The letter is done with. Its cases stay in the queue."),
    "write": say("Written. Somebody else reads it before it goes."),
    "approve": say("It goes out."),
}


async def _list(scope: Scope, viewer: Viewer, status: int = 200, **more: Any) -> Html:
    closed, below = more.get("which") == "closed", more.pop("below", _ALL)

    notices = of(scope).settings.host_notice

    def read(tx: Tx) -> Context:
        rows = shown.listed(tx, viewer, below if closed else None)
        older = ""
        if closed and len(rows) == shown.PAGE:
            older = f"{PATH}?which=closed&max_id={rows[-1]['id']}"
        return {"letters": rows, "older": older, "hosts": standing.of_hosts(tx, viewer, notices)}

    given = {"path": PATH, "which": "", "form": {}, "errors": {}, "error": "", **more}
    return await page(scope, viewer, "admin_letters.html", read, status, slow=True, **given)


@get(PATH, opt=staff(NEEDS))
async def show(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """Letters that wait, the earliest deadline first; or those that are done with. And how we stand
    with each host."""
    below = id_of(params.text("max_id")) if params.text("max_id") else _ALL
    which = params.text("which")
    return await _list(scope, viewer, which=which, below=below, notice=said(params, SAID))


def _intake(params: Params) -> Intake:
    file = params.upload("file")
    data = params.text("text").encode() if file is None else file.path.read_bytes()
    if params.text("source") != "authority":
        return Intake(data=data)
    return Intake(data=data, **_order(params))


def _order(params: Params) -> dict[str, Any]:
    fields = {name: params.text(name).strip() for name in Order.__struct_fields__}
    silent = params.text("silent_until").strip()
    return {
        "order": Order(**fields),
        "country": params.text("country").strip(),
        "silent_until": _moment(silent, "silent_until") if silent else None,
    }


def _moment(text: str, field: str) -> int:
    """As a browser writes it, in UTC. Raises Invalid."""
    try:
        return millis(datetime.fromisoformat(text).replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        words = say("That is no moment.")
        raise Invalid(words, {field: [("ERR_INVALID", words)]}) from None


@post(PATH, status_code=200, opt=staff(NEEDS, "media"))
async def take(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """Take a letter in, pasted or as a file. Raises: as `act`."""
    try:
        form = await asyncio.to_thread(_intake, params)
        await asyncio.to_thread(complaints.refuse_unfit, form)
        id_ = await of(scope).db.write(complaints.hand_in, viewer, form)
    except Invalid as error:
        return await _list(scope, viewer, **wrong(params, error))
    finally:
        params.close()
    return Redirect(f"{PATH}/{id_}")


# --- one of them ----------------------------------------------------------------------------------


async def _one(scope: Scope, viewer: Viewer, id_: str, status: int = 200, **more: Any) -> Html:
    def read(tx: Tx) -> Context:
        return {**shown.one(tx, viewer, id_of(id_)), "replies": reply.of(tx, viewer, id_of(id_))}

    given = {"path": f"{PATH}/{id_}", "form": {}, "errors": {}, "error": "", "tongues": NAMES}
    given |= {"state": "", **more}
    return await page(scope, viewer, "admin_letter.html", read, status, slow=True, **given)


@get(f"{PATH}/{{id_:str}}", opt=staff(NEEDS))
async def one(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """A letter: what it names, says and wants, and our answer. Raises NotFound."""
    return await _one(scope, viewer, id_, state=params.text("state"), notice=said(params, SAID))


@get(f"{PATH}/{{id_:str}}/source", opt=staff(NEEDS))
async def source(
    viewer: NamedDependency[Viewer], id_: FromPath[str], scope: Scope
) -> Response[bytes]:
    """The letter as it came: a file, which no browser opens. Raises NotFound."""
    data = await of(scope).db.read(complaints.source, viewer, id_of(id_), slow=True)
    headers = {"content-disposition": f'attachment; filename="letter-{id_of(id_)}.txt"'}
    return Response(data, headers=headers, media_type="application/octet-stream")


_FORMS = {"txt": "text/plain; charset=utf-8", "json": "application/json", "pdf": "application/pdf"}


@get(f"{PATH}/{{id_:str}}/replies/{{file:str}}", opt=staff(NEEDS))
async def reply_file(
    viewer: NamedDependency[Viewer], id_: FromPath[str], file: FromPath[str], scope: Scope
) -> Response[bytes]:
    """An answer as text, PDF or JSON. Raises NotFound."""
    number, _, form = file.partition(".")
    data = await of(scope).db.read(reply.file, viewer, id_of(id_), id_of(number), form, slow=True)
    headers = {"content-disposition": f'attachment; filename="reply-{id_of(number)}.{form}"'}
    return Response(data, headers=headers, media_type=_FORMS[form])


def _confirm(tx: Tx, viewer: Viewer, id_: int, params: Params) -> None:
    due = params.text("due")
    at = _moment(params.text("at"), "at") if due == "other" else id_of(due)
    complaints.confirm(tx, viewer, id_, at)


def _make_order(tx: Tx, viewer: Viewer, id_: int, params: Params) -> None:
    complaints.make_order(tx, viewer, id_, **_order(params))


def _link(tx: Tx, viewer: Viewer, id_: int, params: Params) -> None:
    number = params.number("number") or 0
    complaints.link(tx, viewer, id_, number, params.text("address"))


def _settle(tx: Tx, viewer: Viewer, id_: int, params: Params) -> None:
    numbers = [id_of(each) for each in params.list("numbers")]
    complaints.settle(tx, viewer, id_, numbers, params.text("words"))


def _finish(tx: Tx, viewer: Viewer, id_: int, params: Params) -> None:
    complaints.finish(tx, viewer, id_)


def _write(tx: Tx, viewer: Viewer, id_: int, params: Params) -> None:
    kind: Any = "extension" if params.text("kind") == "extension" else "answer"
    typed = {name: params.text(name) for name in ("to", "tongue", "changed", "until")}
    reply.write(tx, viewer, id_, reply.Draft(kind=kind, **typed))


def _approve(tx: Tx, viewer: Viewer, id_: int, params: Params) -> None:
    reply.approve(tx, viewer, id_of(params.text("reply")))


ROUTES: list[Any] = [
    *(show, take, one, source, reply_file),
    deed(PATH, "confirm", NEEDS, _confirm, _one),
    deed(PATH, "order", Permission.MANAGE_ORDERS, _make_order, _one),
    deed(PATH, "link", NEEDS, _link, _one),
    deed(PATH, "settle", NEEDS, _settle, _one),
    deed(PATH, "finish", NEEDS, _finish, _one),
    deed(PATH, "write", NEEDS, _write, _one),
    deed(PATH, "approve", NEEDS, _approve, _one),
]
