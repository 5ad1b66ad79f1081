"""Somebody elsewhere asks whether they may like, answer or boost a post of ours. Whoever may see it
may, as its policy says: it is done at once, and what proves that it may be is theirs.

Source: GoToSocial, interaction policies"""

from collections.abc import Callable
from functools import partial
from typing import Any

from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import Forbidden, NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts import marks, receive
from whimbrel.posts.queries import acts
from whimbrel.posts.rules import Mark

from .. import abroad, notes, reading, stamps
from ..outgoing import requests as outgoing
from ..queries import approvals
from ..rules import Act, Activity, same_origin
from . import reactions
from .apply import Apply, doer

Do = Callable[[Tx, Viewer, int], None]


async def request(act: Act, app: App, activity: Activity) -> Apply | None:
    """They ask.

    Raises:
        NotFound: about none of ours, none that they may see, or not what they say that they do.
    """
    uri = reading.id_of(activity.about)
    if uri is None or notes.our_post(app.instance, uri) is None:
        raise NotFound
    post = await app.db.read(notes.known, uri)
    if post is None:
        raise NotFound
    this, do = await _PREPARE[act](app, activity, uri)
    viewer = await doer(app, activity)

    def apply(tx: Tx) -> None:
        subject = acts.subject(tx, viewer, post)
        try:
            do(tx, viewer, subject.id)
        except Forbidden:
            outgoing.answer(tx, act, subject.author, viewer.id, activity.id, (this, uri), None)
            return
        id_ = approvals.approve(tx, act, subject.id, this)
        stamp = stamps.approval(tx.instance, subject.author, id_)
        outgoing.answer(tx, act, subject.author, viewer.id, activity.id, (this, uri), stamp)

    return apply


async def _like(app: App, activity: Activity, uri: str) -> tuple[str, Do]:
    said = _instrument(activity, "Like", uri)

    def do(tx: Tx, viewer: Viewer, post: int) -> None:
        marks.mark(tx, viewer, post, Mark.FAVOURITE)

    return said["id"], do


async def _boost(app: App, activity: Activity, uri: str) -> tuple[str, Do]:
    said = _instrument(activity, "Announce", uri)
    if "type" not in said:
        said = await abroad.read_object(app, said["id"])
        _check(said, activity, "Announce", uri)
    level, at = reactions.level_of(said), reactions.time_of(said)

    def do(tx: Tx, viewer: Viewer, post: int) -> None:
        receive.boost(tx, viewer, post, level, said["id"], min(at or tx.ms, tx.ms))

    return said["id"], do


async def _reply(app: App, activity: Activity, uri: str) -> tuple[str, Do]:
    note = await notes.embedded(app, activity.said.get("instrument"), activity.actor)
    if note.reply_to != uri:
        raise NotFound
    budget = notes.Budget()
    note = await notes.proven(app, note, budget)
    await notes.strangers(app, note, budget)

    def do(tx: Tx, viewer: Viewer, post: int) -> None:
        notes.store(tx, note, new=True)

    return note.id, do


_PREPARE = {Act.LIKE: _like, Act.REPLY: _reply, Act.ANNOUNCE: _boost}


def _instrument(activity: Activity, kind: str, uri: str) -> dict[str, Any]:
    """What they would do: whole, or its id alone. Raises NotFound."""
    given = activity.said.get("instrument")
    id_ = reading.id_of(given)
    if id_ is None or not same_origin(id_, activity.actor):
        raise NotFound
    if not isinstance(given, dict) or "type" not in given:
        return {"id": id_}
    _check(given, activity, kind, uri)
    return {**given, "id": id_}


def _check(said: dict[str, Any], activity: Activity, kind: str, uri: str) -> None:
    told = [reading.id_of(said.get(name)) for name in ("actor", "object")]
    if reading.type_of(said) != kind or told != [activity.actor, uri]:
        raise NotFound


TABLE = {f"{act.word}Request": partial(request, act) for act in Act}
