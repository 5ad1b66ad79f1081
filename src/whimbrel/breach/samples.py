"""Files that tell more than they show: where cameras and editors write something down, a word."""

import io
import struct
import zlib
from pathlib import Path
from random import Random
from typing import NamedTuple

WORD = "CANARY-48.8584N-2.2945E"
MARK = WORD.encode()
PLACE = (48.0, 51.0, 30.5)  # degrees, minutes, seconds
REFUSED = {  # what is no picture for anybody
    "a drawing with a script in it": (
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "image/svg+xml",
    ),
    "a web page": (b"<!doctype html><script>alert(1)</script>", "text/html"),
    "a document": (b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF", "application/pdf"),
    "a picture of layers": (b"8BPS\0\x01" + bytes(64), "image/vnd.adobe.photoshop"),
}


class Marked(NamedTuple):
    """A file with `WORD` in every place that its format has for words."""

    name: str
    mime: str
    file: bytes


def plain(seed: str) -> bytes:
    """A PNG like no other."""
    from PIL import Image

    noise = Random(seed).randbytes(48 * 48 * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", (48, 48), noise).save(out, "PNG")
    return out.getvalue()


def pictures() -> list[Marked]:
    """One of each format."""
    return [_jpeg(), _png(), _webp(), _gif(), _heic()]


def _image(seed: str = "drill") -> "Image":  # type: ignore[name-defined]  # noqa: F821
    from PIL import Image

    return Image.open(io.BytesIO(plain(seed))).convert("RGB").resize((160, 120))


def _exif() -> bytes:
    from PIL import Image

    tags = Image.Exif()
    tags[0x010E] = tags[0x010F] = tags[0x9286] = WORD
    place = tags.get_ifd(0x8825)
    place[1], place[2], place[0x1B] = "N", PLACE, MARK
    tags.get_ifd(0x8769)[0x927C] = MARK * 3  # the camera's own
    return tags.tobytes()


_XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>' + MARK + b"</a></x:xmpmeta>"


def _jpeg() -> Marked:
    out = io.BytesIO()
    _image().save(out, "JPEG", exif=_exif(), comment=MARK, xmp=_XMP)
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(MARK)) + MARK
    data = out.getvalue()
    data = data[:2] + b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc + data[2:]
    return Marked("JPEG", "image/jpeg", data + MARK)  # the end, where a motion photo has its film


def _png() -> Marked:
    from PIL import PngImagePlugin

    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", WORD)
    words.add_itxt("XML:com.adobe.xmp", _XMP.decode())
    words.add(b"prVt", MARK)
    out = io.BytesIO()
    _image().save(out, "PNG", pnginfo=words, exif=_exif())
    return Marked("PNG", "image/png", out.getvalue() + MARK)


def _webp() -> Marked:
    out = io.BytesIO()
    _image().save(out, "WEBP", exif=_exif(), xmp=_XMP)
    return Marked("WebP", "image/webp", out.getvalue())


def _gif() -> Marked:
    out = io.BytesIO()
    _image().save(out, "GIF", comment=MARK)
    return Marked("GIF", "image/gif", out.getvalue() + MARK)


def _heic() -> Marked:
    import pillow_heif

    out = io.BytesIO()
    pillow_heif.from_pillow(_image()).save(out, exif=_exif(), xmp=_XMP)
    box = struct.pack(">I", len(MARK) + 8) + b"free" + MARK
    return Marked("HEIC", "image/heic", out.getvalue() + box)


def film(folder: Path) -> Marked:
    """Half a second of H.264 in an MP4 as a phone makes it."""
    import av

    path = folder / "film.mp4"
    options = {"movflags": "+use_metadata_tags"}
    with av.open(str(path), "w", format="mp4", options=options) as output:
        for tag in ("title", "comment", "com.apple.quicktime.location.ISO6709", "make"):
            output.metadata[tag] = WORD
        stream = output.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        stream.metadata["handler_name"] = WORD
        stream.options = {"preset": "ultrafast"}
        for number in range(5):
            frame = av.VideoFrame.from_image(_image(str(number)))  # type: ignore[no-untyped-call]
            output.mux(stream.encode(frame.reformat(format="yuv420p")))
        output.mux(stream.encode(None))
    box = struct.pack(">I", len(MARK) + 8) + b"free" + MARK
    return Marked("MP4", "video/mp4", path.read_bytes() + box)


def tells(file: bytes) -> bool:
    """Whether the word is in there: as it is, or in a packed part of a PNG."""
    if MARK in file or MARK.decode().encode("utf-16-le") in file:
        return True
    at = 8
    while file.startswith(b"\x89PNG") and at + 8 <= len(file):
        size, kind = struct.unpack(">I4s", file[at : at + 8])
        body = file[at + 8 : at + 8 + size]
        if kind in (b"zTXt", b"iTXt", b"iCCP"):
            packed = body.find(b"\x78")
            try:
                if packed >= 0 and MARK in zlib.decompressobj().decompress(body[packed:]):
                    return True
            except zlib.error:
                pass
        at += 12 + size
    return False
