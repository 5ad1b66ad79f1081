"""What somebody looks for by a handle or an address of another server."""

from whimbrel.core.app import App
from whimbrel.core.errors import Malformed, WhimbrelError
from whimbrel.core.fetch import Refused
from whimbrel.core.tx import Tx

from . import abroad, notes, people
from .incoming import read_actor, read_note
from .rules import origin_of


async def look(app: App, text: str) -> tuple[str, int] | None:
    """Somebody (`account`) or a post (`post`) and its id here, fetched where nobody met it yet.
    None where there is nothing that everybody may see."""
    text = text.strip()
    try:
        if text.startswith(("https://", "http://")):
            return await app.db.read(_known, text) or await _at(app, text)
        account = await people.named(app, text)
    except (WhimbrelError, ValueError):
        return None
    return None if account is None else ("account", account)


def _known(tx: Tx, uri: str) -> tuple[str, int] | None:
    account, post = people.known(tx, uri), notes.known(tx, uri)
    if account is not None:
        return "account", account
    return None if post is None else ("post", post)


async def _at(app: App, url: str) -> tuple[str, int] | None:
    """What lies at an address: it may be a page, good for other servers too. Whose it is, and that
    it lies where it says, is asked of its id."""
    await people.admit(app, origin_of(url).partition("://")[2])
    said = (await abroad.read(app, url)).said
    try:
        return "account", (await people.met(app, read_actor(said).id)).id
    except Malformed:
        post = await notes.fetched(app, read_note(said).id, notes.Budget())
    if post is None:
        raise Refused
    return "post", post
