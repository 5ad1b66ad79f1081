"""The numbers on a moderator's front page: how much, of what kinds, and who stays.

Spans are cut to `LONGEST` days, so that nobody counts the whole history by a slip."""

import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from whimbrel import __version__
from whimbrel.accounts.barred import domain_of
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Invalid
from whimbrel.core.ids import iso
from whimbrel.core.text import tag_key
from whimbrel.core.tx import Tx
from whimbrel.posts.queries.tags import ids_of

from .queries import measures as queries
from .queries.measures import DAY
from .rules import require

LONGEST = 366  # days
MOST_KINDS = 100
_EPOCH = date(1970, 1, 1)
_INSTANCE = ("accounts", "statuses", "reports", "follows", "followers")
MEASURES = (
    *("active_users", "new_users", "interactions", "opened_reports", "resolved_reports"),
    *("tag_accounts", "tag_uses", "tag_servers"),
    *(f"instance_{name}" for name in _INSTANCE),
)
DIMENSIONS = (
    *("languages", "servers", "space_usage", "software_versions"),
    *("tag_servers", "tag_languages", "instance_accounts", "instance_languages"),
)


class Asked(msgspec.Struct, kw_only=True):
    """What an app asks for. Of one tag or server is told under the measure's own name."""

    keys: list[str] = msgspec.field(default_factory=list)
    start_at: datetime | None = None
    end_at: datetime | None = None
    limit: int = 10
    frequency: str = "day"
    which: dict[str, Any] = msgspec.field(default_factory=dict)


def measures(tx: Tx, viewer: Viewer, asked: Asked) -> list[dict[str, Any]]:
    """How much there was of each, day by day, and in as many days before. Unknown ones are left
    out.

    Raises:
        Forbidden: the viewer's role may not.
        Invalid: no span of days.
    Source: Mastodon REST API, POST /api/v1/admin/measures
    """
    require(viewer, Permission.VIEW_DASHBOARD)
    first, last = _days(asked)
    begin = 2 * first - last - 1  # as many days before
    found = queries.together(tx, asked.keys, begin, last)
    for key in set(asked.keys) & set(MEASURES) - set(found):
        which = _which(tx, key, asked)
        if which is not None:
            found[key] = queries.per_day(tx, key, begin, last, **which)
    wanted = (key for key in dict.fromkeys(asked.keys) if key in found)
    return [_measure(key, first, last, found[key]) for key in wanted]


def _measure(key: str, first: int, last: int, counts: queries.Counts) -> dict[str, Any]:
    before = sum(count for day, count in counts.items() if day < first)
    here = {day: counts.get(day, 0) for day in range(first, last + 1)}
    return {
        "key": key,
        "unit": None,
        "total": str(sum(here.values())),
        "previous_total": str(before),
        "data": [{"date": iso(day * DAY), "value": str(count)} for day, count in here.items()],
    }


def dimensions(tx: Tx, viewer: Viewer, asked: Asked) -> list[dict[str, Any]]:
    """What kinds there are of each, the commonest first. Where people signed up is not recorded,
    so `sources` is left out like any unknown one.

    Raises: as `measures`.
    Source: Mastodon REST API, POST /api/v1/admin/dimensions
    """
    require(viewer, Permission.VIEW_DASHBOARD)
    first, last = _days(asked)
    most = max(1, min(asked.limit, MOST_KINDS))
    found = []
    for key in dict.fromkeys(asked.keys):
        which = _which(tx, key, asked) if key in DIMENSIONS else None
        if key == "space_usage":
            found.append({"key": key, "data": _space(tx)})
        elif key == "software_versions":
            data = versions(tx.engine, queries.database_version(tx))
            found.append({"key": key, "data": data})
        elif which is not None:
            rows = queries.kinds(tx, key, first, last, most, **which)
            found.append({"key": key, "data": [_kind(tx, key, *row) for row in rows]})
    return found


def _kind(tx: Tx, key: str, kind: str | None, count: int) -> dict[str, Any]:
    unknown = "und" if key.endswith("languages") else tx.instance.domain
    said = unknown if kind is None else kind
    return {"key": said, "human_key": said, "value": str(count)}


