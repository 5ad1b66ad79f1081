"""What somebody elsewhere shows on top of their profile: read when they are first met, and when
they say that they are not as they were. A few documents and posts, all of their own server
(rule I)."""

from whimbrel.accounts.rules import Viewer
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.tx import Tx
from whimbrel.discovery import tags
from whimbrel.discovery.tags import MOST_FEATURED
from whimbrel.posts import featured
from whimbrel.posts.queries import receiving

from . import abroad, notes, reading
from .events import ProfileRead
from .incoming import read_note
from .queries import people
from .queries.people import Met
from .rules import Note, same_origin

MOST_POSTS = 10

log = logs.get(__name__)


async def read(app: App, event: ProfileRead) -> None:
    """Effect: look at what they show. What cannot be had now is not asked for again."""
    met = await app.db.read(people.by_id, event.account)
    if met is None or met.suspended:
        return
    for address, look in ((event.posts, _posts), (event.tags, _tags)):
        if address is None or not same_origin(address, met.uri):
            continue
        try:
            await look(app, met, address)
        except (WhimbrelError, ValueError) as error:
            log.info("profile not read", why=type(error).__name__)


async def _items(app: App, address: str) -> list[object]:
    """What a collection holds, at most its first page."""
    said = await abroad.read_object(app, address)
    first = said.get("first")
    held = _held(said)
    if not held and isinstance(first, dict):
        held = _held(first)
    if not held and isinstance(first, str) and same_origin(first, address):
        held = _held((await abroad.read(app, first)).said)
    return held


def _held(said: reading.Object) -> list[object]:
    return reading.many(said.get("orderedItems")) or reading.many(said.get("items"))


async def _posts(app: App, met: Met, address: str) -> None:
    items = (await _items(app, address))[: featured.MOST]
    budget = notes.Budget(MOST_POSTS)
    wanted = [uri for each in items if (uri := await _post(app, met.uri, each, budget)) is not None]
    await app.db.write(_show, met.id, wanted)


async def _post(app: App, actor: str, item: object, budget: notes.Budget) -> str | None:
    """The id of a post of theirs that is here now; None for what is not, or not theirs."""
    uri = reading.id_of(item)
    if uri is None or not same_origin(uri, actor):
        return None
    if isinstance(item, dict) and "attributedTo" in item:
        try:
            note = read_note(item)
            await app.db.write(_store, note, actor)
        except WhimbrelError:
            return None
        return uri
    return uri if await notes.fetched(app, uri, budget) is not None else None


def _store(tx: Tx, note: Note, actor: str) -> None:
    if note.author == actor and reading.PUBLIC in (*note.to, *note.cc):
        notes.store(tx, note, new=False)


def _show(tx: Tx, author: int, wanted: list[str]) -> None:
    found = [receiving.by_uri(tx, uri) for uri in wanted]
    featured.replace(tx, author, [post for post in found if post is not None])


async def _tags(app: App, met: Met, address: str) -> None:
    said = [each for each in await _items(app, address) if isinstance(each, dict)]
    names = [tag_of(each) for each in said]
    await app.db.write(_feature, met.id, [name for name in names if name][:MOST_FEATURED])


def tag_of(said: reading.Object) -> str:
    """The word of a hashtag; "" where it is none."""
    if reading.type_of(said) != "Hashtag":
        return ""
    return reading.text_of(said, "name", 100).removeprefix("#")


def _feature(tx: Tx, account: int, names: list[str]) -> None:
    tags.replace(tx, Viewer(account=account), names)
