"""Web Push: a notification to a phone or browser that is not looking at us.

What it says is encrypted for the app that subscribed; the push service in between learns that
something happened, and when. A push may be lost or late: the notification itself is not."""

import time
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts import serialize as accounts
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.core import logs, webpush
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.fetch import Answer, Refused, Unreachable, address_of
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.core.webpush import Keys, public_key
from whimbrel.core.words import language, ours, say
from whimbrel.posts import queries as posts
from whimbrel.posts.rules import Post

from .events import Notified, PushDue
from .queries import push as queries
from .queries import told
from .queries.push import Holder, Message, Subscription

Policy = Literal["all", "followed", "follower", "none"]
KINDS = (
    *("mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update"),
    *("quote", "quoted_update", "admin.sign_up", "admin.report"),
    *("severed_relationships", "added_to_collection", "collection_update"),
)
EXCERPT = 140  # characters
UNREAD = 100  # and more are not counted
PATIENCE = 3600  # seconds after which a push that could not be delivered is of no use
_GONE = (404, 410)
_SOMEBODY = say("%(name)s")
_TITLES = {
    "mention": say("%(name)s mentioned you"),
    "status": say("%(name)s has posted"),
    "reblog": say("%(name)s boosted your post"),
    "follow": say("%(name)s follows you now"),
    "follow_request": say("%(name)s asks to follow you"),
    "favourite": say("%(name)s likes your post"),
    "poll": say("A poll of %(name)s has ended"),
    "update": say("%(name)s changed a post"),
    "quote": say("%(name)s quoted your post"),
    "quoted_update": say("%(name)s changed a post that you quoted"),
    "admin.sign_up": say("%(name)s made an account"),
    "admin.report": say("%(name)s sent a report"),
    "severed_relationships": say("You have lost followers, or people you followed"),
    "added_to_collection": say("%(name)s put you into a collection"),
    "collection_update": say("%(name)s changed a collection you are in"),
}

log = logs.get(__name__)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What an app subscribes with."""

    endpoint: str
    p256dh: str
    auth: str
    token: str  # the app's own, which it wants to find again in every message; "" = our own pages
    standard: bool = False
    alerts: Mapping[str, bool] = {}
    policy: str = "all"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as Mastodon shows it."""

    id: int
    endpoint: str
    standard: bool
    alerts: dict[str, bool]
    policy: str
    server_key: str


class Secrets(msgspec.Struct, frozen=True):
    """What of a subscription is secret."""

    p256dh: bytes
    auth: bytes
    token: str


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Secrets).decode
_encode = msgspec.json.Encoder().encode
_alerts = msgspec.json.Decoder(dict[str, bool]).decode


# --- what apps ask for ----------------------------------------------------------------------------


def show(tx: Tx, viewer: Viewer) -> Shown:
    """The subscription of the token or session the viewer came with.

    Raises:
        NotFound: there is none.
    Source: Mastodon REST API, GET /api/v1/push/subscription
    """
    found = queries.of_holder(tx, _holder(viewer))
    if found is None:
        raise NotFound
    alerts = _alerts(found.alerts)
    return Shown(
        id=found.id & 0x7FFFFFFF,  # apps read 32 bits here, and do nothing with them
        endpoint=found.endpoint,
        standard=found.standard,
        alerts={kind: alerts.get(kind, False) for kind in KINDS},
        policy=found.policy,
        server_key=public_key(tx),
    )


def subscribe(tx: Tx, viewer: Viewer, wanted: Wanted) -> Shown:
    """Push to this app or browser from now on, in place of what it asked for before.

    Raises:
        Invalid: an address that is none, or keys that cannot be used.
    Source: Mastodon REST API, POST /api/v1/push/subscription
    """
    holder = _holder(viewer)
    try:
        address_of(wanted.endpoint)
    except Refused:
        raise Invalid("The endpoint of the subscription is no address of a push service.") from None
    keys = webpush.keys_of(wanted.p256dh, wanted.auth)
    forget(tx, viewer)
    id_, slot, author_slot = new_id(tx.now), tx.slot(), queries.author_slot(tx, viewer.id)
    secret = _pack(Secrets(keys.p256dh, keys.auth, wanted.token))
    row = Subscription(
        id=id_,
        account=viewer.id,
        endpoint=wanted.endpoint,
        keys=tx.seal(queries.place_of(id_, slot, author_slot), secret),
        slot=slot,
        alerts=_told(wanted.alerts),
        policy=_policy(wanted.policy),
        standard=wanted.standard,
        author_slot=author_slot,
    )
    queries.add(tx, holder, row)
    return show(tx, viewer)


def update(tx: Tx, viewer: Viewer, alerts: Mapping[str, bool], policy: str) -> Shown:
    """Be told of other things than before.

    Raises:
        NotFound: there is no subscription.
    Source: Mastodon REST API, PUT /api/v1/push/subscription
    """
    if not queries.change(tx, _holder(viewer), _told(alerts), _policy(policy)):
        raise NotFound
    return show(tx, viewer)


def forget(tx: Tx, viewer: Viewer) -> None:
    """Push no more to this app or browser; nothing is wrong where nothing was.

    Source: Mastodon REST API, DELETE /api/v1/push/subscription
    """
    found = queries.of_holder(tx, _holder(viewer))
    if found is not None:
        drop(tx, found.id)


def drop(tx: Tx, subscription: int) -> None:
    """Remove a subscription, with its keys."""
    slot = queries.remove(tx, subscription)
    if slot is not None:
        tx.shred([slot])


