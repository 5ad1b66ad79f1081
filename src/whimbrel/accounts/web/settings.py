"""Settings: what others see of one, how one signs in, where one is signed in, and leaving."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.media import upload
from whimbrel.media.rules import Purpose

from .. import auth, credentials, emails, leave, profile, queries, sessions, signin, tokens, views
from ..auth import access_page, check_csrf
from ..profile import Changes
from ..queries import users
from ..queries.doors import Session, Token
from ..rules import Viewer
from .cookies import signed_out

PATH = "/settings"
SAID = {
    "profile": "Your profile is saved.",
    "email": "A letter is on its way to the new address. It counts once you press its link.",
    "password": "Your password is changed. You are signed out everywhere else.",
    "session": "That browser is signed out.",
    "app": "That app can use your account no more.",
}


class _Shown(msgspec.Struct):
    """What the page is made of."""

    reader: dict[str, Any]
    form: dict[str, Any]
    sessions: list[dict[str, Any]]
    apps: list[dict[str, Any]]


def _shown(tx: Tx, app: App, viewer: Viewer) -> _Shown:
    reader, user = views.reader(tx, app, viewer), users.by_account(tx, viewer.id)
    if user is None:
        raise NotFound
    me = reader["me"]
    form = {
        "display_name": me["display_name"],
        "note": me["source"]["note"],
        "locked": me["locked"],
        "email": emails.of(tx, user),
    }
    return _Shown(
        reader,
        form,
        [_session(each) for each in sessions.of(tx, viewer)],
        [_app(each) for each in tokens.of(tx, viewer)],
    )


def _session(session: Session) -> dict[str, Any]:
    agent = session.agent or "A browser that does not say what it is"
    return {"id": str(session.id), "name": agent, "detail": "", "used_at": session.seen_at}


def _app(token: Token) -> dict[str, Any]:
    return {
        "id": str(token.id),
        "name": token.name or "Made by whoever runs this server",
        "detail": token.scopes,
        "used_at": token.used_at,
    }


async def _page(db: Db, viewer: Viewer, scope: Scope, status: int = 200, **more: Any) -> Html:
    shown = await db.read(_shown, of(scope), viewer)
    form = {**shown.form, **more.pop("form", {})}
    return views.answer(
        scope,
        "settings.html",
        status,
        **shown.reader,
        form=form,
        sessions=shown.sessions,
        apps=shown.apps,
        current=str(viewer.session),
        **{"path": PATH, **more},
    )


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


@post(f"{PATH}/account", status_code=200, opt=access_page("sign_in", signed_in=True))
async def save_account(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Change address or password, or both; the password of now is asked for each."""
    check_csrf(scope, params)
    old, new = params.text("current_password"), params.text("password")
    email, address = params.text("email").strip(), auth.address_of(scope)
    before = await db.read(_shown, app, viewer)
    changed = ""
    try:
        if email != before.form["email"]:
            await credentials.change_email(app, viewer, email, old, address)
            changed = "email"
        if new:
            await credentials.change_password(app, viewer, old, new, address)
            changed = "password"
    except Invalid as error:
        return await _page(
            db, viewer, scope, 422, form={"email": email}, errors=_under(error), error=""
        )
    return _done(changed) if changed else Redirect(PATH)


def _under(error: Invalid) -> dict[str, str]:
    """The old password's fault belongs under the old password."""
    wrong = str(error) == "The password is wrong."
    return {"current_password": str(error)} if wrong else views.faults(error)


@post(f"{PATH}/sessions/{{id_:str}}/revoke", status_code=200, opt=access_page(signed_in=True))
async def revoke_session(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Redirect:
    """Sign another browser out. Raises NotFound."""
    check_csrf(scope, params)
    await db.write(sessions.revoke, viewer, id_of(id_))
    return _done("session")


@post(f"{PATH}/apps/{{id_:str}}/revoke", status_code=200, opt=access_page(signed_in=True))
async def revoke_app(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Redirect:
    """Take back what an app was let do. Raises NotFound."""
    check_csrf(scope, params)
    await db.write(tokens.revoke, viewer, id_of(id_))
    return _done("app")


@post(f"{PATH}/delete", status_code=200, opt=access_page("sign_in", signed_in=True))
async def close(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Erase the account, once the password is right."""
    check_csrf(scope, params)
    try:
        await signin.check_password(app, viewer.id, params.text("password"), auth.address_of(scope))
    except Invalid as error:
        return await _page(db, viewer, scope, 422, error=str(error))
    await db.write(leave.erase_account, viewer)
    return signed_out(Redirect(views.FRONT), app.instance)


ROUTES: list[Any] = [show, save_profile, save_account, revoke_session, revoke_app, close]
