"""Lists of people and posts as files (CSV), written and read the way Mastodon does. Who they are
and what becomes of them is none of our business."""

import csv
import io
from collections.abc import Iterable
from typing import Literal, get_args

from whimbrel.core.errors import Invalid

Kind = Literal["follows", "mutes", "blocks", "domain_blocks", "lists", "bookmarks", "filters"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Row = tuple[str, ...]

MOST = 20_000  # rows of a file
LONGEST = 1000  # characters of a cell

# What Mastodon calls the files.
FILES: dict[Kind, str] = {
    "follows": "following_accounts",
    "mutes": "muted_accounts",
    "blocks": "blocked_accounts",
    "domain_blocks": "blocked_domains",
    "lists": "lists",
    "bookmarks": "bookmarks",
    "filters": "filters",
}
# As Mastodon writes them: some without a first line that names the columns. Filters it does not.
HEADERS: dict[Kind, Row] = {
    "follows": ("Account address", "Show boosts", "Notify on new posts", "Languages"),
    "mutes": ("Account address", "Hide notifications"),
    "blocks": (),
    "domain_blocks": (),
    "lists": (),
    "bookmarks": (),
    "filters": ("Title", "Keyword", "Whole word", "Context", "Action", "Until"),
}
# The columns we look for, in our order, and what each is called where there is a first line.
_COLUMNS: dict[Kind, Row] = {
    **HEADERS,
    "blocks": ("Account address",),
    "domain_blocks": ("#domain",),
    "lists": ("List name", "Account address"),
    "bookmarks": ("#uri",),
}
_NEEDED: dict[Kind, int] = {"lists": 2, "filters": 2}


def write(kind: Kind, rows: Iterable[Row]) -> bytes:
    """A file of these rows."""
    return table(HEADERS[kind], rows)


def table(header: Row, rows: Iterable[Row]) -> bytes:
    """A file of these rows under `header`, where there is any."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if header:
        writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def read(kind: Kind, content: bytes) -> list[Row]:
    """The rows of a file, each once, with the columns of its kind; empty where one is missing.

    Raises:
        Invalid: no such file, empty, or too long.
    """
    try:
        text = content.decode("utf-8-sig")
        found = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text))]
    except (UnicodeDecodeError, csv.Error):
        raise _wrong("this is not a CSV file") from None
    if "\0" in text:
        raise _wrong("this is not a CSV file")
    rows = [row for row in found if any(row)]
    places = _places(kind, rows[0] if rows else [])
    if places is None:
        places = list(range(len(_COLUMNS[kind])))
    else:
        rows = rows[1:]
    read_ = dict.fromkeys(tuple(_cell(row, place) for place in places) for row in rows)
    needed = _NEEDED.get(kind, 1)
    whole = [row for row in read_ if all(row[:needed])]
    if not whole:
        raise _wrong("there is nobody in this file")
    if len(whole) > MOST:
        raise _wrong(f"a file has at most {MOST:,} lines")
    return whole


def _places(kind: Kind, first: list[str]) -> list[int] | None:
    """Where our columns stand by the names in the first line; None where it names none."""
    names = {name.casefold().removeprefix("#"): at for at, name in enumerate(first)}
    wanted = [name.casefold().removeprefix("#") for name in _COLUMNS[kind]]
    if wanted[0] not in names:
        return None
    return [names.get(name, -1) for name in wanted]


def _cell(row: list[str], place: int) -> str:
    return row[place][:LONGEST] if 0 <= place < len(row) else ""


def flag(cell: str, otherwise: bool) -> bool:
    """What a cell says: true or false."""
    return {"true": True, "1": True, "false": False, "0": False}.get(cell.lower(), otherwise)


def _wrong(said: str) -> Invalid:
    return Invalid(f"Validation failed: Data {said}", {"data": [("ERR_INVALID", said)]})
