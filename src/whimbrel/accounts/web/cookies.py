"""Cookies on answers: the session's, the one that marks a device as known, and the one of somebody
who has given the right password and owes a second factor."""

from http.cookies import SimpleCookie
from typing import TypeVar
from urllib.parse import quote

from litestar.datastructures import Cookie
from litestar.response import Response

from whimbrel.core.app import of
from whimbrel.core.http import Redirect, Scope
from whimbrel.core.settings import Instance

from .. import auth
from ..signin import HALF_LASTS, Halfway, SignedIn

R = TypeVar("R", bound=Response[bytes])


def entered(instance: Instance, now: SignedIn | Halfway, to: str) -> Redirect:
    """On to a page of ours, signed in; or by way of the second step."""
    if isinstance(now, SignedIn):
        return signed_in(Redirect(to), instance, now)
    answer = Redirect(f"/auth/second?next={quote(to, safe='')}")
    answer.set_cookie(_pending(instance, now.pending, HALF_LASTS // 1000))
    return answer


def pending_of(scope: Scope) -> str:
    """What `entered` left in a browser that owes the second step; "" when nothing."""
    return auth.cookie_of(scope, _pending_name(of(scope).instance)) or ""


def signed_in(response: R, instance: Instance, now: SignedIn) -> R:
    """The answer, with the browser signed in."""
    proved(response, instance, now.session)
    _put(response, auth.set_cookie(instance, now.device, device=True))
    return response


def nothing_owed(response: R, instance: Instance) -> R:
    """The answer, without the cookie of the first step."""
    response.set_cookie(_pending(instance, "", 0))
    return response


def proved(response: R, instance: Instance, session: str) -> R:
    """The answer, with the session under this value from now on."""
    _put(response, auth.set_cookie(instance, session))
    return response


def signed_out(response: R, instance: Instance) -> R:
    """The answer, with the browser signed out; it stays known, and keeps nothing of ours."""
    response.headers["clear-site-data"] = '"cache", "storage"'
    _put(response, auth.set_cookie(instance, ""))
    return response


def _pending(instance: Instance, value: str, seconds: int) -> Cookie:
    name = _pending_name(instance)
    return Cookie(
        key=name,
        value=value,
        path="/",
        max_age=seconds,
        secure=name.startswith("__Host-"),
        httponly=True,
        samesite="lax",
    )


def _pending_name(instance: Instance) -> str:
    return f"{auth.session_cookie_name(instance)}-second"


def _put(response: Response[bytes], header: tuple[str, str]) -> None:
    """Litestar keeps headers in a dict, which has room for one Set-Cookie."""
    for name, morsel in SimpleCookie(header[1]).items():
        response.set_cookie(
            Cookie(
                key=name,
                value=morsel.value,
                path=morsel["path"],
                max_age=int(morsel["max-age"]),
                secure=bool(morsel["secure"]),
                httponly=bool(morsel["httponly"]),
                samesite="lax",
            )
        )
