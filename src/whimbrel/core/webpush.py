"""Web Push on the wire: a message only one browser can read, and our signature for its postman.

Nothing here knows what is said to whom. Sources: RFC 8291 and RFC 8188 (`aes128gcm`), RFC 8292
(VAPID), and for apps that are older draft-ietf-webpush-encryption-04 (`aesgcm`)."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .errors import Invalid

RECORD = 4096  # bytes of the only record; what a push service takes
ROOM = RECORD - 86 - 17  # bytes of text that fit beside header, padding and tag
TTL = 48 * 3600  # seconds for which a push service keeps a message
_SIGNED_FOR = 12 * 3600  # seconds
_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_encode = msgspec.json.Encoder().encode


class Secret(Protocol):
    """What the server's own key is made from: a keyring, or a transaction that has it."""

    def mac(self, label: str, text: bytes) -> bytes: ...


class Keys(NamedTuple):
    """What a browser gave us to encrypt for it."""

    p256dh: bytes  # its public key: 65 bytes
    auth: bytes  # 16 bytes that only it and we know


def keys_of(p256dh: str, auth: str) -> Keys:
    """The keys as an app sends them. Raises Invalid."""
    try:
        keys = Keys(decoded(p256dh), decoded(auth))
        _public(keys.p256dh)
    except ValueError:
        raise Invalid("The keys of the subscription cannot be used.") from None
    if len(keys.auth) != 16:
        raise Invalid("The keys of the subscription cannot be used.")
    return keys


def encoded(raw: bytes) -> str:
    """Base64 for URLs, without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The reverse; either alphabet, padded or not. Raises ValueError."""
    plain = text.translate(str.maketrans("+/", "-_")).rstrip("=")
    return urlsafe_b64decode(plain + "=" * (-len(plain) % 4))


# --- for one browser's eyes ----------------------------------------------------------------------


def aes128gcm(keys: Keys, text: bytes) -> bytes:
    """The body of a message, of at most `RECORD` bytes."""
    return seal_aes128gcm(keys, text, ec.generate_private_key(_CURVE), secrets.token_bytes(16))


def seal_aes128gcm(keys: Keys, text: bytes, ours: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """`aes128gcm` with a key and a salt that must never be used twice."""
    point = point_of(ours)
    info = b"WebPush: info\0" + keys.p256dh + point
    material = _hkdf(keys.auth, _shared(ours, keys), info, 32)
    key = _hkdf(salt, material, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(salt, material, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(key).encrypt(nonce, text + b"\2", None)
    return salt + RECORD.to_bytes(4, "big") + bytes([len(point)]) + point + sealed


def aesgcm(keys: Keys, text: bytes) -> tuple[bytes, dict[str, str]]:
    """The same as the draft had it: body, and the headers that say how to open it."""
    ours, salt = ec.generate_private_key(_CURVE), secrets.token_bytes(16)
    point = point_of(ours)
    material = _hkdf(keys.auth, _shared(ours, keys), b"Content-Encoding: auth\0", 32)
    context = b"P-256\0\0\x41" + keys.p256dh + b"\0\x41" + point
    key = _hkdf(salt, material, b"Content-Encoding: aesgcm\0" + context, 16)
    nonce = _hkdf(salt, material, b"Content-Encoding: nonce\0" + context, 12)
    sealed = AESGCM(key).encrypt(nonce, b"\0\0" + text, None)
    return sealed, {"Encryption": f"salt={encoded(salt)}", "Crypto-Key": f"dh={encoded(point)}"}


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half, uncompressed: 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _public(point: bytes) -> ec.EllipticCurvePublicKey:
    if len(point) != 65:
        raise ValueError("a key is 65 bytes")
    return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)


def _shared(ours: ec.EllipticCurvePrivateKey, keys: Keys) -> bytes:
    return ours.exchange(ec.ECDH(), _public(keys.p256dh))


def _hkdf(salt: bytes, material: bytes, info: bytes, size: int) -> bytes:
    return HKDF(hashes.SHA256(), size, salt, info).derive(material)


# --- for the postman -----------------------------------------------------------------------------


def vapid_key(secret: Secret) -> ec.EllipticCurvePrivateKey:
    """The server's own key: always the same one, made from its secret and stored nowhere."""
    return _vapid(secret.mac("vapid", b"1") + secret.mac("vapid", b"2"))


@lru_cache(maxsize=4)
def _vapid(seed: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(seed, "big") % (_ORDER - 1) + 1, _CURVE)


def public_key(secret: Secret) -> str:
    """What apps are told as `server_key`, so that only we can push to them."""
    return encoded(point_of(vapid_key(secret)))


def signature(secret: Secret, endpoint: str, contact: str, now: int) -> str:
    """A token that says who we are, for the push service of `endpoint`.

    Args:
        contact: `mailto:` or https address of whoever runs this server.
        now: seconds since 1970.
    """
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": now + _SIGNED_FOR,
        "sub": contact,
    }
    said = f"{encoded(_encode({'typ': 'JWT', 'alg': 'ES256'}))}.{encoded(_encode(claims))}"
    der = vapid_key(secret).sign(said.encode(), ec.ECDSA(hashes.SHA256()))
    r, s = decode_dss_signature(der)
    return f"{said}.{encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def sealed_for(
    secret: Secret,
    endpoint: str,
    keys: Keys,
    text: bytes,
    *,
    standard: bool,
    contact: str,
    now: int,
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the POST to a push service.

    Args:
        standard: RFC 8291; false for the draft that older apps speak.
    """
    token, own = signature(secret, endpoint, contact, now), public_key(secret)
    headers = {"TTL": str(TTL), "Urgency": "normal", "Content-Type": "application/octet-stream"}
    if standard:
        headers["Content-Encoding"] = "aes128gcm"
        headers["Authorization"] = f"vapid t={token}, k={own}"
        return aes128gcm(keys, text), headers
    body, more = aesgcm(keys, text)
    headers |= more
    headers["Content-Encoding"] = "aesgcm"
    headers["Authorization"] = f"WebPush {token}"
    headers["Crypto-Key"] += f";p256ecdsa={own}"
    return body, headers
