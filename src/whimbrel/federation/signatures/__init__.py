"""Signatures of HTTP requests, the old draft and RFC 9421: what is signed, and what a signature
must cover to be taken. Pure: no clock, no database, no network.

A request is read in two steps, for its key has to be found between them: `read` says who claims to
have signed what and refuses what no key could make good; `proves` asks the key."""

from .cavage import sign as sign_draft
from .crypto import PrivateKeys, PublicKey, public_key
from .message import BadSignature, Claim, Request
from .rfc9421 import Wish, wished
from .rfc9421 import sign as sign_rfc9421
from .verify import proves, read

__all__ = [
    "BadSignature",
    "Claim",
    "PrivateKeys",
    "PublicKey",
    "Request",
    "Wish",
    "proves",
    "public_key",
    "read",
    "sign_draft",
    "sign_rfc9421",
    "wished",
]
