"""Two cookies on one answer: the session's, and the one that marks a device as known."""

from http.cookies import SimpleCookie
from typing import TypeVar

from litestar.datastructures import Cookie
from litestar.response import Response

from whimbrel.core.settings import Instance

from .. import auth
from ..signin import SignedIn

R = TypeVar("R", bound=Response[bytes])


def signed_in(response: R, instance: Instance, now: SignedIn) -> R:
    """The answer, with the browser signed in."""
    _put(response, auth.set_cookie(instance, now.session))
    _put(response, auth.set_cookie(instance, now.device, device=True))
    return response


def signed_out(response: R, instance: Instance) -> R:
    """The answer, with the browser signed out; it stays known."""
    _put(response, auth.set_cookie(instance, ""))
    return response


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
