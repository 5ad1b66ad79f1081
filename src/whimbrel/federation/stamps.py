"""By what a quote stands, or an answer, a like, a boost that somebody wants to be asked about: they
say so on their own server, about this very one.

Source: FEP-044f; GoToSocial, interaction policies (`approvedBy`)"""

from typing import Any

from whimbrel.core.app import App
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.fetch import Refused, Unreachable
from whimbrel.core.settings import Instance

from . import abroad, reading
from .queries import approvals
from .queries.posts import actor_id
from .rules import Act, same_origin

KIND = "QuoteAuthorization"


def ours(instance: Instance, author: int, quoting: int) -> str:
    """Where somebody of ours says that a post may quote theirs."""
    return f"{actor_id(instance, author)}/quotes/{quoting}"


def approval(instance: Instance, author: int, id_: int) -> str:
    """Where somebody of ours says that something may be done with a post of theirs."""
    return f"{actor_id(instance, author)}/approvals/{id_}"


def document(
    id_: str, author: str, quoting: str, quoted: str, act: Act | None = None
) -> dict[str, Any]:
    """What is said there. Args: `act`: what may be done, if not quoting."""
    return {
        "id": id_,
        "type": KIND if act is None else f"{act.word}Authorization",
        "attributedTo": author,
        "interactingObject": quoting,
        "interactionTarget": quoted,
    }


async def holds(
    app: App, stamp: str, author: str, quoting: str, quoted: str, act: Act | None = None
) -> bool:
    """Whether `author` says there that `quoting` may quote `quoted`, or do something else with it.

    Args:
        act: what else.
    Raises:
        Unreachable: that cannot be asked just now.
    """
    if not same_origin(stamp, author, quoted):
        return False
    try:
        said = await abroad.read_object(app, stamp)
    except Unreachable as error:
        if isinstance(error, Refused):
            return False
        raise
    except (WhimbrelError, ValueError):
        return False
    kind = reading.type_of(said)
    if act is not None and kind == "Accept":  # GoToSocial before 0.20
        told = [reading.id_of(said.get(name)) for name in ("actor", "object")]
        return told == [author, quoting]
    names = ("attributedTo", "interactingObject", "interactionTarget")
    told = [reading.id_of(said.get(name)) for name in names]
    kinds = (KIND,) if act is None else (f"{act.word}Authorization", f"{act.word}Approval")
    return kind in kinds and told == [author, quoting, quoted]


async def lets(app: App, act: Act, stamp: str | None, actor: str, this: str, target: str) -> bool:
    """Whether `actor` may do `this` with a post: its author lets everybody, or says so.

    Args:
        stamp: where they say so, as `this` claims.
        target: what the post is called.
    Raises:
        Unreachable: that cannot be asked just now.
    """
    author = await app.db.read(approvals.guarded, act, target, actor)
    if author is None:
        return True
    return stamp is not None and await holds(app, stamp, author, this, target, act)
