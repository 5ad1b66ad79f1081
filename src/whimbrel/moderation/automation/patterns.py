"""Patterns in rules: RE2's, which never go back in a text, so that none can hold up who posts.

What is not of RE2 (backward references, looking ahead and behind) is refused when a rule is saved,
and so is what would become too large a machine.

Source: https://github.com/google/re2/wiki/Syntax"""

from functools import lru_cache
from typing import Any

import re2

from whimbrel.core.errors import Invalid
from whimbrel.core.words import say

MOST_PATTERNS = 10  # of a rule
MOST_CHARS = 200
MOST_STEPS = 200  # of the machine that it becomes: what is counted is written out in that
_MEMORY = 1 << 20  # bytes that one may take, with what it remembers of texts
_KEPT = 2000  # as many as 200 rules can have


def pattern(source: str) -> Any:
    """A pattern, made once. Upper and lower case are alike.

    Raises:
        Invalid: it is none of RE2's, or too large.
    """
    if not 0 < len(source) <= MOST_CHARS:
        raise Invalid(say("A pattern has between one and %(most)s characters.", most=MOST_CHARS))
    return _made(source)


@lru_cache(maxsize=_KEPT)
def _made(source: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = True  # whether it is there is all that is asked
    options.max_mem = _MEMORY
    try:
        made = re2.compile(source, options)
    except (re2.error, ValueError) as error:  # ValueError: half a surrogate
        said = say("“%(part)s” cannot be read as a pattern, or is too large.", part=source[:60])
        raise Invalid(said) from error
    if made.programsize > MOST_STEPS or made.reverseprogramsize > MOST_STEPS:
        raise Invalid(say("The pattern “%(part)s” is too large.", part=source[:60]))
    return made


def found(text: str, *sources: str) -> bool:
    """Whether a text has one of these anywhere. `sources` were let through by `pattern`."""
    raw = text.encode("utf-8", "replace")
    return any(pattern(each).search(raw) is not None for each in sources)
