"""Sealed files: any range comes back exactly, and nothing that was meddled with opens at all."""

import asyncio
import os
from contextlib import aclosing
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Slot, Tampered
from whimbrel.core.objects import FolderStore
from whimbrel.core.sealed import (
    CHUNK,
    HEADER,
    TAG,
    plain_size,
    seal_file,
    sealed_size,
    unseal_range,
)

KEY = bytes(range(32))
AAD = Slot(5, 6, 1 << 40, "media.file").place
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 77]


class Sealed:
    """A sealed file in a store, with its plain bytes at hand."""

    def __init__(self, folder: Path, size: int, seed: int = 1) -> None:
        self.plain = Random(seed).randbytes(size)
        self.folder = folder
        source, target = folder / f"plain{size}", folder / f"sealed{size}-{seed}"
        source.write_bytes(self.plain)
        assert seal_file(KEY, AAD, source, target) == target.stat().st_size
        self.sealed = target.read_bytes()
        self.store = FolderStore(folder / "objects")
        self.key = self.put(self.sealed)

    def put(self, sealed: bytes) -> str:
        path = self.folder / "to-put"
        path.write_bytes(sealed)
        return asyncio.run(self.store.put(path)).key

    def read(
        self, key: str = "", start: int = 0, end: int | None = None, *, aad=AAD, with_key=KEY
    ) -> bytes:
        async def whole() -> bytes:
            pieces = unseal_range(
                with_key, aad, self.store, key or self.key, len(self.plain), start, end
            )
            async with aclosing(pieces):
                return b"".join([piece async for piece in pieces])

        return asyncio.run(whole())

    def chunks(self) -> list[bytes]:
        body = self.sealed[HEADER:]
        return [body[at : at + CHUNK + TAG] for at in range(0, len(body), CHUNK + TAG)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sealed")


@pytest.fixture(scope="module")
def film(folder: Path) -> Sealed:
    return Sealed(folder, 3 * CHUNK + 77)


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_back_whole(tmp_path: Path, size: int):
    """A picture with a grey corner, at the sizes where chunks end."""
    sealed = Sealed(tmp_path, size)
    assert sealed.read() == sealed.plain
    assert len(sealed.sealed) == sealed_size(size)
    assert plain_size(len(sealed.sealed)) == size


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_range_comes_back(film: Sealed, data: st.DataObject):
    """Players seek: one wrong byte and the sound is gone."""
    size = len(film.plain)
    start = data.draw(st.integers(0, size))
    end = data.draw(st.integers(start, size))
    assert film.read(start=start, end=end) == film.plain[start:end]


def test_ranges_at_the_edges_of_chunks(film: Sealed):
    """Where off-by-one lives."""
    edges = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK - 1, 3 * CHUNK, 3 * CHUNK + 77]
    for start in edges:
        for end in edges:
            if start <= end:
                assert film.read(start=start, end=end) == film.plain[start:end]
    for start, end in ((-1, 2), (5, 4), (0, len(film.plain) + 1)):
        with pytest.raises(ValueError, match="not in a file"):
            film.read(start=start, end=end)


@given(st.integers(0, 10 * CHUNK))
@example(CHUNK)
def test_sizes_can_be_computed_both_ways(size: int):
    """Content-Length is told before the first byte is opened."""
    assert plain_size(sealed_size(size)) == size


@pytest.mark.parametrize(
    "size", [0, HEADER, HEADER + TAG - 1, HEADER + CHUNK + TAG + 1, HEADER + CHUNK + 2 * TAG]
)
def test_impossible_sizes_are_refused(size: int):
    """A shortened file would otherwise pass as a smaller one."""
    with pytest.raises(Tampered):
        plain_size(size)


def test_meddling_is_noticed(film: Sealed):
    """Whoever can write to the bucket must not be able to show people other pictures."""
    header, chunks = film.sealed[:HEADER], film.chunks()
    other = Sealed(film.folder, len(film.plain), seed=2)
    flipped = bytearray(film.sealed)
    flipped[len(flipped) // 2] ^= 1
    for meddled in (
        film.sealed[:-1],
        film.sealed[: HEADER + CHUNK + TAG],
        header + b"".join(chunks[:-1]),
        header + b"".join([chunks[1], chunks[0], *chunks[2:]]),
        header + b"".join([chunks[0], chunks[0], *chunks[2:]]),
        header + b"".join([chunks[0], other.chunks()[1], *chunks[2:]]),
        other.sealed[:HEADER] + b"".join(chunks),
        b"XXXX" + film.sealed[4:],
        header[:5],
        b"",
        bytes(flipped),
    ):
        with pytest.raises(Tampered):
            film.read(film.put(meddled))


def test_a_shorter_file_does_not_pass_with_its_own_size(film: Sealed):
    """Cut exactly at a chunk, and the row changed to match: the last flag is missing."""
    cut = film.put(film.sealed[: HEADER + CHUNK + TAG])

    async def read() -> None:
        async for _ in unseal_range(KEY, AAD, film.store, cut, CHUNK):
            raise AssertionError("gave out a cut file")

    with pytest.raises(Tampered):
        asyncio.run(read())


def test_it_opens_only_with_its_key_and_in_its_place(film: Sealed):
    """A private picture must not open through the row of a public one."""
    with pytest.raises(Tampered):
        film.read(with_key=bytes(32))
    with pytest.raises(Tampered):
        film.read(aad=Slot(5, 6, 2 << 40, "media.file").place)
    with pytest.raises(Tampered):
        film.read(start=2 * CHUNK, aad=Slot(5, 6, 1 << 40, "media.thumb").place)


def test_an_absent_object_is_not_found(film: Sealed):
    """Swept while somebody looks: a clean 404."""
    for start in (0, 2 * CHUNK):
        with pytest.raises(NotFound):
            film.read("ab/cd/abcd" + "0" * 60, start=start)


def test_sealing_never_repeats_itself_nor_overwrites(tmp_path: Path):
    """The same picture twice must not look the same; two uploads must not share a file."""
    source = tmp_path / "plain"
    source.write_bytes(os.urandom(5000))
    seal_file(KEY, AAD, source, tmp_path / "one")
    seal_file(KEY, AAD, source, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() != (tmp_path / "two").read_bytes()
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        seal_file(KEY, AAD, source, tmp_path / "one")
