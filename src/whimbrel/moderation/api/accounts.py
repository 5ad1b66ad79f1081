"""People, as moderators' apps see and treat them."""

from collections.abc import Callable
from typing import Any

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import sessions
from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import decide, desk, eyes, finding
from ..queries.people import Person
from .pages import Asked, listed, named, page_and_window

_READ = access("admin:read:accounts", needs=Permission.MANAGE_USERS)
_WRITE = access("admin:write:accounts", needs=Permission.MANAGE_USERS)


async def _found(
    app: App, db: Db, viewer: Viewer, params: Params, request: Asked, wanted: finding.Wanted
) -> Json:
    page, window = page_and_window(params)

    def find(tx: Tx) -> list[dict[str, Any]]:
        found = finding.find(tx, viewer, wanted, window)
        came = decide.look(tx, viewer, found) if wanted.ip else {}
        return [desk.person(tx.instance, one, came.get(one.id, ())) for one in found]

    # Who asks for an address is shown addresses, and that is written down.
    told = await (db.write(find) if wanted.ip else db.read(find, slow=True))
    return listed(app, request, page, told)


@get("/api/v1/admin/accounts", opt=_READ)
async def people_v1(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Asked,
) -> Json:
    """Who fits; what is asked for is said with flags."""
    wanted = finding.from_flags(params.to(finding.Wanted), params.to(finding.Flags))
    return await _found(app, db, viewer, params, request, wanted)


@get("/api/v2/admin/accounts", opt=_READ)
async def people_v2(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Asked,
) -> Json:
    """Who fits."""
    return await _found(app, db, viewer, params, request, params.to(finding.Wanted))


@get("/api/v1/admin/accounts/{id_:str}", opt=_READ)
async def show(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    id_: FromPath[str],
) -> Json:
    """One of them, and where they came from."""

    def shown(tx: Tx) -> dict[str, Any]:
        person = decide.show(tx, viewer, id_of(id_))
        came = decide.look(tx, viewer, [person])
        return desk.person(tx.instance, person, came.get(person.id, ()))

    return Json(await db.write(shown))


@delete(
    "/api/v1/admin/accounts/{id_:str}",
    status_code=200,
    opt=access("admin:write:accounts", needs=Permission.DELETE_USER_DATA),
)
async def erase(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    id_: FromPath[str],
) -> Json:
    """Erase somebody suspended; they are told of as they were. Raises Forbidden: as `act`."""

    def erased(tx: Tx) -> eyes.Outcome:
        sessions.require_proof(tx, viewer)
        return eyes.through(tx, viewer, eyes.Erase(id_of(id_)))

    return Json(desk.person(app.instance, eyes.refuse_waiting(await db.write(erased))))


@post("/api/v1/admin/accounts/{id_:str}/action", status_code=200, opt=_WRITE)
async def act(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Take a measure. Raises Forbidden: to suspend somebody takes a password or a passkey as well,
    shown in a browser in the last ten minutes."""
    form = params.to(decide.ActionForm)

    def done(tx: Tx) -> eyes.Outcome:
        if form.type == "suspend":
            sessions.require_proof(tx, viewer)
        return eyes.through(tx, viewer, eyes.Measure(id_of(id_), form))

    eyes.refuse_waiting(await db.write(done))
    return Json({})


def _door(decision: Callable[[Tx, Viewer, int], Person], says: str) -> Any:
    name = decision.__name__

    @post(f"/api/v1/admin/accounts/{{id_:str}}/{name}", status_code=200, opt=_WRITE)
    @named(name, says)
    async def door(
        app: NamedDependency[App],
        db: NamedDependency[Db],
        viewer: NamedDependency[Viewer],
        id_: FromPath[str],
    ) -> Json:
        return Json(desk.person(app.instance, await db.write(decision, viewer, id_of(id_))))

    return door


ROUTES: list[Any] = [
    *(people_v1, people_v2, show, erase, act),
    _door(decide.approve, "Let somebody in who waits for it."),
    _door(decide.reject, "Erase somebody who waits to be let in; as they were."),
    _door(decide.enable, "Let somebody sign in again."),
    _door(decide.unsilence, "Let everybody hear of them."),
    _door(decide.unsuspend, "Let them come in and be seen again."),
    _door(decide.unsensitive, "Cover the media of their new posts no more."),
]
