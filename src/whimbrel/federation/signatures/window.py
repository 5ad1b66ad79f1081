"""When a signature counts: not from the future, not for ever."""

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from .message import BadSignature

MARGIN = 3600  # seconds that clocks may differ by
LIFE = 300  # seconds, where the sender says nothing
LONGEST = 12 * 3600  # seconds, whatever the sender says


def check(made: int, expires: int | None, now: float) -> None:
    """Refuse what is too old or from the future. All in seconds since 1970.

    Raises:
        BadSignature: it is.
    """
    if made > now + MARGIN:
        raise BadSignature("This signature is from the future.")
    ends = made + LIFE if expires is None else min(expires, made + LONGEST)
    if ends + MARGIN < now:
        raise BadSignature("This signature is too old.")


def read_date(text: str) -> int:
    """Seconds since 1970 of an HTTP date.

    Raises:
        BadSignature: it is none.
    """
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise BadSignature("The date of this request cannot be read.") from error
    if at.tzinfo is None or not text.rstrip().endswith(("GMT", "+0000")):
        raise BadSignature("The date of this request has no time zone.")
    return int(at.timestamp())


def write_date(now: float) -> str:
    """The HTTP date of a moment."""
    return format_datetime(datetime.fromtimestamp(int(now), UTC), usegmt=True)
