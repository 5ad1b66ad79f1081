"""The keys of our own actors."""

import pytest

from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.federation import keys
from whimbrel.federation.pairs import make
from whimbrel.federation.rules import SERVER
from whimbrel.federation.tables import actor_keys


def test_keys_are_kept_once_and_sealed(tx: Tx, ada: Viewer):
    """Two requests that make them at the same time must not end with a signature that the key on
    show does not verify; whoever steals the database must not be able to speak as Ada."""
    first, second = make(), make()
    assert keys.keep(tx, ada.id, first) == first.public
    assert keys.keep(tx, ada.id, second) == first.public
    assert keys.private(tx, ada.id) == first.private
    keys.keep(tx, SERVER, second)
    assert keys.public(tx, SERVER) == second.public
    stored = tx.rows(actor_keys.select())
    assert all(first.private.ed25519 not in bytes(row[4]) for row in stored)


def test_only_ours_have_keys_and_keep_them_until_their_row_goes(tx: Tx, ada: Viewer):
    """The Delete that tells of her is signed after she is erased; and then nothing is left."""
    keys.keep(tx, ada.id, make())
    with pytest.raises(NotFound):
        keys.keep(tx, ada.id + 1, make())
    tx.shred([users.by_account(tx, ada.id).slot])
    users.empty(tx, ada.id)
    assert keys.private(tx, ada.id).rsa
    users.remove(tx, ada.id)
    with pytest.raises(NotFound):
        keys.private(tx, ada.id)
