"""Statements about the operator's rules and what they hit."""

from collections.abc import Collection
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import Boolean, and_, bindparam, delete, func, select, update

from whimbrel.accounts.tables import addresses
from whimbrel.core.engines import Query, insert, insert_ignore
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import level, number
from whimbrel.posts.rules import OPEN
from whimbrel.posts.tables import posts

from ..rules import Category
from ..tables import auto_rules, link_uses, rule_hits

Mode = Literal["draft", "shadow", "queue", "act"]
KEPT = 1000  # hits of a rule: the newest
MOST_NEIGHBOURS = 1000  # people of one network that are counted
_r, _h, _a = auto_rules.c, rule_hits.c, addresses.c


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as stored. Times in ms; what is counted is explained in `tables.automation`."""

    id: int
    name: str
    source: str
    why: str
    category: Category = "violation"
    act: str
    mode: Mode
    since: int
    by: int | None
    hits: int = 0
    hour: int = 0
    in_hour: int = 0
    calm: int = 0
    fell: bool = False


class Hit(NamedTuple):
    """A post that a rule holds of."""

    id: int
    post: int
    right: bool | None


class Judged(NamedTuple):
    """How many of a rule's hits somebody looked at, and how many of those were right."""

    seen: int
    right: int


_NAMES = Rule.__struct_fields__
_ADD = Query(insert(auto_rules))
_ALL = Query(select(*(_r[name] for name in _NAMES)).order_by(_r.name, _r.id))
_ONE = Query(select(*(_r[name] for name in _NAMES)).where(_r.id == number("id")))
_LIVE = Query(select(_r.id, _r.source).where(_r.mode != "draft").order_by(_r.id))
_SET = Query(
    update(auto_rules)
    .where(_r.id == number("which"))
    .values({name: bindparam(f"new_{name}", type_=_r[name].type) for name in _NAMES[1:]})
)
_DROP = Query(delete(auto_rules).where(_r.id == number("which")))
_HIT = Query(insert_ignore(rule_hits, ("id", "rule", "post")))
_OLD = (
    select(_h.id)
    .where(_h.rule == number("which"))
    .order_by(_h.id.desc())
    .offset(KEPT)
    .limit(number("most"))
)
_FORGET = Query(delete(rule_hits).where(_h.id.in_(_OLD)))
_EMPTY = Query(delete(rule_hits).where(_h.rule == number("which")))
_HITS = Query(
    select(_h.id, _h.post, _h.right)
    .where(_h.rule == number("which"))
    .order_by(_h.id.desc())
    .limit(number("most"))
)
_JUDGE = Query(
    update(rule_hits)
    .where(and_(_h.id == number("which"), _h.rule == number("of")))
    .values(right=bindparam("is_right", type_=Boolean), by=number("who"))
)
_counts: list[Any] = [func.count(_h.right), func.count().filter(_h.right)]
_JUDGED = Query(select(*_counts).where(_h.rule == number("which")))
_count = select(func.count())
_within = (posts.c.id > number("after"), posts.c.id < number("below"))
_PACE = Query(_count.where(posts.c.author == number("who"), *_within))
_network = (
    select(_a.network).where(_a.account == number("who")).order_by(_a.used_at.desc()).limit(1)
)
_neighbours = (
    select(_a.account)
    .where(_a.network == _network.scalar_subquery(), _a.used_at >= number("since"))
    .limit(MOST_NEIGHBOURS)
)
_NETWORK_PACE = Query(_count.where(posts.c.author.in_(_neighbours), *_within))
_RECENT = Query(
    select(posts.c.id)
    .where(
        posts.c.visibility <= level(max(OPEN)),
        posts.c.boost_of.is_(None),
        posts.c.id > number("after"),
        posts.c.id < number("below"),
    )
    .order_by(posts.c.id.desc())
    .limit(number("most"))
)
_FELL = Query(select(func.count()).where(_r.fell))


def add(tx: Tx, rule: Rule) -> None:
    """A new one."""
    tx.run(_ADD, **msgspec.structs.asdict(rule))


