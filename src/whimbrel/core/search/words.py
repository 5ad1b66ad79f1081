"""From what people write to tokens: folded words, each hidden behind a MAC of the server."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

from ..keyring import Keyring

MOST_WORDS = 2000  # of one text; the rest is not found by
LONGEST = 40  # letters of a word that count
_TOKEN = 10  # bytes: a false hit is 1 in 2**80
_RUN = re.compile(r"\w+")
# Scripts written without spaces: every pair of neighbours counts as a word.
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0eff\U00020000-\U0003ffff]+")


class Words:
    """Tokens of one server; another server's tokens for the same words are others."""

    def __init__(self, keyring: Keyring) -> None:
        self._key = keyring.mac("search", b"words")
        self._facet = lru_cache(maxsize=4096)(self._token)
        self.asked = lru_cache(maxsize=256)(self._asked)

    def of(self, text: str) -> set[str]:
        """The tokens a text is found by."""
        return {self._token("word", word) for word in split(text)}

    def _asked(self, text: str) -> frozenset[str]:
        """`asked(text)`: the same as `of`, of what somebody looks for and perhaps pages through."""
        return frozenset(self.of(text))

    def facet(self, name: str, value: object) -> str:
        """A token that no text can have: `facet("author", 7)`."""
        return self._facet(name, str(value))

    def _token(self, label: str, word: str) -> str:
        text = f"{label}\0{word}".encode()
        return blake2b(text, key=self._key, digest_size=_TOKEN).hexdigest()


def split(text: str) -> list[str]:
    """Words as they are compared: case, accents and width folded; each one once, in order."""
    return list(dict.fromkeys(_words(_fold(_fold(text)))))[:MOST_WORDS]


def holds(text: str, phrase: str) -> bool:
    """Whether the words of `phrase` stand in `text` side by side, as they are compared."""
    said, asked = (list(_words(_fold(_fold(each)))) for each in (text, phrase))
    length = len(asked)
    return any(said[at : at + length] == asked for at in range(len(said) - length + 1))


def _fold(text: str) -> str:
    """Once is not always enough: what decomposes may have a case of its own."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(mark for mark in plain if not unicodedata.combining(mark))


def _words(plain: str) -> Iterator[str]:
    for run in _RUN.finditer(plain):
        rest = run.group()
        at = 0
        for dense in _DENSE.finditer(rest):
            if dense.start() > at:
                yield rest[at : dense.start()][:LONGEST]
            yield from _pairs(dense.group())
            at = dense.end()
        if at < len(rest):
            yield rest[at:][:LONGEST]


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    for at in range(len(run) - 1):
        yield run[at : at + 2]
