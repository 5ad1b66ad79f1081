"""Small files in every format, with words planted wherever cameras and editors leave some."""

import array
import io
import math
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
import pillow_heif
from PIL import Image, ImageDraw, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

CANARY = b"CANARY-48.8584N-2.2945E"
WORD = CANARY.decode()
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax'
    b'-ns#"><rdf:Description><a>' + CANARY + b"</a></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def drawing(width: int = 160, height: int = 100, alpha: bool = False) -> Image.Image:
    """Red top left corner, so that turning shows; a slope elsewhere."""
    image = Image.new("RGB", (width, height), (40, 90, 160))
    draw = ImageDraw.Draw(image)
    for x in range(width):
        draw.line((x, 0, x, height), fill=(x * 255 // width, 120, 90))
    draw.rectangle((0, 0, width // 3, height // 3), fill=(250, 10, 10))
    if alpha:
        image.putalpha(Image.linear_gradient("L").resize((width, height)))
    return image


def exif(orientation: int = 1) -> bytes:
    tags = Image.Exif()
    tags[0x010E] = WORD  # description
    tags[0x010F] = WORD  # make
    tags[0x9286] = WORD
    tags[0x0112] = orientation
    place = tags.get_ifd(0x8825)
    place[1], place[2] = "N", (IFDRational(48), IFDRational(51), IFDRational(30))
    place[0x1D] = WORD[:10]
    place[0x1B] = CANARY
    tags.get_ifd(0x8769)[0x927C] = CANARY * 3  # maker note
    return tags.tobytes()


def profile() -> bytes:
    """An sRGB profile with private words in it."""
    from PIL import ImageCms

    plain = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = struct.unpack(">I", plain[128:132])[0]
    for i in range(tags):
        name, at, size = struct.unpack(">4sII", plain[132 + 12 * i : 144 + 12 * i])
        if name == b"cprt":
            word = (CANARY * 4)[: size - 28]
            plain[at + 28 : at + 28 + len(word)] = word
    return bytes(plain)


def jpeg(orientation: int = 1, size: tuple[int, int] = (160, 100)) -> bytes:
    out = io.BytesIO()
    drawing(*size).save(
        out,
        "JPEG",
        exif=exif(orientation),
        icc_profile=profile(),
        comment=CANARY,
        quality=90,
        xmp=XMP,
    )
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(CANARY)) + CANARY
    app13 = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc
    data = out.getvalue()
    return data[:2] + app13 + data[2:] + CANARY * 2  # a trailer, as motion photos have


def png(alpha: bool = True) -> bytes:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", WORD)
    words.add_itxt("XML:com.adobe.xmp", XMP.decode())
    words.add(b"prVt", CANARY)
    out = io.BytesIO()
    drawing(alpha=alpha).save(out, "PNG", pnginfo=words, exif=exif(), icc_profile=profile())
    return out.getvalue() + CANARY


def webp() -> bytes:
    out = io.BytesIO()
    drawing().save(out, "WEBP", exif=exif(), xmp=XMP, icc_profile=profile())
    body = out.getvalue()[12:] + b"PrVt" + struct.pack("<I", len(CANARY) + 1) + CANARY + b"\0"
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def heic() -> bytes:
    out = io.BytesIO()
    heif = pillow_heif.from_pillow(drawing())
    heif.info["xmp"] = XMP
    heif.save(out, exif=exif(), xmp=XMP)
    return out.getvalue() + struct.pack(">I", len(CANARY) + 8) + b"free" + CANARY


def avif() -> bytes:
    out = io.BytesIO()
    drawing().save(out, "AVIF", exif=exif(), xmp=XMP, icc_profile=profile())
    return out.getvalue() + struct.pack(">I", len(CANARY) + 8) + b"free" + CANARY


def frames(count: int = 8, size: tuple[int, int] = (201, 151)) -> list[Image.Image]:
    images = []
    for i in range(count):
        image = drawing(*size)
        draw = ImageDraw.Draw(image)
        for k in range(300):  # grain, that a palette format pays for and a video does not
            draw.point(((k * 37 + i * 11) % size[0], (k * 53 + i) % size[1]), fill=(k % 256, 0, 99))
        images.append(image)
    return images


def animated(form: str, count: int = 8, size: tuple[int, int] = (201, 151)) -> bytes:
    out = io.BytesIO()
    first, *rest = frames(count, size)
    extra = {"comment": CANARY} if form == "GIF" else {"exif": exif()}
    first.save(out, form, save_all=True, append_images=rest, duration=80, loop=0, **extra)
    return out.getvalue() + CANARY


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def bomb_png(side: int = 20_000) -> bytes:
    """A few hundred kilobytes that would become gigabytes."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1 + side * 3) * 100, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


_SEI = b"\x05" + bytes([16 + len(CANARY)]) + bytes(range(16)) + CANARY + b"\x80"
SEI = {"libx264": b"\x06" + _SEI, "libx265": b"\x4e\x01" + _SEI}  # what cameras note in a film


def film(
    path: Path,
    form: str,
    video: str | None,
    audio: str | None,
    *,
    size: tuple[int, int] = (160, 120),
    seconds: int = 1,
    rate: int = 25,
    chapters: bool = False,
) -> None:
    """A moving slope and a tone, with words in the tags."""
    options = {"movflags": "+use_metadata_tags"} if form in ("mp4", "mov") else {}
    with av.open(str(path), "w", format=form, options=options) as output:
        for tag in ("title", "comment", "artist", "com.apple.quicktime.location.ISO6709", "make"):
            output.metadata[tag] = WORD
        output.metadata["location"] = "+48.8584+002.2945/"
        picture = output.add_stream(video, rate=rate) if video else None
        if picture:
            picture.width, picture.height = size
            picture.pix_fmt = "yuv420p"
            picture.metadata["handler_name"] = picture.metadata["title"] = WORD
            if "x26" in video:
                picture.options = {"preset": "ultrafast"} | (
                    {"x265-params": "log-level=none"} if video == "libx265" else {}
                )
            else:
                picture.options = {"cpu-used": "8", "deadline": "realtime"}
        sound = output.add_stream(audio, rate=48_000, layout="stereo") if audio else None
        if chapters:
            output.set_chapters(
                [
                    {
                        "id": 1,
                        "start": 0,
                        "end": 500,
                        "time_base": Fraction(1, 1000),
                        "metadata": {"title": WORD},
                    }
                ]
            )
        for i in range(seconds * rate if picture else 0):
            frame = av.VideoFrame.from_image(drawing(*size).rotate(i))
            frame.pts, frame.time_base = i, Fraction(1, rate)
            for packet in picture.encode(frame.reformat(format="yuv420p")):
                output.mux(_with_sei(packet, picture, SEI[video]) if video in SEI else packet)
        if picture:
            output.mux(picture.encode(None))
        if sound:
            _tone(output, sound, seconds)


def _with_sei(packet: av.Packet, stream: av.stream.Stream, sei: bytes) -> av.Packet:
    """The words as a camera's SEI, before the slices."""
    new = av.Packet(b"\0\0\0\x01" + sei + bytes(packet))
    new.pts, new.dts, new.time_base = packet.pts, packet.dts, packet.time_base
    new.stream, new.is_keyframe = stream, packet.is_keyframe
    return new


def _tone(output: av.container.OutputContainer, sound: av.audio.AudioStream, seconds: int) -> None:
    context = sound.codec_context
    shape = av.AudioResampler(context.format.name, "stereo", 48_000, context.frame_size or 1024)
    for start in range(0, 48_000 * seconds, 4800):
        frame = av.AudioFrame(format="s16", layout="mono", samples=4800)
        wave = [int(8000 * math.sin((start + k) * 0.05)) for k in range(4800)]
        frame.planes[0].update(array.array("h", wave).tobytes())
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        for piece in shape.resample(frame):
            output.mux(sound.encode(piece))
    for piece in shape.resample(None):
        output.mux(sound.encode(piece))
    output.mux(sound.encode(None))


def turned(film: bytes, degrees: int) -> bytes:
    """An MP4 whose player is told to turn it clockwise: the matrix in its track header."""
    sides = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees]
    a, b, c, d = (side << 16 for side in sides)
    at = film.index(b"tkhd") + 44
    return film[:at] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + film[at + 36 :]
