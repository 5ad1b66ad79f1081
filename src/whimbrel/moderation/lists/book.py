"""Which lists are read, in which order, and which servers none of them decides about."""

from collections.abc import Iterable
from ipaddress import ip_address

from whimbrel.accounts.barred import domain_of
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.abroad import Refused, address_of
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import new_id
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import Said, say

from ..events import ListDue
from ..queries import decisions
from ..queries import lists as queries
from ..queries.lists import BlockList
from ..rules import require

NEEDS = Permission.MANAGE_FEDERATION
NAME_CHARS = 100
MOST = 20  # lists
KIND = "block_list"  # in the log


def every(tx: Tx, viewer: Viewer) -> list[BlockList]:
    """All of them, the one that wins first. Raises Forbidden."""
    require(viewer, NEEDS)
    return queries.every(tx)


def subscribe(
    tx: Tx, viewer: Viewer, name: str, url: str, private: Iterable[str] = ()
) -> BlockList:
    """Read a list from now on, once a day. It comes behind those that are there.

    Args:
        private: addresses that may be asked without TLS; see `core.fetch`.
    Raises:
        Forbidden: the viewer's role may not.
        Invalid: no name, no https address, one that is read already, or too many lists.
    Emits: ListDue
    """
    require(viewer, NEEDS)
    tx.lock("block lists", 0)
    there = queries.every(tx)
    called, address = tidy(name), url.strip()
    if not 0 < len(called) <= NAME_CHARS:
        raise _wrong("name", say("A name has 1 to %(most)s characters.", most=NAME_CHARS))
    if not _may_be_asked(address, private):
        raise _wrong("url", say("The address of a list begins with https://."))
    if address in [each.url for each in there]:
        raise _wrong("url", say("This list is read already."))
    if len(there) >= MOST:
        raise _wrong("url", say("At most %(most)s lists are read.", most=MOST))
    rank = 1 + max((each.rank for each in there), default=0)
    made = BlockList(new_id(tx.now), called, address, rank)
    queries.add(tx, made)
    decisions.add(tx, viewer.account, "create", KIND, made.id, detail=address)
    tx.emit(ListDue(list=made.id, turn=made.turn))
    return made


def _wrong(field: str, said: Said) -> Invalid:
    return Invalid(said, {field: [("ERR_INVALID", said)]})


def _may_be_asked(url: str, private: Iterable[str]) -> bool:
    try:
        found = address_of(url)
    except Refused:
        return False
    if found.scheme == "https":
        return True
    try:
        return str(ip_address(found.host or "")) in private
    except ValueError:
        return False


def unsubscribe(tx: Tx, viewer: Viewer, id_: int) -> None:
    """Read it no more. Those kept away because of it stay so, as the operator's own. Raises
    Forbidden, NotFound."""
    require(viewer, NEEDS)
    found = queries.one(tx, id_)
    queries.drop(tx, id_)
    decisions.add(tx, viewer.account, "destroy", KIND, id_, detail=found.url)


def prefer(tx: Tx, viewer: Viewer, id_: int) -> None:
    """Let it win over the one before it. Raises Forbidden, NotFound."""
    require(viewer, NEEDS)
    tx.lock("block lists", 0)
    found = queries.one(tx, id_)
    before = [each for each in queries.every(tx) if each.rank < found.rank]
    if not before:
        return
    queries.change(tx, before[-1].id, rank=found.rank)
    queries.change(tx, id_, rank=before[-1].rank)
    decisions.add(tx, viewer.account, "move", KIND, id_, detail=found.url)


def renew(tx: Tx, viewer: Viewer, id_: int) -> None:
    """Read it now, and from now on once a day. Raises Forbidden, NotFound.

    Emits: ListDue
    """
    require(viewer, NEEDS)
    turn = queries.one(tx, id_).turn + 1
    queries.change(tx, id_, turn=turn)
    tx.emit(ListDue(list=id_, turn=turn))


def exclude(tx: Tx, viewer: Viewer, domains: Iterable[str]) -> int:
    """No list decides about these servers any more; how many were not left out before. Raises
    Forbidden, Invalid."""
    require(viewer, NEEDS)
    done = 0
    for text in domains:
        domain = domain_of(text)
        if domain is None:
            raise _wrong("domain", say("is invalid"))
        if queries.exclude(tx, domain, viewer.account):
            decisions.add(tx, viewer.account, "exclude", KIND, 0, detail=domain)
            done += 1
    return done


def include(tx: Tx, viewer: Viewer, domain: str) -> None:
    """Let the lists decide about it again. Raises Forbidden; NotFound: they do."""
    require(viewer, NEEDS)
    if not queries.include(tx, domain):
        raise NotFound
    decisions.add(tx, viewer.account, "include", KIND, 0, detail=domain)
