"""Files of a hundred makers, and what of them is served: the picture, and nothing else.

Threat model, section 3. All of ExifTool's own test images with WHIMBREL_LONG=1; a part of them, one
of each kind, otherwise."""

import asyncio
import os
import struct
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import corpus
import media_samples as samples
import pytest
from media_samples import CANARY, WORD

from whimbrel.core.errors import Invalid
from whimbrel.media.process.sandbox import process

LONG = bool(os.environ.get("WHIMBREL_LONG"))
PART = 6  # of so many pictures one, where it has to be quick
AT_ONCE = 2
TAKEN = {".jpg", ".jps", ".png", ".gif", ".webp", ".heic", ".mov", ".m4a", ".mp3", ".ogg", ".wav"}
TAKEN |= {".flac", ".opus"}
# Nothing but a head with tags: no frame of a film or a sound was left in them, and no pixel.
HEADS = {
    *("FLAC.flac", "FLAC.ogg", "MP3.mp3", "Opus.opus", "QuickTime.heic", "QuickTime.m4a"),
    *("QuickTime.mov", "RIFF.wav", "Vorbis.ogg"),
}
NEVER = {".svg", ".html", ".pdf", ".tif", ".psd", ".btf", ".dng", ".xmp", ".cr3", ".nef"}


class Came(NamedTuple):
    """What came of a file."""

    name: str
    served: list[Path]  # empty where it was refused
    why: str


def all_of(files: Iterable[Path], folder: Path) -> dict[str, Came]:
    """What comes of each of these files, by name; whatever is no refusal fails the test."""
    (folder / "served").mkdir()

    async def go() -> list[Came]:
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(path: Path) -> Came:
            async with turn:
                try:
                    async with process(path, folder / "scratch") as made:
                        return Came(
                            path.name, [_kept(path, each.path) for each in made.variants], ""
                        )
                except Invalid as refusal:
                    assert refusal.status == 422
                    return Came(path.name, [], str(refusal))

        def _kept(path: Path, at: str) -> Path:
            copy = folder / "served" / f"{path.name}.{Path(at).name}"
            copy.write_bytes(Path(at).read_bytes())
            return copy

        return [await each for each in [asyncio.ensure_future(one(path)) for path in files]]

    return {came.name: came for came in asyncio.run(go())}


def chosen() -> list[Path]:
    """Which of ExifTool's images are tried."""
    found = corpus.images()
    if LONG:
        return found
    taken = [path for path in found if path.suffix in TAKEN - {".mp3"} and path.name not in HEADS]
    others = [path for path in found if path.suffix in NEVER or path.name in HEADS]
    rare = [path for path in taken if path.suffix != ".jpg"]
    return [*[path for path in taken if path.suffix == ".jpg"][::PART], *rare, *others[::2]]


def test_nothing_that_exiftool_knows_is_served(tmp_path):
    """A photographer's address in the maker's own corner of a JPEG would be on every page with it;
    and a file of a kind we never heard of must be refused in words, not with a fault."""
    files = chosen()
    came = all_of(files, tmp_path)
    ordinary = [path for path in files if path.suffix in TAKEN and path.name not in HEADS]
    taken = [path for path in ordinary if came[path.name].served]
    assert len(taken) >= 0.98 * len(ordinary) >= 10, set(ordinary) - set(taken)
    others = [path for path in files if path not in ordinary]
    assert [path.name for path in others if came[path.name].served] == []
    assert all(came[path.name].why.endswith(".") for path in others)
    served = [file for each in came.values() for file in each.served]
    assert corpus.leaks(taken[:3]) != [], "in what was sent"
    assert corpus.leaks(served) == []


# ------------------------------------------------------------------------------ words of our own


def _jpeg() -> bytes:
    """A word in every application segment, in comments, between the scans' end and the file's."""
    plain = samples.jpeg()
    segments = b"".join(
        bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
        for marker in [*range(0xE2, 0xF0), 0xFE]
        for body in (b"Corner\0" + CANARY,)
    )
    return plain[:2] + segments + plain[2:] + b"\xff\xd8\xff\xe1" + CANARY


def _png() -> bytes:
    """Packed words, Exif of its own chunk, and a chunk that nobody knows."""
    plain = samples.png(alpha=False)
    head, rest = plain[:33], plain[33:]
    extra = samples.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(CANARY * 3))
    extra += samples.chunk(b"iTXt", b"Title\0\1\0\0\0" + zlib.compress(CANARY))
    extra += samples.chunk(b"eXIf", samples.exif()[6:])
    extra += samples.chunk(b"caBX", CANARY) + samples.chunk(b"tIME", bytes(7))
    return head + extra + rest


def _gif() -> bytes:
    """XMP as an application of its own, a comment, a text to be drawn, and a tail."""
    plain = samples.animated("GIF", 1)
    xmp = b"\x21\xff\x0bXMP DataXMP" + samples.XMP + b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    comment = b"\x21\xfe" + bytes([len(CANARY)]) + CANARY + b"\0"
    palette = 3 * 2 ** ((plain[10] & 7) + 1) if plain[10] & 0x80 else 0
    at = 13 + palette
    return plain[:at] + xmp + comment + plain[at:]


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def _film(path: Path, form: str, video: str, audio: str | None) -> bytes:
    samples.film(path, form, video, audio)
    found = path.read_bytes()
    if form in ("mp4", "mov"):
        place = b"\xa9xyz" + struct.pack(">HH", len(CANARY), 0x15C7) + CANARY
        uuid = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
        found += _box(b"uuid", uuid + samples.XMP) + _box(b"udta", struct.pack(">I", 8) + place)
        found += _box(b"free", CANARY) + _box(b"meta", CANARY)
    return _attached(found) if form == "webm" else found


