"""Dates and times as people write them in letters, in the languages of the house. Only whole forms:
`we may` is no month and `we` no weekday."""

import re
from bisect import bisect
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

import msgspec
from babel import Locale

LANGUAGES = ("en", "de", "fr", "es", "ar", "ja")
_ZONES = {  # hours from UTC of the names that American and European letters use
    **dict.fromkeys(("utc", "gmt", "z", "wet"), 0.0),
    **dict.fromkeys(("bst", "cet", "mez"), 1.0),
    **dict.fromkeys(("cest", "mesz", "eet", "sast"), 2.0),
    "msk": 3.0,
    "ist": 5.5,
    "sgt": 8.0,
    "hkt": 8.0,
    "jst": 9.0,
    "aest": 10.0,
    "aedt": 11.0,
    "est": -5.0,
    "edt": -4.0,
    "et": -4.0,
    "cst": -6.0,
    "cdt": -5.0,
    "ct": -5.0,
    "mst": -7.0,
    "mdt": -6.0,
    "pst": -8.0,
    "pdt": -7.0,
    "pt": -7.0,
}
_OF_A_DAY = (time(), time(17), time(23, 59))  # without a time: the first of these to come
_DAYS = {  # from today
    **dict.fromkeys(("today", "heute", "aujourd'hui", "aujourd’hui", "hoy", "اليوم", "今日"), 0),
    **dict.fromkeys(("tomorrow", "morgen", "demain", "mañana", "غدًا", "明日"), 1),
}


def _names(kind: str) -> dict[str, int]:
    """What months (from 1) or days of the week (Monday = 0) are called, long and short."""
    found: dict[str, int] = {}
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for number, name in getattr(Locale(language), kind)["format"][width].items():
                key = name.casefold().rstrip(".")
                if len(key) > 2 and not key[0].isdigit():  # 1月 is read with its day
                    found.setdefault(key, number)
    return {**found, "sept": 9} if kind == "months" else found


def _any(words: Iterator[str] | dict[str, int]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_MONTHS, _WEEKDAYS = _names("months"), _names("days")
_ZONE = rf"(?:\s*\(?(?P<zone>{_any(iter(_ZONES))}|(?:utc|gmt)?\s?[+-]\d{{1,2}}:?(?:\d\d)?)\b\)?)?"
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:(?::|h|時)(?P<minute>\d\d)?(?::\d\d(?:\.\d+)?)?|(?=\s?[ap]\.?m|\s?uhr|\s?h\b))"
    r"\s?(?P<half>[ap]\.?m\b\.?)?(?:uhr\b|h\b|分)?" + _ZONE
)
_TIME_BEHIND = re.compile(rf"[\s,]*+(?:at|um|by|à|a las|,|T|kl\.?|الساعة)?\s*{_CLOCK}", re.I)
_TIME_BEFORE = re.compile(rf"{_CLOCK}[\s,]*(?:on|am|le|el|of|den|,)?\s*(?:the\s)?$", re.I)
_TIME_ALONE = re.compile(rf"(?<![\w:.]){_CLOCK}(?![\w:])", re.I)
_MONTH = rf"(?P<month>{_any(_MONTHS)})\.?"
_YEAR = r"(?:(?:\s+|,\s*|\s*/\s*|\sde\s|\sdel\s)(?P<year>20\d\d))?(?!\w)"
_DATE = re.compile(
    r"(?=\w)(?:"  # none begins otherwise
    + "|".join(
        re.sub(r"\(\?P<(\w+)>", rf"(?P<\g<1>{form}>", pattern)
        for form, pattern in enumerate(
            (
                r"(?<!\d)(?P<year>20\d\d)-(?P<number>\d\d)-(?P<day>\d\d)(?!\d)",
                r"(?<!\d)(?P<year>20\d\d)年(?P<number>\d{1,2})月(?P<day>\d{1,2})日",
                r"(?<!\d)(?P<number>\d{1,2})月(?P<day>\d{1,2})日",
                r"(?<![\d.])(?P<day>\d{1,2})\.(?P<number>\d{1,2})\.(?P<year>20\d\d)(?!\d)",
                r"(?<![\d/])(?P<either>\d{1,2})/(?P<other>\d{1,2})/(?P<year>20\d\d)(?!\d)",
                rf"(?<!\w){_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?{_YEAR}",
                rf"(?<!\w)(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s+(?:of\s|de\s)?{_MONTH}{_YEAR}",
                rf"(?<!\w)(?P<relative>{_any(_DAYS)})(?!\w)",
                rf"(?<!\w)(?P<weekday>{_any(_WEEKDAYS)})(?!\w)",
            )
        )
    )
    + ")",
    re.I,
)
_LEAD = re.compile(rf"(?:{_any(_WEEKDAYS)})\.?,?\s*(?:the\s|den\s|dem\s|le\s|el\s)?$", re.I)


