"""What the program says to people, in their language: words, plurals, numbers, dates.

Words are written in English where they are used, and looked up in `locales/` when they are shown:
`_("...")` and `ngettext(...)` in templates, `say("...")` and `say_many(...)` in Python. Which
language somebody reads is decided by whoever answers; nothing here knows requests or people.
What other programs read (the API, logs, the command line) stays English."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, Self

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup, escape

ENGLISH = "en"
NAMES = {  # as those call it who speak it
    ENGLISH: "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "ar": "العربية",
    "ja": "日本語",
}
CATALOGUES = Path(__file__).parent.parent / "locales"
_DATES = {ENGLISH: "en_GB"}  # whose dates and numbers, where the code alone means another country's
_UNGROUPED = {"es": 9999}  # the greatest number that is written in one piece
_TAGS = 20  # of an Accept-Language header, and more are not looked at
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400  # seconds


class Said(str):
    """Words for a person. To programs it is their English, to a page what its reader reads."""

    __slots__ = ("many", "number", "values", "words")
    words: str
    many: str
    number: int | None
    values: dict[str, Any]

    @classmethod
    def of(cls, words: str, many: str, count: int | None, values: dict[str, Any]) -> Self:
        """See `say` and `say_many`, which are what catalogues are made from."""
        english = words if count is None or count == 1 else many
        made = cls(english % values if values else english)
        made.words, made.many, made.number, made.values = words, many, count, values
        return made

    def filled(self, **values: Any) -> "Said":
        """These words with other values: for a table of sentences that are filled in later."""
        return Said.of(self.words, self.many, self.number, {**self.values, **values})

    def in_(self, tongue: "Language") -> str:
        """The same as that language has it."""
        said, many, values = self.words, self.many, self.values
        words = tongue.words(said) if self.number is None else tongue.words(said, many, self.number)
        return (
            words % {name: tongue.value(each) for name, each in values.items()} if values else words
        )

    def __html__(self) -> str:
        return escape(self.in_(_reading.get() or language(ENGLISH)))


class Sentences(Said):
    """Words that were half a sentence each (`is too long`), to stand alone."""

    __slots__ = ("parts",)
    parts: tuple[str, ...]

    def filled(self, **values: Any) -> "Said":
        """These words with other values: for a table of sentences that are filled in later."""
        return Said.of(self.words, self.many, self.number, {**self.values, **values})

    def in_(self, tongue: "Language") -> str:
        return tongue.sentences(tongue.plain(part) for part in self.parts)


def say(words: str, /, **values: Any) -> Said:
    """Words to be shown in whatever language they will be read in.

    Args:
        words: English, for catalogues to find it here: literal, with `%(name)s` for values.
    """
    return Said.of(words, "", None, values)


def say_many(one: str, many: str, count: int, /, **values: Any) -> Said:
    """The same for a number of things, which is `%(num)s` in them."""
    return Said.of(one, many, count, {"num": count, **values})


def sentences(parts: Iterable[str]) -> Sentences:
    """`is too long` as a sentence that stands alone; several, one after the other."""
    kept = tuple(parts)
    made = Sentences(" ".join(_whole(str(part)) for part in kept))
    made.parts = kept
    return made


def _whole(said: str, stop: str = ".") -> str:
    ended = said.endswith((".", "?", "!", "…", "。", "؟"))
    return said[:1].upper() + said[1:] + ("" if ended else stop)


class Language:
    """One language, ready to speak."""

    def __init__(self, code: str) -> None:
        """`code` is a key of `NAMES`."""
        self.code = code
        self._locale = Locale.parse(_DATES.get(code, code))
        self.direction: str = self._locale.text_direction
        self._catalogue = _catalogue(code)
        self._comma = self._locale.number_symbols["latn"]["group"]
        self._whole = _UNGROUPED.get(code, 999)
        self._said = lru_cache(maxsize=4096)(self._look_up)
        self._date = lru_cache(maxsize=1024)(self._write_date)
        self._term = lru_cache(maxsize=4096)(self._fill)

    def say(self, words: str, /, **values: Any) -> Markup:
        """`words` with values put in, each escaped. This is `_` in templates."""
        said = self._said(words)
        return said % values if values else said

    def say_many(self, one: str, many: str, count: int, /, **values: Any) -> Markup:
        """The same for a number of things. This is `ngettext` in templates."""
        said = Markup(self._catalogue.ngettext(one, many, count))  # noqa: S704 (ours)
        return said % {"num": self.number(count), **values}

    def plain(self, said: str) -> str:
        """Words for a letter or a push message, where nothing is HTML; English ones as they are."""
        return said.in_(self) if isinstance(said, Said) else said

    def words(self, one: str, many: str = "", count: int | None = None) -> str:
        """What the catalogue has, with places for values."""
        if count is None:
            return self._catalogue.gettext(one)
        return self._catalogue.ngettext(one, many, count)

    def value(self, value: Any) -> Any:
        """A value as it is put into words."""
        if isinstance(value, Said):
            return value.in_(self)
        return self.number(value) if type(value) is int else value

    def sentences(self, parts: Iterable[str]) -> str:
        """Half sentences made whole."""
        stop, between = ("。", "") if self.code == "ja" else (".", " ")
        return between.join(_whole(part, stop) for part in parts)

    def listed(self, pieces: Sequence[Markup]) -> Markup:
        """Names one after the other, as a sentence has them: "Ines and Tomás"."""
        joined = format_list(pieces, locale=self._locale)
        return Markup(joined)  # noqa: S704 (of such pieces, and of words that Babel knows)

    def number(self, value: int) -> str:
        """1870 as 1,870 or 1.870."""
        if -self._whole <= value <= self._whole:
            return str(value)
        return f"{value:,}".replace(",", self._comma)

    def dated(self, at: datetime, form: str = "full") -> str:
        """A moment in words.

        Args:
            form: full (date and time), day (12 March 2023), month (April 2023).
        """
        if form == "month":
            return self._date(at.date(), "yMMMM")
        day = self._date(at.date(), "")
        if form == "day":
            return day
        return self._term("%(day)s, %(time)s UTC", day=day, time=f"{at:%H:%M}")

    def ago(self, at: datetime, now: datetime) -> str:
        """Relative within a week ("24 min", "3 h"), a date after that ("12 Mar")."""
        age = int((now - at).total_seconds())
        if -_MINUTE < age < _MINUTE:
            return self._term("now")
        if 0 < age < _HOUR:
            return self._term("%(n)s min", n=age // _MINUTE)
        if 0 < age < _DAY:
            return self._term("%(n)s h", n=age // _HOUR)
        if 0 < age < 7 * _DAY:
            return self._term("%(n)s d", n=age // _DAY)
        return self._date(at.date(), "MMMd" if at.year == now.year else "yMMMd")

    def _look_up(self, words: str) -> Markup:
        return Markup(self._catalogue.gettext(words))  # noqa: S704 (catalogues are ours)

    def _fill(self, words: str, **values: Any) -> str:
        return self._catalogue.gettext(words) % values

    def _write_date(self, at: date, skeleton: str) -> str:
        if not skeleton:
            return format_date(at, "long", locale=self._locale)
        return format_skeleton(skeleton, at, locale=self._locale)


def ago_lasts(at: datetime, now: datetime) -> int:
    """Milliseconds since 1970 until which `ago` says the same of a moment."""
    age = int((now - at).total_seconds())
    if -_MINUTE < age < _MINUTE:
        lasts = at + timedelta(minutes=1)
    elif 0 < age < 7 * _DAY:
        unit = _MINUTE if age < _HOUR else _HOUR if age < _DAY else _DAY
        lasts = at + timedelta(seconds=(age // unit + 1) * unit)
    else:  # a date: in the year it is of, without that
        lasts = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        if age < 0:
            lasts = min(lasts, at - timedelta(seconds=59, milliseconds=999))
    return int(lasts.timestamp() * 1000)


@cache
def language(code: str) -> Language:
    """The language with this code, read when it is first asked for; English for none of ours."""
    return Language(code if code in NAMES else ENGLISH)


@contextmanager
def reading(code: str) -> Iterator[Language]:
    """While this lasts, `Said` becomes HTML in that language."""
    chosen = language(code)
    token = _reading.set(chosen)
    try:
        yield chosen
    finally:
        _reading.reset(token)


def ours(tag: str) -> str:
    """The code of ours that a tag such as `de-AT` comes to, or ""."""
    code = tag.replace("_", "-").partition("-")[0].lower()
    return code if code in NAMES else ""


@lru_cache(maxsize=16)
def first(tags: tuple[str, ...]) -> str:
    """The code of the first of these tags that is one of ours; English where none is."""
    return next(filter(None, map(ours, tags)), ENGLISH)


@lru_cache(maxsize=2048)
def wanted(accept: bytes, otherwise: str = ENGLISH) -> str:
    """The language of ours that somebody wants most.

    Args:
        accept: an Accept-Language header.
        otherwise: where none of ours is in it.
    """
    found: list[tuple[float, int, str]] = []
    for part in accept.decode("latin-1").split(",")[:_TAGS]:
        tag, _, weight = part.strip().partition(";")
        code, liking = ours(tag.strip()), _liking(weight)
        if code and liking:
            found.append((-liking, len(found), code))
    return min(found)[2] if found else ours(otherwise) or ENGLISH


def _liking(weight: str) -> float:
    """`q=0.8` as a number from 0 to 1; nonsense counts as 0."""
    if not weight:
        return 1.0
    try:
        return min(1.0, max(0.0, float(weight.strip().removeprefix("q="))))
    except ValueError:
        return 0.0


def _catalogue(code: str) -> NullTranslations:
    """The words of a language, from the text that translators edit: a few milliseconds' work."""
    if code == ENGLISH:
        return NullTranslations()
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


_reading: ContextVar[Language | None] = ContextVar("reading", default=None)
