"""How old somebody says they are, where a server asks (`signups_min_age`).

The date is looked at and not kept: nothing here is stored, and no caller stores what it gave."""

import re
from datetime import date

from whimbrel.core.words import say

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def fault(born: str, least: int, today: date) -> tuple[str, str] | None:
    """Why somebody may not join: (Mastodon's code, sentence), or None.

    Args:
        born: YYYY-MM-DD, as typed.
        least: years; 0 = nobody is asked.
        today: in UTC.
    """
    if not least:
        return None
    if not born.strip():
        return "ERR_BLANK", say("is needed here.")
    try:
        day = date.fromisoformat(born.strip()) if _DAY.fullmatch(born.strip()) else None
    except ValueError:
        day = None
    if day is None:
        return "ERR_INVALID", say("is not a date.")
    had_birthday = (today.month, today.day) >= (day.month, day.day)
    if today.year - day.year - (not had_birthday) < least:
        return "ERR_BELOW_LIMIT", say("is less than %(years)s years ago.", years=least)
    return None
