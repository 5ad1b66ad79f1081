"""Paging: who walks a list sees every row once, however it grows meanwhile."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.core.http import Page, Params, link, offset_of, page_of, query_params, window
from whimbrel.core.ids import MAX_ID

ORIGIN, PATH = "https://example.org", "/api/v1/timelines/home"


def rows(ids: set[int], page: Page) -> list[int]:
    """What the query in the module's docstring finds."""
    low, high, ascending = window(page)
    found = sorted((n for n in ids if low < n < high), reverse=not ascending)[: page.limit]
    return sorted(found, reverse=True)


def targets(header: str) -> dict[str, str]:
    """rel -> URL, as requests and masto.js read the header."""
    return {
        rel.strip()[5:-1]: url.strip()[1:-1]
        for url, rel in (one.split(";") for one in header.split(","))
    }


def follow(ids: set[int], query: str, rel: str) -> tuple[list[int], str | None]:
    """One request, and the query of the next one."""
    params = query_params({"query_string": query.encode()})
    page = page_of(params)
    found = rows(ids, page)
    header = link(
        ORIGIN, PATH, params, page, found[0] if found else None, found[-1] if found else None
    )
    return found, urlsplit(targets(header)[rel]).query if header else None


ids = st.sets(st.integers(1, 10**6), max_size=60)


@given(ids, st.integers(1, 7), st.lists(st.integers(0, 3), max_size=70))
def test_a_walk_down_sees_each_row_once_while_new_ones_arrive(first, limit, arrivals):
    """An app that scrolls back must neither skip a post nor show one twice."""
    present, top = set(first), 10**6
    seen: list[int] = []
    query: str | None = f"limit={limit}"
    arriving = iter(arrivals)
    while query is not None:
        found, query = follow(present, query, "next")
        seen += found
        for _ in range(next(arriving, 0)):
            top += 1
            present.add(top)
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen, reverse=True)
    assert first <= set(seen)


@given(
    st.sets(st.integers(1, 10**6), min_size=1, max_size=60),
    st.integers(1, 7),
    st.lists(st.integers(0, 3), max_size=70),
)
def test_a_walk_up_sees_each_row_once_while_new_ones_arrive(first, limit, arrivals):
    """An app that comes back after a night fills the gap from below, new posts included."""
    present, top = set(first), 10**6
    lowest = min(first)
    seen: list[int] = []
    query: str | None = f"limit={limit}&min_id={lowest}"
    arriving = iter(arrivals)
    while query is not None:
        found, query = follow(present, query, "prev")
        assert found == sorted(found, reverse=True), "newest first in every case"
        seen += reversed(found)
        for _ in range(next(arriving, 0) if found else 0):
            top += 1
            present.add(top)
    assert seen == sorted(present - {lowest})


def test_min_id_and_since_id_differ_where_a_page_is_full():
    """min_id: the page next to what is known. since_id: the newest, with a gap."""
    known = set(range(1, 11))
    assert rows(known, Page(min_id=2, limit=3)) == [5, 4, 3]
    assert rows(known, Page(since_id=2, limit=3)) == [10, 9, 8]
    assert rows(known, Page(min_id=2, max_id=5, limit=9)) == [4, 3]
    assert rows(known, Page(min_id=2, since_id=4, limit=2)) == [6, 5]


