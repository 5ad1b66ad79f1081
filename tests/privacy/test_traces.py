"""`whimbrel privacy verify-erasure`: whoever was promised that words are gone can look for them."""

import asyncio
import base64
import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import services
from whimbrel.app.cli import app
from whimbrel.core.objects import open_store
from whimbrel.privacy import traces
from whimbrel.privacy.traces import Unreadable, spellings

WORDS = 'Zwölf Kormorane /am/ "Kai"'


def found(whole: bytes, text: str = WORDS) -> list[tuple[str, str, int]]:
    """Spelling, place and offset of each trace."""
    told = traces.traces(io.BytesIO(whole), {text: spellings(text)})
    return [(each.spelled, each.place, each.at) for each in told]


@pytest.mark.parametrize(
    "spelled",
    [
        WORDS.encode(),
        WORDS.encode("utf-16"),
        WORDS.encode("utf-16-be"),
        WORDS.encode("latin-1"),
        json.dumps({"a": WORDS}).encode(),
        json.dumps([WORDS], ensure_ascii=False).encode(),
        quote(WORDS).encode(),
        WORDS.encode().hex().encode(),
        *(base64.b64encode(b"x" * n + WORDS.encode() + b"y") for n in range(4)),
        WORDS.lower().encode(),
    ],
)
def test_words_are_found_however_they_are_spelled(spelled: bytes) -> None:
    """A queue holds JSON, a mail base64, a log whatever it likes."""
    assert len(found(b"noise" * 9 + spelled + b"noise")) == 1


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_backups_are_looked_into(pack: Callable[[bytes], bytes]) -> None:
    """A backup is packed, once or twice."""
    held = b"noise" * 9 + WORDS.encode()
    assert [place for _, place, _ in found(pack(held)) if place] != []
    assert found(pack(b"noise" * 99)) == []
    assert [place for _, place, _ in found(gzip.compress(pack(held))) if " > " in place] != []


def test_an_archive_names_what_holds_them() -> None:
    """So that somebody can go and delete it."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("a/b.json", json.dumps(WORDS))
        parts.writestr("c", "nothing")
    assert [(name, place) for name, place, _ in found(whole.getvalue())] == [
        ("JSON", "zip: a/b.json")
    ]


def test_what_cannot_be_read_is_told() -> None:
    """A damaged backup is no proof that nothing is in it."""
    broken = bytearray(gzip.compress(b"noise" * 999))
    with pytest.raises(Unreadable, match="cannot be unpacked"):
        found(bytes(broken[:-9]))


@given(st.integers(0, 64), st.integers(1, 70))
def test_nothing_is_missed_between_two_blocks(before: int, block: int) -> None:
    """A disk is read in pieces, and words lie where they lie."""
    real, traces.BLOCK = traces.BLOCK, block
    try:
        told = found(b"." * before + WORDS.encode() + b"." * 40)
    finally:
        traces.BLOCK = real
    assert told == [("UTF-8", "", before)]


def test_by_command(tmp_path: Path) -> None:
    """Exit status and places are for scripts; a text too short to mean anything is refused."""
    (tmp_path / "log").write_text(f"10:00 {WORDS}\n")
    (tmp_path / "other").write_bytes(b"\x00" * 99)
    look, runner = ["privacy", "verify-erasure"], CliRunner()
    told = runner.invoke(app, [*look, str(tmp_path), "--text", WORDS])
    assert told.exit_code == 1
    assert f"{tmp_path}/log, byte 6: {WORDS!r} as UTF-8" in told.output
    assert "2 files looked through, 1 traces found" in told.output
    assert runner.invoke(app, [*look, f"{tmp_path}/other", "--text", WORDS]).exit_code == 0
    assert runner.invoke(app, [*look, str(tmp_path), "--text", "ab"]).exit_code == 2
    assert runner.invoke(app, [*look, f"{tmp_path}/none", "--text", WORDS]).exit_code == 2
    listed = runner.invoke(app, [*look, str(tmp_path), "--texts", "-"], input=f"{WORDS}\n\n")
    assert listed.exit_code == 1


def test_a_bucket_by_command(
    s3: services.S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where media lie, whoever lends the room may look."""
    url = f"s3://{uuid4().hex[:12]}?endpoint={s3.endpoint}&region={s3.region}"
    store = open_store(url, tmp_path, s3.key, s3.secret)
    (tmp_path / "file").write_bytes(b"noise" + WORDS.encode())

    async def put() -> str:
        await store.make_bucket()  # type: ignore[attr-defined]
        stored = await store.put(tmp_path / "file")
        await store.close()
        return stored.key

    key = asyncio.run(put())
    monkeypatch.setenv("WHIMBREL_S3_KEY", s3.key)
    monkeypatch.setenv("WHIMBREL_S3_SECRET", s3.secret)
    look = ["privacy", "verify-erasure", url, "--data", str(tmp_path), "--text"]
    told = CliRunner().invoke(app, [*look, WORDS])
    assert (told.exit_code, f"{key}, byte 5" in told.output) == (1, True)
    assert CliRunner().invoke(app, [*look, "Zwölf Krähen"]).exit_code == 0