def all_(tx: Tx) -> list[Rule]:
    """Every one, by name."""
    return [_rule(row) for row in tx.rows(_ALL)]


def one(tx: Tx, id_: int) -> Rule:
    """Raises NotFound."""
    row = tx.row(_ONE, id=id_)
    if row is None:
        raise NotFound
    return _rule(row)


def _rule(row: Any) -> Rule:
    made = Rule(**dict(zip(_NAMES, row, strict=True)))
    return msgspec.structs.replace(made, fell=bool(made.fell))


def live(tx: Tx) -> list[tuple[int, str]]:
    """Id and expression of those that are tried on each post."""
    return tx.rows(_LIVE)


def change(tx: Tx, rule: Rule) -> None:
    """It is so now."""
    given = msgspec.structs.asdict(rule)
    del given["id"]
    tx.run(_SET, which=rule.id, **{f"new_{name}": value for name, value in given.items()})


def drop(tx: Tx, id_: int) -> None:
    """Gone, with what it hit."""
    tx.run(_DROP, which=id_)


def hit(tx: Tx, rule: int, post: int) -> bool:
    """It holds of this post. False where that is known."""
    if not tx.run(_HIT, id=new_id(tx.now), rule=rule, post=post):
        return False
    tx.run(_FORGET, which=rule, most=10)
    return True


def forget_hits(tx: Tx, rule: int) -> None:
    """It says something else now: what it hit before tells nothing of it."""
    tx.run(_EMPTY, which=rule)


def hits(tx: Tx, rule: int, most: int) -> list[Hit]:
    """The newest."""
    return [Hit(*row) for row in tx.rows(_HITS, which=rule, most=most)]


def judge(tx: Tx, rule: int, hit: int, right: bool, by: int) -> bool:
    """Somebody looked at it. False where there is no such hit."""
    return bool(tx.run(_JUDGE, which=hit, of=rule, is_right=right, who=by))


def judged(tx: Tx, rule: int) -> Judged:
    """Of those that are kept."""
    return Judged(*(tx.row(_JUDGED, which=rule) or (0, 0)))


def pace(tx: Tx, author: int, after: int, below: int) -> int:
    """How many posts and boosts somebody wrote with ids between. Counts rows."""
    return int(tx.value(_PACE, who=author, after=after, below=below))


_l = link_uses.c
_USE = Query(insert_ignore(link_uses))
_OLD_USES = select(_l.post).where(_l.post < number("after")).order_by(_l.post).limit(20)
_PRUNE = Query(delete(link_uses).where(_l.post.in_(_OLD_USES)))
_LINK_PACE = Query(
    _count.where(_l.host == number("host"), _l.post > number("after"), _l.post < number("below"))
)


def use_links(tx: Tx, post: int, hosts: Collection[str], after: int) -> None:
    """A post leads to these hosts; what is older than the id `after` goes, some at a time."""
    tx.many(_USE, ({"host": _hashed(tx, host), "post": post} for host in hosts))
    tx.run(_PRUNE, after=after)


def link_pace(tx: Tx, host: str, after: int, below: int) -> int:
    """How many posts with ids between led to that host, as far as that was noted."""
    return int(tx.value(_LINK_PACE, host=_hashed(tx, host), after=after, below=below))


def _hashed(tx: Tx, host: str) -> int:
    return int.from_bytes(tx.mac("link use", host.encode())[:8]) >> 1


def network_pace(tx: Tx, author: int, since: int, after: int, below: int) -> int:
    """The same of all who were seen since then (ms) in the network in which the author was last."""
    return int(tx.value(_NETWORK_PACE, who=author, since=since, after=after, below=below))


def recent(tx: Tx, after: int, below: int, most: int) -> list[int]:
    """Open posts with ids between, the newest first."""
    return [row[0] for row in tx.rows(_RECENT, after=after, below=below, most=most)]


def fallen(tx: Tx) -> int:
    """How many fell back by themselves, and nobody has looked."""
    return int(tx.value(_FELL))
