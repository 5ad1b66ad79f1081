"""Mastodon's Status as bytes, a page of twenty in microseconds.

A row of `queries.cards` says what to show in which revision; the bytes of that revision come from a
bounded cache in this process or are made anew (`render`), and the numbers and the viewer's own
marks are put into their holes. The row is always asked first, so the bytes of an erased post, or of
one the viewer may not see, are never reached."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import moment
from whimbrel.core.tx import Tx

from . import queries
from .render import Rendered, render, shortcodes
from .rules import Mark

CACHE_BYTES = 64 << 20
_ENTRY = 600  # bytes an entry takes beside its template and words

Key = tuple[Any, ...]  # post, its rev, author, their rev: columns 1-4 of a card, or 9-12
Row = tuple[Any, ...]  # a `queries.Card`

_OWN = 32  # beside the bits of Card.marks
_FAVOURITED, _BOOSTED, _BOOKMARKED, _PINNED = (1 << mark for mark in Mark)


class Cache:
    """Rendered posts, in two generations: what is not asked for while one fills up is dropped.

    Reading takes no lock, for a dict is safe to read while another thread writes."""

    def __init__(self, most: int = CACHE_BYTES) -> None:
        self._half = most // 2
        self._lock = threading.Lock()
        self._young: dict[Key, Rendered] = {}
        self._old: dict[Key, Rendered] = {}
        self._bytes = 0

    def get(self, key: Key) -> Rendered | None:
        """What was rendered for this revision, if it is still here."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: Key, rendered: Rendered) -> None:
        """Keep this."""
        size = _ENTRY + len(rendered.template) + 2 * len(rendered.words)
        with self._lock:
            if self._bytes + size > self._half:
                self._old, self._young, self._bytes = self._young, {}, 0
            self._young[key] = rendered
            self._bytes += size


_cache = Cache()


def _end(marks: int, filtered: bytes = b"[]") -> bytes:
    """What closes a status for somebody signed in."""
    pinned = b',"pinned":%b' % _truth(marks & _PINNED) if marks & _OWN else b""
    return b',"favourited":%b,"reblogged":%b,"muted":%b,"bookmarked":%b%b,"filtered":%b}' % (
        _truth(marks & _FAVOURITED),
        _truth(marks & _BOOSTED),
        _truth(marks & queries.THREAD_MUTED),
        _truth(marks & _BOOKMARKED),
        pinned,
        filtered,
    )


def _truth(value: int) -> bytes:
    return b"true" if value else b"false"


_ENDS = tuple(_end(marks) for marks in range(2 * _OWN))


@lru_cache(maxsize=4096)
def _date(day: int) -> bytes:
    return moment(day * 86_400_000).strftime('"%Y-%m-%d"').encode()


