"""What a letter quotes: passages between marks of quotation, and lines that begin with `>`. They
are looked up where the letter gives no address."""

import re

MOST = 200  # passages of one letter
SHORTEST = 12  # characters: less is a word, or somebody's irony
LONGEST = 1000

_PAIRS = [tuple(pair) for pair in ("“”", "„“", "„”", "«»", "»«", "‹›", "「」", "『』", "‘’", '""')]
_MARKED = re.compile(
    "|".join(
        f"{re.escape(begin)}([^{re.escape(begin + end)}]{{{SHORTEST},{LONGEST}}}){re.escape(end)}"
        for begin, end in _PAIRS
    )
)
_LINES = re.compile(r"(?:^|\n)((?:[ \t]*>[^\n]*(?:\n|$))+)")
_MARK = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.M)
_SPACE = re.compile(r"\s+")
_LEAD = re.compile(r"^(?:on\b.{0,200}\bwrote:|.{0,200}<[^<>@\s]+@[^<>\s]+>.{0,60}:)$", re.I | re.S)


def find(text: str) -> list[str]:
    """The passages, each once and on one line, in the order of the text."""
    spans = [
        (match.start(), next(filter(None, match.groups()))) for match in _MARKED.finditer(text)
    ]
    spans += [(match.start(), _MARK.sub("", match[1])) for match in _LINES.finditer(text)]
    passages = (_SPACE.sub(" ", said).strip() for _, said in sorted(spans))
    kept = (said[:LONGEST] for said in passages if len(said) >= SHORTEST and not _LEAD.match(said))
    return list(dict.fromkeys(kept))[:MOST]
