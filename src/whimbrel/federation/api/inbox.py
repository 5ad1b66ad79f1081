"""Where other servers send what their people do: one door for everybody, and one for each."""

from typing import Any

from litestar import Request, Response, post
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.core.app import of

from ..inbox import accept
from .actors import PEOPLE

TAKEN = access(None, rate="inbox", token="signed")  # noqa: S106 (a kind of token)


async def _take(request: Request[Any, Any, Any]) -> Response[bytes]:
    scope: Any = request.scope
    await accept(of(scope), scope, request.receive)
    return Response(b"", status_code=202)


@post("/inbox", status_code=202, opt=TAKEN)
async def shared(request: Request[Any, Any, Any]) -> Response[bytes]:
    """For all of ours. Raises as `inbox.accept`."""
    return await _take(request)


@post(f"{PEOPLE}/inbox", status_code=202, opt=TAKEN)
async def personal(id_: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """For one of ours; what it is about says to whom it is, not where it comes in."""
    return await _take(request)


ROUTES: list[Any] = [shared, personal]
