"""Signing in and out, and getting back in after the password is forgotten."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Forbidden, Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope, header
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .. import auth, credentials, emails, letters, links, sessions, signin, signup, views
from ..auth import access_page
from ..queries import users
from ..rules import Viewer
from ..signin import Attempt, Halfway, NotReady, SignedIn
from .cookies import entered, signed_out


def attempt(scope: Scope, viewer: Viewer, login: str, password: str) -> Attempt:
    """What this browser tries."""
    return Attempt(
        login=login,
        password=password,
        address=auth.address_of(scope),
        device=auth.device_of(scope),
        agent=(header(scope, b"user-agent") or b"").decode("latin-1"),
        session=viewer.session,
    )


async def begin(app: App, tried: Attempt) -> SignedIn | Halfway:
    """As `signin.sign_in`."""
    return await signin.sign_in(app, tried)


@get("/auth/sign-in", opt=access_page())
async def sign_in_form(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """The form. Who is signed in goes on at once, unless an app wants them to say who they are."""
    wanted = views.next_of(params)
    if viewer.account is not None and not params.get("again"):
        return Redirect(wanted or views.HOME)
    views.speak(scope, params)
    return views.answer(scope, "sign_in.html", me=None, form={"next": wanted})


@post("/auth/sign-in", status_code=200, opt=access_page("sign_in"))
async def sign_in(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Begin a session, and go on to where somebody wanted to be."""
    login = params.text("login")
    try:
        now = await begin(app, attempt(scope, viewer, login, params.text("password")))
    except Invalid as error:
        return refused(scope, params, str(error))
    except NotReady as error:
        if error.why == "disabled":
            return refused(scope, params, say("This account may not be used."))
        email = await db.write(_remind, login, error.why)
        if error.why == "wait":
            return views.answer(scope, "waiting.html", me=None, email=email)
        return views.answer(scope, "check_mail.html", me=None, email=email, why="confirm")
    if isinstance(now, SignedIn) and viewer.account not in (None, now.account):
        await db.write(sessions.end, viewer)
    return entered(app.instance, now, views.next_of(params, views.HOME))


def refused(scope: Scope, params: Params, error: str) -> Html:
    """The form once more, with what is wrong."""
    views.speak(scope, params)
    form = {"login": params.text("login"), "next": views.next_of(params)}
    return views.answer(scope, "sign_in.html", 422, me=None, form=form, error=error)


def _remind(tx: Tx, login: str, why: str) -> str:
    """The address of somebody who knew the password; where it is to be confirmed, a fresh link
    goes there. Emits: LetterWanted"""
    login = login.strip().removeprefix("@")
    folded = emails.fold(login) if "@" in login else None
    user = users.by_mac(tx, emails.mac(tx, folded)) if folded else users.by_name(tx, login)
    if user is None:
        raise Forbidden
    if why == "confirm":
        signup.ask_to_confirm(tx, user.account)
    return emails.of(tx, user)


@post("/auth/sign-out", status_code=200, opt=access_page(unready=True))
async def sign_out(
    app: NamedDependency[App], db: NamedDependency[Db], viewer: NamedDependency[Viewer]
) -> Redirect:
    """End this session."""
    await db.write(sessions.end, viewer)
    return signed_out(Redirect(views.FRONT), app.instance)


@get("/auth/forgot", opt=access_page())
async def forgot_form(scope: Scope) -> Html:
    """Where a new password is asked for."""
    return views.answer(scope, "forgot.html", me=None, path="")


@post("/auth/forgot", status_code=200, opt=access_page("mail"))
async def forgot(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """Send the link, if the address is somebody's. The answer tells nothing either way.

    Raises:
        Unavailable: no letter can be sent.
    """
    await letters.check(app)
    email = params.text("email").strip()
    await db.write(credentials.ask_reset, email)
    return views.answer(scope, "check_mail.html", me=None, path="", email=email, why="reset")


@get("/auth/reset/{secret:str}", opt=access_page())
async def reset_form(db: NamedDependency[Db], secret: FromPath[str], scope: Scope) -> Html:
    """Where the link of that letter leads. Raises Gone."""
    await db.read(links.look, "reset", secret)
    return _reset_page(scope, secret)


def _reset_page(scope: Scope, secret: str, status: int = 200, **more: Any) -> Html:
    return views.answer(scope, "reset.html", status, me=None, path="", token=secret, **more)


@post("/auth/reset/{secret:str}", status_code=200, opt=access_page("mail"))
async def reset(
    app: NamedDependency[App], params: NamedDependency[Params], secret: FromPath[str], scope: Scope
) -> Response[bytes]:
    """Set the new password. Every session and token has ended; this browser signs in again.

    Raises:
        Gone: used, too old.
    """
    try:
        await credentials.reset_password(app, secret, params.text("password"))
    except Invalid as error:
        return _reset_page(scope, secret, 422, errors=views.faults(error))
    return signed_out(Redirect("/auth/sign-in"), app.instance)


ROUTES = [sign_in_form, sign_in, sign_out, forgot_form, forgot, reset_form, reset]