class Written(msgspec.Struct, frozen=True):
    """A moment, and where in the text it is written."""

    start: int
    end: int
    at: datetime


def find(text: str, now: datetime) -> Iterator[Written]:
    """The moments of this text. What has no year is the next such day; what has no time begins with
    its day, or today is the end of business; what has no zone is in the zone of `now`."""
    taken = 0
    for match in _DATE.finditer(text):
        said = {
            name.rstrip("0123456789"): value
            for name, value in match.groupdict().items()
            if value is not None
        }
        start, end = _with_weekday(text, match.start(), taken), match.end()
        if "weekday" in said and _LEAD.search(text[start:end] + " ") and _date_follows(text, end):
            continue
        behind, before = _TIME_BEHIND.match(text, end), None
        if behind is None:
            before = _TIME_BEFORE.search(text[max(taken, start - 40) : start])
        clock = behind or before
        if behind is not None:
            end = behind.end()
        if before is not None:
            start = max(taken, start - 40) + before.start()
        for day in _days(said, now):
            if (at := _at(day, clock, now)) is not None:
                yield Written(start, end, at)
        taken = end
    yield from _times(text, now)


def _with_weekday(text: str, start: int, taken: int) -> int:
    lead = _LEAD.search(text[max(taken, start - 30) : start])
    return start if lead is None else max(taken, start - 30) + lead.start()


def _date_follows(text: str, at: int) -> bool:
    """Whether this weekday only names the day of a date behind it."""
    match = _DATE.search(text, at)
    return match is not None and match.start() - at <= 8


def _days(said: dict[str, str], now: datetime) -> Iterator[date]:
    today = now.date()
    if "relative" in said:
        yield today + timedelta(days=_DAYS[said["relative"].casefold()])
    elif "weekday" in said:
        ahead = (_WEEKDAYS[said["weekday"].casefold()] - today.weekday()) % 7
        yield today + timedelta(days=ahead)
    elif "either" in said:  # the one order or the other
        pairs = {(said["either"], said["other"]), (said["other"], said["either"])}
        for month, day in sorted(pairs):
            yield from _on(int(said["year"]), int(month), int(day))
    else:
        name = said.get("month", "").casefold().rstrip(".")
        month_number = int(said["number"]) if "number" in said else _MONTHS[name]
        years = [int(said["year"])] if "year" in said else [today.year, today.year + 1]
        for year in years:
            found = list(_on(year, month_number, int(said["day"])))
            if found and (len(years) == 1 or found[0] >= today):
                yield found[0]
                return


def _on(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:  # 31 February, or the thirteenth month: no date at all
        return


def _at(day: date, clock: re.Match[str] | None, now: datetime) -> datetime | None:
    """That day at that time; None where it is no time."""
    if clock is None:
        moments = (datetime.combine(day, at, now.tzinfo) for at in _OF_A_DAY)
        return next((at for at in moments if at > now), None)
    hour, minute = int(clock["hour"]), int(clock["minute"] or 0)
    half = (clock["half"] or "")[:1].lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    midnight = datetime.combine(day, time(), _zone(clock["zone"], now))
    return midnight + timedelta(hours=hour, minutes=minute)


def _zone(name: str | None, now: datetime) -> tzinfo | None:
    if name is None:
        return now.tzinfo
    known = name.strip().casefold()
    if known in _ZONES:
        return timezone(timedelta(hours=_ZONES[known]))
    digits = re.sub(r"[^\d+-]", "", known)
    hours, minutes = int(digits[1:3].ljust(1, "0")), int(digits[3:5] or 0)
    span = timedelta(hours=hours, minutes=minutes)
    if span >= timedelta(hours=24):
        return UTC
    return timezone(-span if digits.startswith("-") else span)


def _times(text: str, now: datetime) -> Iterator[Written]:
    """Times without a date: the next such moment."""
    dates = [match.span() for match in _DATE.finditer(text)]
    for match in _TIME_ALONE.finditer(text):
        near = dates[max(0, bisect(dates, match.span()) - 1) :][:2]
        if any(begin - 40 <= match.start() <= end + 12 for begin, end in near):
            continue
        at = _at(now.date(), match, now)
        if at is not None:
            yield Written(*match.span(), at if at > now else at + timedelta(days=1))
