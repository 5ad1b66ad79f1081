"""Logging: one line per happening, for people (console) or machines (JSON), on standard error.

No words of anybody's, no tokens, no addresses: keys that may carry them are blanked here, whoever
logged them. Log ids and counts."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor

PRIVATE = "[private]"

# A key is private when one of these is a word of it: `access_token`, `reply_text`, `user.email`.
_PRIVATE_WORDS = {
    *("alt", "bio", "body", "content", "description", "draft", "form", "html", "message", "note"),
    *("params", "payload", "query", "spoiler", "status", "text", "url", "value"),
    *("authorization", "code", "cookie", "header", "key", "passphrase", "password", "secret"),
    *("session", "token", "addr", "address", "email", "ip", "mail", "name", "recipient"),
    *("remote", "username"),
}
# ... unless the whole key is one of these, which say what the machine did.
_HARMLESS = {"status_code", "exit_code", "error_code"}


def setup(
    level: str = "info",
    form: Literal["console", "json"] = "console",
    stream: TextIO | None = None,
) -> None:
    """Send our own log lines and those of libraries (standard `logging`) the same way.

    Args:
        stream: where lines go; standard error when None.
    """
    out = Steady(stream or sys.stderr)
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        scrub,
    ]
    last: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if form == "json"
        # Never the rich traceback: it shows local variables, and those hold people's words.
        else [
            structlog.dev.ConsoleRenderer(
                colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, out)),
        cache_logger_on_first_use=False,
    )
    libraries = logging.StreamHandler(out)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [libraries]
    # Libraries tell request lines, headers and whole messages, with tokens and people's words in
    # them: of them only warnings, even when somebody is debugging.
    root.setLevel(logging.WARNING)


class Steady:
    """A stream whose trouble is not that of whoever logs: a disk may be full, a pipe closed.

    What cannot be written is dropped, and how much that was is said once there is room again."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._dropped = out, 0

    def write(self, text: str) -> None:
        """Write it, or count it as dropped."""
        try:
            if self._dropped:
                self._out.write(f"{self._dropped} lines before this one could not be written\n")
                self._dropped = 0
            self._out.write(text)
        except (OSError, ValueError):  # ValueError: it was closed
            self._dropped += 1

    def flush(self) -> None:
        """Hand on what is waiting, where that is possible."""
        try:
            self._out.flush()
        except (OSError, ValueError):
            self._dropped += 1

    def isatty(self) -> bool:
        """Whether somebody looks on."""
        return self._out.isatty()


def get(name: str) -> FilteringBoundLogger:
    """The logger of a module: `log = logs.get(__name__)`, then `log.info("posted", post=id)`."""
    logger: FilteringBoundLogger = structlog.get_logger(part=name.removeprefix("whimbrel."))
    return logger


def scrub(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank what may be somebody's, however deep it lies."""
    for key in fields:
        fields[key] = _scrubbed(key, fields[key])
    return fields


def _scrubbed(key: object, value: Any) -> Any:
    if key not in _HARMLESS and not isinstance(value, bool | int | None) and _is_private(str(key)):
        return PRIVATE
    if isinstance(value, dict):
        return {inner: _scrubbed(inner, deep) for inner, deep in value.items()}
    return value


def _is_private(key: str) -> bool:
    words = "".join(c if c.isalnum() else " " for c in key.lower()).split()
    return any(word in _PRIVATE_WORDS or word.removesuffix("s") in _PRIVATE_WORDS for word in words)
