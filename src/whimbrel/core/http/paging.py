"""Paging as Mastodon does it: by ids (`max_id`, `since_id`, `min_id`) and the Link header, or by
offset. Nonsense is clamped, never refused: apps send what they have.

A query of a page reads

    low, high, ascending = window(page)
    WHERE id > :low AND id < :high ORDER BY id (ASC if ascending else DESC) LIMIT :limit

and turns the rows around where `ascending`: a page is shown newest first in every case."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import msgspec

from ..ids import MAX_ID
from .nesting import flatten, pairs_of

FURTHEST = 1_000_000  # rows; an offset beyond finds nothing and costs nothing

# Cursors are replaced; a token must not be repeated in a header that proxies log.
_LEFT_OUT = {"max_id", "since_id", "min_id", "access_token"}


class Page(msgspec.Struct, frozen=True):
    """Which part of a list is wanted; all bounds are exclusive."""

    max_id: int | None = None  # older than this
    since_id: int | None = None  # the newest that are above this
    min_id: int | None = None  # the oldest that are above this: the page next to it
    limit: int = 20


def page_of(params: Mapping[str, Any], default: int = 20, most: int = 40) -> Page:
    """The page that was asked for.

    A bound that is no number counts as 0, as in Mastodon: nothing is older, everything newer. One
    beyond 64 bits, which apps make from dates, counts as the largest id.
    """
    if not params:
        return Page(limit=default)
    return Page(
        max_id=_bound(params.get("max_id")),
        since_id=_bound(params.get("since_id")),
        min_id=_bound(params.get("min_id")),
        limit=_clamped(params.get("limit"), default, 1, most),
    )


def window(page: Page) -> tuple[int, int, bool]:
    """(low, high, ascending): ids strictly between low and high, read upwards where ascending.

    With `min_id` a query reads upwards, so that it finds the rows just above it, not the newest.
    """
    low = max(page.since_id or 0, page.min_id or 0)
    high = MAX_ID if page.max_id is None else page.max_id
    return low, high, page.min_id is not None


def link(
    origin: str,
    path: str,
    query: Mapping[str, Any] | bytes,
    page: Page,
    newest: int | None,
    oldest: int | None,
    *,
    next_key: str = "max_id",
    prev_key: str = "min_id",
    more: bool = True,
) -> str | None:
    """The Link header of a page; all other parameters are kept.

    Args:
        origin: `https://host`, ours as the public knows it.
        query: the query as received, or the parameters.
        newest, oldest: the cursors of the first and the last row; None when there are no rows.
        next_key, prev_key: what older and newer pages are asked for with.
        more: False where nothing older is left, so that nobody asks in vain.
    Returns:
        None for an empty page.
    """
    if newest is None or oldest is None:
        return None
    kept = _kept(query)
    url = f"{origin}{path}?{kept}"
    prev = f'<{url}{prev_key}={newest}>; rel="prev"'
    return f'<{url}{next_key}={oldest}>; rel="next", {prev}' if more else prev


def offset_of(params: Mapping[str, Any], default: int = 20, most: int = 40) -> tuple[int, int]:
    """(offset, limit) of a list without cursors (search, trends, suggestions), clamped."""
    offset = _clamped(params.get("offset"), 0, 0, FURTHEST)
    return offset, _clamped(params.get("limit"), default, 1, most)


def _kept(query: Mapping[str, Any] | bytes) -> str:
    """The other parameters, encoded, with a `&` at the end where there are any."""
    if not query:
        return ""
    return _kept_of(query) if isinstance(query, bytes) else _encoded(flatten(query))


@lru_cache(maxsize=1024)
def _kept_of(query: bytes) -> str:
    return _encoded(pairs_of(query))


def _encoded(pairs: Iterable[tuple[str, Any]]) -> str:
    kept = urlencode([pair for pair in pairs if pair[0] not in _LEFT_OUT])
    return kept + "&" if kept else ""


def _bound(value: Any) -> int | None:
    if value is None or value == "":
        return None
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()):
        return 0
    return MAX_ID if len(text.lstrip("0")) > 19 else min(int(text[-20:]), MAX_ID)


def _clamped(value: Any, default: int, least: int, most: int) -> int:
    if value is None:
        return default
    text = str(value).strip()
    negative = text.startswith("-")
    digits = text[1:] if negative else text
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit()):
        return max(least, min(default, most))
    number = most if len(digits.lstrip("0")) > 9 else int(digits[-10:])
    return max(least, min(-number if negative else number, most))
