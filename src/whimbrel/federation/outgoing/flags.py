"""Reports that are told to the server of whoever they are about, in our server's own name: who
reported stays here."""

from typing import Any

from whimbrel.accounts.events import Reported
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Shredded
from whimbrel.core.tx import Tx
from whimbrel.moderation import queries as reports

from ..queries import flags
from ..rules import SERVER, Kind, Letter
from ..vocabulary import activities
from .letters import send


def reported(tx: Tx, event: Reported) -> None:
    """Somebody reported one who lives elsewhere, and wants that told there."""
    found = flags.forwarded(tx, event.report)
    if found is not None:
        letter = Letter(SERVER, Kind.FLAG, event.report)
        send(tx, letter, ("report", str(event.report)), {found.inbox})


def flag(tx: Tx, id_: int, report: int) -> dict[str, Any] | None:
    """The Flag, from what the report says when it is sent; None where it is no more.

    Args:
        id_: the letter's.
    """
    found = flags.forwarded(tx, report)
    try:
        said = reports.one(tx, report)
    except (NotFound, Shredded):
        return None
    if found is None:
        return None
    actor = f"{tx.instance.origin}/actor"
    about = [found.target, *flags.names(tx, said.posts)]
    return activities.flag(f"{actor}#flags/{id_}", actor, about, said.comment)
