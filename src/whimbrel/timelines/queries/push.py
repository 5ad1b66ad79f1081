"""Statements about push subscriptions: one for each token or session, and which of them a
notification is for."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, or_, select, update

from whimbrel.accounts.queries import graph
from whimbrel.accounts.tables import accounts, users
from whimbrel.core.engines import Query, insert
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import notifications, subscriptions


class Subscription(NamedTuple):
    """A row of `subscriptions`; `alerts` as JSON, `keys` sealed."""

    id: int
    account: int
    endpoint: str
    keys: bytes
    slot: int
    alerts: str
    policy: str
    standard: bool
    author_slot: int

    @property
    def place(self) -> Slot:
        """Under which keys `keys` is sealed."""
        return place_of(self.id, self.slot, self.author_slot)


class Holder(NamedTuple):
    """On what a subscription hangs: an app's token or a browser's session."""

    token: int | None = None
    session: int | None = None


class Message(NamedTuple):
    """What a push is about."""

    kind: str
    actor: int
    post: int | None
    locale: str
    followed: bool  # the receiver follows the actor
    follower: bool  # the actor follows the receiver


def place_of(id_: int, slot: int, author_slot: int) -> Slot:
    """Under which keys a subscription's `keys` is sealed, and where it stands."""
    return Slot(slot, author_slot, id_, "subscriptions.keys")


_WHOLE = select(
    subscriptions.c.id,
    subscriptions.c.account,
    subscriptions.c.endpoint,
    subscriptions.c["keys"],  # `.keys` is a method
    subscriptions.c.slot,
    subscriptions.c.alerts,
    subscriptions.c.policy,
    subscriptions.c.standard,
    accounts.c.slot,
).join(accounts, accounts.c.id == subscriptions.c.account)
_ITS = or_(
    subscriptions.c.token == bindparam("token"), subscriptions.c.session == bindparam("session")
)
_OF_HOLDER = Query(_WHOLE.where(_ITS))
_BY_ID = Query(_WHOLE.where(subscriptions.c.id == number("which")))
_OF_ACCOUNT = Query(
    select(subscriptions.c.id, subscriptions.c.alerts, subscriptions.c.policy).where(
        subscriptions.c.account == number("account")
    )
)
_BROWSERS = Query(
    select(subscriptions.c.id, subscriptions.c.alerts).where(
        subscriptions.c.account == number("account"), subscriptions.c.session.is_not(None)
    )
)
_ADD = Query(insert(subscriptions))
_CHANGE = Query(
    update(subscriptions).where(_ITS).values(alerts=bindparam("alerts"), policy=bindparam("policy"))
)
_REMOVE = Query(
    delete(subscriptions)
    .where(subscriptions.c.id == number("which"))
    .returning(subscriptions.c.slot)
)
_AUTHOR_SLOT = Query(select(accounts.c.slot).where(accounts.c.id == number("account")))
_MESSAGE = Query(
    select(
        notifications.c.kind,
        notifications.c.actor,
        notifications.c.post,
        users.c.locale,
        graph.follows(notifications.c.account, notifications.c.actor),
        graph.follows(notifications.c.actor, notifications.c.account),
    )
    .join(users, users.c.account == notifications.c.account)
    .where(
        notifications.c.id == number("notification"),
        notifications.c.account == number("account"),
        users.c.disabled_at.is_(None),
    )
)


def of_holder(tx: Tx, holder: Holder) -> Subscription | None:
    """The subscription that was made with this token or session."""
    return _subscription(tx.row(_OF_HOLDER, **holder._asdict()))


def by_id(tx: Tx, id_: int) -> Subscription | None:
    """One subscription, if it is still wanted."""
    return _subscription(tx.row(_BY_ID, which=id_))


def _subscription(row: Any) -> Subscription | None:
    if row is None:
        return None
    return Subscription._make((*row[:3], bytes(row[3]), *row[4:7], bool(row[7]), row[8]))


def of_account(tx: Tx, account: int) -> list[tuple[int, str, str]]:
    """(id, alerts, policy) of each of somebody's subscriptions."""
    return tx.rows(_OF_ACCOUNT, account=account)


def browsers_of(tx: Tx, account: int) -> list[tuple[int, str]]:
    """(id, alerts) of each of somebody's browsers."""
    return [(row[0], row[1]) for row in tx.rows(_BROWSERS, account=account)]


def author_slot(tx: Tx, account: int) -> int:
    """The account's own half of every key."""
    return int(tx.value(_AUTHOR_SLOT, account=account))


def add(tx: Tx, holder: Holder, row: Subscription) -> None:
    """Keep it. There is none of this holder's: see `remove`."""
    values = row._asdict()
    del values["author_slot"]
    tx.run(_ADD, **holder._asdict(), **values)


def change(tx: Tx, holder: Holder, alerts: str, policy: str) -> bool:
    """Whether there was one to change."""
    return bool(tx.run(_CHANGE, **holder._asdict(), alerts=alerts, policy=policy))


def remove(tx: Tx, id_: int) -> int | None:
    """The slot of what was removed, for the caller to shred; None when it was gone."""
    slot: int | None = tx.value(_REMOVE, which=id_)
    return slot


def message(tx: Tx, account: int, notification: int) -> Message | None:
    """What a push is about; None when the notification is gone or nobody may be told."""
    row = tx.row(_MESSAGE, account=account, notification=notification)
    return None if row is None else Message._make((*row[:4], bool(row[4]), bool(row[5])))
