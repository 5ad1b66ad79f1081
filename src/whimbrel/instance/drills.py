"""What the last drills of a restore came to: small files in the data folder, which pages and the
doctor read. Who drills, and how, is none of our business."""

from pathlib import Path

import msgspec

FOLDER = "drills"  # in the data folder
STALE = 35  # days
SHOWN = 24  # drills that are looked back on
_LARGEST = 1 << 20  # bytes of a report


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """One drill, in short. Seconds; `rpo`: how much would have been lost; None = not known."""

    at: int  # ms
    ok: bool
    rpo: float | None
    rto: float

    def age(self, now: int) -> int:
        """In days. Args: `now`: ms."""
        return max(0, now - self.at) // 86_400_000


class _Report(msgspec.Struct, frozen=True):
    drill: Drill


_decode = msgspec.json.Decoder(_Report).decode


def of(data: Path, most: int = SHOWN) -> list[Drill]:
    """The last drills, the newest first. A file that is none is passed over: whoever put it there
    sees that it is not listed."""
    found = []
    for path in sorted((data / FOLDER).glob("*.json"), reverse=True)[:most]:
        if path.stat().st_size <= _LARGEST:
            try:
                found.append(_decode(path.read_bytes()).drill)
            except msgspec.MsgspecError:
                continue
    return sorted(found, key=lambda each: each.at, reverse=True)
