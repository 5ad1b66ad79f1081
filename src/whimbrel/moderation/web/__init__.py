"""The room's pages: reporting, with an account and without one, what came of it; what somebody was
told of a decision about them, and their appeal; the public heads of the log, and what is counted;
the link of a call."""

from typing import Any

from . import calls, log, mine, notice, report, statements, transparency

ROUTES: list[Any] = [
    *report.ROUTES,
    *mine.ROUTES,
    *notice.ROUTES,
    *statements.ROUTES,
    *log.ROUTES,
    *calls.ROUTES,
    *transparency.ROUTES,
]
