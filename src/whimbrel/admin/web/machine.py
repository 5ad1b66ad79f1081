"""The machine: what is set and where, jobs, and what takes how much room."""

import asyncio
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core import settings as configuration
from whimbrel.core import worker
from whimbrel.core.app import App
from whimbrel.core.http import Html, Params, Scope, page_of
from whimbrel.core.ids import id_of
from whimbrel.core.settings import SettingsError
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.moderation.queries.measures import database_bytes

from .. import jobs, queries, room
from .around import PAGE, Context, act, back, page, said, staff

SETTINGS, JOBS, STORAGE = "/admin/settings", "/admin/jobs", "/admin/storage"
RUNS = Permission.VIEW_DEVOPS
SAID = {
    "retry": say("It is tried again now."),
    "drop": say("The job is let go. What it should have done is not done."),
}


@get(SETTINGS, opt=staff(Permission.MANAGE_SETTINGS))
async def show_settings(
    app: NamedDependency[App], viewer: NamedDependency[Viewer], scope: Scope
) -> Html:
    """Every setting as it is in force; passwords are masked."""
    given: Context = {"error": ""}
    try:
        places = await asyncio.to_thread(configuration.places, app.settings)
    except SettingsError as error:
        places, given = {}, {"error": str(error)}
    rows = [
        {
            "key": key,
            "variable": configuration.variable(key),
            "value": _written(configuration.masked(key, getattr(app.settings, key))),
            "words": configuration.describe(key),
            "place": places.get(key, ""),
        }
        for key in configuration.KEYS
    ]
    given |= {"rows": sorted(rows, key=lambda row: row["place"] == "")}

    def read(_: Tx) -> Context:
        return {}

    return await page(scope, viewer, "admin_settings.html", read, **given)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


# --- jobs ---------------------------------------------------------------------------------------


@get(JOBS, opt=staff(RUNS))
async def show_jobs(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """How each lane stands, and the jobs that failed."""
    dead = params.text("which") != "failing"
    after = page_of({"max_id": params.get("after")}).max_id or 0

    def read(tx: Tx) -> Context:
        found = worker.failing(tx, dead=dead, after=after, most=PAGE)
        which = "dead" if dead else "failing"
        more = f"{JOBS}?which={which}&after={found[-1].id}" if len(found) == PAGE else ""
        return {"lanes": worker.lanes(tx), "found": found, "dead": dead, "older": more}

    notice = said(params, SAID)
    return await page(scope, viewer, "admin_jobs.html", read, slow=True, notice=notice)


@post(
    [f"{JOBS}/{{id_:str}}/{verb}" for verb in ("retry", "drop")],
    status_code=200,
    opt=staff(RUNS),
)
async def press_job(
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Try one again now, or let it go. Raises NotFound."""
    verb = scope["path"].rpartition("/")[2]

    def pressed(tx: Tx) -> None:
        (jobs.retry if verb == "retry" else jobs.drop)(tx, viewer, id_of(id_))

    to = back(params, JOBS, verb)
    return await act(scope, viewer, params, pressed, to)


# --- room ---------------------------------------------------------------------------------------


@get(STORAGE, opt=staff(RUNS))
async def show_storage(
    app: NamedDependency[App], viewer: NamedDependency[Viewer], scope: Scope
) -> Html:
    """What takes how much room."""
    disk = await asyncio.to_thread(room.files, app.settings)

    def read(tx: Tx) -> Context:
        kinds = queries.file_kinds(tx)
        return {
            "kinds": kinds,
            "media": sum(each.size for each in kinds),
            "database": database_bytes(tx),
            "disk": disk,
            "elsewhere": bool(app.settings.objects),
        }

    return await page(scope, viewer, "admin_storage.html", read, slow=True)


ROUTES: list[Any] = [show_settings, show_jobs, press_job, show_storage]
