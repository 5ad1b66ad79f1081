"""Search: found by what was written, whoever the engine is; and nothing to be read on disk."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.core.keyring import Keyring
from whimbrel.core.search import SearchIndex, Words, holds, open_search, sqlite
from whimbrel.core.search.words import split


@pytest.fixture(params=["sqlite", "postgresql"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchIndex]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'search.db'}"
    else:
        cluster = request.getfixturevalue("postgres")
        name = f"search_{uuid4().hex[:8]}"
        url = cluster.create(name)
        request.addfinalizer(lambda: cluster.drop(name))
    opened = open_search(url)
    yield opened
    opened.close()


@pytest.fixture
def words(tmp_path: Path) -> Iterator[Words]:
    keyring = Keyring.open(tmp_path / "keyring.bin", ahead=4)
    yield Words(keyring)
    keyring.close()


def test_what_was_written_is_found_and_what_was_deleted_is_not(index, words):
    """A search that still shows a deleted post tells what it said."""

    async def go():
        await index.put({1: words.of("Whimbrels cross the Océan")})
        await index.put({2: words.of("the ocean is calm")})
        assert await index.find(words.of("OCEAN")) == [2, 1]
        assert await index.find(words.of("ocean"), below=2) == [1]
        assert await index.find(words.of("ocean"), most=1) == [2]
        assert await index.find(words.of("ocean whimbrels")) == [1]
        await index.forget([1, 3])
        assert await index.find(words.of("ocean")) == [2]
        await index.clear()
        assert await index.find(words.of("ocean")) == []

    asyncio.run(go())


def test_facets_keep_apart_what_may_be_seen(index, words):
    """Somebody's private post must not be found by a stranger."""
    public, own = words.facet("reach", "public"), words.facet("author", 7)

    async def go():
        await index.put({1: {*words.of("secret plan"), own}})
        await index.put({2: {*words.of("open plan"), public, words.facet("author", 8)}})
        assert await index.find(words.of("plan"), [public]) == [2]
        assert await index.find(words.of("plan"), [public, own]) == [2, 1]
        assert await index.find([], [own]) == [1]
        assert await index.find([]) == []

    asyncio.run(go())


def test_what_must_not_be_there_and_between_which_numbers(index, words):
    """`-tide before:2025` must leave out both, and nothing else."""
    tide, calm, wind = (words.facet("test", word) for word in ("tide", "calm", "wind"))

    async def go():
        await index.put({1: [tide], 2: [tide, calm], 3: [tide, wind], 4: [tide, wind, calm]})
        assert await index.find([tide], none_of=[calm]) == [3, 1]
        assert await index.find([tide], none_of=[calm, wind]) == [1]
        assert await index.find([], [tide], [wind]) == [2, 1]
        assert await index.find([tide], [calm, wind], [calm]) == [3]
        assert await index.find([tide], above=1, below=4) == [3, 2]
        assert await index.find([tide], above=3) == [4]
        assert await index.find([tide], above=(1 << 63) - 1) == []
        assert await index.find([], (), [tide]) == [], "everything else is no question"

    asyncio.run(go())


def test_a_large_index_is_asked_in_its_thread(words, tmp_path, monkeypatch):
    """Of a million posts an answer takes its time, which must not be everybody's."""
    url, tide = f"sqlite:///{tmp_path / 'search.db'}", words.facet("test", "tide")
    asked_in = set()

    def seen(database, values):
        asked_in.add(threading.current_thread() is threading.main_thread())
        return find(database, values)

    find = sqlite._find
    monkeypatch.setattr(sqlite, "_find", seen)
    monkeypatch.setattr(sqlite, "_AT_ONCE", 3)

    async def go(index, *numbers):
        await index.put({number: [tide] for number in numbers})
        asked_in.clear()
        return await index.find([tide]), set(asked_in)

    index = open_search(url)
    assert asyncio.run(go(index, 1, 2)) == ([2, 1], {True})
    for _ in range(3):
        assert asyncio.run(go(index, 1)) == ([2, 1], {True}), "the same again makes it no larger"
    assert asyncio.run(go(index, 3, 4)) == ([4, 3, 2, 1], {False})
    index.close()
    index = open_search(url)
    assert asyncio.run(go(index)) == ([4, 3, 2, 1], {False})
    asyncio.run(index.clear())
    assert asyncio.run(go(index, 9)) == ([9], {True})
    index.close()


