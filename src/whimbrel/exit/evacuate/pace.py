"""How fast it goes and how long it still takes, out of what was done so far.

Each object costs a time of its own and a time for each byte. Both are fitted to the last minutes,
older ones counting less and less: so files of another size than those before do not deceive."""

import time
from collections.abc import Callable
from math import exp, inf

from ..plan import Amount

HALF = 60.0  # seconds after which what was seen counts about a third
STEP = 0.1  # seconds that are one observation
_PATIENCE = 4  # observations before anything is said


class Pace:
    """Of one run. Time stands still between `pause` and the next thing that is done."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at = clock()
        self._some = Amount()  # since the last observation
        # Sums of products, each observation weighed: of objects, bytes and seconds.
        self._oo = self._ob = self._bb = self._os = self._bs = 0.0
        self._o = self._b = self._s = 0.0
        self._seen = 0

    def add(self, objects: int, octets: int) -> None:
        """So much is done."""
        self._some = Amount(self._some.objects + objects, self._some.bytes + octets)
        seconds = self._clock() - self._at
        if seconds >= STEP:
            self._observe(seconds)

    def pause(self) -> None:
        """What follows is another matter."""
        self._at, self._some = self._clock(), Amount()

    @property
    def rates(self) -> tuple[float, float]:
        """Bytes and objects per second, lately."""
        return (self._b / self._s, self._o / self._s) if self._s else (0.0, 0.0)

    def left(self, amount: Amount) -> float:
        """Seconds that `amount` will take; infinite where nothing is known yet."""
        if not amount.objects:
            return 0.0
        if self._seen < _PATIENCE or not self._o:
            return inf
        fitted = self._fitted()
        if fitted is not None:
            return amount.objects * fitted[0] + amount.bytes * fitted[1]
        each = amount.objects * self._s / self._o
        return max(each, amount.bytes * self._s / self._b) if self._b else each

    def _observe(self, seconds: float) -> None:
        objects, octets = self._some.objects, self._some.bytes
        keep = exp(-seconds / HALF)
        weight = 1 / seconds  # of a longer one the error is larger
        for name, value in (
            *(("_oo", objects * objects), ("_ob", objects * octets), ("_bb", octets * octets)),
            *(("_os", objects * seconds), ("_bs", octets * seconds)),
        ):
            setattr(self, name, getattr(self, name) * keep + value * weight)
        self._o, self._b = self._o * keep + objects, self._b * keep + octets
        self._s = self._s * keep + seconds
        self._seen += 1
        self.pause()

    def _fitted(self) -> tuple[float, float] | None:
        """Seconds for an object and for each of its bytes; None where all were too much alike."""
        determinant = self._oo * self._bb - self._ob * self._ob
        if determinant <= 1e-4 * self._oo * self._bb:
            return None
        each = (self._os * self._bb - self._bs * self._ob) / determinant
        octet = (self._bs * self._oo - self._os * self._ob) / determinant
        return (each, octet) if each >= 0 and octet >= 0 else None


def span(seconds: float) -> str:
    """`2 h 05 min`, `3 min 20 s`, `12 s`."""
    if seconds == inf:
        return "not known yet"
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole // 60 % 60:02} min"
    return f"{whole // 60} min {whole % 60:02} s" if whole >= 60 else f"{whole} s"


def amount(octets: float) -> str:
    """`1.5 GB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if octets < 1000:
            return f"{octets:.0f} {unit}" if unit == "B" else f"{octets:.1f} {unit}"
        octets /= 1000
    return f"{octets:.1f} TB"
