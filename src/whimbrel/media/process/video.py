"""Video: the first picture stream and the first sound stream go into a new MP4, nothing else does.

What every browser plays (H.264 and AAC of a modest size) is copied, with only the units that make
up the picture; all else is converted. A container without a picture is a sound (`audio`)."""

from pathlib import Path

import av
import av.error
import pyvips
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from whimbrel.core.errors import Invalid
from whimbrel.media.process import audio, stills
from whimbrel.media.process.result import Limits, Processed, Variant
from whimbrel.media.process.sniff import MP4, Format
from whimbrel.media.process.transcode import PICTURE_UNITS, THREADS, convert, too_long

UNREADABLE: tuple[type[Exception], ...] = (av.error.FFmpegError, pyvips.Error, EOFError)

_WEB_PROFILES = {"Baseline", "Constrained Baseline", "Main", "High"}
_CUT_SHORT = 0.9  # of the promised duration; less means that the file was cut off


def make(path: Path, form: Format, room: Path, limits: Limits) -> Processed:
    """Make an MP4 and a still of its beginning.

    Returns:
        kind "video", or "audio" when there is no picture in it.
    Raises:
        Invalid: too long, too large, no sound or picture, cut short.
        av.error.FFmpegError: it cannot be read.
    """
    with audio.opened(path, form) as source:
        picture = next((s for s in source.streams.video if not audio.is_cover(s)), None)
        if picture is None:
            return audio.convert(source, room, limits)
        _check(source, picture, limits)
        picture.codec_context.thread_count = THREADS
        sound = source.streams.audio[0] if source.streams.audio else None
        target = room / "original.mp4"
        first = _first_frame(source, picture)
        source.seek(0)
        with mp4(target) as output:
            if form.demuxer == MP4.demuxer and _plays_everywhere(picture, sound, limits):
                end = _copy(source, picture, sound, output, limits)
            else:
                end = convert(source, picture, sound, output, limits, first.rotation % 360)
        if source.duration and end < source.duration / av.time_base * _CUT_SHORT - 1:
            raise Invalid("This video ends before its end: it was cut off on the way.")
    poster = upright(first)
    small, marks = stills.preview(poster, room / "small", limits)
    return Processed("video", (describe(target), small), *marks)


def mp4(path: Path) -> OutputContainer:
    """A new MP4 that can play while it loads and says nothing of who made it, when or with what."""
    return av.open(
        str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}
    )


def describe(path: Path) -> Variant:
    """Read back what was written. Sides are those seen, after turning."""
    with av.open(str(path), format="mov") as made:
        stream = made.streams.video[0]
        seconds = (made.duration or 0) / av.time_base
        size = path.stat().st_size
        frame = next(made.decode(stream))
        width, height = stream.width, stream.height
        if frame.rotation % 180:
            width, height = height, width
        return Variant(
            name="original",
            path=str(path),
            mime="video/mp4",
            extension="mp4",
            width=width,
            height=height,
            bytes=size,
            duration=seconds,
            frame_rate=float(stream.average_rate or 0),
            bitrate=int(size * 8 / seconds) if seconds else None,
        )


def upright(frame: VideoFrame) -> pyvips.Image:
    """A frame as sRGB pixels, turned as its stream says."""
    plane = frame.reformat(format="rgb24").planes[0]
    image = pyvips.Image.new_from_memory(
        bytes(plane), plane.line_size // 3, plane.height, 3, "uchar"
    )
    image = image.crop(0, 0, frame.width, frame.height).copy(interpretation="srgb")
    # FFmpeg counts the turn against the clock, vips with it.
    turned = {90: "d270", 180: "d180", 270: "d90"}.get(frame.rotation % 360)
    return image.rot(turned) if turned else image


def _check(source: InputContainer, picture: VideoStream, limits: Limits) -> None:
    if source.duration and source.duration / av.time_base > limits.seconds:
        raise too_long(limits)
    if picture.codec_context is None:  # of a kind that nothing here can decode: a camera's raw data
        raise Invalid("There is no picture in this video.")
    if picture.width * picture.height > limits.video_pixels:
        raise Invalid(f"This video is {picture.width} x {picture.height}; that is too large.")


def _first_frame(source: InputContainer, picture: VideoStream) -> VideoFrame:
    for frame in source.decode(picture):
        return frame
    raise Invalid("There is no picture in this video.")


def _plays_everywhere(picture: VideoStream, sound: AudioStream | None, limits: Limits) -> bool:
    context = picture.codec_context
    return (
        context.name == "h264"
        and context.pix_fmt in ("yuv420p", "yuvj420p")
        and context.profile in _WEB_PROFILES
        and max(picture.width, picture.height) <= limits.video_side
        and (picture.average_rate or 0) <= limits.frame_rate + 1
        and (sound is None or (sound.codec_context.name == "aac" and sound.profile == "LC"))
    )


def _copy(
    source: InputContainer,
    picture: VideoStream,
    sound: AudioStream | None,
    output: OutputContainer,
    limits: Limits,
) -> float:
    """Copy two streams, cleaned. Returns the second at which they end."""
    out_picture = output.add_stream_from_template(picture)
    clean = BitStreamFilterContext(PICTURE_UNITS, picture, out_picture)
    out_sound = output.add_stream_from_template(sound) if sound else None
    end = 0.0
    for packet in source.demux([s for s in (picture, sound) if s]):
        if packet.size == 0:
            continue  # the demuxer's way to say that the stream is over
        if packet.pts is not None:
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        if end > limits.seconds + 1:
            raise too_long(limits)
        if packet.stream is picture:
            for cleaned in clean.filter(packet):
                cleaned.stream = out_picture
                output.mux(cleaned)
        elif out_sound:
            packet.stream = out_sound
            output.mux(packet)
    return end
