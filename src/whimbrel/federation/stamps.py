"""By what a quote stands: its author says so on their own server, about this very quote.

Source: FEP-044f"""

from typing import Any

from whimbrel.core.app import App
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.fetch import Refused, Unreachable
from whimbrel.core.settings import Instance

from . import abroad, reading
from .queries.posts import actor_id
from .rules import same_origin

KIND = "QuoteAuthorization"


def ours(instance: Instance, author: int, quoting: int) -> str:
    """Where somebody of ours says that a post may quote theirs."""
    return f"{actor_id(instance, author)}/quotes/{quoting}"


def document(id_: str, author: str, quoting: str, quoted: str) -> dict[str, Any]:
    """What is said there."""
    return {
        "id": id_,
        "type": KIND,
        "attributedTo": author,
        "interactingObject": quoting,
        "interactionTarget": quoted,
    }


async def holds(app: App, stamp: str, author: str, quoting: str, quoted: str) -> bool:
    """Whether `author` says there that `quoting` may quote `quoted`.

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
    names = ("attributedTo", "interactingObject", "interactionTarget")
    told = [reading.id_of(said.get(name)) for name in names]
    return reading.type_of(said) == KIND and told == [author, quoting, quoted]
