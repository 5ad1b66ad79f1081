"""Signing up through an app, and the letter that confirms the address."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency

from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, Scope
from whimbrel.core.tx import Tx

from .. import letters, signup, tokens
from ..auth import access, address_of
from ..oauth import Granted
from ..queries import users
from ..rules import Viewer


@post(
    "/api/v1/accounts",
    status_code=200,
    opt=access("write:accounts", rate="sign_up", token="app"),  # noqa: S106
)
async def sign_up(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Json:
    """Make an account. The token is good once the address is confirmed and the account let in."""
    form = signup.Form(
        username=params.text("username"),
        email=params.text("email"),
        password=params.text("password"),
        agreement=params.flag("agreement"),
        locale=params.text("locale", "en"),
        reason=params.text("reason"),
        invite=params.text("invite_code"),
        date_of_birth=params.text("date_of_birth"),
        address=address_of(scope),
    )
    account = await signup.join(app, form)
    scopes = " ".join(sorted(viewer.scopes))

    def give(tx: Tx) -> Granted:
        secret = tokens.issue(tx, account, scopes, viewer.app)
        return Granted(access_token=secret, scope=scopes, created_at=tx.ms // 1000)

    return Json(await db.write(give))


@post(
    "/api/v1/emails/confirmations",
    status_code=200,
    opt=access("write:accounts", rate="mail", unready=True),
)
async def confirm_again(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """Send the confirmation once more, to another address if there is one. Raises Unavailable: no
    letter can be sent."""
    await letters.check(app)
    await db.write(signup.confirm_again, viewer.id, params.text("email"))
    return Json({})


@get("/api/v1/emails/check_confirmation", opt=access("read:accounts", unready=True))
async def is_confirmed(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """Whether the address is confirmed."""
    user = await db.read(users.by_account, viewer.id)
    return Json(user is not None and user.confirmed_at is not None)


ROUTES: list[Any] = [sign_up, confirm_again, is_confirmed]
