"""`whimbrel federation`: what whoever runs the server does about other servers, beside the running
one. What a command needs is imported when it runs."""

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
NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Whose; everybody's and the server's when left out."),
]


def add_to(app: typer.Typer, open_db: Open) -> None:
    """Add the commands to `app`.

    Args:
        open_db: the context manager (data folder, settings file) that gives an open database.
    """
    federation = typer.Typer(help="Look after what binds other servers.", no_args_is_help=True)
    app.add_typer(federation, name="federation")

    @federation.command("rotate-keys")
    def rotate_keys(
        names: NamesArgument = None, data: DataOption = None, file: ConfigOption = None
    ) -> None:
        """Make new keys with which our people sign what they send; the old ones are destroyed.

        Do it after a restore, or when a copy of the keyring was in wrong hands.
        """
        from . import pairs, rotate

        with open_db(data, file) as db:
            owners = db.write_sync(rotate.owners, names or [])
            with typer.progressbar(owners, label="New keys", file=sys.stderr) as shown:
                for owner in shown:
                    db.write_sync(rotate.rotate, owner, pairs.make())
