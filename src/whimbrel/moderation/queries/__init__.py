"""Every SQL statement of this room, by subject.

`reports`; `cases`; `verdicts`: decisions, statements, appeals; `people`: as the staff sees them;
`decisions`, `audit`: the log and its tree; `servers`; `measures`."""

from .reports import add, from_server, one, reportable

__all__ = ["add", "from_server", "one", "reportable"]
