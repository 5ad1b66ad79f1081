"""Filters applied: which posts of a page match, told as Mastodon's `filtered`.

The server only says so; hiding and warning is the app's part. Compiled filters are cached in this
process by their revision, which comes with the page itself: who has no filters pays nothing."""

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias, get_args

import msgspec

from whimbrel.accounts import preferences
from whimbrel.accounts.rules import Viewer
from whimbrel.core.tx import Tx
from whimbrel.posts import serialize
from whimbrel.posts.ends import HIDDEN, SHOWN
from whimbrel.posts.queries import CARD, OWN
from whimbrel.posts.render import Labelled

from .queries import filters as queries
from .queries.filters import Stored
from .rules import FilterContext

REVISION = CARD  # where a page's row has it: after the columns of a `Card`
KEPT = 2048  # accounts whose filters stay compiled,
JUDGED = 60  # and posts of which each remembers what its filters said: who looks again, sees them

_encode = msgspec.json.Encoder().encode
_NOTHING: Mapping[str, str] = MappingProxyType({})


class _Word(NamedTuple):
    shown: str
    folded: str
    whole: re.Pattern[str] | None  # set where only whole words count


class _Filter(NamedTuple):
    context: frozenset[str]
    until: int | None
    words: tuple[_Word, ...]
    posts: frozenset[str]
    json: msgspec.Raw  # Mastodon's Filter, without its keywords


# A context, and of a card what its words are known by: post and stamp, original and stamp.
Judged: TypeAlias = tuple[FilterContext, int, int, int | None, int | None]


class Matcher:
    """The filters of one account."""

    def __init__(self, stored: Iterable[Stored], labels: Mapping[str, str] = _NOTHING) -> None:
        self._filters = [_compiled(each) for each in stored]
        self._labels = labels  # what becomes of what the staff says: "hide" or "show"
        contexts = get_args(FilterContext) if labels else ()
        self.contexts = frozenset(contexts).union(*(each.context for each in self._filters))
        self._judged: dict[Judged, bytes | None] = {}
        self._changes = 0  # the end of a filter, after which they say other things (ms)

    @property
    def minds_labels(self) -> bool:
        """Whether it says anything of what the staff says."""
        return bool(self._labels)

    def judged(self, ms: int) -> "dict[Judged, bytes | None]":
        """What they said lately, where they would say the same at the time `ms`."""
        if len(self._judged) > JUDGED or (self._changes and self._changes <= ms):
            self._judged = {}
        if not self._judged:
            ends = [each.until for each in self._filters if each.until and each.until > ms]
            self._changes = min(ends, default=0)
        return self._judged

    def match(
        self,
        context: FilterContext,
        post: int,
        words: str,
        ms: int,
        labelled: Labelled | None = None,
    ) -> bytes | None:
        """The JSON array of what matches a post, or None.

        Args:
            words: everything readable of it.
            ms: the present.
            labelled: what the staff says of it.
        """
        folded = words.casefold()
        found = []
        for each in self._filters:
            if context not in each.context or (each.until is not None and each.until <= ms):
                continue
            matched = [
                word.shown
                for word in each.words
                if word.folded in folded and (word.whole is None or word.whole.search(folded))
            ]
            caught = [str(post)] if str(post) in each.posts else None
            if matched or caught:
                result = {"keyword_matches": matched or None, "status_matches": caught}
                found.append({"filter": each.json, **result})
        choice = None if labelled is None else self._labels.get(labelled.label)
        if labelled is not None and choice == "hide":
            hides = labelled.told.replace(b'"warn"', b'"hide"')
            return _encode([msgspec.Raw(hides), *found]) + HIDDEN
        if choice == "show":
            return _encode(found) + SHOWN
        return _encode(found) if found else None


def _compiled(stored: Stored) -> _Filter:
    whole = stored.filter
    told = msgspec.to_builtins(whole)
    del told["keywords"], told["statuses"]
    return _Filter(
        context=frozenset(whole.context),
        until=stored.until,
        words=tuple(_word(each.keyword, each.whole_word) for each in whole.keywords),
        posts=frozenset(each.status_id for each in whole.statuses),
        json=msgspec.Raw(_encode(told)),
    )


def _word(shown: str, whole: bool) -> _Word:
    folded = shown.casefold()
    if not whole:
        return _Word(shown, folded, None)
    # A boundary is asked for only where the keyword itself begins or ends with a letter or digit.
    before = r"(?<!\w)" if re.match(r"\w", folded) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", folded) else ""
    return _Word(shown, folded, re.compile(before + re.escape(folded) + after))


class _Cache:
    """Matchers by account, the least recently used forgotten first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[int, Matcher]] = OrderedDict()
        self._lock = Lock()

    def get(self, account: int, rev: int) -> Matcher | None:
        """The matcher of this revision, if it is here."""
        with self._lock:
            found = self._kept.get(account)
            if found is None or found[0] != rev:
                return None
            self._kept.move_to_end(account)
            return found[1]

    def put(self, account: int, rev: int, matcher: Matcher) -> None:
        """Keep it."""
        with self._lock:
            self._kept[account] = (rev, matcher)
            self._kept.move_to_end(account)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)


_cache = _Cache()


def of(
    tx: Tx, account: int, rev: int | None, context: FilterContext | None = None
) -> Matcher | None:
    """The account's filters as of revision `rev`; None where there are none (any more), or none for
    `context`."""
    if rev is None:
        return None
    matcher = _cache.get(account, rev)
    if matcher is None:
        labels = preferences.of(tx, Viewer(account=account)).labels
        matcher = Matcher(queries.all_of(tx, account), labels)
        if not tx.wrote:
            _cache.put(account, rev, matcher)
    there = matcher.contexts if context is None else context in matcher.contexts
    return matcher if there else None


def filtered(
    tx: Tx, viewer: Viewer, rows: Sequence[Any], context: FilterContext
) -> Mapping[int, bytes] | None:
    """What `posts.serialize.page` is to be told about a page of cards with `queries.revision`."""
    if not rows or len(rows[0]) <= REVISION:
        return None
    matcher = of(tx, viewer.id, rows[0][REVISION], context)
    return None if matcher is None else matched(tx, viewer, rows, context, matcher)


def matched(
    tx: Tx, viewer: Viewer, rows: Sequence[Any], context: FilterContext, matcher: Matcher
) -> dict[int, bytes]:
    """Post id (the original's, for a boost) to what matched it. Nobody's own posts are filtered for
    themselves."""
    judged = matcher.judged(tx.ms)
    found: dict[int, bytes] = {}
    new: list[tuple[Judged, Any]] = []
    for row in rows:
        key: Judged = (context, row[0], row[1], row[3], row[4])
        if key not in judged:
            new.append((key, row))
            continue
        told = judged[key]
        if told is not None:
            found[serialize.subject(row)] = told
    rows = [row for _, row in new]
    words = serialize.words(tx, rows) if rows else {}
    labels = serialize.labels(tx, rows) if matcher.minds_labels and rows else {}
    for key, row in new:
        post = serialize.subject(row)
        if post in words:  # or it was erased meanwhile
            told = (
                None
                if row[6] & OWN
                else matcher.match(context, post, words[post], tx.ms, labels.get(post))
            )
            judged[key] = told
            if told is not None:
                found[post] = told
    return found
