"""What somebody types into a search box, taken apart: words, "phrases" and operators, with `-`
before what must not be there. Anything that makes no sense as an operator is taken for words.

Nothing is looked up here; `search` does that."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

Facet = tuple[str, str]  # what kind, and which: ("has", "image")
Reach = Literal["all", "library", "public"]
Span = tuple[int, int]  # ms since 1970: from, and up to but without

ME = "me"
HAS = ("media", "image", "video", "audio", "poll", "link", "embed")
IS = ("reply", "sensitive")
END = (1 << 47) - 1  # ms; an id has room for no later time

_CLAUSE = re.compile(r'([+-]?)(?:([a-z]+):)?(?:"([^"]*)"|([^\s"]+))', re.IGNORECASE)
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
_PERSON = re.compile(r"@?(\w[\w.-]*)(?:@([\w.-]+(?::\d+)?))?")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*")
_DAY = re.compile(r"(\d{4})(?:-(\d\d?))?(?:-(\d\d?))?", re.ASCII)
_REACHES: dict[str, Reach] = {"all": "all", "library": "library", "public": "public"}
_OTHER_REACH: dict[str, Reach] = {"library": "public", "public": "library"}


class Asked(NamedTuple):
    """What a post must have, and must not have, to be found."""

    words: tuple[str, ...] = ()  # each may be more than one word
    phrases: tuple[str, ...] = ()
    facets: tuple[Facet, ...] = ()
    people: tuple[str, ...] = ()  # who wrote it: `ME`, `ada` or `ada@domain`
    not_words: tuple[str, ...] = ()  # each is one word or several in a row
    not_facets: tuple[Facet, ...] = ()
    not_people: tuple[str, ...] = ()
    since: int = 0  # ms
    until: int = END
    not_during: tuple[Span, ...] = ()
    reach: Reach = "all"


@lru_cache(maxsize=256)
def read(text: str) -> Asked:
    """Take a question apart; every text is one. Who pages on asks the same again."""
    asked = Asked()
    for sign, name, phrase, word in _clauses(text):
        without = sign == "-"
        value = word if phrase is None else phrase
        known = _operator(asked, name.lower(), value, without) if name else None
        asked = known or _words(asked, name, phrase, word, without)
    return asked


def _clauses(text: str) -> Iterator[tuple[str, str, str | None, str]]:
    for found in _CLAUSE.finditer(text.translate(_QUOTES)):
        sign, name, phrase, word = found.groups()
        yield sign, name or "", phrase, word or ""


def _words(asked: Asked, name: str, phrase: str | None, word: str, without: bool) -> Asked:
    if phrase is not None:
        asked = _words(asked, "", None, name, without) if name else asked
        if without:
            return asked._replace(not_words=(*asked.not_words, phrase))
        return asked._replace(phrases=(*asked.phrases, phrase))
    whole = f"{name}:{word}" if name else word
    if without:
        return asked._replace(not_words=(*asked.not_words, whole))
    return asked._replace(words=(*asked.words, whole))


def _operator(asked: Asked, name: str, value: str, without: bool) -> Asked | None:
    """With this operator; None where it is none."""
    if name == "from":
        return _from(asked, value, without)
    if name in ("before", "after", "during"):
        return _when(asked, name, value, without)
    if name == "in":
        return _in(asked, value.lower(), without)
    facet = _facet(name, value.lower())
    if facet is None:
        return None
    if without:
        return asked._replace(not_facets=(*asked.not_facets, facet))
    return asked._replace(facets=(*asked.facets, facet))


def _facet(name: str, value: str) -> Facet | None:
    """Mastodon takes `has:` and `is:` for the same."""
    if name in ("has", "is") and value in HAS:
        return "has", value
    if name in ("has", "is") and value in IS:
        return "is", value
    if name == "language" and _LANGUAGE.fullmatch(value):
        return name, value
    return None


def _from(asked: Asked, value: str, without: bool) -> Asked | None:
    if not _PERSON.fullmatch(value):
        return None
    who = value.removeprefix("@").lower()
    if without:
        return asked._replace(not_people=(*asked.not_people, who))
    return asked._replace(people=(*asked.people, who))


def _in(asked: Asked, value: str, without: bool) -> Asked | None:
    reach = (_OTHER_REACH if without else _REACHES).get(value)
    return None if reach is None else asked._replace(reach=reach)


def _when(asked: Asked, name: str, value: str, without: bool) -> Asked | None:
    span = _span(value)
    if span is None:
        return None
    begin, end = span
    if name == "during" and without:
        return asked._replace(not_during=(*asked.not_during, span))
    since, until = {
        ("before", False): (0, begin),
        ("before", True): (begin, END),
        ("after", False): (end, END),
        ("after", True): (0, end),
    }.get((name, without), span)
    return asked._replace(since=max(asked.since, since), until=min(asked.until, until))


def _span(value: str) -> Span | None:
    """When a year, month or day (UTC) begins and ends; None for what is no such date."""
    found = _DAY.fullmatch(value)
    if found is None:
        return None
    year, month, day = (None if part is None else int(part) for part in found.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
        if day is not None:
            next_ = first + timedelta(days=1)
        elif month is not None:
            next_ = (first + timedelta(days=31)).replace(day=1)
        else:
            next_ = first.replace(year=first.year + 1)
    except (ValueError, OverflowError):
        return None
    return _ms(first), _ms(next_)


def _ms(day: date) -> int:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    return max(0, min(END, int(at) * 1000))
