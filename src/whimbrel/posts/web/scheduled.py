"""Posts that wait for their time, as a page: what goes out when; put off, changed, called off."""

from datetime import UTC, datetime
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import MAX_ID, id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .. import schedule
from ..queries import scheduled
from . import form

PATH = "/scheduled"
Context = dict[str, Any]


def _context(tx: Tx, app: App, viewer: Viewer) -> Context:
    rows = scheduled.page(tx, viewer.id, 0, MAX_ID, schedule.MOST, False)
    told = schedule.entities(tx, rows)
    due = {str(row.id): row.due for row in rows}
    waiting = [
        {
            **entity,
            "due": due[entity["id"]],
            "over": due[entity["id"]] < tx.ms,
            "typed": entity["scheduled_at"][:16],
        }
        for entity in told
    ]
    waiting.sort(key=lambda entity: entity["due"])
    now = tx.now.strftime("%Y-%m-%dT%H:%M")
    return {**views.reader(tx, app, viewer), "waiting": waiting, "now": now}


@get(PATH, opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    scope: Scope,
) -> Html:
    """All of them, the next one first."""
    return views.answer(scope, "scheduled.html", **await db.read(_context, app, viewer))


@post(f"{PATH}/{{id_:str}}/move", status_code=200, opt=access_page(signed_in=True))
async def move(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html | Redirect:
    """Give one another time. Raises NotFound."""
    typed = params.text("scheduled_at")
    try:
        await db.write(schedule.reschedule, viewer, id_of(id_), _time(typed))
    except Invalid as error:
        context = await db.read(_context, app, viewer)
        context |= {"errors": {id_: form.faults(error).get("scheduled_at", str(error))}}
        return views.answer(scope, "scheduled.html", 422, **context, form={"at": typed})
    return Redirect(f"{PATH}#s-{id_}")


def _time(typed: str) -> datetime:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=UTC)
    except ValueError:
        said = say("is no date and time")
        raise Invalid(say("This is no date and time."), {"scheduled_at": [("ERR", said)]}) from None


@post(f"{PATH}/{{id_:str}}/cancel", status_code=200, opt=access_page(signed_in=True))
async def cancel(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Redirect:
    """Call one off. Raises NotFound."""
    await db.write(schedule.cancel, viewer, id_of(id_))
    return Redirect(PATH)


ROUTES: list[Any] = [show, move, cancel]
