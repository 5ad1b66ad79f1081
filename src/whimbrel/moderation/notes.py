"""Notes: what one of the staff wants the others to know about a case. Nobody else reads them."""

from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid
from whimbrel.core.ids import new_id
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import cases
from .queries import notes as queries

TEXT_CHARS = 2000
MOST = 50  # of a case, on its page


def add(tx: Tx, viewer: Viewer, case: int, text: str) -> None:
    """Note something.

    Raises:
        Forbidden, NotFound.
        Invalid: no text, or too long a one.
    """
    found = cases.taken_up(tx, viewer, case)
    words = tidy(text)
    if not words or len(words) > TEXT_CHARS:
        said = say("A note has 1 to %(most)s characters.", most=TEXT_CHARS)
        raise Invalid(said, {"note": [("ERR_INVALID", said)]})
    owner = people.by_ids(tx, [found.target]).get(found.target) if found.target else None
    slot = None if owner is None else owner.slot
    queries.add(tx, new_id(tx.now), case, viewer.id, words, slot)
    cases.noted(tx, viewer.id, "note", found)
