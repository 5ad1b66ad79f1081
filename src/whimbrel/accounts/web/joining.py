"""Becoming somebody here: the sign-up form, the first administrator's, the link of the letter."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Forbidden, Gone, Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.tx import Tx

from .. import credentials, emails, links, signup, views
from ..auth import access_page, address_of
from ..queries import users
from ..rules import Viewer
from .cookies import entered
from .entry import attempt, begin

_NAMES = {"username": "name"}
_KEPT = ("name", "email", "reason", "date_of_birth")  # what stands in the form again
_SHOWN = {*_KEPT, "password"}  # fields that say themselves what is wrong


def _form(params: Params, scope: Scope) -> signup.Form:
    return signup.Form(
        username=params.text("name"),
        email=params.text("email"),
        password=params.text("password"),
        agreement=True,  # the page says so above its button
        reason=params.text("reason"),
        invite=params.text("invite"),
        date_of_birth=params.text("date_of_birth"),
        locale=views.reads(scope),
        address=address_of(scope),
    )


def _again(scope: Scope, template: str, params: Params, error: Invalid, **more: Any) -> Html:
    """The form as it was sent, with what is wrong."""
    errors = views.faults(error, _NAMES)
    said = "" if errors.keys() & _SHOWN else str(error)
    form = {name: params.text(name) for name in _KEPT}
    return views.answer(
        scope, template, 422, me=None, path="", form=form, errors=errors, error=said, **more
    )


@get("/auth/sign-up", opt=access_page())
async def sign_up_form(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """The form, or why there is none."""
    if viewer.account is not None:
        return Redirect(views.HOME)
    asked = _asked(app, params)
    return views.answer(scope, "sign_up.html", me=None, path="", **asked)


def _asked(app: App, params: Params) -> dict[str, Any]:
    """What the form says beside what was typed into it."""
    return {"invite": params.text("invite"), "min_age": app.instance.signups_min_age}


@post("/auth/sign-up", status_code=200, opt=access_page("sign_up"))
async def sign_up(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Make an account. It begins with a press on the link of the letter, where letters are sent."""
    try:
        account = await signup.join(app, _form(params, scope))
    except Invalid as error:
        return _again(scope, "sign_up.html", params, error, **_asked(app, params))
    email = params.text("email").strip()
    if app.instance.confirm_email:
        return views.answer(scope, "check_mail.html", me=None, email=email, why="confirm")
    user = await db.read(users.by_account, account)
    if user is None or user.approved_at is None:
        return views.answer(scope, "waiting.html", me=None, email=email)
    now = await begin(app, attempt(scope, viewer, params.text("name"), params.text("password")))
    return entered(app.instance, now, views.HOME)


@get("/auth/setup/{secret:str}", opt=access_page())
async def setup_form(db: NamedDependency[Db], secret: FromPath[str], scope: Scope) -> Html:
    """What the link on the console opens. Raises Gone."""
    await db.read(links.look, "setup", secret)
    return views.answer(scope, "setup.html", me=None, path="", token=secret)


@post("/auth/setup/{secret:str}", status_code=200, opt=access_page("sign_up"))
async def set_up(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    secret: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Make the first administrator, and sign them in. Raises Gone."""
    try:
        await signup.set_up(app, secret, _form(params, scope))
    except Invalid as error:
        return _again(scope, "setup.html", params, error, token=secret)
    now = await begin(app, attempt(scope, viewer, params.text("name"), params.text("password")))
    return entered(app.instance, now, views.HOME)


def _look(tx: Tx, secret: str) -> None:
    """Either of the two letters that ask somebody to confirm an address. Raises Gone."""
    try:
        links.look(tx, "confirm", secret)
    except Gone:
        links.look(tx, "change", secret)


@get(["/auth/confirm/{secret:str}", "/auth/email/{secret:str}"], opt=access_page())
async def confirm_form(db: NamedDependency[Db], secret: FromPath[str], scope: Scope) -> Html:
    """A button, for mail programs open links before people do. Raises Gone."""
    await db.read(_look, secret)
    return views.answer(scope, "confirm.html", me=None, path="", token=secret)


def _confirm(tx: Tx, secret: str) -> int | None:
    """Whom to tell that a moderator has to look first: the account, or None."""
    try:
        links.look(tx, "confirm", secret)
    except Gone:
        credentials.confirm_email(tx, secret)
        return None
    user = signup.confirm(tx, secret)
    return user.account if user.approved_at is None else None


@post("/auth/confirm/{secret:str}", status_code=200, opt=access_page("mail"))
async def confirm(db: NamedDependency[Db], secret: FromPath[str], scope: Scope) -> Html:
    """The address is right. Nobody is signed in by it: the link may have been sent to a stranger.

    Raises:
        Gone: used, too old.
    """
    waits = await db.write(_confirm, secret)
    if waits is not None:
        email = await db.read(_email_of, waits)
        return views.answer(scope, "waiting.html", me=None, path="", email=email)
    return views.answer(scope, "confirmed.html", me=None, path="")


def _email_of(tx: Tx, account: int) -> str:
    user = users.by_account(tx, account)
    if user is None:
        raise Forbidden
    return emails.of(tx, user)


ROUTES = [sign_up_form, sign_up, setup_form, set_up, confirm_form, confirm]
