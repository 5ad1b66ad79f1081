"""Settings: what others see of one. How one signs in: `security`."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.tx import Tx
from whimbrel.media import upload
from whimbrel.media.rules import Purpose

from .. import profile, queries, views
from ..auth import access_page, check_csrf
from ..profile import Changes
from ..rules import Viewer

PATH = "/settings"
SAID = {"profile": "Your profile is saved."}


def _shown(tx: Tx, app: App, viewer: Viewer) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is around the page, and what its form begins with."""
    reader = views.reader(tx, app, viewer)
    me = reader["me"]
    form = {
        "display_name": me["display_name"],
        "note": me["source"]["note"],
        "locked": me["locked"],
    }
    return reader, form


async def _page(db: Db, viewer: Viewer, scope: Scope, status: int = 200, **more: Any) -> Html:
    reader, form = await db.read(_shown, of(scope), viewer)
    given = {"path": PATH, **more, "form": {**form, **more.get("form", {})}}
    return views.answer(scope, "settings.html", status, **reader, **given)


def _done(what: str) -> Redirect:
    return Redirect(f"{PATH}?done={what}")


@get(PATH, opt=access_page(signed_in=True))
async def show(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """The page."""
    return await _page(db, viewer, scope, notice=SAID.get(params.text("done"), ""))


@post(f"{PATH}/profile", status_code=200, opt=access_page(signed_in=True))
async def save_profile(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Change the profile. A picture that cannot be taken leaves everything as it was."""
    check_csrf(scope, params)
    words = {"display_name": params.text("display_name"), "note": params.text("note")}
    locked = params.flag("locked")
    pictures: dict[str, str] = {}
    purposes: tuple[Purpose, ...] = ("avatar", "header")
    try:
        for purpose in purposes:
            token = await _picture(app, db, viewer, params, purpose)
            if token is not None:
                pictures[purpose] = token
        changes = Changes(
            display_name=words["display_name"],
            note=words["note"],
            locked=locked,
            avatar=pictures.get("avatar", msgspec.UNSET),
            header=pictures.get("header", msgspec.UNSET),
        )
        await db.write(profile.update, viewer, changes)
    except Invalid as error:
        errors = views.faults(error)
        form = {**words, "locked": locked}
        said = "" if errors else str(error)
        return await _page(db, viewer, scope, 422, form=form, errors=errors, error=said)
    return _done("profile")


async def _picture(
    app: App, db: Db, viewer: Viewer, params: Params, purpose: Purpose
) -> str | None:
    """Raises Invalid, told under its own field."""
    sent = params.upload(purpose)
    if sent is None:
        return None
    mine = await db.read(queries.by_id, viewer.id)
    try:
        return await upload.picture(app, mine.id, mine.slot, sent, purpose)
    except Invalid as error:
        raise Invalid(str(error), {purpose: [("ERR_INVALID", str(error))]}) from None


ROUTES: list[Any] = [show, save_profile]
