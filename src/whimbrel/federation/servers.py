"""Other servers one by one: what is known of each, how things stand with it, and calling on it now.

What it runs is asked of itself, once a week at most, some time after it first spoke to us."""

from datetime import timedelta
from typing import NamedTuple

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound, WhimbrelError
from whimbrel.core.tx import Tx
from whimbrel.moderation.queries import decisions
from whimbrel.moderation.rules import require

from . import abroad, reading
from .events import ServerSpoke
from .queries import servers
from .queries.servers import Queue
from .rules import origin_of, same_origin
from .state import state_of

HOUR, WEEK = 3_600_000, 7 * 86_400_000  # ms
LATER = timedelta(minutes=10)  # until a server is asked what it runs
MOST_REMEMBERED = 10_000
_ACCEPT = "application/json"
log = logs.get(__name__)


class Server(NamedTuple):
    """How things stand with a domain."""

    domain: str
    people: int
    following: int  # follows of its people, by ours
    followers: int
    reports: int  # about its people
    reported: int  # by its people, or the server itself
    queues: tuple[Queue, ...]
    seen_at: int | None  # ms
    software: str
    style: int  # rules.Style; 0 = not known


def spoke(app: App, actor: str) -> str | None:
    """The server of an actor, where it is time to note that it speaks: once an hour."""
    origin, now = origin_of(actor), int(app.db.env.clock().timestamp() * 1000)
    seen = state_of(app).seen
    if seen.get(origin, 0) > now - HOUR:
        return None
    if len(seen) >= MOST_REMEMBERED:
        seen.clear()
    seen[origin] = now
    return origin


def note(tx: Tx, origin: str) -> None:
    """A server spoke to us. Emits: ServerSpoke, where it is to be asked what it runs"""
    if servers.seen(tx, origin) < tx.ms - WEEK:
        servers.asked(tx, origin)
        tx.emit(ServerSpoke(origin=origin), due=tx.now + LATER)


async def ask(app: App, event: ServerSpoke) -> None:
    """Effect: ask a server what it runs. What it does not say is not asked for again soon.

    Source: NodeInfo 2.1
    """
    try:
        where = f"{event.origin}/.well-known/nodeinfo"
        links = reading.many((await abroad.read_json(app, where, _ACCEPT)).get("links"))
        found = [each.get("href") for each in links if isinstance(each, dict)]
        some = [each for each in found if isinstance(each, str) and same_origin(each, where)]
        if not some:
            return
        said = (await abroad.read_json(app, some[-1], _ACCEPT)).get("software")
    except (WhimbrelError, ValueError) as error:
        log.info("server not asked", why=type(error).__name__)
        return
    if isinstance(said, dict):
        name, version = (reading.text_of(said, key, 100) for key in ("name", "version"))
        if name.isprintable() and version.isprintable():
            await app.db.write(servers.runs, event.origin, name, version)


def look(tx: Tx, viewer: Viewer, domain: str) -> Server:
    """How things stand with a domain. Counts rows.

    Raises:
        Forbidden: the viewer's role may not.
        NotFound: nobody of it is known.
    """
    require(viewer, Permission.MANAGE_FEDERATION)
    people, following, followers, about, by = servers.ties(tx, domain)
    if not people:
        raise NotFound
    origins = _origins(tx, domain)
    known = servers.known(tx, origins)
    seen = max((each[1] for each in known), default=None)
    runs = next((f"{each[2]} {each[3] or ''}".strip() for each in known if each[2]), "")
    style = next((each[4] for each in known if each[4]), 0)
    return Server(
        domain=domain,
        people=people,
        following=following,
        followers=followers,
        reports=about,
        reported=by,
        queues=tuple(servers.queues_of(tx, origins)),
        seen_at=seen,
        software=runs,
        style=style,
    )


def _origins(tx: Tx, domain: str) -> list[str]:
    """Where a domain is spoken to: its people may live on another name than they are called by."""
    found = {f"https://{domain}", f"http://{domain}"}
    for inbox in servers.inboxes(tx, domain):
        try:
            found.add(origin_of(inbox))
        except ValueError:
            continue
    return sorted(found)


def retry(tx: Tx, viewer: Viewer, domain: str) -> int:
    """Call on a server now, whatever it answered before; at how many of its origins.

    Raises:
        Forbidden: the viewer's role may not.
    """
    require(viewer, Permission.MANAGE_FEDERATION)
    called = sum(servers.call_now(tx, each) for each in _origins(tx, domain))
    decisions.add(tx, viewer.account, "retry", "server", 0, detail=domain)
    return called
