"""The reading side of Web Push, written from the RFCs alone."""

import hmac
from base64 import urlsafe_b64decode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CURVE = ec.SECP256R1()


def b64(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Phone:
    """A browser that subscribed: its key, its secret, and how it opens what comes."""

    def __init__(self, private=None, auth=b"0123456789abcdef"):
        self.key = private or ec.generate_private_key(CURVE)
        self.auth = auth
        numbers = self.key.public_key().public_numbers()
        self.point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")

    def shared(self, point):
        return self.key.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
        )

    def open_standard(self, body):
        """RFC 8291, section 3.4, and RFC 8188, section 2."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        point, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(body) <= 4096
        assert len(sealed) <= size
        first = derive(self.auth, self.shared(point), b"WebPush: info\0" + self.point + point, 32)
        key = derive(salt, first, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derive(salt, first, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert padded[-1:] == b"\2"
        return padded[:-1]

    def open_draft(self, body, headers):
        """draft-ietf-webpush-encryption-04, section 4."""
        salt = b64(headers["encryption"].removeprefix("salt="))
        fields = dict(part.split("=", 1) for part in headers["crypto-key"].split(";"))
        point = b64(fields["dh"])
        first = derive(self.auth, self.shared(point), b"Content-Encoding: auth\0", 32)
        context = b"P-256\0" + b"\0\x41" + self.point + b"\0\x41" + point
        key = derive(salt, first, b"Content-Encoding: aesgcm\0" + context, 16)
        nonce = derive(salt, first, b"Content-Encoding: nonce\0" + context, 12)
        padded = AESGCM(key).decrypt(nonce, body, None)
        return padded[2 + int.from_bytes(padded[:2], "big") :]


def derive(salt, material, info, size):
    """HKDF (RFC 5869) as far as one block goes."""
    extracted = hmac.digest(salt, material, "sha256")
    return hmac.digest(extracted, info + b"\1", "sha256")[:size]