def _space(tx: Tx) -> list[dict[str, Any]]:
    kinds = (
        (tx.engine, "Database", queries.database_bytes(tx)),
        ("media", "Media", queries.media_bytes(tx)),
    )
    return [
        {
            "key": key,
            "human_key": name,
            "value": str(size),
            "unit": "bytes",
            "human_value": f"{size / 2**20:.1f} MB",
        }
        for key, name, size in kinds
    ]


def versions(engine: str, database: str) -> list[dict[str, Any]]:
    """What runs here; `database`: the version of `engine`."""
    kinds = (
        ("whimbrel", "Whimbrel", __version__),
        ("python", "Python", platform.python_version()),
        (engine, "Database", database),
    )
    return [
        {"key": key, "human_key": name, "value": version, "human_value": version}
        for key, name, version in kinds
    ]


def _which(tx: Tx, key: str, asked: Asked) -> dict[str, Any] | None:
    """Of which tag or server a measure is; None where it should be said and is not."""
    if not key.startswith(("tag_", "instance_")):
        return {}
    given = asked.which.get(key)
    given = given if isinstance(given, dict) else {}
    if key.startswith("tag_"):
        return _tag(tx, str(given["id"])) if "id" in given else None
    domain = domain_of(str(given.get("domain", "")))
    return {"domain": domain} if domain else None


def _tag(tx: Tx, name: str) -> dict[str, Any]:
    """A tag goes by its name here, in Mastodon's `id` too. Of what is none there is nothing."""
    word = tag_key(name)
    return {"tag": ids_of(tx, [word]).get(word, 0)}


def _days(asked: Asked) -> tuple[int, int]:
    """The first and the last day, as numbers since 1970."""
    if asked.start_at is None or asked.end_at is None:
        raise Invalid("start_at and end_at are needed.")
    first, last = (_day(each) for each in (asked.start_at, asked.end_at))
    if not 0 <= first <= last:
        raise Invalid("start_at must lie before end_at.")
    return max(first, last - LONGEST + 1), last


def _day(at: datetime) -> int:
    known = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (known.astimezone(UTC).date() - _EPOCH).days


# --- who stays ----------------------------------------------------------------------------------


def retention(tx: Tx, viewer: Viewer, asked: Asked) -> list[dict[str, Any]]:
    """Of those who joined in each day or month: how many were still here in each that followed.

    Raises: as `measures`; Invalid: neither by day nor by month.
    Source: Mastodon REST API, POST /api/v1/admin/retention
    """
    require(viewer, Permission.VIEW_DASHBOARD)
    if asked.frequency not in ("day", "month"):
        raise Invalid("Unknown frequency: day or month.")
    first, last = _days(asked)
    periods = list(_periods(first, last, asked.frequency))
    found = queries.cohorts(tx, periods[0], last)
    return [
        _cohort(
            begin, periods[at:], (periods[at + 1] if at + 1 < len(periods) else last + 1), found
        )
        | {"frequency": asked.frequency}
        for at, begin in enumerate(periods)
    ]


def _cohort(
    begin: int, periods: Sequence[int], end: int, found: Sequence[tuple[int, int, int]]
) -> dict[str, Any]:
    theirs = [(seen, count) for joined, seen, count in found if begin <= joined < end]
    size = sum(count for _, count in theirs)
    data = []
    for period in periods:
        stayed = sum(count for seen, count in theirs if seen >= period)
        rate = stayed / size if size else 0.0
        data.append({"date": iso(period * DAY), "rate": rate, "value": str(stayed)})
    return {"period": iso(begin * DAY), "data": data}


def _periods(first: int, last: int, frequency: str) -> Iterator[int]:
    """The first day of each period."""
    if frequency == "day":
        yield from range(first, last + 1)
        return
    at = (_EPOCH + timedelta(days=first)).replace(day=1)
    while (number := (at - _EPOCH).days) <= last:
        yield number
        at = (at + timedelta(days=32)).replace(day=1)
