"""What whoever runs the server does to accounts by hand, beside the running server: the work behind
the commands of `cli`, which say and ask."""

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

import msgspec

from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.tx import Tx

from . import credentials, emails, factors, farewell, leave, passwords, signup, tokens
from .events import StaffActed
from .queries import users
from .queries.users import User
from .rules import ROLES, Role
from .signup import New

T = TypeVar("T")

AT_ONCE = 250  # accounts in one transaction


def create(db: Db, name: str, email: str, password: str | None, role: str) -> str:
    """Make an account, confirmed and approved; its password, made where None is given.

    Raises:
        Invalid: name, address, password or role cannot be, or are taken.
    """
    new, chosen = _new(name, email, role), password or passwords.make()
    _refuse_weak(db, chosen, new)
    hashed = passwords.hash_sync(db.keyring, chosen)
    db.write_sync(signup.create, msgspec.structs.replace(new, password=hashed))
    return chosen


def read(path: Path) -> list[tuple[New, str]]:
    """(somebody, plain password or "") of each row name,email,password,role; a first row of column
    names is passed over.

    Raises:
        Invalid: naming the line.
    """
    found = []
    with path.open(newline="", encoding="utf-8-sig") as lines:
        for number, row in enumerate(csv.reader(lines), 1):
            name, email, password, role = [*(cell.strip() for cell in row), "", "", "", ""][:4]
            if not name or (number == 1 and (name, email) == ("name", "email")):
                continue
            try:
                found.append((_new(name, email, role or "user"), password))
            except Invalid as error:
                raise Invalid(f"{path}, line {number}: {error}") from None
    return found


def make(
    db: Db,
    rows: Sequence[tuple[New, str]],
    scopes: str | None,
    one_done: Callable[[], object] = lambda: None,
) -> Iterator[list[tuple[str, str]]]:
    """Make many accounts; (name, token) of each batch once it is durable.

    Args:
        scopes: of the tokens; None = no tokens, "" in their place.
        one_done: called for each account.
    Raises:
        Invalid: a row cannot be taken; batches before it stay.
    """
    wanted = None if scopes is None else tokens.scopes_of(scopes)
    left = iter(rows)
    while batch := list(islice(left, AT_ONCE)):
        people = []
        for new, password in batch:
            if password:
                _refuse_weak(db, password, new)
                hashed = passwords.hash_sync(db.keyring, password)
                new = msgspec.structs.replace(new, password=hashed)
            people.append(new)
            one_done()
        yield db.write_sync(_make, people, wanted)


def _make(tx: Tx, people: list[New], scopes: str | None) -> list[tuple[str, str]]:
    accounts = signup.create_many(tx, people)
    none = [""] * len(accounts)
    given = none if scopes is None else tokens.issue_many(tx, accounts, scopes)
    return [(new.username, token) for new, token in zip(people, given, strict=True)]


def everybody(db: Db) -> Iterator[tuple[str, str, str, str]]:
    """Name, address, role and state of everybody, in the order of names."""
    after = ""
    while page := db.write_sync(_page, after):
        for user, address in page:
            yield user.username, address, user.role, _state(user)
        after = page[-1][0].username.lower()


def _page(tx: Tx, after: str) -> list[tuple[User, str]]:
    return [(user, emails.of(tx, user)) for user in users.page(tx, after, 500)]


def _state(user: User) -> str:
    if user.disabled_at is not None:
        return "disabled"
    if user.suspended_at is not None:
        return "suspended"
    if user.confirmed_at is None:
        return "unconfirmed"
    return "waiting" if user.approved_at is None else "active"


def approve(db: Db, name: str) -> None:
    """Let somebody in who waits for it."""
    _on(db, name, _noted("approve", signup.approve))


def disable(db: Db, name: str, disabled: bool = True) -> None:
    """Let somebody in no more, or again."""
    action = "disable" if disabled else "enable"
    _on(db, name, _noted(action, credentials.disable, disabled))


def memorial(db: Db, name: str, on: bool = True) -> None:
    """Somebody has died: their profile says so, and nobody signs in as them; or it was an error."""
    _on(db, name, _noted("memorialize" if on else "unmemorialize", credentials.remember, on))


def erase(db: Db, name: str) -> tuple[str, bool]:
    """Erase somebody with everything they wrote.

    Returns:
        Where the receipt can be read ("" for who never confirmed their address: there is none),
        and whether they are told by letter.
    """
    left = _on(db, name, _erase)
    page = f"{db.instance.origin}{leave.PAGE}?receipt={left.receipt}" if left.receipt else ""
    return page, left.told


def _erase(tx: Tx, who: int) -> farewell.Farewell:
    left = farewell.erase(tx, who)
    _note(tx, "destroy", who, left.detail)
    return left


def reset_password(db: Db, name: str) -> str:
    """Set a new password, end all access; the password."""
    chosen = passwords.make()
    hashed = passwords.hash_sync(db.keyring, chosen)
    _on(db, name, _noted("reset_password", credentials.set_password, hashed))
    return chosen


def reset_two_factor(db: Db, name: str) -> None:
    """Take passkeys, authenticator app and recovery codes away; the password stays."""
    _on(db, name, _noted("reset_two_factor", factors.reset))


def token(db: Db, name: str, scopes: str) -> str:
    """A token with which an app acts as `name`."""
    wanted = tokens.scopes_of(scopes)
    return _on(db, name, _noted("issue_token", tokens.issue, wanted))


def invite(db: Db, role: str, uses: int, days: int) -> str:
    """The address at which somebody can sign up."""
    code = db.write_sync(signup.invite, None, _role(role), uses, days)
    return signup.invite_address(db.instance, code)


def _on(db: Db, name: str, act: Callable[[Tx, int], T]) -> T:
    """Run `act` on the account called `name`. Raises NotFound."""

    def found(tx: Tx) -> T:
        user = users.by_name(tx, name.removeprefix("@"))
        if user is None:
            raise NotFound(f"Nobody here is called {name}.")
        return act(tx, user.account)

    return db.write_sync(found)


def _noted(action: str, act: Callable[..., T], *more: object) -> Callable[[Tx, int], T]:
    """`act` with what it takes `more`, written down as the staff's decisions are."""

    def noted(tx: Tx, who: int) -> T:
        done = act(tx, who, *more)
        _note(tx, action, who)
        return done

    return noted


def _note(tx: Tx, action: str, who: int, detail: str = "") -> None:
    acted = StaffActed(at=tx.ms, by=None, action=action, kind="account", target=who, detail=detail)
    tx.emit(acted)


def _role(text: str) -> Role:
    for role in ROLES:
        if text == role:
            return role
    raise Invalid(f"{text} is no role: write one of {', '.join(ROLES)}.")


def _new(name: str, email: str, role: str) -> New:
    """Somebody as the operator wants it: reserved names too, confirmed and approved."""
    name, folded = name.strip().removeprefix("@"), emails.fold(email)
    if not signup.NAME.fullmatch(name):
        raise Invalid(f"{name!r} cannot be a name: letters a to z, digits, underscores, up to 30.")
    if folded is None:
        raise Invalid(f"{name}: {email!r} is no e-mail address.")
    return New(username=name, email=folded, role=_role(role), confirmed=True, approved=True)


def _refuse_weak(db: Db, password: str, new: New) -> None:
    fault = passwords.fault(password, (new.username, new.email, db.instance.domain))
    if fault:
        raise Invalid(f"The password of {new.username} {fault[1]}")
