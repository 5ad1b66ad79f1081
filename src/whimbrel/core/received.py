"""What a request brings, within the limits of this server."""

from .app import of
from .http import Params, Receive, Scope, read_params

FORM_BYTES = 1 << 20  # room for the other fields of an upload, bytes


async def received(scope: Scope, receive: Receive) -> Params:
    """Query and body of a request. Ask for it once it is known who asks.

    Raises:
        WhimbrelError: too large, or unreadable; see `core.http.read_params`.
    """
    app = of(scope)
    most = max(app.instance.image_bytes, app.instance.video_bytes)
    return await read_params(
        scope,
        receive,
        scratch=app.scratch,
        file_bytes=most + FORM_BYTES,
        form_bytes=FORM_BYTES,
    )
