"""People elsewhere whom we have met and who follow ours, written straight into the tables."""

from typing import Any

from sqlalchemy import delete, update

import people
from whimbrel.accounts.queries import by_id, count, graph
from whimbrel.accounts.queries.graph import Wish
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.tables import accounts, users
from whimbrel.core.engines import Query, insert
from whimbrel.core.tx import Tx
from whimbrel.federation.tables import remote_actors, remote_follows
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft
from whimbrel.posts.tables import posts

_ACTOR = ("account", "kind", "inbox", "shared_inbox", "also_known_as", "at")
_ADD = Query(insert(remote_actors, _ACTOR))
_FOLLOW = Query(insert(remote_follows))


def somebody(tx: Tx, actor: str, *, shared: bool = True) -> Viewer:
    """Whoever has this id, `https://host/users/name`. Args: `shared`: their server has an inbox
    for all of its people."""
    origin, _, name = actor.partition("/users/")
    host = origin.partition("://")[2]
    made = people.elsewhere(tx, name, host)
    tx.run(update(accounts).where(accounts.c.id == made.id).values(uri=actor))
    inbox: dict[str, Any] = {"inbox": f"{actor}/inbox"}
    inbox["shared_inbox"] = f"{origin}/inbox" if shared else None
    tx.run(_ADD, account=made.id, kind="Person", also_known_as="[]", at=tx.ms, **inbox)
    return made


def follower(tx: Tx, actor: str, whom: Viewer, *, shared: bool = True) -> Viewer:
    """Somebody elsewhere who follows one of ours."""
    made = somebody(tx, actor, shared=shared)
    graph.add_follow(tx, made.id, whom.id, Wish())
    count(tx, whom.id, followers=1)
    tx.run(_FOLLOW, follower=made.id, followee=whom.id, uri=f"{actor}/follows/1")
    return made


def post(tx: Tx, author: Viewer, text: str = "by eve") -> tuple[int, str]:
    """What somebody elsewhere wrote: the id that it has here, and theirs."""
    user = {"email": b"", "email_mac": b"", "role": "user", "visibility": "public"}
    times = dict.fromkeys(("confirmed_at", "approved_at", "active_at"), tx.ms)
    tx.run(people._ADD_USER, account=author.id, sensitive=False, **user, **times)
    made = publish(tx, author, Draft(text=text))
    tx.run(delete(users).where(users.c.account == author.id))
    origin = by_id(tx, author.id).domain
    uri = f"https://{origin}/notes/{made.id}"
    tx.run(update(posts).where(posts.c.id == made.id).values(uri=uri, local=False))
    return made.id, uri
