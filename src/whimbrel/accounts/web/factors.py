"""Settings, security: passkeys, the authenticator app, recovery codes.

Recovery codes are in the answer to the form that made them, and nowhere ever again."""

from typing import Any

import segno
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Forbidden, Invalid, NotFound
from whimbrel.core.http import Html, Json, Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.pages import trusted

from .. import factors, passkeys, sessions, views
from ..auth import access_page
from ..rules import Viewer
from ..views import proof_first
from .security import PATH, done, page

_APP, _KEYS = f"{PATH}/authenticator", f"{PATH}/passkeys"


async def _codes(db: Db, viewer: Viewer, scope: Scope, codes: list[str]) -> Html:
    return await page(db, viewer, scope, "settings_security_codes.html", codes=codes)


@post(f"{_APP}/begin", status_code=200, opt=access_page(signed_in=True))
async def begin(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Redirect:
    """Make a secret for an authenticator app. Raises Invalid: there is one."""
    first = await proof_first(db, viewer, PATH)
    if first:
        return first
    await db.write(factors.begin_authenticator, viewer)
    return Redirect(_APP)


@get(_APP, opt=access_page(signed_in=True))
async def set_up_form(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], scope: Scope
) -> Response[bytes]:
    """The secret, for the app, until a code of it was right."""
    return await proof_first(db, viewer, _APP) or await _set_up_page(db, viewer, scope)


async def _set_up_page(
    db: Db, viewer: Viewer, scope: Scope, status: int = 200, **more: Any
) -> Response[bytes]:
    try:
        setup = await db.read(factors.setup_of, viewer)
    except NotFound:
        return Redirect(PATH)
    made = segno.make(setup.uri, error="m", micro=False)
    picture = trusted(made.svg_inline(border=3, light="#fff", omitsize=True))
    spaced = " ".join(setup.secret[at : at + 4] for at in range(0, len(setup.secret), 4))
    template = "settings_security_authenticator.html"
    given = {"picture": picture, "secret": spaced, "uri": setup.uri, **more}
    return await page(db, viewer, scope, template, status, **given)


@post(_APP, status_code=200, opt=access_page("sign_in", signed_in=True))
async def set_up(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """The app shows that it works."""
    first = await proof_first(db, viewer, _APP)
    if first:
        return first
    try:
        codes = await db.write(factors.finish_authenticator, viewer, params.text("code"))
    except Invalid as error:
        return await _set_up_page(db, viewer, scope, 422, errors=views.faults(error))
    except NotFound:
        return Redirect(PATH)
    return await _codes(db, viewer, scope, codes) if codes else done("authenticator")


@post(f"{_APP}/remove", status_code=200, opt=access_page(signed_in=True))
async def remove_app(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Redirect:
    """Ask for its codes no more. Raises NotFound."""
    first = await proof_first(db, viewer, PATH)
    if first:
        return first
    await db.write(factors.remove_authenticator, viewer)
    return done("no-authenticator")


@post(f"{PATH}/codes", status_code=200, opt=access_page(signed_in=True))
async def renew(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], scope: Scope
) -> Response[bytes]:
    """Ten new recovery codes; those of before are void. Raises NotFound."""
    first = await proof_first(db, viewer, PATH)
    if first:
        return first
    return await _codes(db, viewer, scope, await db.write(factors.renew_codes, viewer))


@get(f"{_KEYS}/new", opt=access_page(signed_in=True))
async def add_form(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], scope: Scope
) -> Response[bytes]:
    """Where a passkey is named and made."""
    first = await proof_first(db, viewer, f"{_KEYS}/new")
    return first or await page(db, viewer, scope, "settings_security_passkey.html")


@post(f"{_KEYS}/options", status_code=200, opt=access_page("sign_in", signed_in=True))
async def add_options(
    app: NamedDependency[App], db: NamedDependency[Db], viewer: NamedDependency[Viewer]
) -> Json:
    """What the browser has to be asked. Raises Forbidden: who they are was shown too long ago."""
    if not await db.read(sessions.proved, viewer):
        raise Forbidden
    return Json(await passkeys.options_to_add(app, viewer))


@post(f"{_KEYS}/new", status_code=200, opt=access_page("sign_in", signed_in=True))
async def add(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Keep what the browser answered."""
    first = await proof_first(db, viewer, f"{_KEYS}/new")
    if first:
        return first
    name = params.text("name")
    try:
        codes = await passkeys.add(app, viewer, name, params.text("answer"))
    except Invalid as error:
        errors = views.faults(error)
        said, template = "" if errors else str(error), "settings_security_passkey.html"
        form = {"name": name}
        return await page(db, viewer, scope, template, 422, form=form, errors=errors, error=said)
    return await _codes(db, viewer, scope, codes) if codes else done("passkey")


@post(f"{_KEYS}/{{id_:str}}/rename", status_code=200, opt=access_page(signed_in=True))
async def rename(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Redirect:
    """Call it something else. Raises NotFound, Invalid."""
    await db.write(passkeys.rename, viewer, id_of(id_), params.text("name"))
    return done("renamed")


@post(f"{_KEYS}/{{id_:str}}/remove", status_code=200, opt=access_page(signed_in=True))
async def remove(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Redirect:
    """Nobody signs in with it any more. Raises NotFound."""
    first = await proof_first(db, viewer, PATH)
    if first:
        return first
    await db.write(passkeys.remove, viewer, id_of(id_))
    return done("no-passkey")


ROUTES: list[Any] = [
    *(begin, set_up_form, set_up, remove_app, renew),
    *(add_form, add_options, add, rename, remove),
]