def _day(ms: int | None) -> bytes:
    return b"null" if ms is None else _date(ms // 86_400_000)


def page(
    tx: Tx, viewer: Viewer, rows: Sequence[Row], filtered: Mapping[int, bytes] | None = None
) -> bytes:
    """A JSON array of the posts of `rows`, in their order.

    Args:
        rows: of `queries.cards`, asked for this viewer.
        filtered: post id (the original's, for a boost) to the JSON of its `filtered`.
    """
    return b"[" + b",".join(statuses(tx, viewer, rows, filtered).values()) + b"]"


def statuses(
    tx: Tx, viewer: Viewer, rows: Sequence[Row], filtered: Mapping[int, bytes] | None = None
) -> dict[int, bytes]:
    """Post id to its status, in the order of `rows`; as `page`."""
    rendered = _rendered(tx, rows)
    done: dict[int, bytes] = {}
    for row in rows:
        outer = rendered.get(row[1:5])
        if outer is None:  # erased since the row was read
            continue
        if row[9] is None:
            end = _end_for(row, 1, 3, viewer, filtered)
            if outer.has_poll:
                end = _poll_end(outer, row, row[3], viewer, tx.ms) + end
            done[row[1]] = outer.template % (*row[5:8], _day(row[8]), *row[17:20], end)
        elif (inner := rendered.get(row[9:13])) is not None:
            last = end = _end_for(row, 9, 11, viewer, filtered)
            if inner.has_poll:
                last = _poll_end(inner, row, row[11], viewer, tx.ms) + end
            numbers = row[17:20]
            repeated = inner.template % (*row[13:16], _day(row[16]), *numbers, last)
            done[row[1]] = outer.template % (*row[5:8], _day(row[8]), *numbers, repeated, end)
    return done


def _end_for(
    row: Row, post: int, author: int, viewer: Viewer, filtered: Mapping[int, bytes] | None
) -> bytes:
    """The end of a status; `post` and `author` say in which columns of `row` those are."""
    if viewer.account is None:
        return b"}"
    marks = row[20] | _OWN if row[author] == viewer.account else row[20]
    if filtered and row[post] in filtered:
        return _end(marks, filtered[row[post]])
    return _ENDS[int(marks)]


def _poll_end(poll: Rendered, row: Row, author: int, viewer: Viewer, ms: int) -> bytes:
    """What closes a poll: whether it is over, and what the viewer voted."""
    over = poll.closed or (poll.poll_until is not None and poll.poll_until <= ms)
    expired = b',"expired":%b' % _truth(over)
    if viewer.account is None:
        return expired + b"}"
    votes = row[21]
    chosen = b",".join(b"%d" % each for each in range(poll.options) if votes >> each & 1)
    voted = _truth(votes or author == viewer.account)
    return b'%b,"voted":%b,"own_votes":[%b]}' % (expired, voted, chosen)


def _rendered(tx: Tx, rows: Sequence[Row]) -> dict[Key, Rendered]:
    """The bytes of every post in `rows`. What the cache does not have costs one more statement,
    and one for emojis if any are used."""
    find = _cache.get
    rendered: dict[Key, Rendered] = {}
    wanted: dict[int, Key] = {}
    for row in rows:
        for key in (row[1:5],) if row[9] is None else (row[1:5], row[9:13]):
            found = find(key)
            if found is None:
                wanted[key[0]] = key
            else:
                rendered[key] = found
    if not wanted:
        return rendered
    bodies = queries.bodies(tx, wanted)
    codes: set[str] = set().union(*map(shortcodes, bodies))
    emojis = queries.named_emojis(tx, codes) if codes else []
    for body in bodies:
        made = render(tx.instance, body, emojis, tx.ms)
        if not tx.wrote:  # rolled back, a revision's number would be used again for other words
            _cache.put((body.post.id, body.post.rev, body.author.id, body.author.rev), made)
        rendered[wanted[body.post.id]] = made  # the row may be a moment older than the body
    return rendered


def one(tx: Tx, viewer: Viewer, post: int, filtered: Mapping[int, bytes] | None = None) -> bytes:
    """One status. Raises NotFound: absent, erased, or not the viewer's to see."""
    return _only(statuses(tx, viewer, [queries.card_of(tx, viewer, post)], filtered))


def for_stream(tx: Tx, post: int) -> bytes:
    """One status without anybody's marks, for readers who were chosen before. Raises NotFound."""
    return _only(statuses(tx, Viewer(), [queries.card_for_all(tx, post)]))


def _only(done: dict[int, bytes]) -> bytes:
    for status in done.values():
        return status
    raise NotFound


def poll(tx: Tx, viewer: Viewer, post: int) -> bytes:
    """The poll of a post. Raises NotFound: not the viewer's to see, or there is none."""
    found = bytes(_read_poll(one(tx, viewer, post)).poll)
    if found == b"null":
        raise NotFound
    return found


class _Polled(msgspec.Struct):
    poll: msgspec.Raw


_read_poll = msgspec.json.Decoder(_Polled).decode


def ids(rows: Iterable[Row]) -> list[int]:
    """The posts of these cards, in order."""
    return [row[1] for row in rows]


def words(tx: Tx, rows: Sequence[Row]) -> dict[int, str]:
    """What filters look at: post id (the original's, for a boost) to all its words."""
    rendered = _rendered(tx, rows)
    keys = (row[1:5] if row[9] is None else row[9:13] for row in rows)
    return {key[0]: rendered[key].words for key in keys if key in rendered}
