"""What arrives is made plain text: no control characters, one kind of line end, no half characters.

Nothing that can be read is changed."""

import re

_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n?")
# Embeddings and overrides go: an override shows words in another order than they are stored in.
# Isolates, which did the honest part of their work since 2013, may stay.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
_ISOLATES = re.compile("[\u2066-\u2069]")
_CLOSE = "\u2069"


def tidy(text: str) -> str:
    """Plain text as it may be stored.

    Returns:
        Without control characters (line feed and tab stay), directional overrides, unclosed
        isolates and white space at either end; lone surrogates are U+FFFD.
    """
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    text = _UNWANTED.sub("", text)
    if _ISOLATES.search(text):
        text = "\n".join(_close_isolates(line) for line in text.split("\n"))
    return text.strip()


def _close_isolates(line: str) -> str:
    """The line, without its isolates where they would turn around what is shown after it."""
    depth = 0
    for mark in _ISOLATES.findall(line):
        depth += -1 if mark == _CLOSE else 1
        if depth < 0:
            break
    return _ISOLATES.sub("", line) if depth else line
