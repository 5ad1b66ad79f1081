"""What goes into the sandbox and what comes out: the limits, the job, the result. Values only."""

from typing import Literal

from msgspec import Struct

Kind = Literal["image", "gifv", "video", "audio"]


class Limits(Struct, frozen=True):
    """What a file may ask of us. Sizes in bytes, sides in pixels, times in seconds."""

    image_bytes: int = 16 * 2**20
    av_bytes: int = 99 * 2**20
    pixels: int = 40_000_000  # one still, known from its header before it is decoded
    frames: int = 600  # of an animated image
    all_pixels: int = 200_000_000  # over all frames of an animated image
    video_pixels: int = 8_847_360  # one frame of a video as it comes: 4096 x 2160
    video_side: int = 1920  # the longer side of a video as it leaves
    frame_rate: int = 60
    seconds: float = 600.0
    original_pixels: int = 8_294_400  # 3840 x 2160
    small_pixels: int = 307_200  # 640 x 480
    image_cpu: int = 60
    av_cpu: int = 600  # a minute of 1080p takes about a minute of one core to convert
    memory: int = 2**30
    output_bytes: int = 128 * 2**20  # of any one file that the worker writes


class Variant(Struct, frozen=True):
    """One file that may be shown to anybody. It lies at `path` until the room is cleared."""

    name: Literal["original", "small"]
    path: str
    mime: str
    extension: str  # without the dot
    width: int | None = None
    height: int | None = None
    bytes: int = 0
    duration: float | None = None  # seconds
    frame_rate: float | None = None  # frames a second, on average
    bitrate: int | None = None  # bits a second, all streams


class Processed(Struct, frozen=True):
    """A file made anew. `variants` has the original first; sounds have no small one."""

    kind: Kind
    variants: tuple[Variant, ...]
    blurhash: str | None = None
    pdq: bytes = b""  # 32 bytes for each picture that it can be known again by


class Job(Struct, frozen=True):
    """What the parent tells the worker, on its standard input."""

    path: str
    room: str
    format: str  # a name in `sniff.FORMATS`
    parent: int  # process id: the worker dies when this one does
    limits: Limits


class Answer(Struct, frozen=True, omit_defaults=True):
    """What the worker says, on its standard output. One of the three is set."""

    processed: Processed | None = None
    refused: str | None = None  # a sentence for the uploader
    fault: str | None = None  # a traceback: our mistake, not the file's
