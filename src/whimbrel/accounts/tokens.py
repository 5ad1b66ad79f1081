"""Access tokens: issued, listed, ended. Kept as hashes only."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from whimbrel.core.errors import Invalid, NotFound, echo
from whimbrel.core.ids import new_id, token
from whimbrel.core.tx import Tx

from .events import AccessRevoked
from .queries import doors
from .queries.doors import Token
from .rules import SCOPES, Viewer

PREFIX = "whb_"  # so that a token found where it should not be is known for one


def issue(tx: Tx, account: int | None, scopes: str, app: int | None = None) -> str:
    """A fresh token.

    Args:
        account: whose; None = the app's own.
        scopes: space between, as `scopes_of` gives them.
    Returns:
        The token. It is not stored.
    """
    return issue_with_id(tx, account, scopes, app)[0]


def issue_with_id(
    tx: Tx, account: int | None, scopes: str, app: int | None = None
) -> tuple[str, int]:
    """`issue`, and the number of the token's row."""
    secret, id_ = PREFIX + token(), new_id(tx.now)
    doors.add_token(tx, id_, sha256(secret.encode()).digest(), app, account, scopes)
    return secret, id_


def issue_many(tx: Tx, accounts: Sequence[int], scopes: str) -> list[str]:
    """A token for each account, in their order; see `issue`."""
    secrets = [PREFIX + token() for _ in accounts]
    rows = [
        (spread_id(tx, at), sha256(secret.encode()).digest(), account)
        for at, (secret, account) in enumerate(zip(secrets, accounts, strict=True))
    ]
    doors.add_tokens(tx, rows, scopes)
    return secrets


def spread_id(tx: Tx, at: int) -> int:
    """An id for the row number `at` of many. Each takes a millisecond of its own: a few hundred
    random ids of the same one would meet."""
    return new_id(tx.now - timedelta(milliseconds=at))


def scopes_of(text: str) -> str:
    """Scopes as they are kept: each once, space between, known ones only.

    Args:
        text: spaces, plus signs or commas between.
    Raises:
        Invalid: an unknown scope.
    """
    words = dict.fromkeys(text.replace("+", " ").replace(",", " ").split())
    unknown = [word for word in words if word not in SCOPES]
    if unknown:
        raise Invalid(f"There is no scope {echo(unknown[0])}.")
    return " ".join(words)


def of(tx: Tx, viewer: Viewer) -> list[Token]:
    """What apps hold of the viewer, newest first."""
    return doors.tokens_of(tx, viewer.id)


def revoke(tx: Tx, viewer: Viewer, token_id: int) -> None:
    """End one of the viewer's tokens. Raises NotFound: he has no such. Emits: AccessRevoked"""
    if not doors.end_token_of(tx, viewer.id, token_id):
        raise NotFound
    tx.emit(AccessRevoked(account=viewer.id, tokens=(token_id,)))


def end(tx: Tx, token_id: int, account: int | None) -> None:
    """End a token, whoever holds it. Emits: AccessRevoked, where it was somebody's"""
    doors.end_token(tx, token_id)
    if account is not None:
        tx.emit(AccessRevoked(account=account, tokens=(token_id,)))
