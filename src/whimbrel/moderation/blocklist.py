"""Lists of servers that are kept away, as files: taken along, and brought in once somebody saw what
would break.

Source: Mastodon, CSV of domain blocks (`#domain,#severity,#reject_media,...`); GoToSocial, JSON of
domain permissions (`[{"domain": ..., "comment": ...}]`)"""

import csv
import io
from collections.abc import Sequence
from typing import Any, NamedTuple, get_args

import msgspec

from whimbrel.accounts.barred import domain_of
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Invalid
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import eyes
from .queries import servers as queries
from .rules import ServerBlock, Severity, Window, require
from .servers import BlockForm

COLUMNS = ("#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment")
LARGEST = 1 << 20  # bytes
MOST = 5000  # rows
COMMENT_CHARS = 5000
COLUMN_FLAGS = ("reject_media", "reject_reports")
_YES = {"true", "1", "yes", "t"}


class Row(NamedTuple):
    """A line of a file."""

    domain: str
    severity: Severity
    reject_media: bool
    reject_reports: bool
    public_comment: str


class _Entry(msgspec.Struct):
    """A server in JSON."""

    domain: str
    severity: str = "suspend"
    reject_media: bool = False
    reject_reports: bool = False
    public_comment: str | None = None
    comment: str | None = None


_entries = msgspec.json.Decoder(list[_Entry]).decode


class Planned(NamedTuple):
    """What a line would do. `now`: how far away the server is already; it stays so."""

    row: Row
    now: str | None
    people: int  # known
    following: int  # follows of theirs by ours; ended where it is suspended
    followers: int


def read(content: bytes) -> list[Row]:
    """The lines of a file; those that name no server are left out.

    Raises:
        Invalid: no such file, or too many lines.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(say("that is no CSV file")) from error
    found: dict[str, Row] = {}
    for row in _of_json(text) if text.lstrip().startswith("[") else _of_csv(text):
        if row is not None:
            found.setdefault(row.domain, row)
    if not found:
        raise _wrong(say("there is no server in it"))
    return list(found.values())


def _of_json(text: str) -> list[Row | None]:
    try:
        entries = _entries(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _wrong(say("that is no list of servers")) from error
    _refuse_many(entries)
    return [
        _row(
            each.domain,
            each.severity,
            (each.reject_media, each.reject_reports),
            each.public_comment or each.comment or "",
        )
        for each in entries
    ]


def _refuse_many(lines: Sequence[Any]) -> None:
    if len(lines) > MOST:
        raise _wrong(say("at most %(most)s lines", most=MOST))


def _of_csv(text: str) -> list[Row | None]:
    try:
        lines = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error as error:
        raise _wrong(say("that is no CSV file")) from error
    _refuse_many(lines)
    names: list[str] = ["domain", "severity"]
    lines = [line for line in lines if line]
    if lines and "domain" in lines[0][0].lower() and "." not in lines[0][0]:
        names = [each.strip().lstrip("#").lower() for each in lines.pop(0)]
    return [_line(dict(zip(names, line, strict=False))) for line in lines]


def _wrong(said: str) -> Invalid:
    return Invalid(said, {"data": [("ERR_INVALID", said)]})


def _line(said: dict[str, str]) -> Row | None:
    flags = tuple(said.get(name, "").strip().lower() in _YES for name in COLUMN_FLAGS)
    return _row(
        said.get("domain", ""),
        said.get("severity", "").strip(),
        flags,
        said.get("public_comment", ""),
    )


def _row(name: str, severity: Any, flags: Sequence[bool], comment: str) -> Row | None:
    domain, severity = domain_of(name), severity or "suspend"
    if domain is None or "." not in domain or "*" in domain:
        return None
    if severity not in get_args(Severity):
        return None
    media, reports = flags
    return Row(domain, severity, media, reports, tidy(comment)[:COMMENT_CHARS].rstrip())


def write(tx: Tx, viewer: Viewer) -> str:
    """All that are kept away, as a file. Raises Forbidden."""
    require(viewer, Permission.MANAGE_FEDERATION)
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow((*COLUMNS, "#obfuscate"))
    for each in every(tx):
        flags = (each.reject_media, each.reject_reports)
        said = (str(flag).lower() for flag in (*flags, each.obfuscate))
        media, reports, obfuscate = said
        comment = each.public_comment or ""
        lines.writerow((each.domain, each.severity, media, reports, comment, obfuscate))
    return out.getvalue()


def every(tx: Tx) -> list[ServerBlock]:
    """All that are kept away, the first one first."""
    return queries.blocks(tx, Window(0, 1 << 62, MOST * 10, True))[::-1]


def plan(tx: Tx, viewer: Viewer, rows: list[Row]) -> list[Planned]:
    """What these lines would do. Counts rows. Raises Forbidden."""
    require(viewer, Permission.MANAGE_FEDERATION)
    there = {each.domain: each.severity for each in every(tx)}
    known = reach(tx)
    return [Planned(row, there.get(row.domain), *known.get(row.domain, (0, 0, 0))) for row in rows]


def reach(tx: Tx) -> dict[str, tuple[int, int, int]]:
    """By server, with those below it: people known, follows of them, follows by them. Counts
    rows."""
    found: dict[str, tuple[int, int, int]] = {}
    for name, (people, following, followers) in queries.ties(tx).items():
        labels = name.split(".")
        for at in range(len(labels)):
            above = ".".join(labels[at:])
            more = found.get(above, (0, 0, 0))
            found[above] = (more[0] + people, more[1] + following, more[2] + followers)
    return found


def bring(tx: Tx, viewer: Viewer, rows: list[Row]) -> int:
    """Keep those away that are not on the list yet; how many. What costs many follows waits for a
    second person, server by server.

    Raises:
        Forbidden: the viewer's role may not.
    Emits: as `servers.add_block`
    """
    require(viewer, Permission.MANAGE_FEDERATION)
    there = {each.domain for each in every(tx)}
    here = tx.instance
    new = [row for row in rows if row.domain not in there and not here.is_own(row.domain)]
    for row in new:
        eyes.through(tx, viewer, eyes.Block(BlockForm(**row._asdict())))
    return len(new)
