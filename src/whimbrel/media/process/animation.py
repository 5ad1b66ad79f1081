"""Animated GIF, WebP and PNG: a silent video where that is smaller, else the same format anew."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av.error
import pyvips
from av.video.frame import VideoFrame
from msgspec.structs import replace

from whimbrel.core.errors import Invalid
from whimbrel.media.process import audio, sniff, stills, video
from whimbrel.media.process.result import Limits, Processed, Variant
from whimbrel.media.process.sniff import Format
from whimbrel.media.process.transcode import Encoder, even_size

# Browsers show a frame that claims 10 ms or less for a tenth of a second.
TOO_QUICK, USUAL = 10, 100  # milliseconds


class Picture(NamedTuple):
    """One frame: opaque sRGB pixels as RGBA, and how long they stay, in milliseconds."""

    pixels: bytes
    width: int
    height: int
    stays: int


def make(path: Path, form: Format, room: Path, limits: Limits) -> Processed:
    """Make the moving original and a still of its beginning.

    Returns:
        kind "gifv" with an MP4, or "image" with a GIF or WebP when the MP4 would be the larger.
    Raises:
        Invalid: more pixels or frames than the limits allow, or damaged.
        pyvips.Error: it cannot be decoded to its end.
    """
    frames = _apng(path, limits) if form is sniff.PNG else _pages(path, form, limits)
    film = _film(frames, room / "original.mp4", limits)
    first = stills.to_srgb(stills.load(path, form, access="sequential"))
    small, marks = stills.preview(first, room / "small", limits)
    if form is not sniff.PNG and film.bytes >= path.stat().st_size:
        again = _again(path, form, room)
        if again.bytes < film.bytes:
            Path(film.path).unlink()
            return Processed("image", (again, small), *marks)
        Path(again.path).unlink()
    return Processed("gifv", (film, small), *marks)


def _film(frames: Iterator[Picture], target: Path, limits: Limits) -> Variant:
    """Encode frames with the times they have; a video without sound."""
    time, encoder = 0, None
    with video.mp4(target) as output:
        for picture in frames:
            if encoder is None:
                size = even_size(picture.width, picture.height, 0, limits.video_side)
                rate = Fraction(1000, picture.stays)
                encoder = Encoder(output, size, rate, Fraction(1, 1000))
            frame = VideoFrame.from_bytes(picture.pixels, picture.width, picture.height, "rgba")
            frame = frame.reformat(*size, format="yuv420p")
            frame.pts, frame.time_base, frame.duration = time, Fraction(1, 1000), picture.stays
            time += picture.stays
            if time > limits.seconds * 1000:
                raise Invalid(f"{limits.seconds / 60:.0f} minutes are the most.")
            encoder.write(frame)
        if encoder is None:
            raise Invalid("There is no picture in this file.")
        encoder.write(None)
    return video.describe(target)


def _check(width: int, height: int, frames: int, limits: Limits) -> None:
    stills.check_pixels(width, height, limits)
    if frames > limits.frames:
        raise Invalid(f"This animation has {frames} frames; {limits.frames} are the most.")
    if width * height * frames > limits.all_pixels:
        most = limits.all_pixels // 1_000_000
        raise Invalid(f"This animation has more than {most} megapixels in all its frames.")


def _pages(path: Path, form: Format, limits: Limits) -> Iterator[Picture]:
    """GIF and WebP: vips lays all frames under each other; they are read off from the top."""
    head = stills.load(path, form)
    _check(head.width, head.height, head.get("n-pages"), limits)
    strip = stills.to_srgb(stills.load(path, form, n=-1, access="sequential"))
    width, height = strip.width, head.height
    delays = strip.get("delay") if strip.get_typeof("delay") else []
    if strip.hasalpha():
        strip = strip.flatten(background=255)
    strip = strip.bandjoin(255)  # FFmpeg takes no RGB without a fourth byte
    region = pyvips.Region.new(strip)
    for index in range(strip.height // height):
        stays = delays[index] if index < len(delays) else USUAL
        yield Picture(
            bytes(region.fetch(0, index * height, width, height)),
            width,
            height,
            stays if stays > TOO_QUICK else USUAL,
        )


def _apng(path: Path, limits: Limits) -> Iterator[Picture]:
    """PNG: vips sees only its first frame, FFmpeg sees them all."""
    try:
        with audio.opened(path, sniff.PNG) as source:
            stream = source.streams.video[0]
            count = 0
            for packet in source.demux(stream):
                for frame in packet.decode():
                    count += 1
                    _check(frame.width, frame.height, count, limits)
                    stays = int((frame.duration or 0) * (frame.time_base or 0) * 1000)
                    yield Picture(
                        _opaque(frame),
                        frame.width,
                        frame.height,
                        stays if stays > TOO_QUICK else USUAL,
                    )
    except av.error.FFmpegError as error:
        raise Invalid("This file is damaged, or not the PNG it begins like.") from error


def _opaque(frame: VideoFrame) -> bytes:
    plane = frame.reformat(format="rgba").planes[0]
    image = pyvips.Image.new_from_memory(
        bytes(plane), plane.line_size // 4, plane.height, 4, "uchar"
    )
    image = image.crop(0, 0, frame.width, frame.height).copy(interpretation="srgb")
    return bytes(image.flatten(background=255).bandjoin(255).write_to_memory())


def _again(path: Path, form: Format, room: Path) -> Variant:
    """Write all frames anew in the format they came in."""
    strip = stills.to_srgb(stills.load(path, form, n=-1, access="sequential"))
    extension = "gif" if form is sniff.GIF else "webp"
    variant = stills.write(strip, "original", room / "original", extension)
    return replace(variant, height=strip.get("page-height"))
