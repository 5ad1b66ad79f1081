"""Letters: written in the transaction of what they tell, and then addressed, each inbox once."""

from collections.abc import Sequence
from typing import Any

import msgspec

from whimbrel.core.tx import Tx
from whimbrel.moderation.events import ServerCutOff

from ..events import LetterWritten
from ..queries import letters, reach
from ..queries.barred import barred_among
from ..rules import Kind, Letter

SOME = 500  # rows of one statement
_encode = msgspec.json.encode


def tell(
    tx: Tx,
    letter: Letter,
    about: Sequence[str],
    *,
    followers: bool,
    people: tuple[int, ...] = (),
    personal: bool = False,
) -> None:
    """Tell this to the followers of whoever signs it, and to these people elsewhere.

    Args:
        about: what it is about: of one thing, letters arrive in their order.
    Emits: LetterWritten
    """
    thing = letters.thing(*about)
    id_ = letters.write(tx, letter, thing)
    tx.emit(
        LetterWritten(
            letter=id_,
            thing=thing,
            owner=letter.owner,
            followers=followers,
            people=people,
            personal=personal,
        )
    )


def said(owner: int, activity: dict[str, Any]) -> Letter:
    """A letter that has no words: it is kept as it will be sent."""
    return Letter(owner, Kind.SAID, said=_encode(activity))


def send(tx: Tx, letter: Letter, about: Sequence[str], inboxes: set[str]) -> None:
    """Send a letter to these inboxes."""
    where = reach.with_origins(tx, inboxes)
    if where:
        thing = letters.thing(*about)
        letters.put(tx, letters.write(tx, letter, thing), thing, where)


def drop_barred(tx: Tx, event: ServerCutOff) -> None:
    """Handler: what waits for servers that are kept out now goes nowhere. Twice is once."""
    waiting = {each: reach.hosts_at(each) for each in letters.origins(tx)}
    for origin in barred_among(tx, waiting):
        while letters.give_up(tx, origin, SOME):
            pass
        letters.well(tx, [origin])


def address(tx: Tx, event: LetterWritten) -> None:
    """Handler: a letter goes to every inbox that is concerned."""
    inboxes = reach.inboxes_of_followers(tx, event.owner) if event.followers else set()
    if event.people:
        inboxes |= reach.inboxes_of(tx, event.people, personal=event.personal)
    where = reach.with_origins(tx, inboxes)
    if where:
        letters.put(tx, event.letter, event.thing, where)
    else:
        letters.throw_away(tx, event.letter)
