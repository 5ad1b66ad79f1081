"""The first of these pages: what waits for a person, and how the week was."""

from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts.rules import Permission, Viewer, permitted
from whimbrel.core.app import App
from whimbrel.core.http import Params, Redirect, Scope
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.moderation import measures

from .. import jobs, queries
from ..rules import HOME, areas
from .around import Context, act, back, page, said, staff

DAYS = 7
SAID = {"silence": say("The alarm is silenced. It does not ring again within the hour.")}
_MEASURES = ["active_users", "new_users", "opened_reports", "resolved_reports"]


def _week(tx: Tx, viewer: Viewer) -> dict[str, Context]:
    """Each measure: its days, how much they make, and as many days before."""
    asked = measures.Asked(
        keys=_MEASURES, start_at=tx.now - timedelta(days=DAYS - 1), end_at=tx.now
    )
    return {
        told["key"]: {
            "days": [int(day["value"]) for day in told["data"]],
            "total": int(told["total"]),
            "before": int(told["previous_total"]),
        }
        for told in measures.measures(tx, viewer, asked)
    }


def _alarm(app: App, viewer: Viewer) -> Context | None:
    """Why an alarm rings, until when, and whether this viewer can silence it."""
    if app.readings is None or not app.readings.closed():
        return None
    alarm = app.readings.alarm
    return {
        "why": alarm.why,
        "until": datetime.fromtimestamp(alarm.until, UTC).strftime("%H:%M"),
        "mine": permitted(viewer.role, Permission.VIEW_DEVOPS),
    }


@get(HOME, opt=staff(Permission.VIEW_DASHBOARD | Permission.VIEW_AUDIT_LOG))
async def show(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """What is to be done, and numbers; or the first page that the viewer's role may see."""
    if not permitted(viewer.role, Permission.VIEW_DASHBOARD):
        return Redirect(areas(viewer.role)[0].path)

    def read(tx: Tx) -> Context:
        waiting = queries.waiting(tx)
        versions = measures.versions(tx.engine, waiting.database)
        return {"waiting": waiting, "week": _week(tx, viewer), "versions": versions}

    given: Context = {"alarm": _alarm(app, viewer), "notice": said(params, SAID)}
    return await page(scope, viewer, "admin.html", read, slow=True, **given)


@post(f"{HOME}/alarm/silence", status_code=200, opt=staff(Permission.VIEW_DEVOPS))
async def silence(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Silence the alarm about copying."""

    def silenced(tx: Tx) -> None:
        jobs.silence(tx, viewer)

    to = back(params, HOME, "silence")
    done = await act(scope, viewer, params, silenced, to)
    if app.readings is not None:
        app.readings.set_alarm(None)
    return done


ROUTES: list[Any] = [show, silence]
