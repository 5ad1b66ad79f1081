"""The recovery key: nine words that somebody keeps, and the public key that belongs to them.

The words are 128 random bits and 16 of their hash, so that a slip of the pen is noticed. Each word
stands for 16 bits and can be said aloud. `static/leaving/kit.js` does the same in the browser.

Source: Daniel Wilkerson, "A Proposal for Proquints"; RFC 7748 (X25519), RFC 5869 (HKDF)"""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from whimbrel.core.errors import Invalid
from whimbrel.core.words import say

SEED, CHECK = 16, 2  # bytes
WORDS = (SEED + CHECK) // 2
LONGEST = 1000  # characters that are looked at for words
PUBLIC = "whimbrel-recovery-"
_NAME = b"whimbrel recovery"
_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aiou"
_WORD = re.compile(r"[a-z]{1,20}")


def new_words() -> str:
    """A recovery key, as words."""
    seed = secrets.token_bytes(SEED)
    return " ".join(_word(pair) for pair in _pairs(seed + _check(seed)))


def _check(seed: bytes) -> bytes:
    return sha256(_NAME + seed).digest()[:CHECK]


def _pairs(raw: bytes) -> list[int]:
    return [int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2)]


def _word(pair: int) -> str:
    one, two, three = (_CONSONANTS[pair >> shift & 15] for shift in (12, 6, 0))
    return one + _VOWELS[pair >> 10 & 3] + two + _VOWELS[pair >> 4 & 3] + three


def secret(words: str) -> X25519PrivateKey:
    """The secret key of these words, however they are written down.

    Raises:
        Invalid: they are not the words of a recovery key.
    """
    found = _WORD.findall(words[:LONGEST].lower())
    raw = b"".join(_bytes(word) for word in found)
    seed, check = raw[:SEED], raw[SEED:]
    if len(found) != WORDS or check != _check(seed):
        raise Invalid("These are not the nine words of a recovery key.")
    derived = HKDF(SHA256(), 32, salt=None, info=_NAME).derive(seed)
    return X25519PrivateKey.from_private_bytes(derived)


def _bytes(word: str) -> bytes:
    """The two bytes of a word; none where it is no word of ours."""
    pair = 0
    for at, letter in enumerate(word):
        letters = _VOWELS if at % 2 else _CONSONANTS
        if letter not in letters or len(word) != 5:
            return b""
        pair = pair << (2 if at % 2 else 4) | letters.index(letter)
    return pair.to_bytes(2)


def public(key: X25519PrivateKey) -> str:
    """The public half, as one line of text."""
    return PUBLIC + urlsafe_b64encode(key.public_key().public_bytes_raw()).decode().rstrip("=")


def raw(text: str) -> bytes:
    """The 32 bytes of a public recovery key. Raises Invalid: it is none."""
    text = text.strip()
    try:
        found = urlsafe_b64decode(text.removeprefix(PUBLIC)[:100] + "=")
    except ValueError:
        found = b""
    if not text.startswith(PUBLIC) or len(found) != 32:
        raise Invalid(say("This is no public recovery key: it begins with %(begin)s", begin=PUBLIC))
    return found
