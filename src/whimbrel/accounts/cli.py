"""`whimbrel account`, `token`, `invite`: for whoever runs the server, beside the running server.

Secrets are printed only where that is what the command is for. Progress and words go to standard
error, so that standard output can be piped."""

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer

from ..core.db import Db
from ..core.errors import Invalid, NotFound
from ..core.tx import Tx
from . import credentials, emails, leave, passwords, signup, tokens
from .queries import users
from .queries.users import User
from .rules import Role
from .signup import New

T = TypeVar("T")
Open = Callable[[Path | None, Path | None], AbstractContextManager[Db]]

AT_ONCE = 250  # accounts in one transaction
ROLES: tuple[Role, ...] = ("user", "moderator", "admin")

DataOption = Annotated[
    Path | None, typer.Option("--data", help="The data folder.", show_default="data")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name, without @.")]
RoleOption = Annotated[str, typer.Option("--role", help="user, moderator or admin.")]


def add_to(app: typer.Typer, open_db: Open) -> None:
    """Add the commands to `app`.

    Args:
        open_db: the context manager (data folder, settings file) that gives an open database.
    """
    app.add_typer(_accounts(open_db), name="account")
    app.add_typer(_tokens(open_db), name="token")
    app.add_typer(_invites(open_db), name="invite")


def _accounts(open_db: Open) -> typer.Typer:
    account = typer.Typer(help="People of this server.", no_args_is_help=True)

    @account.command("create")
    def create(
        name: NameArgument,
        email: Annotated[str, typer.Option("--email", help="The address.")],
        password: Annotated[
            str | None, typer.Option("--password", help="Made and printed when left out.")
        ] = None,
        role: RoleOption = "user",
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Make an account, confirmed and approved. Prints the password if it made one."""
        with open_db(data, file) as db:
            chosen = password or passwords.make()
            new = _new(name, email, role)
            _refuse_weak(db, chosen, new)
            hashed = passwords.hash_sync(db.keyring, chosen)
            db.write_sync(signup.create_many, [_with_password(new, hashed)])
            _say(f"@{new.username}@{db.instance.domain} can sign in now.")
            if password is None:
                print(chosen)

    @account.command("import")
    def import_(
        path: Annotated[Path, typer.Argument(metavar="FILE.csv", exists=True, dir_okay=False)],
        scopes: Annotated[
            str | None, typer.Option("--tokens", help="Print a token with these scopes for each.")
        ] = None,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Make many accounts at once from rows name,email,password,role (no password: none set).

        Prints name,token rows. When a row cannot be taken, rows before it may have been.
        """
        wanted = None if scopes is None else tokens.scopes_of(scopes)
        with open_db(data, file) as db:
            rows = list(_read(path))
            out = csv.writer(sys.stdout)
            for made in _batches(db, rows, wanted):
                out.writerows(made)

    @account.command("list")
    def list_(data: DataOption = None, file: ConfigOption = None) -> None:
        """Print name, address, role and state of everybody, tabs between."""
        with open_db(data, file) as db:
            for row in _everybody(db):
                print("\t".join(row))

    @account.command("approve")
    def approve(name: NameArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Let somebody in who waits for it."""
        with open_db(data, file) as db:
            db.write_sync(_for(name, signup.approve))

    @account.command("disable")
    def disable(name: NameArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Sign somebody out everywhere and let them in no more."""
        with open_db(data, file) as db:
            db.write_sync(_for(name, credentials.disable))

    @account.command("enable")
    def enable(name: NameArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Let somebody in again."""
        with open_db(data, file) as db:
            db.write_sync(_for(name, lambda tx, who: credentials.disable(tx, who, False)))

    @account.command("delete")
    def delete(
        name: NameArgument,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Erase somebody with everything they wrote. There is no way back."""
        if not yes:
            typer.confirm(f"Erase {name} and all they wrote, for good?", abort=True, err=True)
        with open_db(data, file) as db:
            db.write_sync(_for(name, leave.erase))

    @account.command("reset-password")
    def reset_password(
        name: NameArgument, data: DataOption = None, file: ConfigOption = None
    ) -> None:
        """Set a new password, print it, and end all sessions and tokens."""
        with open_db(data, file) as db:
            chosen = passwords.make()
            hashed = passwords.hash_sync(db.keyring, chosen)
            db.write_sync(_for(name, lambda tx, who: credentials.set_password(tx, who, hashed)))
            print(chosen)

    return account


def _tokens(open_db: Open) -> typer.Typer:
    token = typer.Typer(help="Access tokens.", no_args_is_help=True)

    @token.callback()
    def group() -> None:
        """Access tokens."""

    @token.command("create")
    def create(
        name: NameArgument,
        scopes: Annotated[
            str, typer.Option("--scopes", help="Space between.")
        ] = "read write follow push",
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Print a token, and nothing else, with which an app acts as NAME."""
        wanted = tokens.scopes_of(scopes)
        with open_db(data, file) as db:
            print(db.write_sync(_for(name, lambda tx, who: tokens.issue(tx, who, wanted))))

    return token


def _invites(open_db: Open) -> typer.Typer:
    invite = typer.Typer(help="Invitations.", no_args_is_help=True)

    @invite.callback()
    def group() -> None:
        """Invitations."""

    @invite.command("create")
    def create(
        uses: Annotated[int, typer.Option("--uses", min=1, help="How many may come.")] = 1,
        days: Annotated[int, typer.Option("--days", min=0, help="For how long; 0: for good.")] = 7,
        role: RoleOption = "user",
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Print a link with which somebody can sign up."""
        with open_db(data, file) as db:
            code = db.write_sync(signup.invite, None, _role(role), uses, days)
            print(f"{db.instance.origin}/auth/sign-up?invite={code}")

    return invite


def _for(name: str, act: Callable[[Tx, int], T]) -> Callable[[Tx], T]:
    """The action `act` on the account called `name`."""

    def found(tx: Tx) -> T:
        user = users.by_name(tx, name.removeprefix("@"))
        if user is None:
            raise NotFound(f"Nobody here is called {name}.")
        return act(tx, user.account)

    return found


def _role(text: str) -> Role:
    for role in ROLES:
        if text == role:
            return role
    raise Invalid(f"{text} is no role: write user, moderator or admin.")


def _new(name: str, email: str, role: str) -> New:
    """Somebody as the operator wants it: reserved names too, confirmed and approved."""
    name, folded = name.strip().removeprefix("@"), emails.fold(email)
    if not signup.NAME.fullmatch(name):
        raise Invalid(f"{name!r} cannot be a name: letters a to z, digits, underscores, up to 30.")
    if folded is None:
        raise Invalid(f"{name}: {email!r} is no e-mail address.")
    return New(username=name, email=folded, role=_role(role), confirmed=True, approved=True)


def _with_password(new: New, hashed: str | None) -> New:
    return msgspec.structs.replace(new, password=hashed)


def _refuse_weak(db: Db, password: str, new: New) -> None:
    fault = passwords.fault(password, (new.username, new.email, db.instance.domain))
    if fault:
        raise Invalid(f"The password of {new.username} {fault[1]}")


def _read(path: Path) -> Iterator[tuple[New, str]]:
    """(somebody, plain password or "") of each row; a first row of column names is passed over."""
    with path.open(newline="", encoding="utf-8-sig") as lines:
        for number, row in enumerate(csv.reader(lines), 1):
            name, email, password, role = [*(cell.strip() for cell in row), "", "", "", ""][:4]
            if not name or (number == 1 and (name, email) == ("name", "email")):
                continue
            try:
                yield _new(name, email, role or "user"), password
            except Invalid as error:
                raise Invalid(f"{path}, line {number}: {error}") from None


def _batches(
    db: Db, rows: Sequence[tuple[New, str]], scopes: str | None
) -> Iterator[list[tuple[str, str]]]:
    """Make the accounts; name and token ("" without scopes) of each batch once it is durable."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("accounts", total=len(rows))
        left = iter(rows)
        while batch := list(islice(left, AT_ONCE)):
            people = []
            for new, password in batch:
                if password:
                    _refuse_weak(db, password, new)
                hashed = passwords.hash_sync(db.keyring, password) if password else None
                people.append(_with_password(new, hashed))
                progress.advance(task)
            yield db.write_sync(_make, people, scopes)


def _make(tx: Tx, people: list[New], scopes: str | None) -> list[tuple[str, str]]:
    accounts = signup.create_many(tx, people)
    return [
        (new.username, tokens.issue(tx, account, scopes) if scopes else "")
        for new, account in zip(people, accounts, strict=True)
    ]


def _everybody(db: Db) -> Iterator[tuple[str, ...]]:
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


def _say(text: str) -> None:
    print(text, file=sys.stderr)
