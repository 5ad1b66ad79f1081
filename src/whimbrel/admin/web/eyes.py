"""What waits for a second person: each with what it would do, and two buttons."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import Permission, Viewer, permitted
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.moderation import eyes

from ..rules import ROLE_NAMES
from .around import WAITING as PATH
from .around import Context, act, button, page, said, staff

NEEDS = Permission.MANAGE_REPORTS
SAID = {
    "waits": say("A second person has to agree. It waits for them here."),
    "confirm": say("Done."),
    "refuse": say("It is not done."),
}


def _rows(tx: Tx, viewer: Viewer) -> list[Context]:
    found = eyes.waiting(tx, viewer)
    ids = {id_ for each in found for id_ in (each.by, each.target) if id_ is not None}
    names = {id_: one.acct for id_, one in people.by_ids(tx, ids).items()}
    rows = []
    for each in found:
        wish = eyes.wish_of(each)
        row = {
            "id": str(each.id),
            "at": each.id >> 16,
            "why": eyes.REASONS[each.reason],
            "by": names.get(each.by or 0),
            "mine": each.by == viewer.id,
            "agrees": permitted(viewer.role, eyes.needed(each.reason)),
            "about": names.get(each.target or 0),
            "case": each.case,
            "due": each.due,
            "acts": (),
            "facts": "",
            "many": 0,
            "domain": "",
            "role": "",
        }
        rows.append(row | _told(wish))
    return rows


def _told(wish: eyes.Wish | None) -> Context:
    """What it would do, for a template."""
    if isinstance(wish, eyes.Decide | eyes.Together):
        many = len(wish.cases) if isinstance(wish, eyes.Together) else 0
        return {"acts": wish.ruling.acts, "facts": wish.ruling.facts, "many": many}
    if isinstance(wish, eyes.Measure):
        return {"acts": (wish.form.type,), "facts": wish.form.text}
    if isinstance(wish, eyes.Erase):
        return {"acts": ("purge",)}
    if isinstance(wish, eyes.Appoint):
        return {"role": wish.role}
    if isinstance(wish, eyes.Block):
        return {"acts": ("server_block",), "domain": wish.form.domain}
    return {}


@get(PATH, opt=staff(NEEDS))
async def show(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """What waits, the oldest first."""

    def read(tx: Tx) -> Context:
        return {"waiting": _rows(tx, viewer), "roles": ROLE_NAMES}

    return await page(scope, viewer, "admin_waiting.html", read, notice=said(params, SAID))


@post(f"{PATH}/{{id_:str}}/confirm", status_code=200, opt=staff(NEEDS))
async def confirm(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Agree. Raises: as `act`; Conflict."""

    def done(tx: Tx) -> None:
        eyes.confirm(tx, viewer, id_of(id_))

    return await act(scope, viewer, params, done, f"{PATH}?done=confirm", grave=PATH)


ROUTES: list[Any] = [
    *(show, confirm),
    button(f"{PATH}/{{id_:str}}/refuse", NEEDS, f"{PATH}?done=refuse", eyes.refuse),
]
