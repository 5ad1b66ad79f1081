"""Web Push on the wire: read by the one browser, believed by its push service."""

import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from phone import CURVE, Phone, b64
from whimbrel.core import webpush
from whimbrel.core.errors import Invalid


def test_the_example_of_the_rfc():
    """RFC 8291, appendix A: byte for byte what everybody else makes of it."""
    private = int.from_bytes(b64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    keys = webpush.keys_of(
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    body = webpush.seal_aes128gcm(
        keys,
        b"When I grow up, I want to be a watermelon",
        ec.derive_private_key(private, CURVE),
        b64("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert webpush.encoded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
        "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
        "lcy4a-fN"
    )
    phone = Phone(
        ec.derive_private_key(
            int.from_bytes(b64("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big"), CURVE
        ),
        keys.auth,
    )
    assert phone.open_standard(body) == b"When I grow up, I want to be a watermelon"


def test_both_ways_are_read_by_the_phone_and_never_twice_the_same():
    """Tusky and others still speak the draft."""
    phone = Phone()
    keys = webpush.Keys(phone.point, phone.auth)
    assert phone.open_standard(webpush.aes128gcm(keys, b"x" * webpush.ROOM)) == b"x" * webpush.ROOM
    body, headers = webpush.aesgcm(keys, b"hello")
    assert phone.open_draft(body, {k.lower(): v for k, v in headers.items()}) == b"hello"
    assert webpush.aes128gcm(keys, b"a") != webpush.aes128gcm(keys, b"a")


def test_our_signature_is_checked_by_the_push_service(tx):
    """A push service refuses whoever cannot sign with the key that the app was given."""
    token = webpush.signature(tx, "https://push.example:8443/abc?d", "mailto:a@b.example", 1000)
    head, claims, signed = token.split(".")
    assert json.loads(b64(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(b64(claims)) == {
        "aud": "https://push.example:8443",
        "exp": 1000 + 12 * 3600,
        "sub": "mailto:a@b.example",
    }
    raw = b64(signed)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    point = b64(webpush.public_key(tx))
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
    key.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert webpush.public_key(tx) == webpush.public_key(tx)


@pytest.mark.parametrize("keys", [("", ""), ("BA", "AA"), ("A" * 87, "A" * 22), ("é", "é")])
def test_keys_that_are_none_are_refused(keys):
    """An app must hear at once that it will never be pushed to."""
    with pytest.raises(Invalid):
        webpush.keys_of(*keys)