def test_words_side_by_side():
    """A phrase is found as it is compared, over any signs, and not in pieces."""
    assert holds("The GRAY, grey -- Océan!", "grey ocean")
    assert holds("渡り鳥を見た", "り鳥を")
    assert not holds("grey and ocean", "grey ocean")
    assert not holds("greyish ocean", "grey ocean")
    assert not holds("grey", "grey grey")
    assert holds("a b a b c", "a b c")


def test_saying_it_again_replaces_what_was_said(index, words):
    """After an edit the old words must not find the post."""

    async def go():
        await index.put({1: words.of("first version")})
        await index.put({1: words.of("second version")})
        assert await index.find(words.of("first")) == []
        assert await index.find(words.of("version")) == [1]

    asyncio.run(go())


def test_the_index_holds_no_words(words, tmp_path):
    """The index is the one thing on the disk that is not sealed."""
    index = open_search(f"sqlite:///{tmp_path / 'search.db'}")
    token = next(iter(words.of("whimbrel")))

    async def go():
        await index.put({1: words.of("whimbrel storm")})
        held = b"".join(path.read_bytes() for path in tmp_path.glob("search.db*"))
        assert token.encode() in held
        assert b"whimbrel" not in held
        await index.forget([1])
        held = b"".join(path.read_bytes() for path in tmp_path.glob("search.db*"))
        assert token.encode() not in held

    asyncio.run(go())
    index.close()


def test_what_postgresql_leaves_over_is_swept(words, postgres, monkeypatch):
    """With the keyring one could try words on the tokens of a deleted post, page by page."""
    monkeypatch.setattr("whimbrel.core.search.postgres._SOON", 0.1)
    name = f"search_{uuid4().hex[:8]}"
    url = postgres.create(name)
    gone, edited, stays = (words.facet("test", word) for word in ("gone", "edited", "stays"))

    relations = ("found", "found_pkey", "found_tokens")

    def held(*tokens):
        """Those that stand in a page, whether or not PostgreSQL has written it to the disk yet."""
        pages = b""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS pageinspect")
            for relation in relations:
                for (page,) in connection.execute(
                    "SELECT get_raw_page(%s, page::integer) FROM generate_series(0,"
                    " pg_relation_size(%s) / current_setting('block_size')::integer - 1) AS page",
                    [f"whimbrel_search.{relation}"] * 2,
                ):
                    pages += page
        return {token for token in tokens if token.encode() in pages}

    async def settled():
        until = time.monotonic() + 20
        while held(gone, edited):
            assert time.monotonic() < until, "it is not swept"
            await asyncio.sleep(0.2)

    async def go(index):
        await index.put({number: [stays, f"filler{number}"] for number in range(500)})
        await index.put({1001: [gone, stays], 1002: [edited, stays]})
        assert held(gone, edited, stays) == {gone, edited, stays}
        await index.put({1002: [stays]})
        await index.forget([1001])
        await settled()
        assert held(stays) == {stays}
        assert await index.find([stays], most=2) == [1002, 499]
        await index.put({1003: [gone]})
        await index.forget([1003])

    for _ in range(2):  # a new one begins with what the last one left
        index = open_search(url)
        asyncio.run(go(index))
        index.close()
        assert held(gone) == set(), "what was forgotten last is swept before it stops"
    postgres.drop(name)


def test_scripts_without_spaces_are_found_by_any_part():
    """Japanese has no spaces: a word in the middle of a line must be found."""
    line, asked = set(split("今日は渡り鳥を見た")), set(split("渡り鳥"))
    assert asked <= line


@given(st.text(max_size=200))
def test_folding_is_done_once_and_for_all(text):
    """What is typed and what is stored must be folded to the same words."""
    words = split(text)
    assert set(split(" ".join(words))) == set(words)
    assert all(0 < len(word) <= 40 for word in words)
