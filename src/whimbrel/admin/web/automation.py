"""Rules of the operator's own: written, tried over what was posted, judged, and let act by two."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import of
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.moderation import eyes
from whimbrel.moderation.automation import book
from whimbrel.moderation.automation.book import NEEDS, RuleForm
from whimbrel.moderation.automation.engine import DOES
from whimbrel.moderation.automation.expression import FACTS, FUNCTIONS

from .around import Context, act, button, page, said, staff, wrong

PATH = "/admin/automation"
SAID = {
    "saved": say("Saved. It starts as a draft: let it watch from the shadow next."),
    "mode": say("Changed."),
    "judged": say("Noted."),
    "removed": say("Removed."),
}
LANGUAGE: Context = {
    "facts": list(FACTS),
    "functions": list(FUNCTIONS),
    "does": DOES,
    "modes": book.MODES,
    "offered": book.OFFERED,
}


def _form(params: Params) -> RuleForm:
    given = {name: params.text(name) for name in RuleForm.__struct_fields__}
    return RuleForm(**{name: value for name, value in given.items() if value})


async def _list(
    scope: Scope, viewer: Viewer, status: int = 200, source: str = "", **more: Any
) -> Html:
    def read(tx: Tx) -> Context:
        return {"watches": book.listed(tx, viewer), **_tried(tx, viewer, source)}

    given = {"path": PATH, "form": {}, "errors": {}, "error": "", **LANGUAGE, **more}
    return await page(scope, viewer, "admin_automation.html", read, status, slow=True, **given)


async def _one(
    scope: Scope, viewer: Viewer, id_: str, status: int = 200, source: str = "", **more: Any
) -> Html:
    def read(tx: Tx) -> Context:
        rule, judged = book.show(tx, viewer, id_of(id_))
        return {
            "watch": rule,
            "judged": judged,
            "sample": book.sample(tx, viewer, rule.id),
            "form": msgspec.structs.asdict(rule),
            **_tried(tx, viewer, source),
        }

    given = {"path": f"{PATH}/{id_}", "errors": {}, "error": "", **LANGUAGE, **more}
    return await page(scope, viewer, "admin_watch.html", read, status, slow=True, **given)


def _tried(tx: Tx, viewer: Viewer, source: str) -> Context:
    if not source:
        return {"trial": None}
    trial = book.trial(tx, viewer, source)
    return {"trial": trial, "days": book.DAYS, "would": book.shown(tx, trial.posts)}


@get(PATH, opt=staff(NEEDS))
async def show(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """Every rule, and the form for another: empty, or with one of those that are offered."""
    offered = book.OFFERED.get(params.text("begin"))
    form = {} if offered is None else offered._asdict()
    return await _list(scope, viewer, notice=said(params, SAID), form=form)


@get(f"{PATH}/{{id_:str}}", opt=staff(NEEDS))
async def one(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """One: what it says, what it hit, what it may do. Raises NotFound."""
    return await _one(scope, viewer, id_, notice=said(params, SAID))


async def _saved(
    scope: Scope, viewer: Viewer, params: Params, id_: str | None
) -> Response[bytes] | Html:

    async def again(**more: Any) -> Html:
        if id_ is None:
            return await _list(scope, viewer, **more)
        return await _one(scope, viewer, id_, **more)

    form = _form(params)
    typed = {"form": msgspec.structs.asdict(form)}
    try:
        if params.text("do") == "try":
            return await again(source=form.source or " ", **typed)
        rule = None if id_ is None else id_of(id_)
        made = await of(scope).db.write(book.save, viewer, form, rule)
    except Invalid as error:
        shown = wrong(params, error)
        if params.text("do") == "try":
            shown["errors"] = {"source": str(error)}
        return await again(**(shown | typed))
    return Redirect(f"{PATH}/{made.id}?done=saved")


@post(PATH, status_code=200, opt=staff(NEEDS))
async def write(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """Write a rule, or try it first. Raises: as `act`."""
    return await _saved(scope, viewer, params, None)


@post(f"{PATH}/{{id_:str}}", status_code=200, opt=staff(NEEDS))
async def rewrite(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Change one, or try first what is typed. Raises: as `act`; NotFound."""
    return await _saved(scope, viewer, params, id_)


@post(f"{PATH}/{{id_:str}}/mode", status_code=200, opt=staff(NEEDS))
async def mode(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Move it on, or back. Raises: as `act`; NotFound, Conflict."""
    wanted, rule = params.text("mode"), id_of(id_)

    def done(tx: Tx) -> Any:
        if wanted == "act":
            return eyes.through(tx, viewer, eyes.Enforce(rule))
        return book.set_mode(tx, viewer, rule, wanted)

    return await act(scope, viewer, params, done, f"{PATH}/{rule}?done=mode")


@post(f"{PATH}/{{id_:str}}/judge", status_code=200, opt=staff(NEEDS))
async def judge(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Say whether it was right about a post. Raises: as `act`; NotFound."""
    rule, hit, right = id_of(id_), id_of(params.text("hit")), params.text("right") == "yes"

    def done(tx: Tx) -> None:
        book.judge(tx, viewer, rule, hit, right)

    return await act(scope, viewer, params, done, f"{PATH}/{rule}?done=judged#p-{hit}")


remove = button(f"{PATH}/{{id_:str}}/remove", NEEDS, f"{PATH}?done=removed", book.remove)

ROUTES: list[Any] = [show, one, write, rewrite, mode, judge, remove]
