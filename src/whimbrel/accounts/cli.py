"""`whimbrel account`, `token`, `invite`: for whoever runs the server, beside the running server.

Secrets are printed only where that is what the command is for. Progress and words go to standard
error, so that standard output can be piped. What a command needs is imported when it runs."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

Open = Callable[[Path | None, Path | None], AbstractContextManager[Any]]

DataOption = Annotated[
    Path | None, typer.Option("--data", help="The data folder.", show_default="data")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name, without @.")]
_ROLES = "user, helper, moderator, senior, legal, lead, auditor or admin."
RoleOption = Annotated[str, typer.Option("--role", help=_ROLES)]


def add_to(app: typer.Typer, open_db: Open) -> None:
    """Add the commands to `app`.

    Args:
        open_db: the context manager (data folder, settings file) that gives an open database.
    """
    app.add_typer(_accounts(open_db), name="account")
    app.add_typer(_tokens(open_db), name="token")
    app.add_typer(_invites(open_db), name="invite")


def _accounts(open_db: Open) -> typer.Typer:
    account = typer.Typer(help="Make, list, shut out and erase accounts.", no_args_is_help=True)

    @account.command("create")
    def create(
        name: NameArgument,
        email: Annotated[str, typer.Option("--email", help="The e-mail address.")],
        password: Annotated[
            str | None,
            typer.Option(
                "--password", help="10 characters or more; made and printed when left out."
            ),
        ] = None,
        role: RoleOption = "user",
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Make an account, confirmed and approved.

        Prints the password when none was given.
        """
        from . import console

        with open_db(data, file) as db:
            chosen = console.create(db, name, email, password, role)
            print(f"@{name}@{db.instance.domain} can sign in now.", file=sys.stderr)
            if password is None:
                print(chosen)

    @account.command("import")
    def import_(
        path: Annotated[
            Path,
            typer.Argument(metavar="FILE.csv", help="UTF-8, commas.", exists=True, dir_okay=False),
        ],
        scopes: Annotated[
            str | None, typer.Option("--tokens", help="Print a token with these scopes for each.")
        ] = None,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Make many accounts from a file; print name,token.

        Rows are name,email,password,role; without a password none is set. When a row cannot be
        taken, it is named, and rows before it may have been taken.
        """
        import csv

        from . import console

        rows = console.read(path)
        out = csv.writer(sys.stdout, lineterminator="\n")
        with open_db(data, file) as db, _progress() as progress:
            task = progress.add_task("accounts", total=len(rows))
            for made in console.make(db, rows, scopes, lambda: progress.advance(task)):
                out.writerows(made)

    @account.command("list")
    def list_(data: DataOption = None, file: ConfigOption = None) -> None:
        """Print everybody: name, address, role, state.

        Tabs stand between. States: active, waiting, unconfirmed, disabled, suspended.
        """
        from . import console

        with open_db(data, file) as db:
            for row in console.everybody(db):
                print("\t".join(row))

    @account.command("approve")
    def approve(name: NameArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Let somebody in who waits for it."""
        from . import console

        with open_db(data, file) as db:
            console.approve(db, name)

    @account.command("disable")
    def disable(name: NameArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Sign somebody out and let them in no more."""
        from . import console

        with open_db(data, file) as db:
            console.disable(db, name)

    @account.command("enable")
    def enable(name: NameArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Let somebody in again."""
        from . import console

        with open_db(data, file) as db:
            console.disable(db, name, False)

    @account.command("memorial")
    def memorial(
        name: NameArgument,
        undo: Annotated[bool, typer.Option("--undo", help="It was an error.")] = False,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Remember somebody who has died.

        Their profile says so, here and elsewhere, and nobody signs in as them any more.
        """
        from . import console

        with open_db(data, file) as db:
            console.memorial(db, name, not undo)

    @account.command("delete")
    def delete(
        name: NameArgument,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Erase somebody with everything they wrote.

        There is no way back: the keys of their posts, files and address are destroyed. Prints where
        the receipt can be read, which they are told by letter as well.
        """
        from . import console

        if not yes:
            typer.confirm(f"Erase {name} and all they wrote, for good?", abort=True, err=True)
        with open_db(data, file) as db:
            receipt, told = console.erase(db, name)
        if receipt:
            print(receipt)
        if told:
            print("They are told by letter where the receipt can be read.", file=sys.stderr)

    @account.command("reset-password")
    def reset_password(
        name: NameArgument, data: DataOption = None, file: ConfigOption = None
    ) -> None:
        """Set a new password and print it.

        All sessions and tokens of that account end.
        """
        from . import console

        with open_db(data, file) as db:
            print(console.reset_password(db, name))

    @account.command("reset-two-factor")
    def reset_two_factor(
        name: NameArgument, data: DataOption = None, file: ConfigOption = None
    ) -> None:
        """Take away somebody's passkeys, authenticator app and recovery codes.

        For who lost them all. The password alone is enough then; a letter tells them.
        """
        from . import console

        with open_db(data, file) as db:
            console.reset_two_factor(db, name)

    return account


def _progress() -> Any:
    """A progress bar on standard error; standard output is left alone."""
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True), redirect_stdout=False)


def _tokens(open_db: Open) -> typer.Typer:
    token = typer.Typer(help="Make access tokens for apps.", no_args_is_help=True)

    @token.callback()
    def group() -> None:
        """Make access tokens for apps."""

    @token.command("create")
    def create(
        name: NameArgument,
        scopes: Annotated[
            str, typer.Option("--scopes", help="What it may do, space between.")
        ] = "read write follow push",
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Print a token with which an app acts as NAME.

        Nothing else is printed. It works until it is revoked or the password changes.
        """
        from . import console

        with open_db(data, file) as db:
            print(console.token(db, name, scopes))

    return token


def _invites(open_db: Open) -> typer.Typer:
    invite = typer.Typer(help="Make links to sign up with.", no_args_is_help=True)

    @invite.callback()
    def group() -> None:
        """Make links to sign up with."""

    @invite.command("create")
    def create(
        uses: Annotated[int, typer.Option("--uses", min=1, help="How many may come.")] = 1,
        days: Annotated[int, typer.Option("--days", min=0, help="For how long; 0: for good.")] = 7,
        role: RoleOption = "user",
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Print a link with which somebody can sign up."""
        from . import console

        with open_db(data, file) as db:
            print(console.invite(db, role, uses, days))

    return invite
