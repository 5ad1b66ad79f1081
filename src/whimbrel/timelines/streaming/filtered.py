"""What the filters of those who listen say of a status, put into it for them alone.

Nearly nobody's filters match, so a status is made once for all, and anew only where one does."""

from collections.abc import Mapping, Set

from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts import ends, serialize
from whimbrel.posts.queries import card_for_all

from .. import matching
from ..queries import filters
from ..rules import FilterContext

Listening = Mapping[int, Set[FilterContext]]  # accounts, and where a status comes to them
Own = Mapping[tuple[int, FilterContext], bytes]  # what some of them are told in its place


def marked(tx: Tx, post: int, payload: bytes, listening: Listening) -> Own:
    """The status `payload` as it is told to those whose filters catch it.

    Nobody's own posts are filtered for themselves."""
    revisions = filters.revisions(tx, post, listening)
    if not revisions:
        return {}
    try:
        row = card_for_all(tx, post)
    except NotFound:
        return {}
    own = {}
    about = serialize.subject(row)
    words = serialize.words(tx, [row]).get(about, "")
    labelled = serialize.labels(tx, [row]).get(about)
    for account, revision in revisions.items():
        matcher = matching.of(tx, account, revision)
        if matcher is None:
            continue
        for context in listening[account]:
            told = matcher.match(context, about, words, tx.ms, labelled)
            if told is not None:
                own[account, context] = ends.with_filtered(payload, told, boost=about != row[0])
    return own
