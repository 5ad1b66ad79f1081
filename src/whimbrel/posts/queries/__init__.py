"""Every SQL statement about posts. Rows in, values out; who decides stands above.

`visible`: who may see what. `cards`: a page. `stored`: posts as they are. `writing`, `acts`,
`thread`: what the actions of this room need. What other rooms use most is named here."""

from . import acts, followed, thread, writing
from .cards import (
    CARD,
    OWN,
    STRANGER,
    THREAD_MUTED,
    VOTES,
    Card,
    card,
    cards,
    full_card,
    plain_card,
    seen,
)
from .emojis import Emoji, named_emojis
from .stored import (
    MANY_CARDS,
    ONE_CARD,
    WANTED_CARDS,
    Body,
    any_post,
    bare_posts,
    bodies,
    card_for_all,
    card_of,
    cards_of,
    own_post,
    visible_post,
)
from .visible import level, may_see, number, original, original_author, visible, wanted

__all__ = [
    "CARD",
    "MANY_CARDS",
    "ONE_CARD",
    "OWN",
    "STRANGER",
    "THREAD_MUTED",
    "VOTES",
    "WANTED_CARDS",
    "Body",
    "Card",
    "Emoji",
    "acts",
    "any_post",
    "bare_posts",
    "bodies",
    "card",
    "card_for_all",
    "card_of",
    "cards",
    "cards_of",
    "followed",
    "full_card",
    "level",
    "may_see",
    "named_emojis",
    "number",
    "original",
    "original_author",
    "own_post",
    "plain_card",
    "seen",
    "thread",
    "visible",
    "visible_post",
    "wanted",
    "writing",
]
