"""Notifications in groups, as version 2 of the API tells them: twelve people who like a post are
one line. A page is read row by row until it has its groups; what is older in them is counted."""

from collections.abc import Sequence
from typing import Any

import msgspec

from whimbrel.accounts import serialize as faces
from whimbrel.accounts.rules import Viewer
from whimbrel.core.cache import Cache
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import iso
from whimbrel.core.tx import Tx
from whimbrel.posts import serialize
from whimbrel.posts.queries import PLAIN, full_card

from . import extra, matching
from .queries import groups as queries
from .queries import single
from .queries.groups import SAMPLES, Rest, Row
from .rules import SPAN, Group, Wanted, Window, group_key
from .serialize import Shown, by_post, told_in

REACH = 3  # rows that are read for each group that is wanted, at first
FURTHEST = 2000  # rows, after which a page is told with the groups it has
MEMBERS = 400  # people of one group
CACHE_BYTES = 8 << 20

# By all that a page is made of: cards and stamps change with whatever they stand for.
_pages: Cache[bytes] = Cache(CACHE_BYTES, len, lambda key, made, gone: gone.in_bytes(made))


class Line:
    """A group on a page, or one notification that is in none."""

    __slots__ = ("alone", "card", "kind", "many", "newest", "older", "oldest", "people", "post")

    def __init__(self, row: Row, alone: bool) -> None:
        self.newest, self.kind, self.post, self.card = row[0], row[1], row[4], row[4:]
        self.alone = alone
        self.oldest = self.newest
        self.many, self.older = 1, 0  # on this page, and under it
        self.people = [row[2:4]]  # newest first

    @property
    def group(self) -> Group:
        """What it is a part of."""
        if self.alone:
            return Group("", self.post, self.newest, self.newest + 1)
        return Group(self.kind, self.post, *queries.span(self.newest))

    @property
    def key(self) -> str:
        """What apps call it."""
        return group_key("" if self.alone else self.kind, self.post, self.newest)

    def add(self, row: Row) -> None:
        """One more, older than all before."""
        self.oldest = row[0]
        self.many += 1
        if len(self.people) < SAMPLES:
            self.people.append(row[2:4])

    def extend(self, rest: Rest) -> None:
        """And what is older than the page."""
        self.older += rest.many
        room = SAMPLES - len(self.people)
        self.people += [row[2:4] for row in rest.rows[:room]]


class Page(msgspec.Struct, frozen=True):
    """Lines, newest first, and the ids between which they were read."""

    lines: tuple[Line, ...]
    newest: int
    oldest: int


def _until(rows: Sequence[Row], most: int, grouped: Sequence[str]) -> Sequence[Row]:
    """The first of `rows`, as far as they make no more than `most` groups."""
    met: set[Any] = set()
    for at, row in enumerate(rows):
        mark = _mark(row, row[1] not in grouped)
        if mark not in met and len(met) == most:
            return rows[:at]
        met.add(mark)
    return rows


