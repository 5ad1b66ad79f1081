"""Writing now, publishing later: a draft waits, sealed, until its clock rings.

One that cannot be published then (what it answers is gone, a file went elsewhere) stays in its
writer's list with a time that is over: nothing that somebody wrote is lost without a word."""

from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from whimbrel.accounts import moved
from whimbrel.accounts.rules import Viewer
from whimbrel.core import logs
from whimbrel.core.errors import Invalid, WhimbrelError
from whimbrel.core.ids import MAX_ID, iso, millis, moment, new_id
from whimbrel.core.keyring import Shredded
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.media import attach
from whimbrel.media import queries as media
from whimbrel.media.rules import KEPT

from . import quote
from .compose import compose, refuse_closed
from .events import ScheduleDue
from .publish import publish
from .queries import acts, scheduled, tags, writing
from .queries.scheduled import Scheduled
from .rules import VISIBILITY, Draft

SOONEST = 300_000  # ms from now
DAY = 86_400_000
LATEST = 100 * 366 * DAY  # ms from now
MOST, MOST_A_DAY = 300, 25
HOUR = 3_600_000

log = logs.get(__name__)


def schedule(tx: Tx, viewer: Viewer, draft: Draft, at: datetime) -> Scheduled:
    """Keep a draft until its time. With a key that was used within the hour: the one of then.

    Raises:
        Invalid: as for `publish`; less than five minutes ahead; too many that wait.
        NotFound: as for `publish`.
    Emits: ScheduleDue, due then
    Source: Mastodon REST API, POST /api/v1/statuses with scheduled_at
    """
    due = millis(at)
    tx.lock("scheduled", viewer.id)
    key = draft.idempotency_key and sha256(draft.idempotency_key.encode()).hexdigest()
    if key:
        earlier = scheduled.by_key(tx, viewer.id, key, (tx.ms - HOUR) << 16)
        if earlier is not None:
            return earlier
    writer = writing.writer(tx, viewer.id)
    if writer.moved:
        moved.refuse()
    _check_time(tx, viewer.id, due)
    if scheduled.count(tx, viewer.id, 0, MAX_ID) >= MOST:
        raise Invalid(
            say(
                "Validation failed: You have exceeded the limit of %(most)s scheduled posts",
                most=MOST,
            )
        )
    if draft.reply_to is not None:
        acts.subject(tx, viewer, draft.reply_to)
    if draft.quoted is not None:
        quote.check(tx, viewer, draft.quoted)
    files = attach.take(tx, viewer.id, draft.media)
    refuse_closed(tags.closed(tx, compose(tx, draft, files).tags))
    level = VISIBILITY[writer.visibility] if draft.visibility is None else draft.visibility
    draft = msgspec.structs.replace(draft, visibility=level, idempotency_key=None)
    made = Scheduled(new_id(tx.now), viewer.id, due, viewer.app, draft, tx.slot())
    scheduled.add(tx, made, writer.slot, key or None)
    _set_clock(tx, made)
    return made


def _check_time(tx: Tx, account: int, due: int) -> None:
    if due < tx.ms + SOONEST:
        _refuse("must be at least five minutes in the future")
    if due > tx.ms + LATEST:
        _refuse("must be within a hundred years")
    today = due - due % DAY
    if scheduled.count(tx, account, today, today + DAY) >= MOST_A_DAY:
        raise Invalid(
            say(
                "Validation failed: You have exceeded the limit of %(most)s scheduled posts"
                " for that day",
                most=MOST_A_DAY,
            )
        )


def _refuse(said: str) -> None:
    raise Invalid(
        f"Validation failed: Scheduled at {said}", {"scheduled_at": [("ERR_INVALID", said)]}
    )


def _set_clock(tx: Tx, row: Scheduled) -> None:
    attach.keep(tx, row.account, row.draft.media, row.due + KEPT)
    tx.emit(ScheduleDue(scheduled=row.id, at=row.due), due=moment(row.due))


def reschedule(tx: Tx, viewer: Viewer, id_: int, at: datetime | None) -> Scheduled:
    """Give it another time; None leaves it.

    Raises:
        NotFound: not the viewer's.
        Invalid: less than five minutes ahead, or too many on that day.
    Emits: ScheduleDue, due then
    Source: Mastodon REST API, PUT /api/v1/scheduled_statuses/:id
    """
    tx.lock("scheduled", viewer.id)
    row = scheduled.own(tx, viewer.id, id_)
    due = row.due if at is None else millis(at)
    if due == row.due:
        return row
    _check_time(tx, viewer.id, due)
    scheduled.move(tx, row.id, due)
    row = row._replace(due=due)
    _set_clock(tx, row)
    return row


def cancel(tx: Tx, viewer: Viewer, id_: int) -> None:
    """It will not be published. Its files can be used for another post for a day.

    Raises:
        NotFound: not the viewer's.
    """
    tx.lock("scheduled", viewer.id)
    row = scheduled.own(tx, viewer.id, id_)
    attach.keep(tx, row.account, row.draft.media, tx.ms + KEPT)
    scheduled.remove(tx, row)


def replace(tx: Tx, viewer: Viewer, id_: int, draft: Draft, at: datetime) -> Scheduled:
    """Put a draft in the place of one that waits; it has another id then. Raises and emits as
    `cancel` and `schedule`."""
    cancel(tx, viewer, id_)
    return schedule(tx, viewer, draft, at)


def publish_due(tx: Tx, event: ScheduleDue) -> None:
    """Handler: the time has come. Emits as `publish`."""
    try:
        row = scheduled.ripe(tx, event.scheduled, event.at)
    except Shredded:  # an account that is going
        return
    if row is None:
        return
    tx.savepoint("scheduled")
    try:
        publish(tx, Viewer(account=row.account, app=row.app), row.draft)
        scheduled.remove(tx, row)
    except WhimbrelError as error:
        tx.roll_back_to("scheduled")
        log.warning("a scheduled post stays", scheduled=row.id, why=type(error).__name__)
    else:
        tx.release("scheduled")


def entities(tx: Tx, rows: list[Scheduled]) -> list[dict[str, Any]]:
    """Mastodon's ScheduledStatus of each."""
    files = media.by_ids(tx, {id_ for row in rows for id_ in row.draft.media})
    return [
        {
            "id": str(row.id),
            "scheduled_at": iso(row.due),
            "params": _params(row),
            "media_attachments": [
                attach.for_owner(tx.keyring, tx.instance, files[id_], tx.ms)
                for id_ in row.draft.media
                if id_ in files
            ],
        }
        for row in rows
    ]


def _params(row: Scheduled) -> dict[str, Any]:
    draft = row.draft
    return {
        "text": draft.text,
        "poll": draft.poll and msgspec.structs.asdict(draft.poll),
        "media_ids": [str(id_) for id_ in draft.media],
        "sensitive": draft.sensitive,
        "spoiler_text": draft.spoiler,
        "visibility": None if draft.visibility is None else draft.visibility.word,
        "in_reply_to_id": draft.reply_to and str(draft.reply_to),
        "language": draft.language,
        "application_id": row.app and str(row.app),
        "scheduled_at": None,
        "idempotency": None,
        "with_rate_limit": False,
        "allowed_mentions": None,
        "quoted_status_id": draft.quoted and str(draft.quoted),
        "quote_approval_policy": None if draft.quote_policy is None else draft.quote_policy.word,
    }
