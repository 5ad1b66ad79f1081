"""`whimbrel keeper ...`: the process that holds keys, and the server's side of it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

OpenDb = Callable[[Path | None, Path | None], AbstractContextManager[Any]]

FolderOption = Annotated[Path, typer.Option("--data", help="The keeper's own folder.")]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="The data folder.", show_default="data")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)
]


def add_to(app: typer.Typer, open_db: OpenDb) -> None:
    """Add the commands to `app`.

    Args:
        open_db: the context manager (data folder, settings file) that gives the open database, with
            every key destroyed that it says is shredded.
    """
    keeper = typer.Typer(help="Keys held elsewhere, without history.", no_args_is_help=True)
    app.add_typer(keeper, name="keeper")

    @keeper.command("init")
    def init_(folder: FolderOption) -> None:
        """Make a keeper's folder, with an authority of its own. Run it where the keeper runs."""
        from .certificates import init

        init(folder)
        print(f"Next: whimbrel keeper pair FILE --data {folder}")

    @keeper.command("pair")
    def pair_(
        to: Annotated[Path, typer.Argument(help="The new file, which is a secret.")],
        folder: FolderOption,
        restore: Annotated[
            bool, typer.Option("--restore", help="To fetch the keyring with; for a week.")
        ] = False,
    ) -> None:
        """Make the file with which a server calls on this keeper.

        The server has it as keepers/HOST-PORT.pem in its data folder, with mode 600. With
        --restore it fetches the keyring, and does nothing else.
        """
        from .certificates import pair

        pair(folder, to, restore=restore)

    @keeper.command("serve")
    def serve_(
        folder: FolderOption,
        bind: Annotated[str, typer.Option("--bind", help="HOST:PORT to listen on.")],
    ) -> None:
        """Hold the slots of one server until stopped."""
        from ...core.settings import SettingsError
        from ...core.settings.checks import fix
        from .serve import run

        if wrong := fix("bind", bind):
            raise SettingsError(f"--bind {bind}: {wrong}.")
        try:
            run(folder, bind)
        except OSError as error:
            raise SettingsError(f"{bind}: {error.strerror or error}.") from None

    @keeper.command("status")
    def status_(data: DataOption = None, file: ConfigOption = None) -> None:
        """Ask each keeper how far it is.

        Exit 0: two or more are well. 1: something must be done.
        """
        from .status import ENOUGH, look

        async def run(opened: Any) -> list[Any]:
            names = settings.load(data, file=file)
            return [await look(opened, names.data, each) for each in names.keepers]

        from ...core import settings

        with open_db(data, file) as opened:
            found = asyncio.run(run(opened))
        for each in found:
            print(_line(each))
        well = sum(not each.red for each in found)
        if well < ENOUGH:
            print(
                f"RED  {well} of {ENOUGH} keepers are well: losing them all is losing everything."
            )
        raise typer.Exit(0 if well == len(found) and well >= ENOUGH else 1)

    @keeper.command("agree")
    def agree_(
        address: Annotated[str, typer.Argument(help="HOST:PORT of the keeper.")],
        yes: Annotated[bool, typer.Option("--yes", help="Destroy them.")] = False,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Destroy here what a keeper knows to be deleted.

        For a server that was put back from an older copy: what was deleted since is there again.
        Without --yes it is only counted. Exit 0: nothing is left to do. 1: something is.
        """
        from ...core import settings
        from .call import calling, paired_with
        from .compare import destroy, differing

        async def run(opened: Any) -> int:
            paired = paired_with(settings.load(data, file=file).data, address)
            async with calling(address, paired, opened.keyring.fingerprint) as there:
                dead = (await differing(opened.keyring, there)).dead_there
            if yes:
                await destroy(opened, dead)
            return len(dead)

        _check(address)
        with open_db(data, file) as opened:
            many = asyncio.run(run(opened))
        print(f"{many} keys {'were' if yes else 'are'} destroyed there and not here.")
        raise typer.Exit(0 if yes or not many else 1)

    @keeper.command("fetch")
    def fetch_(
        address: Annotated[str, typer.Argument(help="HOST:PORT of the keeper.")],
        paired: Annotated[
            Path, typer.Option("--with", help="The file of whimbrel keeper pair --restore.")
        ],
        to: Annotated[
            Path | None,
            typer.Option(
                "--to", help="The new file.", show_default="keyring.bin in the data folder"
            ),
        ] = None,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Build the keyring of this server from what a keeper holds.

        The database has to be there first: all that it says is shredded is destroyed in the new
        keyring, at once where that lies in the data folder, else when the server starts, before it
        opens its port. Exit 0: it is there. 2: refused, and why.
        """
        from ...core import settings
        from .fetch import fetch

        _check(address)
        own = settings.load(data, file=file).data / "keyring.bin"
        there = to or own
        slots = fetch(address, paired, there)
        print(f"{there}: {slots} slots.")
        if there.resolve() == own.resolve():
            with open_db(data, file):
                print("What the database says is shredded is destroyed in it.")


def _check(address: str) -> None:
    from ...core.settings import SettingsError
    from ...core.settings.checks import fix

    if wrong := fix("keepers", (address,)):
        raise SettingsError(f"{address}: {wrong}.")


def _line(health: Any) -> str:
    from ...core.ids import moment

    seen = "never" if health.contact is None else f"{moment(health.contact):%Y-%m-%d %H:%M:%S} UTC"
    held = "unknown" if health.slots is None else f"{health.slots} slots, {health.ahead} ahead"
    line = (
        f"{'RED ' if health.red else 'ok  ' if health.reachable else 'AWAY'} {health.address}: "
        f"last contact {seen}; {held}; {health.unconfirmed} shreds unconfirmed"
    )
    return f"{line}\n     {health.why}" if health.why else line
