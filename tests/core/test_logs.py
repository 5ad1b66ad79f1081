"""Logs carry ids and counts, and nobody's words."""

import errno
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from whimbrel.core import logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The next test's log lines must not land in our buffer."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize("form", ["console", "json"])
def test_words_and_tokens_never_reach_the_log(form):
    """A log is copied to places that an erasure never reaches."""
    out = io.StringIO()
    logs.setup(form=form, stream=out)
    log = logs.get("whimbrel.posts.publish")
    log.info("posted", post=12, text="hidden", deep={"user_email": "hidden"}, tokens=["hidden"])
    try:
        text = "hidden"
        raise ValueError(len(text))
    except ValueError:
        log.exception("broke", status_code=500)
    assert "hidden" not in out.getvalue()
    assert "12" in out.getvalue() and "500" in out.getvalue()


def test_machines_get_one_object_a_line():
    out = io.StringIO()
    logs.setup(form="json", stream=out)
    logs.get("whimbrel.core.x").warning("slow", ms=3)
    line = json.loads(out.getvalue())
    assert (line["event"], line["ms"], line["level"], line["part"]) == (
        "slow",
        3,
        "warning",
        "core.x",
    )


def test_a_log_that_cannot_be_written_stops_nobody():
    """A full disk or a closed pipe once ended the thread that writes to the database."""
    out = Narrow()
    logs.setup(stream=out)
    log = logs.get("whimbrel.core.sqlite")
    out.full = True
    log.error("commit failed")
    log.error("commit failed")
    logging.getLogger("library").warning("so it does here")
    out.full = False
    log.info("room again")
    first, second = out.getvalue().splitlines()
    assert first.endswith("lines before this one could not be written") and "room" in second


class Narrow(io.StringIO):
    full = False

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)
