"""The pictures of people who have set none, at the addresses by which apps know that."""

from pathlib import Path

from litestar import get
from litestar.response import Response

import whimbrel

from ..auth import access
from ..serialize import MISSING_AVATAR, MISSING_HEADER

_STATIC = Path(whimbrel.__file__).parent / "static"
_AVATAR = (_STATIC / "avatar-missing.png").read_bytes()
_HEADER = (_STATIC / "header-missing.png").read_bytes()


def _png(content: bytes) -> Response[bytes]:
    kept = {"cache-control": "public, max-age=604800", "x-content-type-options": "nosniff"}
    return Response(content, media_type="image/png", headers=kept)


@get(MISSING_AVATAR, opt=access(None, rate="page"))
async def missing_avatar() -> Response[bytes]:
    """Somebody without a face."""
    return _png(_AVATAR)


@get(MISSING_HEADER, opt=access(None, rate="page"))
async def missing_header() -> Response[bytes]:
    """A plain surface."""
    return _png(_HEADER)


ROUTES = [missing_avatar, missing_header]
