"""Many short byte strings, looked for in one pass over what may be gigabytes."""

from collections import defaultdict

import numpy as np

START = 4  # bytes by which a needle is first recognized


class Needles:
    """What is looked for, by name."""

    def __init__(self, needles: dict[str, bytes]) -> None:
        self._by_start: dict[bytes, list[tuple[str, bytes]]] = defaultdict(list)
        first, then = np.zeros((2, 1 << 16), bool)  # whether a needle begins, goes on, with a pair
        for name, needle in needles.items():
            assert len(needle) >= START, f"{name} would be found everywhere"
            self._by_start[needle[:START]].append((name, needle))
            begin, go_on = np.frombuffer(needle[:START], "<u2")
            first[begin] = then[go_on] = True
        self._first, self._then = first, then

    def within(self, whole: bytes) -> set[str]:
        """The names of those that are in there."""
        found: set[str] = set()
        for odd in (0, 1):
            count = (len(whole) - odd) // 2
            if count < 2:
                continue
            pairs = np.frombuffer(whole, "<u2", count, odd)
            starts = self._first[pairs[:-1]] & self._then[pairs[1:]]
            for at in (np.flatnonzero(starts) * 2 + odd).tolist():
                for name, needle in self._by_start.get(whole[at : at + START], ()):
                    if whole.startswith(needle, at):
                        found.add(name)
        return found
