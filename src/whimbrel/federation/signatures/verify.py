"""Both ways together. Where both are there, the new one decides and the old one is not looked at:
whoever could choose would choose the weaker."""

from . import cavage, rfc9421
from .crypto import PublicKey, kind_of, verifies
from .message import BadSignature, Claim, Request


def read(request: Request, now: float) -> Claim:
    """Who claims to have signed this, and what would have to be signed.

    Args:
        now: seconds since 1970.
    Raises:
        BadSignature: no signature, or one that no key could make good.
    """
    if "signature-input" in request.headers:
        return rfc9421.read(request, now)
    if "signature" in request.headers:
        return cavage.read(request, now)
    raise BadSignature("This has to be signed.")


def proves(claim: Claim, key: PublicKey) -> bool:
    """Whether the owner of `key` signed it. RSA takes some 25 us of processor time, of 8192 bits
    ten times that: little enough for the event loop."""
    if claim.algorithm not in (None, kind_of(key)):
        return False
    return any(verifies(key, claim.signature, base) for base in claim.bases)
