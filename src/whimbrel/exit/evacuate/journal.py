"""How far an evacuation is, on the disk: whoever kills it loses nothing but the step at hand."""

from enum import StrEnum
from pathlib import Path

import msgspec

from whimbrel.core.errors import Conflict

from ..bag import put
from ..verify import Canary
from .orders import Left


class Step(StrEnum):
    """In this order."""

    PLAN = "plan"
    PRESEED = "preseed"
    CATCHUP = "catchup"
    FREEZE = "freeze"
    FINAL_SYNC = "final-sync"
    VERIFY = "verify"
    PROMOTE = "promote"
    DNS = "dns"
    TAIL = "tail"
    WIPE_OLD = "wipe-old"
    OVER = "over"


STEPS = tuple(Step)
REHEARSED = frozenset((Step.FREEZE, Step.PROMOTE, Step.DNS, Step.TAIL, Step.WIPE_OLD))  # left out


class Journal(msgspec.Struct, frozen=True):
    """Times are in seconds since 1970."""

    id: str
    to: str  # what was named with --to
    rehearse: bool
    began: float
    deadline: float  # when the host is gone; 0 = nobody said
    step: Step = Step.PLAN  # that is under way
    node: str = ""  # the one that takes over
    address: str = ""  # where it serves
    number: int = 0  # of the last order
    canary: Canary | None = None
    manifest: str = ""  # of the last that was sent
    frozen: float = 0.0  # when
    thawed: float = 0.0  # when somebody could write again, over there
    left: tuple[Left, ...] = ()
    seconds: dict[str, float] = {}  # by step
    failed: str = ""  # what was wrong with the proof


def read(data: Path) -> Journal | None:
    """The one that is under way, or was the last. Raises Conflict: it cannot be read."""
    try:
        return msgspec.json.decode(_file(data).read_bytes(), type=Journal)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise Conflict(f"{_file(data)} cannot be read: look at it before you go on.") from error


def write(data: Path, journal: Journal) -> None:
    """Durably."""
    (data / "exit").mkdir(mode=0o700, exist_ok=True)
    put(_file(data), msgspec.json.encode(journal))


class Passing:
    """Keys of objects that lie in the other store only on the way: parts of the database. They are
    written down before they are sent, so that none is left there whoever is killed."""

    def __init__(self, data: Path) -> None:
        (data / "exit").mkdir(mode=0o700, exist_ok=True)
        self._path = data / "exit" / "passing"
        self.keys = set(self._path.read_text().split()) if self._path.exists() else set[str]()
        self._out = self._path.open("a", buffering=1)

    def add(self, key: str) -> None:
        """It is about to be sent."""
        if key not in self.keys:
            self.keys.add(key)
            self._out.write(f"{key}\n")

    def forget(self) -> None:
        """None of them is there any more."""
        self.keys.clear()
        self._out.truncate(0)

    def close(self) -> None:
        """Let go of the file."""
        self._out.close()


def _file(data: Path) -> Path:
    return data / "exit" / "evacuation.json"
