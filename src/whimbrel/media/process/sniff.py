"""What a file is, by its first bytes. Names and declared types are never asked.

This only chooses the decoder. Whether the file really is what it begins like, the decoder says."""

from pathlib import Path
from typing import Literal

from msgspec import Struct

from whimbrel.core.errors import Invalid

HEAD = 4096  # bytes that are looked at

Family = Literal["image", "av", "audio"]


class Format(Struct, frozen=True):
    """A format we take. `demuxer` is FFmpeg's name for it, where FFmpeg reads it."""

    name: str
    family: Family
    demuxer: str = ""


JPEG = Format("JPEG", "image")
PNG = Format("PNG", "image", "apng")
GIF = Format("GIF", "image")
WEBP = Format("WebP", "image")
HEIC = Format("HEIC", "image")
AVIF = Format("AVIF", "image")
MP4 = Format("MP4", "av", "mov,mp4,m4a,3gp,3g2,mj2")
MOV = Format("MOV", "av", "mov,mp4,m4a,3gp,3g2,mj2")
WEBM = Format("WebM", "av", "matroska,webm")
MP3 = Format("MP3", "audio", "mp3")
OGG = Format("OGG", "audio", "ogg")
FLAC = Format("FLAC", "audio", "flac")
WAV = Format("WAV", "audio", "wav")

FORMATS = {
    f.name: f for f in (JPEG, PNG, GIF, WEBP, HEIC, AVIF, MP4, MOV, WEBM, MP3, OGG, FLAC, WAV)
}
WANTED = (
    "Pictures: JPEG, PNG, GIF, WebP, HEIC, AVIF. Video: MP4, MOV, WebM. Sound: MP3, OGG, FLAC, WAV."
)

_STARTS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"OggS", OGG),
    (b"fLaC", FLAC),
    (b"ID3", MP3),
)
# Boxes that begin a QuickTime file from before it had an `ftyp`.
_OLD_MOV = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_REFUSED = (
    (b"%PDF", "PDF documents"),
    (b"II*\0", "TIFF pictures"),
    (b"MM\0*", "TIFF pictures"),
    (b"II+\0", "TIFF pictures"),
    (b"MM\0+", "TIFF pictures"),
    (b"8BPS", "Photoshop files"),
    (b"BM", "BMP pictures"),
    (b"PK\x03\x04", "ZIP archives"),
    (b"\x1f\x8b", "compressed files"),
    (b"\xff\x0a", "JPEG XL pictures"),
    (b"\0\0\0\x0cJXL ", "JPEG XL pictures"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000 pictures"),
    (b"#EXTM3U", "playlists"),
    (b"MZ", "programs"),
    (b"\x7fELF", "programs"),
)


def sniff(head: bytes) -> Format:
    """Tell the format from the first bytes.

    Args:
        head: the first `HEAD` bytes of the file, or all of it when it is shorter.
    Returns:
        One of `FORMATS`.
    Raises:
        Invalid: empty, or none of the formats we take.
    """
    if not head:
        raise Invalid("This file is empty.")
    for start, form in _STARTS:
        if head.startswith(start):
            return form
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"WAVE"):
        return WEBP if head[8:12] == b"WEBP" else WAV
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[4:8] in _OLD_MOV:
        return MOV
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        if b"webm" in head[:64]:
            return WEBM
        raise Invalid(f"Matroska video is not taken here. {WANTED}")
    # An MPEG audio frame: 11 bits set, layer III, a bitrate and a sampling rate that exist.
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] & 0xF0 != 0xF0:
        return MP3
    for start, what in _REFUSED:
        if head.startswith(start):
            raise Invalid(f"{what} are not taken here. {WANTED}")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in text:
        raise Invalid(f"SVG drawings are not taken here. {WANTED}")
    if text.startswith(b"<"):
        raise Invalid(f"Web pages are not taken here. {WANTED}")
    raise Invalid(f"This is no picture, video or sound that can be read here. {WANTED}")


def _by_brand(head: bytes) -> Format:
    """ISO base media: pictures and video share one container, the brands tell them apart."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[i : i + 4] for i in range(16, size - 3, 4))]
    if b"avif" in brands or b"avis" in brands:
        return AVIF
    if _HEIC_BRANDS.intersection(brands[:1]) or b"heic" in brands:
        return HEIC
    return MOV if brands[0] == b"qt  " else MP4


def sniff_file(path: Path) -> Format:
    """As `sniff`, reading the head of a file."""
    with path.open("rb") as file:
        return sniff(file.read(HEAD))
