"""The tree of the log, against the vectors everybody uses and against itself."""

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.moderation import merkle

# Source: certificate-transparency, merkletree/merkle_tree_test.cc (the vectors of RFC 6962)
LEAVES = [
    *(b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"\x40\x41\x42\x43"),
    *(bytes(range(0x50, 0x58)), bytes(range(0x60, 0x70))),
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_roots_are_those_of_the_known_vectors():
    """A tree of our own making would be verified by nobody's tools."""
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES]
    assert merkle.root_of([]).hex() == sha256(b"").hexdigest()
    assert [merkle.root_of(hashes[:size]).hex() for size in range(1, 9)] == ROOTS


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
def test_a_path_leads_from_its_leaf_to_the_root_and_from_no_other(leaves, data):
    """A proof that fits another decision would prove nothing."""
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    at = data.draw(st.integers(min_value=0, max_value=len(leaves) - 1))
    path, root = merkle.path_of(hashes, at), merkle.root_of(hashes)
    assert merkle.root_from(hashes[at], at, len(leaves), path) == root
    assert merkle.root_from(merkle.leaf_hash(b"other"), at, len(leaves), path) != root
    assert merkle.root_from(hashes[at], len(leaves), len(leaves), path) is None
    assert merkle.root_from(hashes[at], at, len(leaves), [*path, root]) != root


def test_a_head_is_signed_and_says_whose_it_is():
    """Whoever can write what they like under our name could deny what we decided."""
    key, other = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
    public = merkle.public_bytes(key)
    note = merkle.sign("social.example/log", 7, bytes(32), key)
    assert merkle.read(note, public) == ("social.example/log", 7, bytes(32))
    assert note.split("\n")[:3] == ["social.example/log", "7", "A" * 43 + "="]
    assert merkle.verifier("social.example/log", public).startswith("social.example/log+")
    forged = [
        note.replace("\n7\n", "\n8\n"),
        merkle.sign("social.example/log", 7, bytes(32), other),
    ]
    for wrong in (*forged, "", "x\n\ny", note[:-9]):
        with pytest.raises(ValueError, match="no checkpoint"):
            merkle.read(wrong, public)
