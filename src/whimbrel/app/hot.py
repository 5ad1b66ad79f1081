"""The hot routes: read so often that a framework around them would cost more than the work.

They share authorization, budgets and queries with every other route."""

from typing import Any

from whimbrel.timelines import api as timelines

_EXACT: dict[str, Any] = {**timelines.HOT}


def find(path: str) -> Any:
    """The raw handler that answers GET `path`, or None."""
    return _EXACT.get(path)
