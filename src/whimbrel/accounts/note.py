"""What one person writes about another, for nobody else's eyes: sealed, one key for each note."""

from whimbrel.core.errors import Invalid
from whimbrel.core.keyring import Slot
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import queries
from .queries import graph
from .relationships import NOTE, other
from .rules import Viewer

LONGEST = 2000  # characters


def write(tx: Tx, viewer: Viewer, target: int, comment: str) -> None:
    """Keep a note about somebody; an empty one is none. The one before is erased.

    Raises:
        NotFound: nobody.
        Forbidden: about themselves.
        Invalid: longer than 2000 characters.
    Source: Mastodon REST API, POST /api/v1/accounts/:id/note
    """
    other(tx, viewer, target)
    comment = tidy(comment)
    if len(comment) > LONGEST:
        said = say("is too long (maximum is %(most)s characters)", most=LONGEST)
        raise Invalid(f"Validation failed: Comment {said}", {"comment": [("ERR_TOO_LONG", said)]})
    tx.lock("notes", viewer.id)
    before = graph.note_slot(tx, viewer.id, target)
    if before is not None:
        tx.shred([before])
    if comment:
        slot, author = tx.slot(), queries.by_id(tx, viewer.id).slot
        sealed = tx.seal(Slot(slot, author, target, NOTE), comment.encode())
        graph.set_note(tx, viewer.id, target, sealed, slot)
    elif before is not None:
        graph.remove_note(tx, viewer.id, target)
