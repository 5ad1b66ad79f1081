"""Everything somebody can have that goes by an id, made through the front doors."""

from typing import Any

import msgspec
from conversations import uploaded
from house import JSON, Caller, House
from sqlalchemy import bindparam, insert, select

from whimbrel.accounts import follow, profile
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.tables import sessions
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.posts.delete import delete
from whimbrel.privacy import receipts
from whimbrel.timelines import conversations
from whimbrel.timelines.queries import requests
from whimbrel.timelines.tables import conversations as talks
from whimbrel.timelines.tables import notification_requests, notifications

_CONVERSATION = select(talks.c.id).where(talks.c.account == bindparam("who"))
_HELD = select(notification_requests.c.id).where(
    notification_requests.c.account == bindparam("who"),
    notification_requests.c.actor == bindparam("of"),
)


async def make(house: House, who: Caller, path: str, **values: Any) -> Any:
    """What a POST that works answers."""
    body = msgspec.json.encode(values)
    sent = await house.ask("POST", path, {**who.by_app, **JSON}, body)
    assert sent.status == 200, (path, sent.body)
    return msgspec.json.decode(sent.body)


async def belongings(house: House, ada: Caller) -> dict[str, str]:
    """One of everything that has an id, Ada's and not to be seen by others; kind to id.

    `account` is the one thing that is everybody's; `request` is who asks to follow her, `held` that
    something of theirs is held back."""

    poll = {"options": ["a", "b"], "expires_in": 3600}
    asked = await make(
        house, ada, "/api/v1/statuses", status="between us", visibility="direct", poll=poll
    )
    status = await make(
        house, ada, "/api/v1/statuses", status="for followers", visibility="private"
    )
    list_ = await make(house, ada, "/api/v1/lists", title="friends")
    words = {"title": "no", "context": ["home"], "keywords_attributes": [{"keyword": "x"}]}
    filter_ = await make(house, ada, "/api/v2/filters", **words)
    entry = await make(
        house, ada, f"/api/v2/filters/{filter_['id']}/statuses", status_id=status["id"]
    )
    waiting = await make(
        house, ada, "/api/v1/statuses", status="later", scheduled_at="2099-01-01T00:00:00Z"
    )
    friend = await house.person(f"friend_of_{ada.name}")
    await house.app.db.write(_befriend, ada, friend)
    await make(house, ada, "/api/v1/push/subscription", subscription=SUBSCRIPTION)
    mistake = await make(house, ada, "/api/v1/statuses", status="a mistake")
    more = await house.app.db.write(_more, ada, friend, int(asked["id"]))
    return {
        "account": str(ada.viewer.id),
        "request": str(friend.viewer.id),
        "status": status["id"],
        "asked": asked["id"],
        "scheduled": waiting["id"],
        "poll": asked["poll"]["id"],
        "list": list_["id"],
        "filter": filter_["id"],
        "keyword": filter_["keywords"][0]["id"],
        "entry": entry["id"],
        "token": str(ada.viewer.token),
        "receipt": str(await house.app.db.write(_erased, ada, int(mistake["id"]))),
        **more,
    }


def _erased(tx: Tx, ada: Caller, post: int) -> int:
    """The receipt for a post that is erased."""
    delete(tx, ada.viewer, post)
    return receipts.of(tx, ada.viewer.id)[0].id


SUBSCRIPTION = {
    "endpoint": "https://push.example/1",
    "keys": {
        "p256dh": "BEm_a0bdPDhf0SOsrnB2-ategf1hHoCnpXgQsFj5JCkcoMrMt2WHoPfEYOYPzOIs9mZE8ZUaD7VA5v"
        "ouy0kEkr8=",
        "auth": "tBHItJI5svbpez7KI4CCXg==",
    },
}


def _befriend(tx: Tx, ada: Caller, friend: Caller) -> None:
    profile.update(tx, ada.viewer, profile.Changes(locked=True))
    follow.follow(tx, friend.viewer, ada.viewer.id)


def _more(tx: Tx, ada: Caller, friend: Caller, direct: int) -> dict[str, str]:
    told = new_id(tx.now)
    row = {"id": told, "account": ada.viewer.id, "kind": "follow_request", "key": f"t{told}"}
    tx.run(insert(notifications).values(actor=friend.viewer.id, **row))
    conversations.add(tx, direct)
    ((session,),) = tx.rows(select(sessions.c.id).where(sessions.c.account == ada.viewer.id))
    return {
        "notification": str(told),
        "conversation": str(tx.value(_CONVERSATION, who=ada.viewer.id)),
        "held": held_back(tx, ada.viewer, friend.viewer),
        "session": str(session),
        "media": str(uploaded(tx, ada.viewer)),
    }


def held_back(tx: Tx, who: Viewer, of: Viewer) -> str:
    """Something that `of` did waits outside; the id of the request."""
    requests.hold(tx, [who.id], "follow", of.id, None, f"follow:{of.id}")
    return str(tx.value(_HELD, who=who.id, of=of.id))
