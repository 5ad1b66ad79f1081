"""Uploads as strangers send them: nothing of theirs but pixels and samples may come out."""

import asyncio
import io
from collections.abc import Callable
from pathlib import Path

import av
import media_samples as samples
import pytest
from media_samples import CANARY
from PIL import Image

from whimbrel.core.errors import Invalid
from whimbrel.media.process.result import Limits, Processed
from whimbrel.media.process.sandbox import process


class Made:
    """A result with its files' bytes, read before the room was cleared."""

    def __init__(self, processed: Processed) -> None:
        self.processed = processed
        self.kind = processed.kind
        self.files = [Path(v.path).read_bytes() for v in processed.variants]
        self.original, self.small = processed.variants[0], processed.variants[-1]


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Made]:
    """Process bytes, or a file; nothing may be left in the scratch folder, whatever happens."""

    def make(data: bytes | Path, limits: Limits | None = None) -> Made:
        path, scratch = tmp_path / "upload", tmp_path / "scratch"
        path = data if isinstance(data, Path) else path
        if isinstance(data, bytes):
            path.write_bytes(data)

        async def go() -> Made:
            async with process(path, scratch, limits) as result:
                return Made(result)

        try:
            return asyncio.run(go())
        finally:
            assert not scratch.exists() or list(scratch.iterdir()) == []

    return make


def assert_clean(result: Made) -> None:
    for variant, data in zip(result.processed.variants, result.files, strict=True):
        assert variant.bytes == len(data) > 0
        for word in (
            CANARY[:10],
            CANARY[-8:],
            b"Exif",
            b"xmpmeta",
            b"ICC_PROFILE",
            b"+48.8584",
            b"8BIM",
        ):
            assert word not in data, (variant.name, word)
            assert word.decode().encode("utf-16-le") not in data


STILLS = {
    "jpeg": (samples.jpeg, "jpg"),
    "png": (samples.png, "png"),
    "webp": (samples.webp, "webp"),
    "heic": (samples.heic, "jpg"),
    "avif": (samples.avif, "jpg"),
}


@pytest.mark.parametrize("form", STILLS)
def test_a_picture_leaves_its_place_and_maker_behind(made, form):
    """A photo taken at home must not tell the world where home is, in any of its copies."""
    data, extension = STILLS[form][0](), STILLS[form][1]
    assert CANARY in data
    result = made(data)
    assert_clean(result)
    assert result.kind == "image"
    assert result.original.extension == extension
    assert (result.original.width, result.original.height) == (160, 100)
    assert len(result.processed.blurhash) == 28
    shown = Image.open(io.BytesIO(result.files[0])).convert("RGB")
    red, green, _ = shown.getpixel((10, 10))
    assert red > 150 and green < 120


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_stands_upright(made, orientation):
    """Phones save what the sensor saw and a note how to turn it; we drop the note, so we turn."""
    result = made(samples.jpeg(orientation))
    upright = (160, 100) if orientation < 5 else (100, 160)
    assert (result.original.width, result.original.height) == upright
    shown = Image.open(io.BytesIO(result.files[0]))
    w, h = shown.size
    corners = {1: (5, 5), 2: (w - 5, 5), 3: (w - 5, h - 5), 4: (5, h - 5)}
    corners |= {5: (5, 5), 6: (w - 5, 5), 7: (w - 5, h - 5), 8: (5, h - 5)}
    red, green, _ = shown.getpixel(corners[orientation])
    assert red > 200 and green < 80


def test_a_large_photo_is_shrunk_twice(made):
    """A 12 megapixel photo on a phone plan: the timeline shows the small one."""
    limits = Limits(original_pixels=20_000, small_pixels=5_000)
    result = made(samples.jpeg(size=(400, 200)), limits)
    assert result.original.width * result.original.height <= 20_000
    assert result.small.width * result.small.height <= 5_000
    assert result.small.width / result.small.height == pytest.approx(2, rel=0.05)


def test_the_small_copy_of_nothing_but_grain_is_light(made):
    """On a slow line one picture taken at dusk would keep everything else waiting."""
    out = io.BytesIO()
    Image.effect_noise((800, 600), 90).save(out, "JPEG", quality=95)
    small = made(out.getvalue()).small
    assert 0.1 < small.bytes / (small.width * small.height) <= 0.21


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_an_animation_becomes_a_silent_video(made, form):
    """A heavy GIF costs every reader; its video is a fraction, and says nothing more."""
    data = samples.animated(form)
    result = made(data)
    assert result.kind == "gifv"
    assert result.original.mime == "video/mp4" and result.original.bytes < len(data)
    assert result.original.duration == pytest.approx(0.64, abs=0.05)
    assert (result.original.width, result.original.height) == (200, 150)
    with av.open(io.BytesIO(result.files[0])) as film:
        assert not film.streams.audio
        assert sum(1 for _ in film.decode(video=0)) == 8
    assert_clean(result)


