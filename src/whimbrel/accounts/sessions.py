"""Browsers that are signed in: begun, listed, ended.

The cookie's value is kept as a hash only. How it becomes a viewer: `auth`."""

from hashlib import sha256

from whimbrel.core.errors import Forbidden, NotFound
from whimbrel.core.ids import new_id, token
from whimbrel.core.tx import Tx

from .events import AccessRevoked
from .queries import doors
from .queries.doors import Session
from .rules import Viewer

DAY = 86_400_000  # ms
ABSOLUTE = 90 * DAY  # a session ends then, however much it is used
IDLE = 30 * DAY
PROOF = "/settings/security/confirm"
PROVED = 600_000  # ms: so long after the password was shown, it is not asked again


def begin(tx: Tx, account: int, agent: str = "", *, instead_of: int | None = None) -> str:
    """Sign a browser in.

    Args:
        agent: what the browser calls itself, for the list in the settings.
        instead_of: the session this browser had until now; it ends.
    Returns:
        256 random bits for the cookie.
    """
    if instead_of is not None:
        doors.end_session(tx, account, instead_of)
    cookie = token()
    plain = "".join(mark for mark in agent if mark.isprintable())[:200]
    hash_ = sha256(cookie.encode()).digest()
    doors.add_session(tx, new_id(tx.now), hash_, account, plain, tx.ms - ABSOLUTE)
    return cookie


def proved(tx: Tx, viewer: Viewer) -> bool:
    """Whether the viewer showed a password or a passkey in the last ten minutes, so that what is
    grave may be done without asking again."""
    return viewer.session is not None and doors.proved_at(tx, viewer.session) > tx.ms - PROVED


def require_proof(tx: Tx, viewer: Viewer) -> None:
    """For what is grave, done by an app: whoever took its token has not shown who they are. Pages
    ask on the way instead (`views.proof_first`).

    Raises:
        Forbidden: whose token it is showed no password or passkey in the last ten minutes, in any
            browser. It tells where they do.
    """
    if viewer.token is not None and doors.proved_of(tx, viewer.id) <= tx.ms - PROVED:
        raise Forbidden(
            "This takes your password or passkey, shown in the last ten minutes. Open"
            f" {tx.instance.origin}{PROOF} in a browser, then do it again."
        )


def prove(tx: Tx, viewer: Viewer) -> str:
    """The viewer just did; whoever had copied the cookie of before has nothing.

    Returns:
        The new value of the cookie.
    Raises:
        NotFound: the session is over.
    """
    cookie = token()
    if not doors.prove(tx, viewer.id, viewer.session or 0, sha256(cookie.encode()).digest()):
        raise NotFound
    return cookie


def revoke_others(tx: Tx, viewer: Viewer) -> None:
    """End all sessions but the one the viewer came with. Emits: AccessRevoked for them"""
    ended = [each.id for each in of(tx, viewer) if each.id != viewer.session]
    doors.end_sessions(tx, viewer.id, viewer.session or 0)
    if ended:
        tx.emit(AccessRevoked(account=viewer.id, tokens=tuple(ended)))


def of(tx: Tx, viewer: Viewer) -> list[Session]:
    """The viewer's sessions, newest first."""
    return doors.sessions_of(tx, viewer.id, tx.ms - ABSOLUTE)


def any_of(tx: Tx, account: int) -> bool:
    """Whether an account is signed in anywhere."""
    return bool(doors.sessions_of(tx, account, tx.ms - ABSOLUTE))


def revoke(tx: Tx, viewer: Viewer, session: int) -> None:
    """End one of the viewer's sessions. Raises NotFound: he has no such. Emits: AccessRevoked"""
    if not doors.end_session(tx, viewer.id, session):
        raise NotFound
    tx.emit(AccessRevoked(account=viewer.id, tokens=(session,)))


def end(tx: Tx, viewer: Viewer) -> None:
    """Sign out: the session the viewer came with is over. Emits: AccessRevoked"""
    if viewer.session is not None:
        doors.end_session(tx, viewer.id, viewer.session)
        tx.emit(AccessRevoked(account=viewer.id, tokens=(viewer.session,)))


def revoke_access(tx: Tx, account: int, *, but: int | None = None) -> None:
    """End all sessions and tokens of an account, and what could become one.

    What a thief of the old password holds must not outlive it; push subscriptions hang on tokens.
    Args:
        but: the session in which the password was changed; it stays.
    Emits: AccessRevoked
    """
    doors.end_sessions(tx, account, but or 0)
    doors.end_all_tokens(tx, account)
    tx.emit(AccessRevoked(account=account))