def _holder(viewer: Viewer) -> Holder:
    if viewer.token is None and viewer.session is None:
        raise NotFound
    return Holder(viewer.token, viewer.session)


def _told(alerts: Mapping[str, bool]) -> str:
    return _encode({kind: True for kind in KINDS if alerts.get(kind)}).decode()


def _policy(policy: str) -> str:
    return policy if policy in ("all", "followed", "follower", "none") else "all"


# --- what goes out --------------------------------------------------------------------------------


def spread(tx: Tx, event: Notified) -> None:
    """Handler: one push for each app that wants to hear of it. Emits: PushDue"""
    waiting = queries.of_account(tx, event.account)
    if not waiting:
        return
    message = queries.message(tx, event.account, event.notification)
    if message is None:
        return
    for subscription, alerts, policy in waiting:
        if _alerts(alerts).get(message.kind) and _admits(policy, message):
            tx.emit(
                PushDue(
                    subscription=subscription,
                    account=event.account,
                    notification=event.notification,
                )
            )


def _admits(policy: str, message: Message) -> bool:
    if policy == "followed":
        return message.followed
    if policy == "follower":
        return message.follower
    return policy == "all"


async def deliver(app: App, event: PushDue) -> None:
    """Effect: hand one message to one push service.

    Raises:
        Unreachable: it does not answer or has no time; to be tried again, for an hour.
    """
    parcel = await app.db.read(_parcel, event)
    if parcel is not None:
        await hand_over(app, *parcel, at=event.notification >> 16)


async def hand_over(
    app: App, subscription: Subscription, secret: Secrets, text: bytes, *, at: int
) -> bool:
    """Give a message to a push service, sealed for who subscribed.

    Args:
        at: since when it waits, ms.
    Returns:
        Whether it was taken; where not, and this returns, it never will be.
    Raises:
        Unreachable: as `deliver`.
    """
    if app.fetcher is None:
        raise Unreachable("This process asks no other server.")
    late = at / 1000 < time.time() - PATIENCE  # a push for it would only confuse
    body, headers = webpush.sealed_for(
        app.db.keyring,
        subscription.endpoint,
        Keys(secret.p256dh, secret.auth),
        text,
        standard=subscription.standard,
        contact=_contact(app),
        now=int(time.time()),
    )
    try:
        answer = await app.fetcher.post(subscription.endpoint, body, headers=headers)
    except Refused as refused:
        log.info("push refused", why=str(refused))
        return False
    except Unreachable:
        if late:
            return False
        raise
    if answer.status in _GONE:
        await app.db.write(drop, subscription.id)
    elif _may_work_later(answer) and not late:
        raise Unreachable(f"The push service answered {answer.status}.")
    return 200 <= answer.status < 300


def _may_work_later(answer: Answer) -> bool:
    return answer.status == 429 or answer.status >= 500


def _contact(app: App) -> str:
    email = app.instance.contact_email
    return f"mailto:{email}" if email else app.instance.origin


def _parcel(tx: Tx, event: PushDue) -> tuple[Subscription, Secrets, bytes] | None:
    """To whom and what; None when either is gone meanwhile."""
    subscription = queries.by_id(tx, event.subscription)
    message = queries.message(tx, event.account, event.notification)
    if subscription is None or message is None:
        return None
    try:
        secret = opened(tx, subscription)
        text = _text(tx, event, message, secret.token)
    except NotFound:  # the actor, the post or a key
        return None
    return subscription, secret, text


def opened(tx: Tx, subscription: Subscription) -> Secrets:
    """What of a subscription is secret. Raises NotFound: its key is gone."""
    return _unpack(tx.unseal(subscription.place, subscription.keys))


def _text(tx: Tx, event: PushDue, message: Message, token: str) -> bytes:
    """What the app reads. Source: Mastodon, Web Push payload."""
    actor = people.by_id(tx, message.actor)
    viewer = Viewer(account=event.account)
    post = None if message.post is None else posts.visible_post(tx, viewer, message.post)
    name = actor.display_name or actor.username
    title = _TITLES.get(message.kind, _SOMEBODY).filled(name=name)
    said: dict[str, Any] = {
        **({"access_token": token} if token else _for_pages(tx, event, message, actor, post)),
        "preferred_locale": message.locale,
        "notification_id": str(event.notification),  # a number would lose digits in a browser
        "notification_type": message.kind,
        "icon": accounts.avatar_of(tx.instance, actor),
        "title": language(ours(message.locale)).plain(title),
        "body": _short(_words(actor, post, event.account)),
    }
    text = _encode(said)
    return text if len(text) <= webpush.ROOM else _encode({**said, "body": ""})


def _for_pages(
    tx: Tx, event: PushDue, message: Message, actor: Account, post: Post | None
) -> dict[str, Any]:
    """What our own pages need beside: where it leads, and the number on their icon."""
    if post is not None:
        path = f"/@{people.by_id(tx, post.author).acct}/{post.id}"
    elif message.kind == "follow_request":
        path = "/follow_requests"
    elif message.kind == "severed_relationships":
        path = "/severed_relationships"
    else:
        path = f"/@{actor.acct}" if message.kind == "follow" else "/notifications"
    return {"path": path, "unread": told.unread(tx, event.account, UNREAD)}


def _words(actor: Account, post: Post | None, receiver: int) -> str:
    """Content warning or text of the post; without a post what the actor says of themselves."""
    if post is None and actor.id == receiver:  # something the server says
        return ""
    if post is None:
        return actor.note if actor.domain is None else ""
    return "" if post.content is None else post.content.spoiler or post.content.text


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= EXCERPT else plain[: EXCERPT - 1] + "…"
