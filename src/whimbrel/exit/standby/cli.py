"""`whimbrel standby ...`: what another provider has of this server."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

OpenDb = Callable[[Path | None, Path | None], AbstractContextManager[Any]]

DataOption = Annotated[
    Path | None, typer.Option("--data", help="The data folder.", show_default="data")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)
]


def add_to(app: typer.Typer, open_db: OpenDb) -> typer.Typer:
    """Add the commands to `app`; the group, for whoever has more of them.

    Args:
        open_db: the context manager (data folder, settings file) that gives the open database.
    """
    standby = typer.Typer(help="This server at another provider.", no_args_is_help=True)
    app.add_typer(standby, name="standby")

    @standby.command("init")
    def init_(data: DataOption = None, file: ConfigOption = None) -> None:
        """Try the place that the settings name, and have all files copied there.

        Run it again whenever files may be missing there (after an import). The server copies, and
        replicates, from its next start on. Exit 0: the place is good. 2: it is not, and why.
        """
        from ...core import settings
        from .begin import begin

        now = settings.load(data, file=file)
        with open_db(data, file) as opened:
            done = asyncio.run(begin(opened, now))
        for line in done:
            print(line)

    @standby.command("status")
    def status_(data: DataOption = None, file: ConfigOption = None) -> None:
        """What would be lost now, which files are not there yet, and how the keepers are.

        Exit 0: all is well. 1: something must be done.
        """
        from ...core import settings
        from .status import lines

        now = settings.load(data, file=file)
        with open_db(data, file) as opened:
            found = asyncio.run(lines(opened, now))
        for line in found:
            print(f"{'RED ' if line.red else 'ok  '} {line.title}: {line.says}")
        raise typer.Exit(1 if any(line.red for line in found) else 0)

    @standby.command("restore")
    def restore_(
        to: Annotated[Path, typer.Argument(help="A new folder.")],
        keeper: Annotated[str, typer.Option("--keeper", help="HOST:PORT of a keeper.")],
        paired: Annotated[
            Path, typer.Option("--with", help="The file of whimbrel keeper pair --restore.")
        ],
        promote: Annotated[
            bool, typer.Option("--promote", help="PostgreSQL: let the replica take writes.")
        ] = False,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Lay the newest state there is into a new folder, from which a server can start.

        Settings say where the standby is. All that is deleted is destroyed before this ends. Exit
        0: it is there. 2: refused, and why.
        """
        from ...core import settings
        from .place import StandbyPlace
        from .restore import KeeperAt, restore

        now = settings.load(data, file=file)
        place = StandbyPlace.of(now)
        found = asyncio.run(restore(place, to, KeeperAt(keeper, paired)))
        if promote and place.replica:
            from .replica import promote as go

            go(place.replica)
            print("The replica takes writes: database = standby_replica.")
        print(
            f"{found.folder}: {found.slots} keys, {found.shredded} destroyed, "
            f"{found.objects} files, of which {found.unsynced} may not be there."
        )
        parts = ", ".join(f"{part} {seconds:.2f} s" for part, seconds in found.seconds.items())
        print(f"{parts}. Files stay where they are: objects = standby, with its keys.")

    return standby
