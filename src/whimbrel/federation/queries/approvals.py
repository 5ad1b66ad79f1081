"""Who may do what with whose post, as far as its author wants to be asked."""

from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import (
    LargeBinary,
    String,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, insert, insert_ignore, upsert
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number
from whimbrel.posts.tables import mentions, posts

from ..rules import Act
from ..tables import approvals, policies, wishes

# ------------------------------------------------------------------------- what authors want

_SET = Query(upsert(policies, ["post"], ["acts"]))
_UNSET = Query(delete(policies).where(policies.c.post == bindparam("which")))
_named = exists(
    select(mentions.c.post).where(
        mentions.c.post == policies.c.post, mentions.c.account == number("who")
    )
)
_asks = policies.c.acts.op("&")(number("act")) != 0
_MUST = Query(
    select(policies.c.acts).where(
        policies.c.post == number("post"),
        _asks,
        or_(number("act") != literal_column(str(int(Act.REPLY))), ~_named),
    )
)
_WANTED = Query(
    select(posts.c.reply_to, posts.c.boost_of, policies.c.acts, _named)
    .join(policies, policies.c.post == func.coalesce(posts.c.boost_of, posts.c.reply_to))
    .where(posts.c.id == number("post"), posts.c.author == number("who"))
)
_GUARDED = Query(
    select(accounts.c.uri, posts.c.id)
    .select_from(posts.join(policies, policies.c.post == posts.c.id))
    .join(accounts, accounts.c.id == posts.c.author)
    .where(posts.c.uri == bindparam("uri", type_=String), _asks)
)
_NAMES = Query(
    select(mentions.c.post)
    .join(accounts, accounts.c.id == mentions.c.account)
    .where(mentions.c.post == number("post"), accounts.c.uri == bindparam("actor", type_=String))
)


def set_policy(tx: Tx, post: int, acts: int, *, new: bool) -> None:
    """About what the author of a post elsewhere wants to be asked. Args: `new`: nothing is known
    of it yet."""
    if acts:
        tx.run(_SET, post=post, acts=acts)
    elif not new:
        tx.run(_UNSET, which=post)


def must_ask(tx: Tx, act: Act, post: int, account: int) -> bool:
    """Whether somebody of ours has to ask before they do this. Who is named may always answer."""
    return tx.row(_MUST, post=post, act=int(act), who=account) is not None


def wanted(tx: Tx, post: int, author: int) -> tuple[Act, int] | None:
    """What a post or boost of ours is to be asked about, and with what; None: with nothing."""
    row = tx.row(_WANTED, post=post, who=author)
    if row is None:
        return None
    reply_to, boost_of, acts, named = row
    if boost_of is not None:
        return (Act.ANNOUNCE, boost_of) if acts & Act.ANNOUNCE else None
    return (Act.REPLY, reply_to) if acts & Act.REPLY and not named else None


def guarded(tx: Tx, act: Act, uri: str, actor: str) -> str | None:
    """Who has to say that `actor` may do this with a post elsewhere; None: nobody has to."""
    row = tx.row(_GUARDED, uri=uri, act=int(act))
    if row is None or row[0] == actor:
        return None
    if act is Act.REPLY and tx.row(_NAMES, post=row[1], actor=actor) is not None:
        return None
    author: str | None = row[0]
    return author


# ------------------------------------------------------------------------- what ours ask


class Wish(NamedTuple):
    """What one of ours asked."""

    account: int
    act: Act
    target: int
    subject: int
    stamp: str | None


_ADD = Query(insert(wishes))
_columns = [wishes.c[name] for name in Wish._fields]
_WISH = Query(select(*_columns).where(wishes.c.id == number("id")))
_STAMPED = Query(
    select(wishes.c.id, *_columns).where(wishes.c.stamp == bindparam("stamp", type_=String))
)
_WAITS = Query(
    select(wishes.c.id).where(
        wishes.c.subject == number("subject"),
        wishes.c.act != literal_column(str(int(Act.LIKE))),
        wishes.c.stamp.is_(None),
    )
)
_GRANT = Query(
    update(wishes)
    .where(wishes.c.id == bindparam("which"), wishes.c.stamp.is_(None))
    .values(stamp=bindparam("new"))
)
_FORGET = Query(
    delete(wishes).where(
        wishes.c.subject == bindparam("of"),
        wishes.c.account == bindparam("whose"),
        wishes.c.act == bindparam("what"),
    )
)


def ask(tx: Tx, act: Act, account: int, target: int, subject: int) -> int:
    """One of ours asks; what they asked before of the same is forgotten. Returns the id."""
    forget(tx, act, account, subject)
    id_ = new_id(tx.now)
    row = {"account": account, "act": int(act), "target": target, "subject": subject}
    tx.run(_ADD, id=id_, stamp=None, **row)
    return id_


def forget(tx: Tx, act: Act, account: int, subject: int) -> None:
    """It is over, or was never to be."""
    tx.run(_FORGET, of=subject, whose=account, what=int(act))


def wish(tx: Tx, id_: int) -> Wish | None:
    """What was asked under this id."""
    row = tx.row(_WISH, id=id_)
    return None if row is None else Wish(row[0], Act(row[1]), *row[2:])


def stamped(tx: Tx, uri: str) -> list[Wish]:
    """What was let by what is said there."""
    return [Wish(row[1], Act(row[2]), *row[3:]) for row in tx.rows(_STAMPED, stamp=uri)]


def waits(tx: Tx, subject: int) -> bool:
    """Whether an answer or a boost of ours waits for its answer."""
    return tx.row(_WAITS, subject=subject) is not None


def grant(tx: Tx, id_: int, stamp: str) -> bool:
    """They may, as it is said there; False where that is known."""
    return tx.run(_GRANT, which=id_, new=stamp) > 0


# ------------------------------------------------------------------------- what others may

_APPROVE = Query(insert_ignore(approvals))
_BY_HASH = Query(
    select(approvals.c.id).where(approvals.c.hash == bindparam("hash", type_=LargeBinary))
)
_BY_ID = Query(
    select(approvals.c.act, approvals.c.target, approvals.c.uri)
    .join(posts, posts.c.id == approvals.c.target)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(
        approvals.c.id == number("id"),
        posts.c.author == number("owner"),
        accounts.c.suspended_at.is_(None),
    )
)


def approve(tx: Tx, act: Act, target: int, uri: str) -> int:
    """What has this id may be done with a post of ours. Again: the same. Returns its id."""
    hash_ = sha256(f"{int(act)} {target} {uri}".encode()).digest()
    tx.run(_APPROVE, id=new_id(tx.now), act=int(act), target=target, uri=uri, hash=hash_)
    return int(tx.value(_BY_HASH, hash=hash_))


def approval(tx: Tx, owner: int, id_: int) -> tuple[Act, int, str] | None:
    """What may be done with which post of somebody of ours, and by which name."""
    row = tx.row(_BY_ID, id=id_, owner=owner)
    return None if row is None else (Act(row[0]), row[1], row[2])
