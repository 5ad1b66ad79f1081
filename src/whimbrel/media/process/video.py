"""Video: the first picture stream and the first sound stream go into a new MP4, nothing else does.

What every browser plays (H.264 and AAC of a modest size) is copied, with only the units that make up
the picture; all else is converted. A container without a picture is a sound: `audio` makes it."""

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import av.logging
import pyvips
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from whimbrel.core.errors import Invalid
from whimbrel.media.process import audio, stills
from whimbrel.media.process.result import Limits, Processed, Variant
from whimbrel.media.process.sniff import Format

UNREADABLE: tuple[type[Exception], ...] = (av.error.FFmpegError, pyvips.Error, EOFError)

# H.264 units that make up the picture: slices, SPS, PPS. Not SEI (6), where cameras write places and
# dates, nor the delimiters, fillers and private types that could carry anything.
PICTURE_UNITS = "filter_units=pass_types=1-5|7|8"
_WEB_PROFILES = {"Baseline", "Constrained Baseline", "Main", "High"}
_TURNS = {90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}
SOUND_RATE = 48_000  # samples a second
_CUT_SHORT = 0.9  # of the promised duration; less means that the file was cut off


def prepare(_form: Format) -> None:
    """Quiet the decoders and load what comes late, while files can still be read."""
    av.logging.set_level(None)
    pyvips.block_untrusted_set(True)


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
        sound = source.streams.audio[0] if source.streams.audio else None
        target = room / "original.mp4"
        first = _first_frame(source, picture)
        source.seek(0)
        with mp4(target) as output:
            if _plays_everywhere(picture, sound, limits):
                end = _copy(source, picture, sound, output, limits)
            else:
                end = _convert(source, picture, sound, output, limits, first.rotation % 360)
    if source.duration and end < source.duration / av.time_base * _CUT_SHORT - 1:
        raise Invalid("This video ends before its end: it was cut off on the way.")
    poster = upright(first)
    small, mark = stills.preview(poster, room / "small", limits)
    return Processed("video", (describe(target), small), mark)


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
    if picture.width * picture.height > limits.video_pixels:
        raise Invalid(f"This video is {picture.width} x {picture.height}; that is too large.")


def too_long(limits: Limits) -> Invalid:
    return Invalid(f"{limits.seconds / 60:.0f} minutes are the most.")


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
        and "mp4" in picture.container.format.name
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
        end = max(end, _ends(packet))
        if end > limits.seconds + 1:
            raise too_long(limits)
        if packet.stream is not picture:
            packet.stream = out_sound
            output.mux(packet)
            continue
        for cleaned in clean.filter(packet):
            cleaned.stream = out_picture
            output.mux(cleaned)
    return end


def _ends(packet: Packet[Any]) -> float:
    if packet.pts is None:
        return 0.0
    return float((packet.pts + (packet.duration or 0)) * packet.time_base)


def _convert(
    source: InputContainer,
    picture: VideoStream,
    sound: AudioStream | None,
    output: OutputContainer,
    limits: Limits,
    turn: int,
) -> float:
    """Decode and encode anew. Returns the second at which the pictures end."""
    picture.codec_context.thread_count = 2
    rate = min(Fraction(picture.average_rate or 30), Fraction(limits.frame_rate))
    graph = _graph(picture, limits, turn, rate)
    writer: PictureWriter | None = None
    out_sound = output.add_stream("aac", rate=SOUND_RATE, layout="stereo") if sound else None
    if out_sound:
        out_sound.bit_rate = 128_000
    resampler = AudioResampler(format="fltp", layout="stereo", rate=SOUND_RATE, frame_size=1024)
    end = 0.0
    for packet in source.demux([s for s in (picture, sound) if s]):
        for frame in packet.decode():
            if frame.time is not None and frame.time > limits.seconds + 1:
                raise too_long(limits)
            if isinstance(frame, AudioFrame):
                for piece in resampler.resample(frame):
                    output.mux(out_sound.encode(piece))
            elif isinstance(frame, VideoFrame):
                end = max(end, frame.time or 0.0)
                graph.vpush(frame)
                for ready in _pulled(graph):
                    writer = writer or PictureWriter(output, ready, rate)
                    writer.write(ready)
    graph.vpush(None)
    for ready in _pulled(graph):
        writer = writer or PictureWriter(output, ready, rate)
        writer.write(ready)
    if writer is None:
        raise Invalid("There is no picture in this video.")
    writer.close()
    if out_sound:
        for piece in resampler.resample(None):
            output.mux(out_sound.encode(piece))
        output.mux(out_sound.encode(None))
    return end + float(1 / rate)


class PictureWriter:
    """One H.264 stream of an MP4, without SEI."""

    def __init__(self, output: OutputContainer, like: VideoFrame, rate: Fraction) -> None:
        """`like` gives the size: even sides."""
        self.output = output
        self.stream = output.add_stream("libx264", rate=rate)
        self.stream.width, self.stream.height = like.width, like.height
        self.stream.pix_fmt = "yuv420p"
        self.stream.time_base = self.stream.codec_context.time_base = like.time_base
        self.stream.options = {"preset": "veryfast", "crf": "23"}
        self.stream.codec_context.thread_count = 2
        self.clean: BitStreamFilterContext | None = None

    def write(self, frame: VideoFrame | None) -> None:
        for packet in self.stream.encode(frame):
            self.clean = self.clean or BitStreamFilterContext(PICTURE_UNITS, self.stream)
            for cleaned in self.clean.filter(packet):
                cleaned.stream = self.stream
                self.output.mux(cleaned)

    def close(self) -> None:
        self.write(None)


def _graph(picture: VideoStream, limits: Limits, turn: int, rate: Fraction) -> Graph:
    """Turn, shrink to even sides, and thin to at most so many frames a second."""
    graph = Graph()
    nodes = [graph.add_buffer(template=picture)]
    nodes += [graph.add("transpose", way) for way in _TURNS.get(turn, ())]
    width, height = picture.width, picture.height
    if turn % 180:
        width, height = height, width
    scale = min(1.0, limits.video_side / max(width, height))
    even = [max(2, math.floor(side * scale / 2) * 2) for side in (width, height)]
    nodes.append(graph.add("fps", str(rate)))
    nodes.append(graph.add("scale", f"{even[0]}:{even[1]}"))
    nodes.append(graph.add("format", "yuv420p"))
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    return graph


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
