"""Settings, security: everything one signs in with, where one is signed in, and which apps are.

What is grave takes a password or a passkey that was shown in the last ten minutes; else it is asked
for on the way. The second factors themselves are `factors`."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.http import Html, Json, Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .. import (
    addresses,
    agents,
    auth,
    credentials,
    emails,
    factors,
    passkeys,
    sessions,
    signin,
    tokens,
    views,
)
from ..auth import access_page
from ..queries import factors as stored
from ..queries import users
from ..queries.doors import Session, Token
from ..rules import Viewer
from .cookies import proved

PATH = "/settings/security"
SAID = {
    "email": say("A letter is on its way to the new address. It counts once you press its link."),
    "password": say("Your password is changed. You are signed out everywhere else."),
    "kept": say("Your password is changed. You stay signed in elsewhere."),
    "session": say("That browser is signed out."),
    "sessions": say("You are signed out everywhere else."),
    "app": say("That app can use your account no more."),
    "authenticator": say("The authenticator app is set up."),
    "no-authenticator": say("The authenticator app is removed."),
    "passkey": say("The passkey is added."),
    "renamed": say("The passkey has its new name."),
    "no-passkey": say("The passkey is removed."),
}


async def page(
    db: Db, viewer: Viewer, scope: Scope, template: str, status: int = 200, **more: Any
) -> Html:
    """One of the pages that hang on this one."""
    reader = await db.read(views.reader, of(scope), viewer)
    return views.answer(scope, template, status, **{**reader, "path": PATH, **more})


def done(what: str) -> Redirect:
    """Back to this page, which says what happened."""
    return Redirect(f"{PATH}?done={what}")


def _shown(tx: Tx, app: App, viewer: Viewer) -> dict[str, Any]:
    user = users.by_account(tx, viewer.id)
    if user is None:
        raise NotFound
    return {
        **views.reader(tx, app, viewer),
        "email": emails.of(tx, user),
        "passkeys": [key._asdict() | {"id": str(key.id)} for key in passkeys.of(tx, viewer)],
        "factors": factors.of(tx, viewer),
        "sessions": [_session(each) for each in sessions.of(tx, viewer)],
        "apps": [_app(each) for each in tokens.of(tx, viewer)],
        "current": str(viewer.session),
        "came": addresses.of(tx, [viewer.id]).get(viewer.id, []),
        "looks": addresses.looks(tx, viewer),
        "address_days": tx.instance.address_days,
    }


def _session(session: Session) -> dict[str, Any]:
    name, handheld = agents.named(session.agent)
    return {
        "id": str(session.id),
        "name": name,
        "handheld": handheld,
        "at": session.at,
        "seen_at": session.seen_at,
    }


def _app(token: Token) -> dict[str, Any]:
    return {
        "id": str(token.id),
        "name": token.name or say("Made by whoever runs this server"),
        "website": token.website,
        "scopes": token.scopes.split(),
        "at": token.at,
        "used_at": token.used_at,
    }


@get(PATH, opt=access_page(signed_in=True))
async def show(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """The page."""
    shown = await db.read(_shown, of(scope), viewer)
    notice = SAID.get(params.text("done"), "")
    return views.answer(scope, "settings_security.html", **shown, path=PATH, notice=notice)


@get(f"{PATH}/confirm", opt=access_page(signed_in=True))
async def confirm_form(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """Where they show once more who they are."""
    return await _confirm_page(db, viewer, params, scope)


async def _confirm_page(
    db: Db, viewer: Viewer, params: Params, scope: Scope, status: int = 200, **more: Any
) -> Html:
    has = bool(await db.read(stored.passkeys_of, viewer.id))
    to, template = views.next_of(params, PATH), "settings_security_confirm.html"
    return await page(db, viewer, scope, template, status, next=to, has_passkey=has, **more)


@post(f"{PATH}/confirm", status_code=200, opt=access_page("sign_in", signed_in=True))
async def confirm(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """They did: on to where they were going."""
    shown, password = params.text("answer"), params.text("current_password")
    try:
        if shown:
            await passkeys.shown(app, "again", viewer.id, shown)
        else:
            await signin.check_password(app, viewer.id, password, auth.address_of(scope))
    except Invalid as error:
        wrong = {"error": str(error)} if shown else {"errors": {"current_password": str(error)}}
        return await _confirm_page(db, viewer, params, scope, 422, **wrong)
    cookie = await db.write(sessions.prove, viewer)
    return proved(Redirect(views.next_of(params, PATH)), app.instance, cookie)


@post(f"{PATH}/confirm/passkey", status_code=200, opt=access_page("sign_in", signed_in=True))
async def confirm_options(app: NamedDependency[App], viewer: NamedDependency[Viewer]) -> Json:
    """What the browser has to be asked."""
    return Json(await passkeys.options_to_show(app, "again", viewer.id))


@get(f"{PATH}/password", opt=access_page(signed_in=True))
async def password_form(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], scope: Scope
) -> Html:
    """Where the password is changed."""
    return await page(db, viewer, scope, "settings_security_password.html", others=True)


@post(f"{PATH}/password", status_code=200, opt=access_page("sign_in", signed_in=True))
async def change_password(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Change it; the one of now is asked for however short ago it was shown."""
    old, new, others = (
        params.text("current_password"),
        params.text("password"),
        params.flag("others"),
    )
    address = auth.address_of(scope)
    try:
        await credentials.change_password(app, viewer, old, new, address, others=others)
    except Invalid as error:
        errors, template = _under(error), "settings_security_password.html"
        return await page(db, viewer, scope, template, 422, others=others, errors=errors)
    return done("password" if others else "kept")


@get(f"{PATH}/email", opt=access_page(signed_in=True))
async def email_form(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], scope: Scope
) -> Html:
    """Where the address is changed."""
    return await page(db, viewer, scope, "settings_security_email.html")


@post(f"{PATH}/email", status_code=200, opt=access_page("sign_in", signed_in=True))
async def change_email(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Ask the new address to confirm; until then the old one stays."""
    email, password = params.text("email").strip(), params.text("current_password")
    try:
        await credentials.change_email(app, viewer, email, password, auth.address_of(scope))
    except Invalid as error:
        form, errors = {"email": email}, _under(error)
        template = "settings_security_email.html"
        return await page(db, viewer, scope, template, 422, form=form, errors=errors)
    return done("email")


def _under(error: Invalid) -> dict[str, str]:
    """The old password's fault belongs under the old password."""
    wrong = str(error) == "The password is wrong."
    return {"current_password": str(error)} if wrong else views.faults(error)


@post("/settings/sessions/{id_:str}/revoke", status_code=200, opt=access_page(signed_in=True))
async def revoke_session(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Redirect:
    """Sign another browser out. Raises NotFound."""
    await db.write(sessions.revoke, viewer, id_of(id_))
    return done("session")


@post("/settings/sessions/revoke-others", status_code=200, opt=access_page(signed_in=True))
async def revoke_others(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Redirect:
    """Sign every other browser out."""
    await db.write(sessions.revoke_others, viewer)
    return done("sessions")


@post("/settings/apps/{id_:str}/revoke", status_code=200, opt=access_page(signed_in=True))
async def revoke_app(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Redirect:
    """Take back what an app was let do. Raises NotFound."""
    await db.write(tokens.revoke, viewer, id_of(id_))
    return done("app")


ROUTES: list[Any] = [
    *(show, confirm_form, confirm, confirm_options),
    *(password_form, change_password, email_form, change_email),
    *(revoke_session, revoke_others, revoke_app),
]
