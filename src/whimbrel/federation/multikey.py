"""Ed25519 public keys as text: `z`, then base58btc of a two-byte name and the 32 bytes.

Source: W3C Controlled Identifiers 1.0, Multikey; FEP-521a"""

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_ED25519 = b"\xed\x01"  # multicodec `ed25519-pub`, a varint
LONGEST = 64  # letters; a key has 48


def write(key: bytes) -> str:
    """The Multikey of a raw Ed25519 public key (32 bytes)."""
    return "z" + base58(_ED25519 + key)


def read(text: str) -> bytes:
    """The raw Ed25519 public key in a Multikey.

    Raises:
        ValueError: it is none, or of another kind.
    """
    if not text.startswith("z") or len(text) > LONGEST:
        raise ValueError("not a Multikey in base58btc")
    raw = unbase58(text[1:])
    if not raw.startswith(_ED25519) or len(raw) != 34:
        raise ValueError("not an Ed25519 key")
    return raw[2:]


def base58(raw: bytes) -> str:
    """base58btc: big-endian, each leading zero byte a `1`."""
    number = int.from_bytes(raw)
    letters: list[str] = []
    while number:
        number, rest = divmod(number, 58)
        letters.append(_ALPHABET[rest])
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(letters))


def unbase58(text: str) -> bytes:
    """What `base58` was given.

    Raises:
        ValueError: a letter that is none of the 58.
    """
    number = 0
    for letter in text:
        value = _VALUES.get(letter)
        if value is None:
            raise ValueError("not base58btc")
        number = number * 58 + value
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
