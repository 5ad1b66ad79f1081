"""The three callables of ASGI, typed as loosely as both Litestar and a bare server need them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

# A TypedDict in Litestar, a plain dict in a bare server: no narrower type accepts both.
Scope: TypeAlias = Any
Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Send: TypeAlias = Callable[[Any], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
