"""Hashtags: what counts as one, and the key under which all its spellings are found."""

import re
from unicodedata import category, normalize

LONGEST = 100  # code points of a key

# Middle dots join words in Catalan and Japanese tags, the non-joiner does in Persian ones.
_JOINERS = "\u00b7\u30fb\u200c"
_RUN = re.compile(rf"(?:\w++|[{_JOINERS}]++(?=\w))*+")
_NAMING = re.compile(rf"[^\W\d]|[{_JOINERS}]")
_LATIN_ACCENTS = re.compile("([a-z])[\u0300-\u036f]+")
_LATIN_STROKES = str.maketrans(
    {"đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ø": "o", "ŧ": "t", "æ": "ae", "œ": "oe"}
    | {"þ": "th"}
)


def tag_end(text: str, start: int) -> int:
    """Where the tag name that begins at `start` ends; `start` itself if there is none.

    Marks (vowel signs of Indic scripts, Thai tones, loose accents) belong to the letter before."""
    end = _run(text, start)
    while start < end < len(text) and text[end] > "\x7f" and category(text[end]) in ("Mn", "Mc"):
        end = _run(text, end + 1)
    return end


def _run(text: str, start: int) -> int:
    found = _RUN.match(text, start)
    return found.end() if found else start


def tag_key(name: str) -> str:
    """The form in which a tag is looked up: #Café, #CAFE and #cafe are one.

    Accents are folded on Latin letters only; elsewhere they make another letter.

    Args:
        name: with or without `#`.
    Returns:
        At most 100 code points; "" where `name` is no tag: empty, digits only, with a space or
        other foreign characters, or too long (cut, two different tags would become one).
    """
    key = name.removeprefix("#")
    if len(key) > LONGEST:
        return ""
    key = key.lower() if key.isascii() else _fold(key)
    if not _NAMING.search(key) or tag_end(key, 0) != len(key) or len(key) > LONGEST:
        return ""
    return key


def _fold(name: str) -> str:
    folded = normalize("NFKD", normalize("NFKC", name).casefold()).casefold()
    folded = _LATIN_ACCENTS.sub(r"\1", folded.translate(_LATIN_STROKES))
    return normalize("NFKC", folded)
