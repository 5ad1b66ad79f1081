"""By when a letter wants something: every moment it may mean, the earliest first. A person confirms
which; none is taken on a program's word. Where a phrase leaves it open, the earlier moment
counts."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from . import dates

MOST = 20
FURTHEST = timedelta(days=366)
_AROUND = 90  # characters of the letter that are shown with a moment

# Words that make of a span or a date a deadline, before it ...
_BEFORE = re.compile(
    r"(?<!\w)(?:(?:by )?(?:the )?(?:end|close) of (?:day|business)|eod|cob|within|in the next"
    r"|inside of|not? later than|by|before|until|till|up to|due(?: on| by)?|deadline(?: is| of)?"
    r"|expires?(?: on| at)?|effective|at the latest|on or before"
    r"|innerhalb(?: von)?|binnen|bis(?: zum| spätestens)?|spätestens(?: am| bis)?|vor dem|frist"
    r"|sous|dans(?: un délai de| les)?|avant|d['’]ici(?: au)?|au plus tard|délai"
    r"|en(?: un plazo de)?|dentro de|antes del?|a más tardar|hasta|plazo"
    r"|خلال|قبل|في غضون|في موعد أقصاه)(?!\w)\W{0,4}(?:the |den |le |el |a |an )?$",
    re.I,
)
# ... or behind it.
_BEHIND = re.compile(r"^[\s]*(?:以内|までに?|deadline|notice|frist\b|of receipt|of this)", re.I)
_PAST = re.compile(
    r"(?<!\w)(?:last|past|previous|ago|letzten|vergangenen|derniers|dernières|últim[oa]s|seit)"
    r"(?!\w)\W{0,3}(?:the )?$|過去$",
    re.I,
)
_AGO = re.compile(r"^\s*(?:ago|earlier|old|前)\b", re.I)
_NUMBERS = {
    **dict.fromkeys(("one", "an", "a", "einer", "einem", "une", "un", "una"), 1),
    **dict.fromkeys(("two", "zwei", "zweier", "deux", "dos"), 2),
    **dict.fromkeys(("three", "drei", "trois", "tres"), 3),
    **dict.fromkeys(("four", "vier", "quatre", "cuatro"), 4),
    **dict.fromkeys(("five", "fünf", "cinq", "cinco"), 5),
    **dict.fromkeys(("six", "sechs", "seis"), 6),
    **dict.fromkeys(("seven", "sieben", "sept", "siete"), 7),
    **dict.fromkeys(("ten", "zehn", "dix", "diez"), 10),
    **dict.fromkeys(("twelve", "zwölf", "douze", "doce"), 12),
    **dict.fromkeys(("fourteen", "vierzehn", "quatorze", "catorce"), 14),
    **dict.fromkeys(("twenty-four", "twenty four", "vierundzwanzig", "vingt-quatre"), 24),
    **dict.fromkeys(("thirty", "dreißig", "trente", "treinta"), 30),
    **dict.fromkeys(("forty-eight", "forty eight", "achtundvierzig", "quarante-huit"), 48),
    **dict.fromkeys(("seventy-two", "seventy two", "zweiundsiebzig", "soixante-douze"), 72),
}
_UNITS = {
    timedelta(minutes=1): ("minutes?", "mins?", "minuten?", "minutos?", "分", "دقائق", "دقيقة"),
    timedelta(hours=1): (
        *("hours?", "hrs?", "h", "stunden?", "std", "heures?", "horas?", "時間", "ساعات", "ساعة"),
    ),
    timedelta(days=1): (
        *(
            "days?",
            "tage?n?",
            "werktage?n?",
            "jours?",
            "días?",
            "日",
            "営業日",
            "أيام",
            "يومًا",
            "يوم",
        ),
    ),
    timedelta(weeks=1): ("weeks?", "wochen?", "semaines?", "semanas?", "週間", "أسابيع", "أسبوع"),
}
_SPAN = re.compile(
    rf"(?<![\w.,])(\d{{1,4}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})(?:[\s]*\(\d+\))?"
    r"[\s-]*(?:(?:business|working|calendar|full|ouvrés|hábiles)[\s]+)?"
    rf"({'|'.join(word for words in _UNITS.values() for word in words)})(?![a-zäöüáéíóú])",
    re.I,
)


class Moment(msgspec.Struct, frozen=True):
    """A moment that a letter may mean."""

    due: datetime  # UTC
    words: str  # of the letter, on one line, that say so


def find(text: str, received: datetime) -> list[Moment]:
    """The moments after `received` that this text names as a limit, the earliest first.

    Args:
        received: with the zone of whoever wrote, where that is known: dates without one are theirs.
    """
    found: dict[datetime, Moment] = {}
    for start, end, due in (*_spans(text, received), *_dates(text, received)):
        if received < due <= received + FURTHEST:
            utc = due.astimezone(UTC)
            found.setdefault(utc, Moment(utc, _shown(text, start, end)))
    return sorted(found.values(), key=lambda moment: moment.due)[:MOST]


def _spans(text: str, received: datetime) -> Iterator[tuple[int, int, datetime]]:
    for match in _SPAN.finditer(text):
        before, behind = text[max(0, match.start() - 40) : match.start()], text[match.end() :][:20]
        if _PAST.search(before) or _AGO.match(behind):
            continue
        if not (_BEFORE.search(before) or _BEHIND.match(behind)):
            continue
        number = _NUMBERS.get(match[1].casefold()) or int(match[1])
        yield *match.span(), received + number * _unit(match[2])


def _unit(word: str) -> timedelta:
    return next(unit for unit, words in _UNITS.items() if re.fullmatch("|".join(words), word, re.I))


def _dates(text: str, received: datetime) -> Iterator[tuple[int, int, datetime]]:
    for written in dates.find(text, received):
        before = text[max(0, written.start - 40) : written.start]
        if _BEFORE.search(before) or _BEHIND.match(text[written.end :][:20]):
            yield written.start, written.end, written.at


def _shown(text: str, start: int, end: int) -> str:
    """The words, with what is around them; whole words only."""
    half = _AROUND // 2
    before, behind = text[max(0, start - half) : start], text[end : end + half]
    if start > half:
        before = before.partition(" ")[2]
    if len(text) > end + half:
        behind = behind.rpartition(" ")[0]
    return " ".join(f"{before}{text[start:end]}{behind}".split())