@pytest.mark.parametrize(
    ("sent", "page"),
    [
        ({}, Page(limit=20)),
        ({"max_id": ""}, Page(limit=20)),
        ({"max_id": "123", "limit": "5"}, Page(max_id=123, limit=5)),
        ({"max_id": 123, "limit": 5}, Page(max_id=123, limit=5)),
        ({"max_id": "abc"}, Page(max_id=0)),
        ({"since_id": "-4"}, Page(since_id=0)),
        ({"min_id": "١٢"}, Page(min_id=0)),
        ({"min_id": ["1"]}, Page(min_id=0)),
        ({"min_id": {"a": "1"}}, Page(min_id=0)),
        ({"max_id": True}, Page(max_id=0)),
        ({"max_id": str(2**64)}, Page(max_id=MAX_ID)),
        ({"max_id": str(2**63)}, Page(max_id=MAX_ID)),
        ({"max_id": "0" * 30 + "7"}, Page(max_id=7)),
        ({"since_id": "9" * 100_000}, Page(since_id=MAX_ID)),
        ({"limit": "0"}, Page(limit=1)),
        ({"limit": "-3"}, Page(limit=1)),
        ({"limit": "80"}, Page(limit=40)),
        ({"limit": "9" * 100_000}, Page(limit=40)),
        ({"limit": "x"}, Page(limit=20)),
        ({"limit": None}, Page(limit=20)),
        ({"limit": ["1"]}, Page(limit=20)),
        ({"limit": True}, Page(limit=20)),
    ],
)
def test_limits_are_clamped_and_nonsense_is_no_error(sent, page):
    """Never refused and never a 500: apps send what they have, 2^64 made from a date too."""
    assert page_of(Params(sent)) == page


@given(
    st.dictionaries(
        st.sampled_from(["max_id", "since_id", "min_id", "limit"]),
        st.text() | st.integers() | st.floats() | st.none(),
    )
)
def test_a_page_always_fits_the_database(sent):
    """A bound beyond 64 bits would be an error of the driver."""
    page = page_of(Params(sent))
    low, high, _ = window(page)
    assert 0 <= low <= MAX_ID and 0 <= high <= MAX_ID and 1 <= page.limit <= 40


def test_impossible_bounds_find_nothing():
    known = {1, 2, 3}
    assert rows(known, page_of(Params({"max_id": "abc"}))) == []
    assert rows(known, page_of(Params({"min_id": "9" * 30}))) == []
    assert rows(known, page_of(Params({"max_id": "9" * 30}))) == [3, 2, 1]


def test_offsets_are_clamped():
    assert offset_of(Params({})) == (0, 20)
    assert offset_of(Params({"offset": "40", "limit": "100"}), most=80) == (40, 80)
    assert offset_of(Params({"offset": "-1"})) == (0, 20)
    assert offset_of(Params({"offset": "9" * 50, "limit": "x"}), default=5) == (1_000_000, 5)


# --- the Link header -------------------------------------------------------------------------


def test_link_keeps_all_other_parameters():
    """Clients follow it blindly; a lost `any[]` would show posts of other tags."""
    query = b"any[]=a%26b&any[]=%C3%A9&limit=2&max_id=9&local=true&access_token=secret&only_media="
    for form in (query, query_params({"query_string": query})):
        header = link(ORIGIN, PATH, form, Page(max_id=9, limit=2), 8, 7)
        assert "secret" not in header and header.isascii()
        urls = targets(header)
        others = [
            ("any[]", "a&b"),
            ("any[]", "é"),
            ("limit", "2"),
            ("local", "true"),
            ("only_media", ""),
        ]
        assert parse_qsl(urlsplit(urls["next"]).query, True) == [*others, ("max_id", "7")]
        assert parse_qsl(urlsplit(urls["prev"]).query, True) == [*others, ("min_id", "8")]
        assert urls["next"].startswith("https://example.org/api/v1/timelines/home?")


def test_link_of_the_plain_case():
    assert link(ORIGIN, PATH, b"", Page(), 8, 7) == (
        f'<{ORIGIN}{PATH}?max_id=7>; rel="next", <{ORIGIN}{PATH}?min_id=8>; rel="prev"'
    )
    assert link(ORIGIN, PATH, b"", Page(), None, None) is None
    assert link(ORIGIN, PATH, Params(), Page(), 8, 7, prev_key="since_id", more=False) == (
        f'<{ORIGIN}{PATH}?since_id=8>; rel="prev"'
    )


@given(
    st.dictionaries(
        st.text('ab<>",;é\r\n', min_size=1, max_size=4),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5),
        max_size=3,
    )
)
def test_no_parameter_breaks_out_of_the_header(params: dict[str, Any]):
    """A `>` or a line break of a client's would be a header of a client's."""
    header = link(ORIGIN, PATH, Params(params), Page(), 2, 1)
    assert header.count("<") == header.count(">") == 2 and header.count(",") == 1
    assert header.isascii() and header.isprintable()
