"""Ed25519 keys as others write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.federation import multikey

# did:key's own example
EXAMPLE = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
RAW = bytes.fromhex("2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6")


def test_a_known_key_is_read_and_written():
    """One wrong letter in the alphabet, and nobody could verify anything of ours."""
    assert multikey.read(EXAMPLE) == RAW
    assert multikey.write(RAW) == EXAMPLE


@given(st.binary(max_size=60))
def test_base58_keeps_every_byte(raw: bytes):
    """Zeros in front as well."""
    assert multikey.unbase58(multikey.base58(raw)) == raw


@pytest.mark.parametrize(
    "text", ["", "z", "m" + EXAMPLE[1:], EXAMPLE[:-1], EXAMPLE + "1", "z0Il", "z" * 999]
)
def test_what_is_no_key_is_refused(text: str):
    """Another kind of key, another base, a letter too many: a stranger sent it."""
    with pytest.raises(ValueError, match="not "):
        multikey.read(text)
