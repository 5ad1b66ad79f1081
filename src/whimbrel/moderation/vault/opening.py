"""Opening the vault: for a purpose, about a case, by two people. Each opening is in the log and
counted in public. What leaves is still sealed to the legal role's key."""

import io
import tarfile
from pathlib import Path

from whimbrel.accounts.rules import Permission, Viewer, permitted
from whimbrel.core.errors import Conflict, Forbidden, Gone, Invalid
from whimbrel.core.ids import new_id
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .. import second
from ..queries import cases as stored
from ..queries import decisions
from ..queries import vault as queries
from ..queries.vault import Hold, Opening
from ..rules import DAY, require
from .keep import files_of

LASTS = DAY  # how long what was agreed to can be taken
PURPOSE_CHARS = 500


def kept(tx: Tx, viewer: Viewer) -> list[tuple[int, str, int, int]]:
    """(case, class, copies, first end) of what is in the vault: for whoever may open it. Who may
    only agree to that sees none of it. Raises Forbidden."""
    require(viewer, Permission.MANAGE_REPORTS)
    if not permitted(viewer.role, Permission.OPEN_VAULT):
        return []
    return queries.listed(tx)


def asked(tx: Tx, viewer: Viewer) -> list[Opening]:
    """Who wanted what opened, the newest first. Raises Forbidden."""
    require(viewer, Permission.MANAGE_REPORTS)
    return queries.opening_list(tx)


def ask(tx: Tx, viewer: Viewer, case: int, purpose: str) -> int:
    """Say what for; a second person agrees or not.

    Raises:
        Forbidden: the viewer's role may not.
        NotFound.
        Invalid: no purpose; nothing is kept of this case.
    """
    require(viewer, Permission.OPEN_VAULT)
    stored.one(tx, case)
    purpose = tidy(purpose)
    if not purpose or len(purpose) > PURPOSE_CHARS:
        said = say("Say in at most %(most)s characters what for.", most=PURPOSE_CHARS)
        raise Invalid(said, {"purpose": [("ERR_BLANK", said)]})
    if not any(each.key is not None for each in queries.of_case(tx, case)):
        said = say("Nothing is kept of this case.")
        raise Invalid(said, {"case": [("ERR_INVALID", said)]})
    id_ = new_id(tx.now)
    queries.ask(tx, id_, case, viewer.id, purpose)
    decisions.add(tx, viewer.id, "ask", "opening", id_, detail=str(case))
    return id_


def agree(tx: Tx, viewer: Viewer, id_: int, agrees: bool) -> None:
    """A second person says yes or no.

    Raises:
        Forbidden: also whoever asked, unless they are alone and half a day has passed.
        NotFound.
        Conflict: somebody answered.
    """
    require(viewer, Permission.MANAGE_REPORTS)
    found = queries.opening(tx, id_)
    if agrees:
        second.refuse_own(tx, viewer, found.asked_by, id_ >> 16)
    if not queries.answer(tx, id_, "agreed" if agrees else "refused", viewer.id):
        raise Conflict(say("Somebody answered already."))
    action = "open" if agrees else "refuse"
    decisions.add(tx, viewer.id, action, "opening", id_, detail=str(found.case))


def take(tx: Tx, viewer: Viewer, id_: int) -> list[Hold]:
    """What was agreed to, for whoever asked. Each time is in the log.

    Raises:
        Forbidden: somebody else's, or the viewer's role may not.
        NotFound.
        Gone: nobody agreed, or it is too long ago.
        Conflict: it is not all in the vault yet.
    """
    require(viewer, Permission.OPEN_VAULT)
    found = queries.opening(tx, id_)
    if found.asked_by != viewer.id:
        raise Forbidden
    if found.state != "agreed" or found.agreed_at is None or tx.ms > found.agreed_at + LASTS:
        raise Gone(say("Nobody agreed to that, or it is too long ago."))
    holds = [each for each in queries.of_case(tx, found.case) if each.key is not None]
    if not all(each.laid for each in holds):
        raise Conflict(say("Files of this case are still being copied. Try again in a minute."))
    decisions.add(tx, viewer.id, "take", "opening", id_, detail=str(found.case))
    return holds


def bundle(where: Path, holds: list[Hold]) -> bytes:
    """What leaves the vault, a tar: of each copy its sealed key, itself and its files. Reads files:
    for a thread."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for each in holds:
            info = tarfile.TarInfo(f"{each.id}.key")
            info.size = len(each.key or b"")
            tar.addfile(info, io.BytesIO(each.key or b""))
            for path in files_of(where, each.id):
                tar.add(path, path.name, recursive=False)
    return made.getvalue()
