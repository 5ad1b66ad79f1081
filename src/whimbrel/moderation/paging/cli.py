"""`whimbrel on-call`: who is called to urgent reports, and whether that would reach them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
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
PAUSE, PATIENCE = 0.5, 15  # seconds between looks at a practice call; until something is said
_UNHEARD = "Nobody is called yet: is the server running?"


def add_to(app: typer.Typer, open_db: Open) -> None:
    """Add the commands to `app`."""
    on_call = typer.Typer(help="Who is called to urgent reports.", no_args_is_help=True)
    app.add_typer(on_call, name="on-call")

    @on_call.command("show")
    def show(data: DataOption = None, file: ConfigOption = None) -> None:
        """Say who is called first, then second; then all of the staff are, then administrators."""
        with open_db(data, file) as db:
            _print(db)

    @on_call.command("set")
    def set_(
        names: Annotated[
            list[str] | None,
            typer.Argument(
                metavar="[NAME]...",
                help="Who is called first, second, and so on; without any: everybody at once.",
            ),
        ] = None,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Say who is called from now on, in this order."""
        from . import roster

        with open_db(data, file) as db:
            db.write_sync(roster.enlist, names or [])
            _print(db)

    @on_call.command("drill")
    def drill(
        minutes: Annotated[
            int,
            typer.Option("--minutes", help="How long the whole ladder takes.", min=4, max=60),
        ] = 60,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Call the staff for practice, by every way there is, until somebody answers.

        The running server calls as for a threat to life, marked as practice: whoever is on call,
        then the second, everybody, administrators. Prints how long each took. Nothing is hidden or
        decided by it. Exit 0: somebody answered. 1: nobody did. Who stops waiting (Ctrl-C) stops
        nothing.
        """
        import time

        from . import practice

        with open_db(data, file) as db:
            id_ = db.write_sync(practice.begin, timedelta(minutes=minutes))
            printed: set[str] = set()
            asked_at = time.monotonic()
            while True:
                found, lines = db.write_sync(practice.told, id_)
                for line in lines:
                    if line not in printed:
                        print(line, flush=True)
                printed.update(lines)
                if found.ended_at is not None:
                    break
                if not printed and time.monotonic() > asked_at + PATIENCE:
                    printed.add(_UNHEARD)
                    print(_UNHEARD, flush=True)
                time.sleep(PAUSE)
            if found.took is None:
                raise typer.Exit(1)


def _print(db: Any) -> None:
    from . import roster

    listed = db.write_sync(roster.listed)
    print(*(listed or ["Nobody in particular: everybody is called."]), sep="\n")
