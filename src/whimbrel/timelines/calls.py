"""Calls of the staff by Web Push, to each browser in which one of them hears of reports. As all
calls it says which class of case waits and until when, and leads to a page that can only take it
on."""

import msgspec

from whimbrel.accounts import links
from whimbrel.accounts.events import CallHandedOver, StaffCalled
from whimbrel.accounts.queries import users
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import moment
from whimbrel.core.tx import Tx
from whimbrel.core.words import language, ours, say

from . import push
from .events import CallDue
from .queries import push as queries
from .queries import told
from .queries.push import Subscription

WANTS = "admin.report"  # what they asked to hear of
_alerts = msgspec.json.Decoder(dict[str, bool]).decode


def spread(tx: Tx, event: StaffCalled) -> None:
    """Handler: one push for each of their browsers. Emits: CallDue"""
    for subscription, alerts in queries.browsers_of(tx, event.account):
        if _alerts(alerts).get(WANTS):
            more = msgspec.structs.asdict(event)
            tx.emit(CallDue(subscription=subscription, **more))


async def deliver(app: App, event: CallDue) -> None:
    """Effect: hand one call to one push service.

    Raises:
        Unreachable: as `push.deliver`.
    Emits: CallHandedOver, of a practice call
    """
    parcel = await app.db.read(_parcel, event)
    if parcel is not None:
        taken = await push.hand_over(app, *parcel, at=event.at)
        if taken and event.practice:
            await app.db.write(_handed_over, event)


def _handed_over(tx: Tx, event: CallDue) -> None:
    tx.emit(CallHandedOver(practice=event.practice, at=tx.ms))


def _parcel(tx: Tx, event: CallDue) -> tuple[Subscription, push.Secrets, bytes] | None:
    """To whom and what; None where they are signed out meanwhile, or gone."""
    subscription = queries.by_id(tx, event.subscription)
    user = users.by_account(tx, event.account)
    if subscription is None or user is None or user.disabled_at is not None:
        return None
    try:
        secret = push.opened(tx, subscription)
        link = links.opened(tx, user.account, user.slot, event.link)
    except NotFound:  # a key
        return None
    until = f"{moment(event.due):%H:%M}"
    tongue = language(ours(user.locale))
    if event.practice:
        title = say("Practice: a call until %(until)s UTC", until=until)
        body = say("This is practice: nothing waits, and nothing is decided by it.")
    else:
        title = say("A report waits until %(until)s UTC", until=until)
        body = say("A report of class %(name)s has to be decided by then.", name=event.klass)
    told_ = {
        "preferred_locale": user.locale,
        "notification_id": f"call-{event.due}",  # a later call about it stands in its place
        "notification_type": WANTS,
        "icon": f"{tx.instance.origin}/static/icon-192.png",
        "title": tongue.plain(title),
        "body": tongue.plain(body),
        "path": f"/calls/{link}",
        "unread": told.unread(tx, event.account, push.UNREAD),
    }
    return subscription, secret, msgspec.json.encode(told_)
