"""Somebody elsewhere answers one of ours who asked whether they may like, answer or boost a post.

Source: GoToSocial, interaction policies"""

from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts import boost, drafts, marks

from .. import reading, stamps
from ..incoming.values import web_address
from ..outgoing import requests as outgoing
from ..queries import approvals
from ..queries.approvals import Wish
from ..rules import Act, Activity
from .apply import Apply


def is_answer(app: App, activity: Activity) -> bool:
    """Whether something is an answer to what one of ours asked."""
    return outgoing.asked(app.instance, reading.id_of(activity.first) or "") is not None


async def accept(app: App, activity: Activity) -> Apply | None:
    """They may, and it says where: it is looked at there, and then the world is told.

    Raises:
        NotFound: nobody asked them, or it is not true.
        Unreachable: it cannot be looked at just now; it is tried again.
    """
    id_, wish, asked = await app.db.read(_wish, activity)
    stamp = web_address(reading.id_of(activity.said.get("result")))
    what = (activity.actor, asked.this, asked.target)
    if stamp is None or not await stamps.holds(app, stamp, *what, wish.act):
        raise NotFound

    def apply(tx: Tx) -> None:
        if approvals.grant(tx, id_, stamp):
            outgoing.granted(tx, wish, stamp)

    return apply


async def reject(app: App, activity: Activity) -> Apply | None:
    """They may not. Raises NotFound: nobody asked them."""
    _, wish, _ = await app.db.read(_wish, activity)

    def apply(tx: Tx) -> None:
        _undo(tx, wish)

    return apply


def _wish(tx: Tx, activity: Activity) -> tuple[int, Wish, outgoing.Asked]:
    named = outgoing.asked(tx.instance, reading.id_of(activity.first) or "")
    wish = None if named is None else approvals.wish(tx, named[1])
    if named is None or wish is None or wish.account != named[0]:
        raise NotFound
    asked = outgoing.about(tx, wish)
    if asked is None or asked.author != activity.actor:
        raise NotFound
    return named[1], wish, asked


def withdrawn(tx: Tx, stamp: str, actor: str) -> None:
    """They deleted that by which something was let: it is no more."""
    for wish in approvals.stamped(tx, stamp):
        asked = outgoing.about(tx, wish)
        if asked is not None and asked.author == actor:
            _undo(tx, wish)


def _undo(tx: Tx, wish: Wish) -> None:
    """A like or a boost is gone; the words of an answer are its writer's draft again."""
    approvals.forget(tx, wish.act, wish.account, wish.subject)
    if wish.act is Act.LIKE:
        outgoing.forget_like(tx, wish)
        marks.withdraw(tx, wish.account, wish.target)
    elif wish.act is Act.ANNOUNCE:
        boost.withdraw(tx, wish.account, wish.target)
    else:
        drafts.redraft(tx, Viewer(account=wish.account), wish.subject)
