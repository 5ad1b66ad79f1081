"""Every SQL statement of this room, by subject.

`reports`; `people`: as the staff sees them; `decisions`: the log; `servers`; `measures`."""

from .reports import add, one, reportable

__all__ = ["add", "one", "reportable"]
