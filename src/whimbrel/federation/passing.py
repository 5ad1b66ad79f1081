"""Answers to posts of ours, passed on to those elsewhere who follow the author: their servers would
never hear of an answer by somebody whom they do not know.

Only what proves by itself whose it is, is for everybody, and was taken here. The words are kept as
what arrives is (sealed), for two days at most.

Source: ActivityPub, section 7.1.2 (forwarding from inbox); FEP-8b32"""

from datetime import timedelta
from typing import NamedTuple

from whimbrel.core.app import App
from whimbrel.core.errors import Forbidden
from whimbrel.core.tx import Tx

from . import notes, reading
from .events import PassedOn
from .outgoing.letters import tell
from .queries import passing, reach, received
from .reading import PUBLIC
from .rules import Activity, Kind, Letter
from .signatures import BadSignature
from .signed import proven

KINDS = {"Create", "Update", "Delete"}
LAPSES = timedelta(days=2)


class Passed(NamedTuple):
    """An activity that is to be passed on."""

    uri: str  # the post that it is about
    author: int | None  # who of ours is answered, where that is not to be found out afterwards
    body: bytes


async def wanted(app: App, activity: Activity, body: bytes) -> Passed | None:
    """What is to be passed on of what arrived: nothing that does not prove itself."""
    uri = reading.id_of(activity.about)
    if activity.type not in KINDS or uri is None or b'"proof"' not in body:
        return None
    if PUBLIC not in reading.ids_of(activity.said.get("to")) + reading.ids_of(
        activity.said.get("cc")
    ):
        return None
    author = await app.db.read(passing.answered, uri)
    if author is None:
        about = activity.about if isinstance(activity.about, dict) else {}
        parent = reading.id_of(about.get("inReplyTo"))
        if parent is None or notes.our_post(app.instance, parent) is None:
            return None
    try:
        await proven(app, body, activity.actor)
    except (BadSignature, Forbidden):
        return None
    return Passed(uri, author, body)


def on(tx: Tx, activity: Activity, passed: Passed, key: tuple[int, int]) -> None:
    """Pass it on, in the name of whoever is answered.

    Args:
        key: the day, and its slot; see `inbox.day_key`.
    Emits: LetterWritten and PassedOn, where somebody elsewhere follows them
    """
    author = passed.author or passing.answered(tx, passed.uri)
    if author is None or not reach.is_followed(tx, author):
        return
    id_ = received.add(tx, f"{activity.id}#passed", activity.actor, passed.body, *key)
    if id_ is None:
        return
    tell(tx, Letter(author, Kind.PASSED, id_), ("passed", passed.uri), followers=True)
    tx.emit(PassedOn(activity=id_), due=tx.now + LAPSES)


def lapse(tx: Tx, event: PassedOn) -> None:
    """Handler: its words go."""
    received.done(tx, event.activity)
