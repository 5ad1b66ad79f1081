"""What waits to be told to other servers, and when each is called on."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b, sha256
from typing import NamedTuple

from sqlalchemy import (
    String,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from whimbrel.core.engines import Query, in_list, insert, insert_ignore, upsert
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.core.worker import NEVER
from whimbrel.posts.queries import number

from ..rules import Letter
from ..tables import deliveries, letters, queues, remote_follows, sent_acts, tombstones

_text = String()


# --------------------------------------------------------------------------- letters and rows

_WRITE = Query(insert(letters))
_READ = Query(
    select(letters.c.owner, letters.c.kind, letters.c.subject, letters.c.said).where(
        letters.c.id == number("letter")
    )
)
_PUT = Query(insert(deliveries, ("letter", "origin", "inbox", "thing", "due")))
_queue = postgresql.insert(queues).values({name: bindparam(name) for name in ("origin", "due")})
_CALL_ON = Query(
    _queue.on_conflict_do_update(
        index_elements=["origin"],
        set_={"due": case((queues.c.failures == 0, _queue.excluded.due), else_=queues.c.due)},
    )
)


def thing(*named: str) -> int:
    """What keeps order with itself: 64 bits of its name."""
    return int.from_bytes(blake2b(" ".join(named).encode(), digest_size=8).digest()) - (1 << 63)


def write(tx: Tx, letter: Letter, about: int) -> int:
    """Something to be told. Returns its id."""
    id_ = new_id(tx.now)
    tx.run(_WRITE, id=id_, thing=about, **letter._asdict())
    return id_


def read(tx: Tx, letter: int) -> Letter | None:
    """What is to be told."""
    row = tx.row(_READ, letter=letter)
    if row is None:
        return None
    owner, kind, subject, said = row
    return Letter(owner, kind, subject, None if said is None else bytes(said))


def put(tx: Tx, letter: int, about: int, where: Iterable[tuple[str, str]]) -> None:
    """Send a letter to these (origin, inbox). At each it waits for what is about the same."""
    where = list(where)
    same = str(about)
    values = [
        {"letter": letter, "origin": o, "inbox": i, "thing": thing(same, i), "due": tx.ms}
        for o, i in where
    ]
    tx.many(_PUT, values)
    tx.many(_CALL_ON, [{"origin": each, "due": tx.ms} for each in sorted({o for o, _ in where})])


# --------------------------------------------------------------------------------- the queues


class Call(NamedTuple):
    """A server to be called on."""

    origin: str
    failures: int
    since: int  # ms


class Waiting(NamedTuple):
    """A letter that waits for a server."""

    id: int
    letter: int
    inbox: str
    thing: int
    tries: int


_due = {
    sick: select(queues.c.origin, queues.c.failures, queues.c.since)
    .where(
        queues.c.due <= number("now"),
        queues.c.lease <= number("now"),
        queues.c.failures > 0 if sick else queues.c.failures == 0,
    )
    .order_by(queues.c.due)
    .limit(number("most"))
    for sick in (False, True)
}
_DUE = {sick: Query(query) for sick, query in _due.items()}
_TAKE = {sick: Query(query.with_for_update(skip_locked=True)) for sick, query in _due.items()}
_HOLD = Query(
    update(queues).where(in_list(queues.c.origin, "origins")).values(lease=number("until"))
)
_RELEASE = Query(update(queues).where(queues.c.lease > 0).values(lease=0))
_earlier = deliveries.alias("earlier")
_WAITING = Query(
    select(
        deliveries.c.id,
        deliveries.c.letter,
        deliveries.c.inbox,
        deliveries.c.thing,
        deliveries.c.tries,
    )
    .where(
        deliveries.c.origin == bindparam("origin", type_=_text),
        deliveries.c.due <= number("now"),
        ~exists(
            select(literal(1)).where(
                _earlier.c.origin == deliveries.c.origin,
                _earlier.c.thing == deliveries.c.thing,
                _earlier.c.id < deliveries.c.id,
                or_(_earlier.c.due > number("now"), _earlier.c.tries > deliveries.c.tries),
            )
        ),
    )
    .order_by(deliveries.c.tries, deliveries.c.id)
    .limit(number("most"))
)


def due(tx: Tx, *, sick: bool, most: int) -> list[Call]:
    """Servers to be called on now: those that answer, or else those that did not."""
    return [Call(*row) for row in tx.rows(_DUE[sick], now=tx.ms, most=most)]


def take(tx: Tx, *, sick: bool, most: int, until: int) -> list[Call]:
    """The same, and nobody else calls on them until then."""
    calls = [Call(*row) for row in tx.rows(_TAKE[sick], now=tx.ms, most=most)]
    if calls:
        tx.run(_HOLD, list_origins=[call.origin for call in calls], until=until)
    return calls


def release(tx: Tx) -> None:
    """Nobody calls on anybody: whoever did is no more."""
    tx.run(_RELEASE)


def waiting(tx: Tx, origin: str, most: int) -> list[Waiting]:
    """What a server can be told now. Of one thing, nothing overtakes what waits for later."""
    return [Waiting(*row) for row in tx.rows(_WAITING, origin=origin, now=tx.ms, most=most)]


_SENT = Query(delete(deliveries).where(in_list(deliveries.c.id, "ids")))
_OVER = Query(
    delete(letters).where(
        in_list(letters.c.id, "ids"),
        ~exists(select(literal(1)).where(deliveries.c.letter == letters.c.id)),
    )
)
_LATER = Query(
    update(deliveries)
    .where(deliveries.c.id == number("which"))
    .values(due=number("next"), tries=deliveries.c.tries + 1)
)
_NEXT = (
    select(func.min(deliveries.c.due))
    .where(deliveries.c.origin == queues.c.origin, deliveries.c.due > number("after"))
    .correlate(queues)
    .scalar_subquery()
)
_these = in_list(queues.c.origin, "origins")
# In the order of `put`, and before it is asked what waits, or what comes meanwhile is missed.
_LOCK = Query(select(queues.c.origin).where(_these).order_by(queues.c.origin).with_for_update())
_WELL = Query(
    update(queues)
    .where(_these)
    .values(due=func.coalesce(_NEXT, NEVER), lease=0, failures=0, since=0)
)
_ILL = Query(
    update(queues)
    .where(queues.c.origin == bindparam("which", type_=_text))
    .values(due=number("next"), lease=0, failures=queues.c.failures + 1, since=number("begun"))
)
_ALL_FOR = Query(
    select(deliveries.c.id, deliveries.c.letter)
    .where(deliveries.c.origin == bindparam("origin", type_=_text))
    .limit(number("most"))
)


def sent(tx: Tx, over: Sequence[Waiting]) -> None:
    """These need not be sent any more; letters that nobody waits for are thrown away."""
    if over:
        tx.run(_SENT, list_ids=[each.id for each in over])
        tx.run(_OVER, list_ids=sorted({each.letter for each in over}))


def throw_away(tx: Tx, letter: int) -> None:
    """A letter that goes to nobody."""
    tx.run(_OVER, list_ids=[letter])


def put_off(tx: Tx, which: Waiting, until: int) -> None:
    """Send it again then (ms)."""
    tx.run(_LATER, which=which.id, next=until)


def well(tx: Tx, origins: Sequence[str], *, after: int = 0) -> None:
    """Servers answer: each is called on when something is due.

    Args:
        after: what was due by then (ms) has to wait for something that is due later.
    """
    if not origins:
        return
    if tx.engine == "postgresql":
        tx.rows(_LOCK, list_origins=origins)
    tx.run(_WELL, list_origins=origins, after=after)


def ill(tx: Tx, call: Call, until: int) -> None:
    """A server does not answer: it is left alone until then (ms)."""
    tx.run(_ILL, which=call.origin, next=until, begun=call.since or tx.ms)


def give_up(tx: Tx, origin: str, most: int) -> bool:
    """Throw away some of what waits for a server; whether there is more."""
    rows = tx.rows(_ALL_FOR, origin=origin, most=most)
    if rows:
        tx.run(_SENT, list_ids=[row[0] for row in rows])
        tx.run(_OVER, list_ids=sorted({row[1] for row in rows}))
    return len(rows) == most


_ORIGINS = Query(select(queues.c.origin).where(queues.c.due < NEVER))


def origins(tx: Tx) -> list[str]:
    """Servers that something waits for."""
    return [row[0] for row in tx.rows(_ORIGINS)]


# ------------------------------------------------------------------------------ what was said

_act = and_(
    sent_acts.c.account == number("who"),
    sent_acts.c.kind == bindparam("what", type_=_text),
    sent_acts.c.target == number("whom"),
)
_REMEMBER = Query(upsert(sent_acts, ["account", "kind", "target"], ["uri"]))
_RECALL = Query(select(sent_acts.c.uri).where(_act))
_UNSAY = Query(delete(sent_acts).where(_act))
_UNSAY_ALL = Query(delete(sent_acts).where(sent_acts.c.account == number("who")))
_pair = and_(remote_follows.c.follower == number("from"), remote_follows.c.followee == number("to"))
_THEIRS = Query(select(remote_follows.c.uri).where(_pair))
_FORGET = Query(delete(remote_follows).where(_pair))
_FORGET_ALL = Query(
    delete(remote_follows).where(
        or_(remote_follows.c.followee == number("who"), remote_follows.c.follower == number("who"))
    )
)


def remember(tx: Tx, account: int, kind: str, target: int, uri: str) -> None:
    """By which id others know that."""
    tx.run(_REMEMBER, account=account, kind=kind, target=target, uri=uri)


def recall(tx: Tx, account: int, kind: str, target: int) -> str | None:
    """The id of that; None where it was never told."""
    uri: str | None = tx.value(_RECALL, who=account, what=kind, whom=target)
    return uri


def take_back(tx: Tx, account: int, kind: str, target: int) -> str | None:
    """The id of that, once; None where it was never told."""
    uri = recall(tx, account, kind, target)
    if uri is not None:
        tx.run(_UNSAY, who=account, what=kind, whom=target)
    return uri


def their_follow(tx: Tx, follower: int, followee: int) -> str | None:
    """What somebody elsewhere calls their follow of one of ours."""
    return tx.value(_THEIRS, **{"from": follower, "to": followee})  # type: ignore[no-any-return]


def forget_follow(tx: Tx, follower: int, followee: int) -> None:
    """It is over."""
    tx.run(_FORGET, **{"from": follower, "to": followee})


def forget_all_of(tx: Tx, account: int) -> None:
    """Somebody of ours leaves: nothing of this is to be answered or taken back any more."""
    tx.run(_UNSAY_ALL, who=account)
    tx.run(_FORGET_ALL, who=account)


_BURY = Query(insert_ignore(tombstones))
_GONE = Query(select(literal(1)).where(tombstones.c.hash == bindparam("hash")))


def bury(tx: Tx, uri: str) -> None:
    """Whoever asks for this from now on is told that it was here."""
    tx.run(_BURY, hash=sha256(uri.encode()).digest(), at=tx.ms)


def is_gone(tx: Tx, uri: str) -> bool:
    """Whether it was here."""
    return tx.row(_GONE, hash=sha256(uri.encode()).digest()) is not None
