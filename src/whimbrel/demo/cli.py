"""`whimbrel demo`: a small invented town moves in, and out again.

The visitor's name and password are all that goes to standard output. What a command needs is
imported when it runs."""

import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

Said = dict[str, str | None]
OpenApp = Callable[
    [Path | None, Said, Path | None, Callable[[], datetime]], AbstractAsyncContextManager[Any]
]

DataOption = Annotated[
    Path | None, typer.Option("--data", help="The data folder.", show_default="data")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)
]


def add_to(app: typer.Typer, open_app: OpenApp) -> None:
    """Add the commands to `app`.

    Args:
        open_app: the context manager (data folder, settings that were said, settings file, clock)
            that gives a `core.app.App`.
    """
    demo = typer.Typer(help="Show a living place: an invented town.", invoke_without_command=True)
    app.add_typer(demo, name="demo")

    @demo.callback()
    def fill(
        context: typer.Context,
        yes: Annotated[
            bool, typer.Option("--yes", help="Also where people have signed up.")
        ] = False,
        bind: Annotated[
            str | None, typer.Option(help="As it is said to serve.", show_default=False)
        ] = None,
        domain: Annotated[
            str | None, typer.Option(help="As it is said to serve.", show_default=False)
        ] = None,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Fill this server with an invented town, and print a name and a password to look around.

        The server may run meanwhile. Where the town is already, only the password is made anew.
        """
        if context.invoked_subcommand is None:
            _fill(open_app, yes, data, {"bind": bind, "domain": domain}, file)

    @demo.command("remove")
    def remove(data: DataOption = None, file: ConfigOption = None) -> None:
        """Take the town away again, with everything that it and its visitor wrote."""
        import asyncio

        from .clock import Clock
        from .remove import remove as leave

        async def go() -> None:
            async with open_app(data, {}, file, Clock()) as opened:
                many = await leave(opened)
                print(f"The town has moved out: {many} accounts erased.", file=sys.stderr)

        asyncio.run(go())


def _fill(open_app: OpenApp, yes: bool, data: Path | None, said: Said, file: Path | None) -> None:
    import asyncio

    from . import fill
    from .clock import Clock
    from .rules import VISITOR

    async def go() -> None:
        clock = Clock()
        async with open_app(data, said, file, clock) as opened:
            with _progress() as bar:
                task = bar.add_task("moving in", total=None)
                progress = fill.Progress(
                    lambda steps: bar.update(task, total=steps), lambda: bar.advance(task)
                )
                password = await fill.fill(opened, clock, progress, among_people=yes)
            print(f"Look around at {opened.instance.origin} as:", file=sys.stderr)
            print(f"{VISITOR}\n{password}")

    asyncio.run(go())


def _progress() -> Any:
    """A progress bar on standard error; standard output is left alone."""
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True), redirect_stdout=False, transient=True)
