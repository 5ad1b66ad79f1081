"""Parameters for Litestar: a handler that names `params: NamedDependency[Params]` is given them."""

from pathlib import Path
from typing import Any

from litestar import Request
from litestar.di import Provide

from .params import Params, read_params


def provide_params(
    scratch: Path, *, file_bytes: int = 104 * 2**20, form_bytes: int = 1 * 2**20
) -> Provide:
    """`dependencies={"params": provide_params(scratch)}`; see `read_params` for the arguments."""

    async def params(request: Request[Any, Any, Any]) -> Params:
        return await read_params(
            request.scope,
            request.receive,
            scratch=scratch,
            file_bytes=file_bytes,
            form_bytes=form_bytes,
        )

    return Provide(params)