def _ebml(kind: str, body: bytes) -> bytes:
    return bytes.fromhex(kind) + struct.pack(">Q", len(body) | 1 << 56) + body


def _attached(webm: bytes) -> bytes:
    """A photo with its place, tags and a gap, at the end of the one segment that a WebM is."""
    photo = _ebml("466E", CANARY + b".jpg") + _ebml("4660", b"image/jpeg") + _ebml("46AE", b"\1")
    file = _ebml("61A7", photo + _ebml("467E", CANARY) + _ebml("465C", _jpeg()))
    place = _ebml("45A3", b"LOCATION") + _ebml("4487", CANARY)
    tags = _ebml("7373", _ebml("63C0", b"") + _ebml("67C8", place))
    more = _ebml("1941A469", file) + _ebml("1254C367", tags) + _ebml("EC", CANARY)
    at = webm.index(bytes.fromhex("18538067")) + 4
    size = int.from_bytes(webm[at : at + 8], "big") + len(more)
    return webm[:at] + size.to_bytes(8, "big") + webm[at + 8 :] + more


def _wav(path: Path) -> bytes:
    samples.film(path, "wav", None, "pcm_s16le")
    body = path.read_bytes()[12:]
    info = b"INFO" + b"IART" + struct.pack("<I", len(CANARY) + 1) + CANARY + b"\0"
    for kind, more in ((b"LIST", info), (b"bext", CANARY.ljust(602, b"\0")), (b"iXML", CANARY)):
        body += kind + struct.pack("<I", len(more)) + more + b"\0" * (len(more) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body


def _flac(path: Path) -> bytes:
    samples.film(path, "flac", None, "flac")
    plain = path.read_bytes()
    photo = samples.jpeg()
    picture = struct.pack(">II", 3, 10) + b"image/jpeg" + struct.pack(">I", len(CANARY)) + CANARY
    picture += struct.pack(">IIIII", 160, 100, 24, 0, len(photo)) + photo
    blocks = b"".join(
        bytes([kind]) + len(body).to_bytes(3, "big") + body
        for kind, body in ((6, picture), (2, b"RIFF" + CANARY))
    )
    first = 4 + 4 + 34  # the marker, and what must come first
    return plain[:first] + blocks + plain[first:]


def _mp3(path: Path) -> bytes:
    samples.film(path, "mp3", None, "libmp3lame")
    ape = b"APETAGEX" + struct.pack("<IIII", 2000, 32, 0, 0) + bytes(8)
    return path.read_bytes() + CANARY + ape + b"TAG" + CANARY.ljust(125, b"\0")


def _opus(path: Path) -> bytes:
    samples.film(path, "ogg", None, "libopus")
    return path.read_bytes()


STILLS: dict[str, Callable[[], bytes]] = {
    "jpeg": _jpeg,
    "png": _png,
    "gif": _gif,
    "webp": samples.webp,
    "heic": samples.heic,
    "avif": samples.avif,
}
MOVING: dict[str, Callable[[Path], bytes]] = {
    "h264.mp4": lambda path: _film(path, "mp4", "libx264", "aac"),
    "hevc.mov": lambda path: _film(path, "mov", "libx265", None),
    "vp8.webm": lambda path: _film(path, "webm", "libvpx", "libopus"),
    "vp9.webm": lambda path: _film(path, "webm", "libvpx-vp9", None),
    "wav": _wav,
    "flac": _flac,
    "mp3": _mp3,
    "opus": _opus,
}


def test_no_word_that_is_planted_anywhere_is_served(tmp_path):
    """Each container has a dozen corners where a program may have noted who, where and when."""
    files = []
    for name, make in STILLS.items():
        files.append(tmp_path / f"still.{name}")
        files[-1].write_bytes(make())
    for name, film in MOVING.items():
        files.append(tmp_path / f"film.{name}")
        files[-1].write_bytes(film(tmp_path / "made"))
    assert all(CANARY in file.read_bytes() for file in files)
    came = all_of(files, tmp_path)
    assert [each.why for each in came.values() if not each.served] == []
    needles = [CANARY[:10], WORD.encode("utf-16-le"), b"Exif\0", b"xmpmeta", b"+48.8584", b"8BIM"]
    for each in came.values():
        for file in each.served:
            whole = file.read_bytes()
            packed = _unpacked(whole) if whole.startswith(b"\x89PNG") else b""
            assert [word for word in needles if word in whole or word in packed] == [], file.name
    pictures = [file for each in came.values() for file in each.served if file.suffix != ".mp3"]
    stills = [file for file in pictures if file.suffix != ".mp4"]
    assert corpus.leaks(stills) == []


def _unpacked(png: bytes) -> bytes:
    """All of a PNG's packed texts."""
    at, found = 8, b""
    while at + 8 <= len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind in (b"zTXt", b"iTXt", b"iCCP"):
            found += png[at : at + size]
        at += 12 + size
    return found


@pytest.mark.parametrize("codec", samples.SEI)
def test_what_a_camera_notes_between_the_pictures_is_not_served(tmp_path, codec):
    """Where each second of a film was taken stands in its stream, in units that players skip."""
    path = tmp_path / "film.mp4"
    samples.film(path, "mp4", codec, None)
    assert bytes(range(16)) + CANARY in path.read_bytes()
    served = all_of([path], tmp_path)["film.mp4"].served
    assert len(served) == 2
    assert [file.name for file in served if CANARY[:10] in file.read_bytes()] == []
