"""Cases that are alike: all of a cluster seen before one decision of them, and that taken back."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.app import of
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.instance import texts
from whimbrel.moderation import board, bulk, eyes, verdicts
from whimbrel.moderation.rules import ACTS, MINUTE
from whimbrel.moderation.transparency import dsa
from whimbrel.moderation.verdicts import Ruling
from whimbrel.posts.rules import LABELS

from .around import WAITING, Context, act, page, said, staff, wrong

PATH, BULKS = "/admin/reports/alike", "/admin/reports/bulks"
NEEDS = Permission.MANAGE_REPORTS
SAID = {
    "decide": say("Decided. It can be taken back for ten minutes."),
    "aside": say("Set aside. It can be taken back for ten minutes."),
    "undo": say("Taken back. The cases are open again."),
}


@get(PATH, opt=staff(NEEDS))
async def show(viewer: NamedDependency[Viewer], scope: Scope) -> Html:
    """The largest clusters."""

    def read(tx: Tx) -> Context:
        return {"clusters": board.clusters(tx, viewer)}

    return await page(scope, viewer, "admin_clusters.html", read, slow=True)


async def _one(scope: Scope, viewer: Viewer, trait: str, status: int = 200, **more: Any) -> Html:
    def read(tx: Tx) -> Context:
        return {
            **board.cluster(tx, viewer, id_of(trait)),
            "rules": [(str(rule.id), rule.text) for rule in texts.rules(tx)],
            "chars": verdicts.FACTS_CHARS,
            "labels": LABELS,
            "categories": dsa.categories(),
        }

    given = {"path": f"{PATH}/{trait}", "form": {}, "errors": {}, "error": "", **more}
    return await page(scope, viewer, "admin_cluster.html", read, status, slow=True, **given)


@get(f"{PATH}/{{trait:str}}", opt=staff(NEEDS))
async def one(viewer: NamedDependency[Viewer], trait: FromPath[str], scope: Scope) -> Html:
    """A cluster: every case in it, and the form. Raises NotFound."""
    return await _one(scope, viewer, trait)


def ruling_of(params: Params) -> Ruling:
    """What a form says is done."""
    ground, label = params.text("ground"), params.text("label")
    chosen: Any = label if label in LABELS else None
    return Ruling(
        acts=tuple(each for each in ACTS if each in params.list("acts")),
        ground="law" if ground == "law" else "rules",
        policy=(ground,) if ground not in ("law", "rules", "") else (),
        facts=params.text("facts"),
        label=chosen,
        category=params.text("category"),
        reasoned=True,
    )


@post(f"{PATH}/{{trait:str}}/decide", status_code=200, opt=staff(NEEDS))
async def decide(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    trait: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Decide those that are ticked alike. Raises: as `act`."""
    chosen = tuple(id_of(each) for each in params.list("cases"))
    try:
        wish = eyes.Together(chosen, ruling_of(params))
        made = await of(scope).db.write(eyes.through, viewer, wish)
    except Invalid as error:
        typed = {"acts": params.list("acts"), "cases": params.list("cases"), "sent": True}
        shown = wrong(params, error)
        return await _one(scope, viewer, trait, **(shown | {"form": shown["form"] | typed}))
    if made.proposal is not None:
        return Redirect(f"{WAITING}?done=waits")
    return Redirect(f"{BULKS}/{made.value.id}?done=decide")


@post("/admin/reports/reporters/{id_:str}/aside", status_code=200, opt=staff(NEEDS))
async def aside(
    viewer: NamedDependency[Viewer], id_: FromPath[str], scope: Scope
) -> Response[bytes]:
    """Set aside all that somebody reported and nobody answered yet. Raises: as `act`; Invalid."""
    made = await of(scope).db.write(bulk.set_aside, viewer, id_of(id_))
    return Redirect(f"{BULKS}/{made.id}?done=aside")


@get(f"{BULKS}/{{id_:str}}", opt=staff(NEEDS))
async def result(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """How far a decision of many is, and the button to take it back. Raises NotFound."""

    def read(tx: Tx) -> Context:
        found, progress = bulk.look(tx, viewer, id_of(id_))
        left = bulk.UNDO - (tx.ms - (found.id >> 16))
        back = found.by == viewer.id and bulk.may_undo(tx, found)
        return {
            "bulk": {"id": str(found.id), "kind": found.kind, "undone": found.undone_at},
            "progress": progress,
            "minutes": -(-left // MINUTE) if back else 0,
        }

    return await page(scope, viewer, "admin_bulk.html", read, notice=said(params, SAID))


@post(f"{BULKS}/{{id_:str}}/undo", status_code=200, opt=staff(NEEDS))
async def undo(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Take it back. Raises: as `act`; Conflict."""

    def done(tx: Tx) -> None:
        bulk.undo(tx, viewer, id_of(id_))

    return await act(scope, viewer, params, done, f"{BULKS}/{id_of(id_)}?done=undo")


ROUTES: list[Any] = [show, one, decide, aside, result, undo]
