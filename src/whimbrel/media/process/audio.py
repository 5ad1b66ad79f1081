"""Sound: decoded and encoded anew as MP3, which everything plays, with nothing around it.

Cover pictures, tags, and whatever follows the last frame stay behind: a sound is its samples."""

from __future__ import annotations  # Packet is generic for the type checker only

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import av
import av.error
import av.logging
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from whimbrel.core.errors import Invalid
from whimbrel.media.process.result import Limits, Processed, Variant
from whimbrel.media.process.sniff import Format

av.logging.set_level(None)  # decoders complain about strangers' files; nobody reads it
UNREADABLE: tuple[type[Exception], ...] = (av.error.FFmpegError, EOFError)

RATE = 44_100  # samples a second
BITRATE = {"mono": 96_000, "stereo": 192_000}


def make(path: Path, form: Format, room: Path, limits: Limits) -> Processed:
    """Make an MP3.

    Raises:
        Invalid: too long, or no sound in it.
        av.error.FFmpegError: it cannot be read.
    """
    with opened(path, form) as source:
        return convert(source, room, limits)


def opened(path: Path, form: Format) -> InputContainer:
    """Open with the one demuxer for the format, from a plain file and from nowhere else."""
    return av.open(
        f"file:{path}",
        format=form.demuxer.split(",")[0],
        options={"protocol_whitelist": "file", "format_whitelist": form.demuxer},
        metadata_errors="replace",
    )


def is_cover(stream: Stream) -> bool:
    """A picture that rides along with a sound."""
    return bool(stream.disposition & Disposition.attached_pic)


def decoded(packets: Iterable[Packet[Any]]) -> Iterator[object]:
    """Decode packet by packet, passing over a few bad ones: players do, and recorders write them.

    Raises:
        av.error.InvalidDataError: more than a few are bad.
    """
    good = bad = 0
    for packet in packets:
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            bad += 1
            if bad > 5 + good // 20:
                raise
            continue
        good += 1
        yield from frames


def convert(source: InputContainer, room: Path, limits: Limits) -> Processed:
    """Encode the first sound stream of an open container."""
    if not source.streams.audio:
        raise Invalid("There is neither picture nor sound in this file.")
    sound = source.streams.audio[0]
    most = Invalid(f"{limits.seconds / 60:.0f} minutes are the most.")
    if source.duration and source.duration / av.time_base > limits.seconds:
        raise most
    layout = "mono" if sound.codec_context.channels == 1 else "stereo"
    path, samples = room / "original.mp3", 0
    with av.open(str(path), "w", format="mp3", options={"id3v2_version": "0"}) as output:
        stream = output.add_stream("libmp3lame", rate=RATE, layout=layout)
        stream.bit_rate = BITRATE[layout]
        resampler = AudioResampler(format="s16p", layout=layout, rate=RATE, frame_size=1152)
        for frame in decoded(source.demux(sound)):
            if not isinstance(frame, AudioFrame):
                continue
            for piece in resampler.resample(frame):
                samples += piece.samples
                output.mux(stream.encode(piece))
            if samples > (limits.seconds + 1) * RATE:
                raise most
        for piece in resampler.resample(None):
            samples += piece.samples
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    if not samples:
        raise Invalid("There is no sound in this file.")
    made = Variant(
        name="original",
        path=str(path),
        mime="audio/mpeg",
        extension="mp3",
        bytes=path.stat().st_size,
        duration=samples / RATE,
        bitrate=BITRATE[layout],
    )
    return Processed("audio", (made,))
