"""Where other servers send what their people do: one door for everybody, and one for each."""

from typing import Any

from litestar import Request, Response, post
from litestar.params import FromPath

from whimbrel.accounts.auth import access, answer_lines, enter
from whimbrel.core.app import of
from whimbrel.core.http import Receive, Scope, Send

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


async def hot_shared(scope: Scope, receive: Receive, send: Send) -> None:
    """The same, by a raw ASGI handler."""
    await enter(scope, TAKEN["access"])
    await accept(of(scope), scope, receive)
    lines = answer_lines(scope, b"content-type: application/json\r\ncontent-length: 0\r\n")
    headers = [tuple(line.split(b": ", 1)) for line in lines.split(b"\r\n")[:-1]]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


@post(f"{PEOPLE}/inbox", status_code=202, opt=TAKEN)
async def personal(id_: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """For one of ours; what it is about says to whom it is, not where it comes in."""
    return await _take(request)


ROUTES: list[Any] = [shared, personal]
HOT_POST: dict[str, Any] = {"/inbox": hot_shared}
