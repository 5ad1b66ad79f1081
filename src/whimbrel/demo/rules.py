"""The town as it is told, and when each thing in it happens: values and pure decisions.

Times are told backwards from now, for the town is always as it was just a moment ago."""

import re
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

Kind = Literal["post", "likes", "boost", "keep", "edit"]
REACTED = 75  # minutes within which most of those who like a post have seen it
LEAST_AGO = timedelta(seconds=40)  # so that nothing happens in the future
VISITOR = "visitor"
UNMET = frozenset(("hana", "lotte", "theo"))  # the visitor may like to follow them


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody of the town."""

    name: str
    shown: str
    note: str
    joined: float  # days ago
    avatar: str  # what to draw, see `pictures`
    header: str
    fields: tuple[tuple[str, str], ...] = ()
    language: str = "en"
    bot: bool = False


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A poll and how the town votes in it."""

    options: tuple[str, ...]
    hours: float
    votes: tuple[int, ...]
    multiple: bool = False


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A post as it is told."""

    by: str
    text: str
    after: float | None = None  # minutes after the post before it
    to: int | None = None  # which post of the talk it answers; None = the one before
    likes: int = 0
    boosts: tuple[str, ...] = ()
    pictures: tuple[tuple[str, str], ...] = ()  # what to draw, and its description
    warning: str = ""
    sensitive: bool = False
    language: str = ""
    visibility: Literal["public", "unlisted", "private", "direct"] = "public"
    poll: Asked | None = None
    called: str = ""  # a name by which another post quotes it
    quotes: str = ""
    pinned: bool = False
    kept: bool = False  # by the visitor, as a bookmark
    became: str = ""  # what it was edited to


class Talk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A post and what was answered; or, apart, posts that follow each other unanswered."""

    ago: float  # hours
    posts: tuple[Said, ...]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the server's rules."""

    text: str
    hint: str = ""


class Town(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it."""

    description: str
    announcement: str
    rules: tuple[Rule, ...]
    emojis: tuple[str, ...]
    people: tuple[Person, ...]
    talks: tuple[Talk, ...]


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happens at a moment: to the post `key` = (talk, place in it)."""

    at: datetime
    kind: Kind
    key: tuple[int, int]
    said: Said
    who: tuple[str, ...] = ()


@cache
def town() -> Town:
    """The town, read once."""
    told: dict[str, Any] = {}
    for name in ("town.toml", "talks.toml"):
        told |= tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))
    return msgspec.convert(told, Town)


def follows(place: Town) -> Iterator[tuple[str, str]]:
    """Who follows whom: nearly everybody, as in any small town."""
    for one, person in enumerate(place.people):
        for other, somebody in enumerate(place.people):
            if one == other or (somebody.name == VISITOR and one % 3):
                continue
            if person.name == VISITOR:
                known = somebody.name not in UNMET
            else:
                known = somebody.bot or (3 * one + 7 * other) % 5 != 4
            if known:
                yield person.name, somebody.name


def arrived(place: Town, now: datetime) -> datetime:
    """When the visitor came."""
    return now - timedelta(days=next(each.joined for each in place.people if each.name == VISITOR))


def acts(place: Town, now: datetime) -> list[Act]:
    """Everything that happens to posts, in the order of time."""
    found: list[Act] = []
    for number, talk in enumerate(place.talks):
        at = now - timedelta(hours=talk.ago)
        for turn, said in enumerate(talk.posts):
            if turn:
                wait = 4 + len(said.text) / 18 if said.after is None else said.after
                # Nobody answers on the full minute.
                at += timedelta(minutes=wait, seconds=(number * 17 + turn * 23) % 60)
            found += _about(place, (number, turn), said, at, now)
    return sorted(found, key=lambda act: act.at)


def _about(
    place: Town, key: tuple[int, int], said: Said, at: datetime, now: datetime
) -> Iterator[Act]:
    yield Act(at=at, kind="post", key=key, said=said)
    latest = now - LEAST_AGO
    spread = 7 * key[0] + 11 * key[1]
    fans = _others(place, said.by, said.likes, spread)
    public = said.visibility == "public" and said.by != VISITOR
    if public and spread % 5 == 0 and at > arrived(place, now):
        fans = (*fans, VISITOR)
    if fans:
        seen = at + timedelta(minutes=10 + spread % REACTED)
        yield Act(at=_no_later(seen, at, latest), kind="likes", key=key, said=said, who=fans)
    for turn, who in enumerate(said.boosts, 1):
        seen = at + timedelta(minutes=turn * (13 + spread % 41))
        yield Act(at=_no_later(seen, at, latest), kind="boost", key=key, said=said, who=(who,))
    if said.kept:
        seen = max(at, arrived(place, now)) + timedelta(minutes=50)
        yield Act(at=_no_later(seen, at, latest), kind="keep", key=key, said=said, who=(VISITOR,))
    if said.became:
        seen = at + timedelta(minutes=3)
        yield Act(at=_no_later(seen, at, latest), kind="edit", key=key, said=said)


def _no_later(seen: datetime, at: datetime, latest: datetime) -> datetime:
    """`seen`, or between the post and the latest moment where that comes first."""
    return seen if seen < latest else at + (latest - at) * 0.9


def _others(place: Town, by: str, many: int, spread: int) -> tuple[str, ...]:
    """So many of the town other than `by`, not always the same; programs like nothing."""
    apart = (by, VISITOR)
    names = [each.name for each in place.people if not each.bot and each.name not in apart]
    return tuple(names[(spread + 7 * turn) % len(names)] for turn in range(min(many, len(names))))


def voters(place: Town, said: Said, asked: Asked) -> Iterator[tuple[str, int]]:
    """(somebody, choice) for each vote; the visitor has not voted yet."""
    names = [
        each.name for each in place.people if not each.bot and each.name not in (said.by, VISITOR)
    ]
    choices = [place for place, votes in enumerate(asked.votes) for _ in range(votes)]
    yield from zip(names, choices, strict=False)


_NAMED = re.compile(r"(?<![\w/])@([a-z0-9_]+)")


def written(said: Said, answered: Said | None) -> str:
    """The text as an app would send it: whoever is answered is named first."""
    if answered is None or answered.by == said.by or answered.by in _NAMED.findall(said.text):
        return said.text
    return f"@{answered.by} {said.text}"
