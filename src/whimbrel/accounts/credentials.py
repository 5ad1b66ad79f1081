"""Changing what somebody signs in with: password and address; and as what.

Each change ends every other session, every token and push subscription (unless the owner of a new
password wants them kept), and tells the owner at the
address that was right until now. None of the forms tells whether an address is known."""

import msgspec

from whimbrel.core.app import App
from whimbrel.core.errors import Gone, NotFound
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import barred, emails, links, passwords, sessions, signin, signup
from .events import LetterWanted, ProfileChanged
from .queries import doors, people, profile, users
from .queries.users import User
from .rules import Role, Viewer


async def change_password(
    app: App, viewer: Viewer, old: str, new: str, address: str, *, others: bool = True
) -> None:
    """Set another password; the session it happens in stays.

    Args:
        address: the IP address of whoever asks, for the throttle.
        others: whether every other browser and app is signed out.
    Raises:
        Invalid: the old one is wrong, the new one may not be a password.
        TooMany: too many wrong ones.
    Emits: AccessRevoked, LetterWanted
    """
    user = await app.db.read(_user, viewer.id)
    _check(app, user, new)
    await signin.check_password(app, user.account, old, address)
    hashed = await passwords.hash(app.db.keyring, new)
    await app.db.write(
        set_password if others else _keep_others, user.account, hashed, viewer.session
    )


def set_password(tx: Tx, account: int, hashed: str | None, but: int | None = None) -> None:
    """Store a password (None: none, nobody can sign in with one) and end all access but the
    session `but`. Raises NotFound. Emits: AccessRevoked, LetterWanted"""
    _user(tx, account)
    users.change(tx, account, password=hashed)
    sessions.revoke_access(tx, account, but=but)
    tx.emit(LetterWanted(account=account, kind="password_changed"))


def _keep_others(tx: Tx, account: int, hashed: str, _: int | None) -> None:
    """The same where its owner wants nobody signed out: only links for another one are void."""
    _user(tx, account)
    users.change(tx, account, password=hashed)
    doors.end_links(tx, account)
    tx.emit(LetterWanted(account=account, kind="password_kept"))


def ask_reset(tx: Tx, email: str) -> None:
    """Send a link for a new password, if the address is somebody's. Emits: LetterWanted"""
    folded = emails.fold(email)
    user = users.by_mac(tx, emails.mac(tx, folded)) if folded else None
    if user is not None and user.disabled_at is None:
        secret = links.issue(tx, "reset", user.account)
        sealed = links.sealed(tx, user.account, user.slot, secret)
        tx.emit(LetterWanted(account=user.account, kind="reset", link=sealed))


async def reset_password(app: App, secret: str, new: str) -> int:
    """Set a password by the link of a letter, which also proves the address.

    Returns:
        The account.
    Raises:
        Gone: no such link, used, too old.
        Invalid: not a password.
    Emits: AccessRevoked, LetterWanted
    """
    found = await app.db.read(links.look, "reset", secret)
    user = await app.db.read(_user, found.account or 0)
    _check(app, user, new)
    hashed = await passwords.hash(app.db.keyring, new)
    return await app.db.write(_reset, secret, hashed)


def _reset(tx: Tx, secret: str, hashed: str) -> int:
    user = _user(tx, links.redeem(tx, "reset", secret).account or 0)
    if user.confirmed_at is None:
        users.change(tx, user.account, confirmed_at=tx.ms)
        if user.approved_at is None:
            signup.tell_staff(tx)
    set_password(tx, user.account, hashed)
    return user.account


async def change_email(app: App, viewer: Viewer, email: str, password: str, address: str) -> None:
    """Ask the new address to confirm; until then the old one stays.

    Raises:
        Invalid: no address, one that is barred, or the wrong password.
        TooMany: too many wrong ones.
    Emits: LetterWanted
    """
    folded = emails.fold(email)
    if folded is None:
        signup.refuse({"email": ("ERR_INVALID", say("is not one that letters can be sent to."))})
    await signin.check_password(app, viewer.id, password, address)
    await app.db.write(_ask_new_address, viewer.id, folded)


def _ask_new_address(tx: Tx, account: int, folded: str) -> None:
    user = _user(tx, account)
    signup.refuse({"email": barred.REFUSED} if barred.refuses_email(tx, folded) else {})
    owner = users.by_mac(tx, emails.mac(tx, folded))
    if owner is not None:
        if owner.account != account:
            tx.emit(LetterWanted(account=owner.account, kind="known"))
        return
    place = links.email_place(account, user.slot)
    secret = links.issue(tx, "change", account, tx.seal(place, folded.encode()))
    sealed = links.sealed(tx, account, user.slot, secret)
    tx.emit(LetterWanted(account=account, kind="change", link=sealed))


def confirm_email(tx: Tx, secret: str) -> int:
    """The new address is right: it is the account's from now on; the old one is told.

    Returns:
        The account.
    Raises:
        Gone: no such link, used, too old; or the address is somebody else's or barred by now.
    Emits: AccessRevoked, LetterWanted
    """
    link = links.redeem(tx, "change", secret)
    user = _user(tx, link.account or 0)
    place = links.email_place(user.account, user.slot)
    folded = tx.unseal(place, link.email or b"").decode()
    mac = emails.mac(tx, folded)
    if users.by_mac(tx, mac) is not None or barred.refuses_email(tx, folded):
        raise Gone(say("This link has been used already or is too old."))
    former = links.sealed(tx, user.account, user.slot, emails.of(tx, user))
    users.change(
        tx,
        user.account,
        email=tx.seal(user.place, folded.encode()),
        email_mac=mac,
        confirmed_at=tx.ms,
    )
    sessions.revoke_access(tx, user.account)
    tx.emit(LetterWanted(account=user.account, kind="email_changed", link=former))
    return user.account


def disable(tx: Tx, account: int, disabled: bool = True) -> None:
    """Let an account in no more, or again. Raises NotFound. Emits: AccessRevoked"""
    _user(tx, account)
    users.change(tx, account, disabled_at=tx.ms if disabled else None)
    if disabled:
        sessions.revoke_access(tx, account)


def remember(tx: Tx, account: int, dead: bool = True) -> None:
    """Their profile says that they have died, and nobody signs in as them; or not any more.

    Raises NotFound. Emits: AccessRevoked, ProfileChanged
    """
    disable(tx, account, dead)
    mine = people.by_id(tx, account, pending=True)
    if mine.memorial is not dead:
        profile.write(tx, msgspec.structs.replace(mine, memorial=dead))
        tx.emit(ProfileChanged(account=account))


def change_role(tx: Tx, account: int, role: Role) -> None:
    """Give an account another role, for every session and app of theirs at once. Raises NotFound"""
    _user(tx, account)
    users.change(tx, account, role=role)


def _user(tx: Tx, account: int) -> User:
    user = users.by_account(tx, account)
    if user is None:
        raise NotFound
    return user


def _check(app: App, user: User, password: str) -> None:
    fault = passwords.fault(password, (user.username, app.instance.domain))
    signup.refuse({"password": fault} if fault else {})
