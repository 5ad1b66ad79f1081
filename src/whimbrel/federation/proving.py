"""What everybody may read proves by itself whose it is: whoever keeps it can show that when we are
no more.

Source: FEP-8b32"""

from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from whimbrel.core.app import App
from whimbrel.core.keyring import Shredded

from . import keys
from .rules import Private
from .signatures import proofs
from .vocabulary import PUBLIC, with_context


async def proven(
    app: App, said: dict[str, Any], owner: int, private: Private | None
) -> dict[str, Any]:
    """A document of somebody of ours, with their proof where it is for everybody.

    Args:
        private: what they sign with; None: nobody asked for it yet, so it is made.
    """
    if PUBLIC not in [*said["to"], *said["cc"]]:
        return said
    if private is None:
        await keys.make_for(app, owner)
        try:
            private = await app.db.read(keys.private, owner)
        except Shredded:  # of an old copy of the keyring; `rotate-keys` makes others
            return said
    key_id = f"{keys.actor_of(app.instance, owner)}#ed25519-key"
    at = app.db.env.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    document = msgspec.json.decode(msgspec.json.encode(with_context(said)))
    return proofs.add(document, Ed25519PrivateKey.from_private_bytes(private.ed25519), key_id, at)