def _mark(row: Row, alone: bool) -> Any:
    """Equal for those of a group; quicker made than its `Group`."""
    return row[0] if alone else (row[1], row[4], row[0] // SPAN)


def _lines(rows: Sequence[Row], grouped: Sequence[str], most: int = FURTHEST) -> list[Line]:
    """The groups of `rows`, as far as they are no more than `most`.

    Args:
        rows: newest first.
    """
    lines: dict[Any, Line] = {}
    for row in rows:
        id_, kind = row[:2]
        alone = kind not in grouped
        mark = id_ if alone else (kind, row[4], id_ // SPAN)  # as `_mark`, at less cost
        line = lines.get(mark)
        if line is not None:
            line.add(row)
        elif len(lines) == most:
            break
        else:
            lines[mark] = Line(row, alone)
    return list(lines.values())


def _read(tx: Tx, viewer: Viewer, window: Window, wanted: Wanted) -> Page | None:
    """A page of groups; None when nothing is there."""
    reach = window.most * REACH
    while True:
        rows = told_in(tx, viewer, window._replace(most=reach), wanted)
        newest_first: Sequence[Row] = rows
        if window.ascending:
            newest_first = _until(rows[::-1], window.most, wanted.grouped)[::-1]
        lines = _lines(newest_first, wanted.grouped, window.most)
        taken = sum(line.many for line in lines)
        if taken < len(rows) or len(rows) < reach or reach >= FURTHEST:
            break
        reach = min(reach * 6, FURTHEST)
    if not lines:
        return None
    newest, oldest = newest_first[0][0], newest_first[taken - 1][0]
    ended = taken == len(rows) < reach
    _complete(tx, viewer, lines, window.low + 1 if ended or window.ascending else oldest, wanted)
    return Page(tuple(lines), newest, oldest)


def _complete(tx: Tx, viewer: Viewer, lines: list[Line], below: int, wanted: Wanted) -> None:
    """Count what groups have under `below`, where the page ends."""
    last = below // SPAN  # whatever is of a later half day is whole
    open_ = {line.group: line for line in lines if not line.alone and line.oldest // SPAN == last}
    if open_ and below > 1:
        for group, rest in queries.rest(tx, viewer.id, list(open_), below, wanted.actor).items():
            open_[group].extend(rest)


# --- as apps read it ------------------------------------------------------------------------------


def page(tx: Tx, viewer: Viewer, window: Window, wanted: Wanted, partial: bool) -> Shown:
    """Groups of what the viewer was told, newest first.

    Args:
        partial: of people beside the newest of each group only what a row of pictures needs.
    Source: Mastodon REST API, GET /api/v2/notifications
    """
    found = _read(tx, viewer, window, wanted)
    if found is None:
        return Shown(_result(tx, viewer, (), (), partial), None, None, 0)
    cards = {line.post: line.card for line in found.lines if line.post is not None}
    told = [(*full_card(*card[:PLAIN]), *card[PLAIN:]) for card in cards.values()]
    body = _result(tx, viewer, found.lines, told, partial)
    return Shown(body, found.newest, found.oldest, len(found.lines))


def one(tx: Tx, viewer: Viewer, group: Group | None) -> bytes:
    """One group, in the form of a page. Raises NotFound.

    Source: Mastodon REST API, GET /api/v2/notifications/:group_key
    """
    lines: list[Line] = []
    if group is not None and group.kind:
        for found, rest in queries.rest(tx, viewer.id, [group], group.high).items():
            line = Line(rest.rows[0], alone=not found.kind)
            line.extend(Rest(0, rest.oldest, rest.rows[1:]))
            line.oldest, line.many = rest.oldest, rest.many
            lines.append(line)
    elif group is not None:
        lines = _lines(queries.members(tx, viewer.id, group, 1), ())
    cards = single.cards_of(tx, viewer, [line.post for line in lines if line.post is not None])
    lines = [line for line in lines if line.post is None or cards]
    if not lines:
        raise NotFound
    return _result(tx, viewer, lines, cards, False)


def people(tx: Tx, viewer: Viewer, group: Group | None) -> bytes:
    """Everybody of a group, newest first. Raises NotFound.

    Source: Mastodon REST API, GET /api/v2/notifications/:group_key/accounts
    """
    rows = [] if group is None else queries.members(tx, viewer.id, group, MEMBERS)
    posts = {row[4] for row in rows if row[4] is not None}
    if not rows or (posts and not single.cards_of(tx, viewer, posts)):
        raise NotFound
    found = faces.finished(tx, [row[2:4] for row in rows])
    ids = dict.fromkeys(row[2] for row in rows)
    return b"[%b]" % b",".join(found[id_] for id_ in ids if id_ in found)


def dismiss(tx: Tx, viewer: Viewer, group: Group | None) -> None:
    """Remove the notifications of a group; nothing is wrong where nothing was.

    Source: Mastodon REST API, POST /api/v2/notifications/:group_key/dismiss
    """
    if group is not None:
        queries.dismiss(tx, viewer.id, group)


def unread(tx: Tx, viewer: Viewer, most: int, wanted: Wanted) -> int:
    """How many groups are newer than the viewer's marker, up to `most`.

    Source: Mastodon REST API, GET /api/v2/notifications/unread_count
    """
    window = Window(low=queries.last_read(tx, viewer.id), most=FURTHEST)
    rows = queries.scan(tx, viewer.id, window, wanted)
    lines = _lines(rows, wanted.grouped)
    posts = {line.post for line in lines if line.post is not None}
    seen = {card[0] for card in single.cards_of(tx, viewer, posts)}
    many = sum(line.post is None or line.post in seen for line in lines)
    return min(many, most)


def _result(
    tx: Tx, viewer: Viewer, lines: Sequence[Line], cards: Sequence[Any], partial: bool
) -> bytes:
    """Mastodon's GroupedNotificationsResults.

    Args:
        cards: of all that the lines are about, with the revision of the filters behind.
    """
    known = _known(lines, cards, partial)
    done = _pages.get(known)
    if done is not None:
        return done
    keys = [key for line in lines for key in line.people]
    serialize.warm(tx, cards, keys)
    statuses = by_post(tx, viewer, cards)
    everybody = faces.finished(tx, keys)
    lines = [line for line in lines if line.post is None or line.post in statuses]
    more = extra.of(tx, [(line.newest, line.kind) for line in lines])
    told = b",".join(_line(line, everybody, more.get(line.newest)) for line in lines)
    full, others = _split(lines, everybody, partial)
    pictures = (b',"partial_accounts":', serialize.array(others)) if partial else ()
    body = b"".join(
        (
            *(b'{"accounts":', serialize.array(full)),
            *(b',"statuses":', serialize.array(statuses.values())),
            *(b',"notification_groups":[', told, b"]", *pictures, b"}"),
        )
    )
    of = matching.of(tx, viewer.id, cards[0][-1], "notifications") if cards else None
    if not more and of is None and not tx.wrote and all(map(serialize.lasts, cards)):
        _pages.put(known, body)
    return body


def _known(lines: Sequence[Line], cards: Sequence[Any], partial: bool) -> tuple[Any, ...]:
    """All that the bytes of a page depend on, as long as no clock runs in it."""
    told = (
        (line.kind, line.post, line.newest, line.oldest, line.many, line.older, *line.people)
        for line in lines
    )
    return (partial, *cards, *told)


def _line(line: Line, everybody: dict[int, bytes], more: bytes | None) -> bytes:
    sample = [str(id_) for id_, _ in line.people if id_ in everybody]
    said: dict[str, Any] = {
        "group_key": line.key,
        "notifications_count": line.many + line.older,
        "type": line.kind,
        "most_recent_notification_id": line.newest,
        "page_min_id": str(line.oldest),
        "page_max_id": str(line.newest),
        "latest_page_notification_at": iso(line.newest >> 16),
        "sample_account_ids": list(dict.fromkeys(sample)),
    }
    if line.post is not None:
        said["status_id"] = str(line.post)
    made = msgspec.json.encode(said)
    return made if not more else made[:-1] + b"," + more + b"}"


class _Picture(msgspec.Struct):
    """What of an account a row of pictures needs (Mastodon's PartialAccountWithAvatar)."""

    id: str
    acct: str
    url: str
    avatar: str
    avatar_static: str
    locked: bool
    bot: bool


_picture = msgspec.json.Decoder(_Picture).decode


def _split(
    lines: Sequence[Line], everybody: dict[int, bytes], partial: bool
) -> tuple[list[bytes], list[bytes]]:
    """Who is told whole, and who in part."""
    ids = dict.fromkeys(id_ for line in lines for id_, _ in line.people if id_ in everybody)
    newest = {line.people[0][0] for line in lines} if partial else ids
    full = [everybody[id_] for id_ in ids if id_ in newest]
    others = [everybody[id_] for id_ in ids if id_ not in newest]
    return full, [msgspec.json.encode(_picture(each)) for each in others]
