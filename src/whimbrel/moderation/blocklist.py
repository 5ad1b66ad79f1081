"""Lists of servers that are kept away, as files: taken along, and brought in once somebody saw what
would break.

Source: Mastodon, CSV of domain blocks (`#domain,#severity,#reject_media,...`)"""

import csv
import io
from typing import Any, NamedTuple, get_args

from whimbrel.accounts.barred import domain_of
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Invalid
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
        lines = list(csv.reader(io.StringIO(text), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _wrong(say("that is no CSV file")) from error
    if len(lines) > MOST:
        raise _wrong(say("at most %(most)s lines", most=MOST))
    names: list[str] = ["domain", "severity"]
    lines = [line for line in lines if line]
    if lines and "domain" in lines[0][0].lower() and "." not in lines[0][0]:
        names = [each.strip().lstrip("#").lower() for each in lines.pop(0)]
    found: dict[str, Row] = {}
    for line in lines:
        row = _row(dict(zip(names, line, strict=False)))
        if row is not None:
            found.setdefault(row.domain, row)
    if not found:
        raise _wrong(say("there is no server in it"))
    return list(found.values())


def _wrong(said: str) -> Invalid:
    return Invalid(said, {"data": [("ERR_INVALID", said)]})


def _row(said: dict[str, str]) -> Row | None:
    domain = domain_of(said.get("domain", "").strip())
    severity: Any = said.get("severity", "").strip() or "suspend"
    if domain is None or "." not in domain or "*" in domain:
        return None
    if severity not in get_args(Severity):
        return None
    media, reports = (said.get(name, "").strip().lower() in _YES for name in COLUMN_FLAGS)
    return Row(domain, severity, media, reports, said.get("public_comment", "")[:COMMENT_CHARS])


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
    ties = queries.ties(tx)
    planned = []
    for row in rows:
        below = f".{row.domain}"
        some = [each for name, each in ties.items() if name == row.domain or name.endswith(below)]
        counts = [sum(each[at] for each in some) for at in range(3)]
        planned.append(Planned(row, there.get(row.domain), *counts))
    return planned


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
