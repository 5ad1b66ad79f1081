"""Polls elsewhere, and votes: both are notes with a name."""

from typing import Any, NamedTuple

from whimbrel.core.text import tidy
from whimbrel.posts.rules import Asked

from .. import reading
from ..rules import same_origin
from .values import millis_of

MOST_OPTIONS, TITLE = 20, 300
_MOST_VOTES = 10**9


class Votes(NamedTuple):
    """What somebody chose, by its words, in a poll that they name."""

    post: str
    titles: tuple[str, ...]


def read_poll(said: reading.Object) -> Asked | None:
    """What a Question asks; None where that is no poll that one could vote in."""
    multiple = bool(said.get("anyOf"))
    given = reading.many(said.get("anyOf") if multiple else said.get("oneOf"))
    options = [each for each in given if isinstance(each, dict)]
    titles = tuple(_title(each) for each in options)
    if not 2 <= len(titles) <= MOST_OPTIONS or not all(titles) or len(set(titles)) < len(titles):
        return None
    counts = tuple(_votes(each) for each in options)
    voters = _number(said.get("votersCount"))
    closed = said.get("closed")
    ends = [millis_of(each) for each in (said.get("endTime"), closed)]
    return Asked(
        options=titles,
        counts=counts,
        voters=sum(counts) if voters is None and not multiple else voters or max(counts),
        multiple=multiple,
        until=min((each for each in ends if each is not None), default=None),
        closed=closed is True,
    )


def _title(option: dict[str, Any]) -> str:
    return " ".join(tidy(reading.text_of(option, "name", TITLE)).split())


def _votes(option: dict[str, Any]) -> int:
    told = option.get("replies")
    return (_number(told.get("totalItems")) if isinstance(told, dict) else None) or 0


def _number(value: Any) -> int | None:
    return min(value, _MOST_VOTES) if type(value) is int and value >= 0 else None


def read_votes(about: Any, actor: str) -> Votes | None:
    """What is a vote, or several of one person in one poll; None for anything else. Only what is
    embedded counts, and only theirs."""
    notes = [each for each in reading.many(about) if isinstance(each, dict)][:MOST_OPTIONS]
    if not notes or not all(_is_vote(each, actor) for each in notes):
        return None
    polls = {reading.id_of(each.get("inReplyTo")) for each in notes}
    found = polls.pop()
    if polls or found is None:
        return None
    return Votes(found, tuple(_title(each) for each in notes))


def _is_vote(note: dict[str, Any], actor: str) -> bool:
    id_ = reading.id_of(note.get("id"))
    return (
        reading.type_of(note) == "Note"
        and isinstance(note.get("name"), str)
        and not reading.text_of(note, "content", 1)
        and reading.id_of(note.get("attributedTo")) == actor
        and id_ is not None
        and same_origin(id_, actor)
    )
