"""Search: found by what was written, whoever the engine is; and nothing to be read on disk."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

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
