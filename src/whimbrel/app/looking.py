"""Who may look at a file that not everybody may see: whoever a link was made for, as long as the
post is for them; and a server that the post went to, where it signs what it asks for."""

from whimbrel.accounts import auth
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import Scope, of
from whimbrel.core.errors import NotFound, WhimbrelError
from whimbrel.core.http import header
from whimbrel.core.tx import Tx
from whimbrel.federation.api.answers import is_signed
from whimbrel.federation.queries import audience
from whimbrel.federation.rules import origin_of
from whimbrel.federation.signed import signer_of
from whimbrel.media.links import Who
from whimbrel.media.rules import Served
from whimbrel.posts.queries import card_of

from . import queries

_OPTIONAL = auth.access(None, token="optional")["access"]  # noqa: S106 (no password)


async def may_look(scope: Scope, who: Who | None, file: Served) -> bool:
    """Whether this request may have the file.

    Args:
        who: of the link; None = it is none, or is over.
    """
    app = of(scope)
    if who is None:
        who = await _server(scope)
    if isinstance(who, str):
        return file.post != 0 and await app.db.read(audience.has_readers, file.post, who)
    if who is None or await _is_somebody_else(scope, who):
        return False
    return await app.db.read(_sees, who, file)


async def _server(scope: Scope) -> str | None:
    app = of(scope)
    if not is_signed(scope):
        return None
    try:
        signer = await signer_of(app, scope, at=app.instance.media_origin)
    except (WhimbrelError, ValueError):
        return None
    return origin_of(signer.actor)


async def _is_somebody_else(scope: Scope, who: int) -> bool:
    """Whether the request says whose it is, and that is not whom the link was made for."""
    if header(scope, b"authorization") is None:
        return False
    try:
        return (await auth.enter(scope, _OPTIONAL)).account != who
    except WhimbrelError:
        return True


def _sees(tx: Tx, who: int, file: Served) -> bool:
    if not queries.is_active(tx, who):
        return False
    if not file.post:
        return who == file.account
    try:
        card_of(tx, Viewer(account=who), file.post)
    except NotFound:
        return False
    return True
