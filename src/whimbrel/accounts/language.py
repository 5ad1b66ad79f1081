"""The language somebody reads pages and letters in."""

from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx
from whimbrel.core.words import NAMES, say

from .queries import users
from .rules import Viewer


def choose(tx: Tx, viewer: Viewer, code: str) -> None:
    """From now on pages, letters and push messages are in this language.

    Raises:
        Invalid: none of ours.
    """
    if code not in NAMES:
        said = say("Choose one of these languages.")
        raise Invalid(said, {"language": [("ERR_INCLUSION", said)]})
    users.change(tx, viewer.id, locale=code)
