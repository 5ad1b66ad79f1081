"""Pictures of every sort: does it move? Then `animation` makes it, else `stills`."""

from pathlib import Path

from whimbrel.media.process import sniff, stills
from whimbrel.media.process.result import Limits, Processed
from whimbrel.media.process.sniff import Format

UNREADABLE = stills.UNREADABLE


def make(path: Path, form: Format, room: Path, limits: Limits) -> Processed:
    """As `stills.make` and `animation.make`."""
    if not moves(path, form):
        return stills.make(path, form, room, limits)
    # Here, because it brings in FFmpeg, which still pictures do not need.
    from whimbrel.media.process import animation

    return animation.make(path, form, room, limits)


def moves(path: Path, form: Format) -> bool:
    """Whether there is more than one frame."""
    if form is sniff.PNG:
        return _has_animation_chunk(path)
    if form not in (sniff.GIF, sniff.WEBP):
        return False
    image = stills.load(path, form)
    return bool(image.get_typeof("n-pages")) and image.get("n-pages") > 1


def _has_animation_chunk(path: Path) -> bool:
    """APNG is a PNG with an acTL chunk before its pixels."""
    with path.open("rb") as file:
        file.seek(8)
        for _ in range(100):
            head = file.read(8)
            if len(head) < 8 or head[4:] == b"IDAT":
                return False
            if head[4:] == b"acTL":
                return int.from_bytes(file.read(4), "big") > 1
            file.seek(int.from_bytes(head[:4], "big") + 4, 1)
    return False