def test_the_last_frame_of_an_animation_keeps_its_pause(made):
    """The punch line of a GIF stands for two seconds; cut short, nobody can read it."""
    out = io.BytesIO()
    first, *rest = samples.frames(6)
    first.save(out, "GIF", save_all=True, append_images=rest, duration=[100] * 5 + [2000], loop=0)
    assert made(out.getvalue()).original.duration == pytest.approx(2.5, abs=0.1)


def test_a_tiny_animation_stays_what_it_was(made):
    """A pixel of a spinner is lighter as a GIF than as a video."""
    result = made(samples.animated("GIF", 2, (8, 8)))
    assert (result.kind, result.original.mime) == ("image", "image/gif")
    assert Image.open(io.BytesIO(result.files[0])).n_frames == 2
    assert (result.original.width, result.original.height) == (8, 8)
    assert_clean(result)


def test_a_still_gif_is_a_picture(made):
    result = made(samples.animated("GIF", 1))
    assert (result.kind, result.original.mime) == ("image", "image/png")
    assert_clean(result)


FILMS = {
    "mp4": ("mp4", "libx264", "aac"),
    "mov": ("mov", "libx265", "aac"),
    "webm": ("webm", "libvpx", "libopus"),
    "silent": ("mp4", "libx264", None),
}


@pytest.mark.parametrize("form", FILMS)
def test_a_film_leaves_its_place_and_maker_behind(made, tmp_path, form):
    """Tags, chapters, stream names, and the notes cameras hide between the pictures (SEI)."""
    path = tmp_path / "film"
    samples.film(path, *FILMS[form], chapters=form == "mp4")
    assert CANARY in path.read_bytes()
    result = made(path)
    assert_clean(result)
    assert result.kind == "video"
    assert (result.original.width, result.original.height) == (160, 120)
    assert result.original.duration == pytest.approx(1, abs=0.1)
    assert result.original.frame_rate == pytest.approx(25, abs=1)
    with av.open(io.BytesIO(result.files[0])) as film:
        assert [s.codec_context.name for s in film.streams.video] == ["h264"]
        assert len(film.streams) == (1 if form == "silent" else 2)
        assert film.chapters() == []
        assert sum(1 for _ in film.decode(video=0)) == pytest.approx(25, abs=1)
    assert result.files[0].index(b"moov") < result.files[0].index(b"mdat")  # plays while it loads


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_turned_film_stands_upright(made, tmp_path, codec):
    """Held upright, most phones film sideways; copied or converted, it must not fall over."""
    path = tmp_path / "film"
    samples.film(path, "mp4", codec, None)
    for degrees, corner in ((90, "right top"), (180, "right bottom"), (270, "left bottom")):
        result = made(samples.turned(path.read_bytes(), degrees))
        size = (160, 120) if degrees == 180 else (120, 160)
        assert (result.original.width, result.original.height) == size
        with av.open(io.BytesIO(result.files[0])) as film:
            frame = next(film.decode(video=0))
            copied = frame.to_image().rotate(frame.rotation, expand=True)
            assert bool(frame.rotation) == (codec == "libx264")
        for shown in (copied, Image.open(io.BytesIO(result.files[1]))):
            assert shown.size == size
            x = 5 if "left" in corner else size[0] - 5
            y = 5 if "top" in corner else size[1] - 5
            red, green, _ = shown.convert("RGB").getpixel((x, y))
            assert red > 180 and green < 90, (degrees, corner)


SOUNDS = {
    "mp3": ("mp3", "libmp3lame"),
    "opus": ("ogg", "libopus"),
    "flac": ("flac", "flac"),
    "wav": ("wav", "pcm_s16le"),
    "m4a": ("ipod", "aac"),
}


@pytest.mark.parametrize("form", SOUNDS)
def test_a_sound_is_its_samples(made, tmp_path, form):
    """Tags, and junk after the last frame, say who recorded it and where."""
    path = tmp_path / "sound"
    samples.film(path, SOUNDS[form][0], None, SOUNDS[form][1])
    with path.open("ab") as file:
        file.write(CANARY if form in ("mp3", "wav") else b"")
    assert CANARY in path.read_bytes()
    result = made(path)
    assert_clean(result)
    assert (result.kind, result.original.mime) == ("audio", "audio/mpeg")
    assert result.original.duration == pytest.approx(1, abs=0.1)
    assert result.processed.blurhash is None


