"""Blocking a whole server: the viewer wants to hear nobody of it, and nobody there follows them.

Other servers are told nothing; what a timeline leaves out is decided where it is read."""

from whimbrel.core.errors import Invalid
from whimbrel.core.ids import new_id
from whimbrel.core.text.links import find_host, host
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import sever
from .circles import Window
from .events import DomainBlocked
from .queries import domains
from .queries.domains import Row
from .queries.severed import Cause
from .rules import Viewer

PARTED = 50  # people one parts from in one transaction
MOST = 5000


def mine(tx: Tx, viewer: Viewer, window: Window) -> list[Row]:
    """A page of the servers the viewer blocks, newest first.

    Source: Mastodon REST API, GET /api/v1/domain_blocks
    """
    return domains.page(tx, viewer.id, **window._asdict())


def block(tx: Tx, viewer: Viewer, written: str) -> None:
    """Block a server; follows and requests between the viewer and its people end. Again is once.

    Raises:
        Invalid: no name of a server, our own, or more than anybody needs.
    Emits: DomainBlocked, where it is new
    Source: Mastodon REST API, POST /api/v1/domain_blocks
    """
    domain = _domain(tx, written)
    tx.lock("domain_blocks", viewer.id)
    if domains.count(tx, viewer.id) >= MOST:
        raise Invalid(say("You can block %(most)s servers.", most=MOST))
    if domains.add(tx, viewer.id, domain):
        tx.emit(DomainBlocked(account=viewer.id, domain=domain))


def unblock(tx: Tx, viewer: Viewer, written: str) -> None:
    """Block a server no more; one that was not blocked is no error. What ended stays ended."""
    domains.remove(tx, viewer.id, host(written.strip()) or written.strip())


def part(tx: Tx, event: DomainBlocked) -> None:
    """Handle: the next of those on the server who follow the viewer, are followed, or asked.

    Emits: Unfollowed for each, DomainBlocked again while there are more, at last TiesSevered
    """
    others = domains.tied(tx, event.account, event.domain, PARTED)
    cause = Cause(event.cause or new_id(tx.now), "user_domain_block", domain=event.domain)
    sever.part(tx, cause, [(event.account, other) for other in others])
    if len(others) == PARTED:
        tx.emit(DomainBlocked(account=event.account, domain=event.domain, cause=cause.id))
    else:
        sever.tell(tx, cause.id)


def _domain(tx: Tx, written: str) -> str:
    """The name of a server as it is kept. Raises Invalid."""
    trimmed = written.strip().removeprefix("@")
    named = find_host(trimmed, 0, single=True) == trimmed
    domain = host(trimmed) if named else ""
    if not domain or tx.instance.is_own(domain):
        said = say("is not the name of another server")
        raise Invalid(f"Validation failed: Domain {said}", {"domain": [("ERR_INVALID", said)]})
    return domain
