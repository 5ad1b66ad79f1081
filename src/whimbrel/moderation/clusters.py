"""Clusters: open cases that have a picture, the host of a link, or nearly all words in common.

What is kept of each is a keyed hash: without this server's key nobody can tell what it is of."""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Shredded
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx
from whimbrel.posts import queries as posts

from .minhash import bands
from .queries import clusters as queries
from .queries.clusters import Cluster
from .rules import Case, require

MOST = 20  # of the page
MEMBERS = 2000  # that are shown, and decided at once
HOSTS = 10  # of one post
_LINK = re.compile(r"https?://([^\s/?#\"'<>()\[\]]{1,253})", re.IGNORECASE)


class Shown(NamedTuple):
    """One with those in it."""

    trait: int
    kind: str
    cases: list[Case]


def mark(tx: Tx, case: int, about: Collection[int]) -> None:
    """Remember what a case has in common with others."""
    for post in about:
        queries.add(tx, case, post, sorted(set(_traits(tx, post))))


def _traits(tx: Tx, post: int) -> Iterator[tuple[str, int]]:
    try:
        found = posts.any_post(tx, post)
        looks = queries.pictures(tx, post)
    except (NotFound, Shredded):  # it is being erased
        return
    for look in looks:
        yield "media", _hash(tx, "media", look.encode())
    text = "" if found.content is None else found.content.text
    for host in hosts_of(tx.instance, text):
        yield "link", _hash(tx, "link", host.encode())
    near = [_hash(tx, "band", band) for band in bands(_LINK.sub(" ", text))]
    if near:
        known = queries.near(tx, near)
        yield "text", _hash(tx, "text", b"%d" % near[0]) if known is None else known
        yield from (("band", each) for each in near)


def hosts_of(instance: Instance, text: str) -> list[str]:
    """Whose pages a text leads to, but for our own."""
    named = (host.lower().rpartition("@")[2].partition(":")[0] for host in _LINK.findall(text))
    others = (host.removeprefix("www.").rstrip(".") for host in named)
    return [host for host in dict.fromkeys(others) if host and not instance.is_own(host)][:HOSTS]


def _hash(tx: Tx, kind: str, what: bytes) -> int:
    made = tx.mac("case trait", kind.encode() + b" " + what)
    return int.from_bytes(made[:8]) >> 1


def biggest(tx: Tx, viewer: Viewer) -> list[Cluster]:
    """The largest clusters, each cluster once. Raises Forbidden."""
    require(viewer, Permission.MANAGE_REPORTS)
    found: dict[tuple[str, int, int], Cluster] = {}
    for each in queries.biggest(tx, 8 * MOST):  # of near-equal words several bands say the same
        found.setdefault((each.kind, each.size, each.first), each)
    return list(found.values())[:MOST]


def around(tx: Tx, viewer: Viewer, case: int) -> list[Cluster]:
    """Those that a case is in, the largest of each kind. Raises Forbidden."""
    require(viewer, Permission.MANAGE_REPORTS)
    found: dict[str, Cluster] = {}
    for each in queries.around(tx, case, 8 * MOST):
        found.setdefault(each.kind, each)
    return list(found.values())


def show(tx: Tx, viewer: Viewer, trait: int) -> Shown:
    """One of them with its members, what is due first. Raises Forbidden, NotFound."""
    require(viewer, Permission.MANAGE_REPORTS)
    kind = queries.kind_of(tx, trait)
    if kind is None:
        raise NotFound
    return Shown(trait, kind, queries.members(tx, trait, MEMBERS))
