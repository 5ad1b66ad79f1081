"""The hot routes: read so often that a framework around them would cost more than the work.

Each is also a route of Litestar, which lists it; both call the same function of the room, and share
authorization, budgets and queries with every other route."""

from typing import Any

from whimbrel.timelines import api as timelines

_EXACT: dict[str, Any] = timelines.HOT
_AROUND: tuple[tuple[str, str, Any], ...] = tuple(
    (begin, end, make) for (begin, end), make in timelines.HOT_AROUND.items()
)


def find(path: str) -> Any:
    """The raw handler that answers GET `path`, or None."""
    handler = _EXACT.get(path)
    if handler is not None:
        return handler
    for begin, end, make in _AROUND:
        if path.startswith(begin) and path.endswith(end):
            part = path[len(begin) : len(path) - len(end)]
            if part and "/" not in part:
                return make(part)
    return None
