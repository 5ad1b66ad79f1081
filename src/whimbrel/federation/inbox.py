"""What arrives from other servers: looked at, kept, answered 202, and done afterwards.

Nothing is parsed further or stored before it is known who signed it, and that is who it says does
it (rule A). What is done with it is in `doing`, one file for each family of activities."""

from datetime import timedelta

from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import WhimbrelError, WrongType
from whimbrel.core.fetch import Refused, Unreachable
from whimbrel.core.http import Receive, Scope, header, read_body
from whimbrel.core.ids import moment
from whimbrel.core.tx import Tx

from . import abroad, doing, passing, reading, servers
from .events import FollowersClaimed, Received, ReceivedAges
from .incoming import read_activity
from .queries import people as met
from .queries import received, relays
from .relays import hint
from .rules import Activity
from .signatures import BadSignature
from .signed import proven, signer_of
from .synchronize import claimed

MOST = 1 << 20  # bytes
SECONDS = 10.0  # for the body
DAY = 86_400_000  # ms
WEEK = 8  # days after which the same activity would be done again

log = logs.get(__name__)


_CHALLENGE = 'sig1=("@method" "@target-uri" "content-digest");created;keyid'


async def accept(app: App, scope: Scope, receive: Receive) -> None:
    """Take what another server sends; when this returns, it will be done. Raises as `_accept`: who
    did not sign is told how to."""
    try:
        await _accept(app, scope, receive)
    except BadSignature as error:
        error.challenge = _CHALLENGE
        raise


async def _accept(app: App, scope: Scope, receive: Receive) -> None:
    """Look at what another server sends, and keep it.

    Raises:
        WrongType, TooLarge, Malformed: nothing that can be read.
        BadSignature: not signed by who it says does it.
        Forbidden: a server that is kept out, or somebody who is suspended.
    """
    if not any(name in (b"signature", b"signature-input") for name, _ in scope["headers"]):
        raise BadSignature("Requests have to be signed.")
    kind = (header(scope, b"content-type") or b"").decode("latin-1")
    if not reading.is_activity(kind):
        raise WrongType("Send application/activity+json.")
    body = await read_body(scope, receive, MOST, SECONDS)
    activity = read_activity(body)
    if not doing.is_known(activity.type):
        await signer_of(app, scope, body)
        return
    followed = True  # for all we know
    if activity.type == "Delete" and reading.id_of(activity.about) == activity.actor:
        brings = await _leaves(app, scope, body, activity)
        if brings is None:
            return
        if brings != activity.actor:
            activity, body = hint(activity, brings)
    else:
        # Whose server is gone moves with the key that we know: `doing` asks both sides.
        signer = await signer_of(app, scope, body, lasting=activity.type == "Move")
        relay = signer.actor in await app.db.recall(relays.actors)
        if signer.actor == activity.actor:
            followed = signer.followed or relay
        elif relay and activity.type in passing.KINDS:
            activity, body = hint(activity, signer.actor)
        elif activity.type in passing.KINDS:
            await proven(app, body, activity.actor)
        else:
            raise BadSignature("This was signed by somebody else.")
    spoke = servers.spoke(app, activity.actor)
    compared = header(scope, b"collection-synchronization")
    if not followed and compared is None and doing.is_nobodys(app.instance, activity):
        if spoke is not None:
            await app.db.write(servers.note, spoke)
        return
    claim = None if compared is None else claimed(activity.actor, compared.decode("latin-1"))
    await app.db.write(keep, activity, body, claim, spoke)


async def _leaves(app: App, scope: Scope, body: bytes, activity: Activity) -> str | None:
    """Somebody says that they are no more: who brings it, they or a relay; None: nobody here knew
    them. Their key may be gone with them: then their server says so in its own words. Raises
    BadSignature."""
    if await app.db.read(met.by_uri, activity.actor) is None:
        return None
    try:
        signer = await signer_of(app, scope, body)
    except BadSignature:
        try:
            await abroad.read(app, activity.actor)
        except abroad.Departed:
            return activity.actor
        except (WhimbrelError, ValueError):
            pass
        raise
    known = await app.db.recall(relays.actors)
    if signer.actor != activity.actor and signer.actor not in known:
        raise BadSignature("This was signed by somebody else.")
    return signer.actor


def keep(
    tx: Tx,
    activity: Activity,
    body: bytes,
    claim: FollowersClaimed | None = None,
    spoke: str | None = None,
) -> None:
    """Keep an activity whose signature holds, once.

    Args:
        claim: what was said with it of who follows its actor.
        spoke: its server, where that is to be noted.
    Emits: Received and the claim, where it is new; as `servers.note`
    """
    if spoke is not None:
        servers.note(tx, spoke)
    id_ = received.add(tx, activity.id, activity.actor, body, *day_key(tx))
    if id_ is not None:
        tx.emit(Received(activity=id_))
        if claim is not None:
            tx.emit(claim)


def day_key(tx: Tx) -> tuple[int, int]:
    """Today, and the slot of what arrives today."""
    day = tx.ms // DAY
    return day, _key(tx, day)


def _key(tx: Tx, day: int) -> int:
    """The slot of a day; the first who needs it makes it, and starts its clock."""
    found = received.key(tx, day)
    if found is not None:
        return found
    slot = tx.slot()
    if received.add_key(tx, day, slot):
        tx.emit(ReceivedAges(day=day), due=moment((day + 2) * DAY))
        return slot
    return received.key(tx, day) or slot


def age(tx: Tx, event: ReceivedAges) -> None:
    """Handler: once all of a day is done its key is shredded; after a week it is forgotten.

    Emits: ReceivedAges, for the next day, or at once while there is more to forget
    """
    over = tx.ms >= (event.day + WEEK + 1) * DAY
    key = received.key(tx, event.day)
    if key is not None and (over or not received.any_waiting(tx, event.day)):
        tx.shred([key])
        received.remove_key(tx, event.day)
    if not over:
        tx.emit(event, due=tx.now + timedelta(days=1))
    elif received.sweep(tx, event.day):
        tx.emit(event)


# --- afterwards -----------------------------------------------------------------------------------


async def work(app: App, event: Received) -> None:
    """Effect: do what arrived. Twice is once: that it is done is written with it.

    Raises:
        Unreachable: whom it is about cannot be asked just now; it is tried again.
    """
    waits = await app.db.read(received.waiting, event.activity)
    if waits is None:
        return
    activity = read_activity(waits.body)._replace(at=event.activity >> 16)
    passed = await passing.wanted(app, activity, waits.body)
    apply: doing.Apply | None = None
    try:
        apply = await doing.prepare(app, activity)
    except Unreachable as error:
        if not isinstance(error, Refused):
            raise
    except (WhimbrelError, ValueError) as error:
        log.info("activity refused", type=activity.type, why=type(error).__name__)
    await app.db.write(finish, event.activity, activity, apply, passed)


def finish(
    tx: Tx,
    id_: int,
    activity: Activity,
    apply: "doing.Apply | None",
    passed: passing.Passed | None = None,
) -> None:
    """Do it, unless it was done or taken back meanwhile; what may not be is left undone.

    Args:
        passed: it is to be passed on, once it is done.
    """
    if not received.done(tx, id_) or apply is None:
        return
    received.alone(tx, activity.id)
    if received.buried(tx, activity.id):
        return
    tx.savepoint("activity")
    try:
        apply(tx)
    except WhimbrelError as error:
        tx.roll_back_to("activity")
        log.info("activity refused", type=activity.type, why=type(error).__name__)
    else:
        tx.release("activity")
        if passed is not None:
            passing.on(tx, activity, passed, day_key(tx))
