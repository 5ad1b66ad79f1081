"""Video into H.264 and AAC: decode, turn, shrink, thin, encode. Whether to is not decided here."""

import math
from collections.abc import Iterator
from fractions import Fraction

import av.error
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.codec.context import Flags
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from whimbrel.core.errors import Invalid
from whimbrel.media.process.audio import decoded
from whimbrel.media.process.result import Limits

# H.264 units that make up the picture: slices, SPS, PPS. Not SEI (6), where cameras write places
# and dates, nor the delimiters, fillers and private types that could carry anything.
PICTURE_UNITS = "filter_units=pass_types=1-5|7|8"
SOUND_RATE = 48_000  # samples a second
THREADS = 2
_TURNS = {90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}


def too_long(limits: Limits) -> Invalid:
    """The refusal of what lasts longer than the limits allow."""
    return Invalid(f"{limits.seconds / 60:.0f} minutes are the most.")


def convert(
    source: InputContainer,
    picture: VideoStream,
    sound: AudioStream | None,
    output: OutputContainer,
    limits: Limits,
    turn: int,
) -> float:
    """Decode and encode anew.

    Args:
        turn: degrees against the clock that the picture must be turned to stand upright.
    Returns:
        The second at which the pictures end.
    """
    rate = min(Fraction(picture.average_rate or 30), Fraction(limits.frame_rate))
    pictures = Pictures(output, picture, limits, turn, rate)
    sounds = Sounds(output) if sound else None
    end = 0.0
    for frame in decoded(source.demux([s for s in (picture, sound) if s])):
        if not isinstance(frame, AudioFrame | VideoFrame):
            continue
        if (frame.time or 0.0) > limits.seconds + 1:
            raise too_long(limits)
        if isinstance(frame, VideoFrame):
            end = max(end, frame.time or 0.0)
            pictures.write(frame)
        elif sounds:
            sounds.write(frame)
    pictures.write(None)
    if sounds:
        sounds.write(None)
    return end + float(1 / rate)


class Sounds:
    """The AAC stream of an MP4."""

    def __init__(self, output: OutputContainer) -> None:
        self.output = output
        self.stream = output.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        self.stream.bit_rate = 128_000
        self.resampler = AudioResampler("fltp", "stereo", SOUND_RATE, frame_size=1024)

    def write(self, frame: AudioFrame | None) -> None:
        """Encode a frame as it was decoded; None ends the stream."""
        for piece in self.resampler.resample(frame):
            self.output.mux(self.stream.encode(piece))
        if frame is None:
            self.output.mux(self.stream.encode(None))


class Pictures:
    """The H.264 stream of an MP4: upright, at most so large and so many a second."""

    def __init__(
        self,
        output: OutputContainer,
        template: VideoStream,
        limits: Limits,
        turn: int,
        rate: Fraction,
    ) -> None:
        size = even_size(template.width, template.height, turn, limits.video_side)
        self.graph = Graph()
        self.graph.link_nodes(
            self.graph.add_buffer(template=template),
            *(self.graph.add("transpose", way) for way in _TURNS.get(turn, ())),
            self.graph.add("fps", str(rate)),
            self.graph.add("scale", f"{size[0]}:{size[1]}"),
            self.graph.add("format", "yuv420p"),
            self.graph.add("buffersink"),
        ).configure()
        self.encoder = Encoder(output, size, rate, 1 / rate)

    def write(self, frame: VideoFrame | None) -> None:
        """Encode a frame as it was decoded; None ends the stream."""
        self.graph.vpush(frame)
        for ready in _pulled(self.graph):
            self.encoder.write(ready)
        if frame is None:
            self.encoder.write(None)


class Encoder:
    """H.264 into an MP4, without SEI."""

    def __init__(
        self, output: OutputContainer, size: tuple[int, int], rate: Fraction, tick: Fraction
    ) -> None:
        """`size` has even sides; frames come with times in ticks of so many seconds."""
        self.output = output
        self.stream = output.add_stream("libx264", rate=rate)
        self.stream.width, self.stream.height = size
        self.stream.pix_fmt = "yuv420p"
        self.stream.time_base = self.stream.codec_context.time_base = tick
        self.stream.options = {"preset": "veryfast", "crf": "23"}
        self.stream.codec_context.thread_count = THREADS
        self.stream.codec_context.flags |= Flags.frame_duration  # the last frame lasts, too
        self.clean: BitStreamFilterContext | None = None

    def write(self, frame: VideoFrame | None) -> None:
        """Encode a frame; None ends the stream."""
        for packet in self.stream.encode(frame):
            # The stream's headers, which the filter needs, exist once the encoder has begun.
            self.clean = self.clean or BitStreamFilterContext(PICTURE_UNITS, self.stream)
            for cleaned in self.clean.filter(packet):
                cleaned.stream = self.stream
                self.output.mux(cleaned)


def even_size(width: int, height: int, turn: int, most: int) -> tuple[int, int]:
    """The size after turning, with sides even, as H.264 wants them, and at most so long."""
    if turn % 180:
        width, height = height, width
    scale = min(1.0, most / max(width, height))
    return max(2, math.floor(width * scale / 2) * 2), max(2, math.floor(height * scale / 2) * 2)


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
