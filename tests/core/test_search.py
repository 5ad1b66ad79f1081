"""Search: found by what was written, whoever the engine is; and nothing to be read on disk."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.core.keyring import Keyring
from whimbrel.core.search import SearchIndex, Words, open_search
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