def test_a_cover_picture_stays_behind(made, tmp_path):
    """The photo on a voice memo has its own place in its own EXIF."""
    path = tmp_path / "sound"
    samples.film(path, "mp3", None, "libmp3lame")
    picture = b"\0image/jpeg\0\x03\0" + samples.jpeg()
    size = len(picture)
    frame = b"APIC" + size.to_bytes(4, "big") + b"\0\0" + picture
    total = len(frame)
    safe = bytes((total >> shift) & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x03\0\0" + safe + frame + path.read_bytes())
    result = made(path)
    assert result.kind == "audio" and len(result.files) == 1
    assert_clean(result)
    assert b"\xff\xd8\xff" not in result.files[0][:2000]


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("film") / "film"
    samples.film(path, "mp4", "libx264", "aac")
    return path.read_bytes()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED = {
    "empty": (b"", "empty"),
    "svg": (SVG, "SVG"),
    "svg behind xml": (b'<?xml version="1.0"?>\n' + SVG, "SVG"),
    "page": (b"<!doctype html><script>alert(1)</script>", "Web pages"),
    "pdf": (b"%PDF-1.7\n" + b"x" * 100, "PDF"),
    "tiff": (b"II*\0" + b"\0" * 100, "TIFF"),
    "psd": (b"8BPS\0\1" + b"\0" * 100, "Photoshop"),
    "playlist": (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "playlists"),
    "zip": (b"PK\x03\x04" + b"\0" * 50, "ZIP"),
    "noise": (bytes(range(7, 200)), "no picture"),
    "svg called png": (b"\x89PNG\r\n\x1a\n" + SVG, "damaged"),
    "page called jpeg": (b"\xff\xd8\xff" + b"<html>" * 50, "damaged"),
    "page called gif": (b"GIF89a" + b"<html>" * 50, "file"),
    "half a jpeg": (samples.jpeg()[:3000], "damaged"),
    "half a png": (samples.png()[: len(samples.png()) * 2 // 3], "damaged"),
    "half a webp": (samples.webp()[:600], "damaged"),
    "half a heic": (samples.heic()[:700], "damaged"),
    "half an avif": (samples.avif()[:700], "damaged"),
    "bomb": (samples.bomb_png(), "megapixels"),
    "not ogg": (b"OggS" + b"\0" * 500, "damaged"),
    "not mp3": (b"ID3\x03\0\0\0\0\0\0" + b"\0" * 500, "file"),
    "not webm": (b"\x1a\x45\xdf\xa3" + b"webm" * 100, "damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_a_picture_is_told_so(made, name):
    """A disguised, damaged or hostile file: a reason in plain words, and nothing left behind."""
    data, reason = REFUSED[name]
    with pytest.raises(Invalid, match=reason) as refusal:
        made(data)
    assert refusal.value.status == 422
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize("part", [0.2, 0.6, 0.95])
def test_a_film_that_was_cut_off_is_refused(made, film, part):
    with pytest.raises(Invalid):
        made(film[: int(len(film) * part)])


@pytest.mark.parametrize(
    ("data", "limits", "reason"),
    [
        (samples.jpeg(), Limits(image_bytes=100), "MB are the most"),
        (samples.jpeg(), Limits(pixels=1000), "megapixels"),
        (samples.animated("GIF"), Limits(frames=5), "frames"),
        (samples.animated("GIF"), Limits(all_pixels=100_000), "megapixels"),
        (samples.animated("PNG"), Limits(frames=5), "frames"),
    ],
)
def test_more_than_the_limits_is_refused(made, data, limits, reason):
    with pytest.raises(Invalid, match=reason):
        made(data, limits)


def test_a_film_too_long_or_too_large_is_refused(made, film):
    with pytest.raises(Invalid, match="minutes"):
        made(film, Limits(seconds=0.1))
    with pytest.raises(Invalid, match="too large"):
        made(film, Limits(video_pixels=1000))


def test_a_name_is_never_looked_at(made, tmp_path):
    """vips reads options out of names, FFmpeg protocols: the name of an upload is neither."""
    path = tmp_path / "concat:http:[n=-1,unlimited].svg"
    path.write_bytes(samples.jpeg())
    assert made(path).original.mime == "image/jpeg"
