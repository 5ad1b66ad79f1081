"""The command line: `whimbrel ...`. Each package adds its own commands with `add_to(app)`.

Nothing heavy is imported here, so that `--help` is there at once: commands import what they use."""

import gc
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import __version__
from ..accounts import cli as accounts
from ..breach import cli as breach
from ..core.errors import DiskBroken, WhimbrelError
from ..demo import cli as demo
from ..exit import cli as exit_
from ..exit.drill import cli as drill
from ..exit.evacuate import cli as evacuate
from ..exit.keeper import cli as keeper
from ..exit.kit import cli as kit
from ..exit.standby import cli as standby
from ..federation import cli as federation
from ..instance import cli as instance
from ..moderation import cli as moderation
from ..privacy import cli as privacy

app = typer.Typer(
    name="whimbrel",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
config = typer.Typer(help="Show, check and explain the settings.", no_args_is_help=True)
app.add_typer(config, name="config")
database = typer.Typer(help="Make search and timelines anew.", no_args_is_help=True)
app.add_typer(database, name="db")

DataOption = Annotated[
    Path | None, typer.Option("--data", help="The data folder.", show_default="data")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)
]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"whimbrel {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """A microblogging server for communities that must be able to leave."""


@config.command("show")
def show(data: DataOption = None, file: ConfigOption = None) -> None:
    """Print every setting as it is in force.

    Passwords are masked; what is not the default is marked `# set`.
    """
    from ..core import settings

    now = settings.load(data, file=file)
    for key in settings.KEYS:
        value = settings.masked(key, getattr(now, key))
        mark = "" if value == settings.DEFAULTS[key] else "  # set"
        print(f"{key} = {_toml(value)}{mark}")


@config.command("check")
def check(data: DataOption = None, file: ConfigOption = None) -> None:
    """Say whether these settings are fine.

    Exit 0: they are. 2: they are not, and why.
    """
    from ..core import settings

    now = settings.load(data, file=file)
    print(f"The settings are fine: {settings.Instance.of(now).origin}")
    if not now.smtp:
        print("Mail is only printed and kept in the data folder: smtp is not set.")


@config.command("reference")
def reference() -> None:
    """Print the reference of all settings."""
    from .reference import reference as text

    print(text(), end="")


@app.command("serve")
def serve(
    data: DataOption = None,
    bind: Annotated[
        str | None, typer.Option(help="HOST:PORT to listen on.", show_default="127.0.0.1:3000")
    ] = None,
    domain: Annotated[str | None, typer.Option(help="The part after the @.")] = None,
    tls_cert: Annotated[str | None, typer.Option(help="PEM file: the certificate chain.")] = None,
    tls_key: Annotated[str | None, typer.Option(help="PEM file: its private key.")] = None,
    role: Annotated[
        str | None, typer.Option(help="all, web, worker or streaming.", show_default="all")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="postgresql://... or sqlite:///PATH.", show_default="SQLite")
    ] = None,
    file: ConfigOption = None,
) -> None:
    """Run the server until SIGTERM.

    It is ready when it prints `listening on URL`. The first start makes the data folder and prints
    a link that makes the first administrator.
    """
    gc.disable()  # nothing of what is read now goes away; `serve` goes on collecting
    from ..core import settings
    from .serve import run

    said = {
        "bind": bind,
        "domain": domain,
        "role": role,
        "database": database,
        "tls_cert": tls_cert,
        "tls_key": tls_key,
    }
    run(settings.load(data, said, file=file))


@app.command("doctor")
def doctor(data: DataOption = None, file: ConfigOption = None) -> None:
    """Find what is wrong and say how to mend it.

    Nothing is changed. Exit 0: nothing is wrong. 1: something is.
    """
    from ..core import settings
    from .doctor import examine

    raise typer.Exit(0 if examine(settings.load(data, file=file)) else 1)


@database.command("rebuild-search")
def rebuild_search(data: DataOption = None, file: ConfigOption = None) -> None:
    """Make the search index anew.

    The server may run meanwhile; what is not yet in it is not found until it is.
    """
    import asyncio

    from ..core import settings
    from .rebuild import search

    asyncio.run(search(settings.load(data, file=file)))


@database.command("rebuild-timelines")
def rebuild_timelines(data: DataOption = None, file: ConfigOption = None) -> None:
    """Make every home timeline anew.

    From who follows whom; the server may run meanwhile.
    """
    import asyncio

    from ..core import settings
    from .rebuild import timelines

    asyncio.run(timelines(settings.load(data, file=file)))


def _opened(data: Path | None, file: Path | None) -> AbstractContextManager[Any]:
    """The open database, for the commands that the rooms bring themselves."""
    from .opening import database

    return database(data, file)


def _whole(data: Path | None, file: Path | None) -> AbstractAsyncContextManager[Any]:
    """The same with the object store and all else that a file passes on its way in."""
    from ..core import settings
    from .opening import opened

    return opened(settings.load(data, file=file))


def _clocked(
    data: Path | None,
    said: dict[str, str | None],
    file: Path | None,
    clock: Callable[[], datetime],
) -> AbstractAsyncContextManager[Any]:
    """The same with settings that were said, and a clock that the command can set."""
    from ..core import settings
    from .opening import opened

    return opened(settings.load(data, said, file=file), clock=clock)


def _copy() -> AbstractAsyncContextManager[Any]:
    """A throw-away server for a drill."""
    from ..breach.drill import copy
    from .drill import doors, restored, served

    return copy(served, restored, doors())


def _live(base: str, token: str) -> AbstractAsyncContextManager[Any]:
    """A running server for a drill."""
    from ..breach.drill import outside
    from .drill import doors

    return outside(base, token, doors())


def _rehearsed(settings: Any, ready: Any) -> AbstractAsyncContextManager[Any]:
    """A whole server over a restored copy."""
    from .drill import rehearsed

    return rehearsed(settings, ready)


def _drilled(tx: Any, words: str) -> None:
    """The log of the staff says that a restore was rehearsed, and what came of it."""
    from ..moderation.queries import decisions

    decisions.add(tx, None, "drill", "server", 0, detail=words)


@app.command("verify-release")
def verify_release(
    target: Annotated[
        Path,
        typer.Argument(metavar="FOLDER|FILE", help="A release, or one file of it.", exists=True),
    ],
    key: Annotated[
        Path, typer.Option("--key", help="Public keys (ssh-ed25519 ...) that you believe.")
    ],
    installed: Annotated[
        bool, typer.Option("--installed", help="Compare what runs here with it.")
    ] = False,
    older: Annotated[
        bool, typer.Option("--older", help="It may be older than what runs here.")
    ] = False,
) -> None:
    """Say whether files are what was released.

    Checks the signature of SHA256SUMS, the hash of each file, that none is missing or additional,
    and what the wheel says of itself. Exit 0: they are. 2: they are not, and why.
    """
    from . import release

    found = release.verify(target, key, older=older)
    names = ", ".join(path.name for path in found.files)
    print(f"Whimbrel {found.version}, signed by {found.by}: {names}")
    if installed:
        same = release.compare(found, Path(__file__).parent.parent)
        print(f"What runs here is the same, in {same} files.")


async def _rebuilt(data: Path | None, file: Path | None) -> None:
    """What is derived, made anew."""
    from ..core import settings
    from .rebuild import search, timelines

    found = settings.load(data, file=file)
    await search(found)
    await timelines(found)


def _ready_to_serve() -> Callable[[Path | None, Path | None], None]:
    """All that a server takes is read; then what serves, in this process."""
    from ..core import settings
    from .serve import run
    from .site import site

    site()

    def serves(data: Path | None, file: Path | None) -> None:
        gc.disable()  # as in `serve`
        run(settings.load(data, file=file))

    return serves


accounts.add_to(app, _opened)
instance.add_to(app, _opened, _whole)
federation.add_to(app, _opened)
moderation.add_to(app, _opened, _whole)
privacy.add_to(app)
demo.add_to(app, _clocked)
breach.add_to(app, _opened, _copy, _live)
drill.add_to(exit_.add_to(app, _whole, _rebuilt), _opened, _rehearsed, _drilled)
keeper.add_to(app, _opened)
evacuate.add_to(app, standby.add_to(app, _opened), _whole, _ready_to_serve)
kit.add_to(app, _whole)


def _toml(value: object) -> str:
    import json  # JSON's texts, numbers and booleans are TOML's too

    if isinstance(value, Path):
        value = str(value)
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def main() -> None:
    """Run the command line; what was refused is one line on standard error and exit status 2, and
    1 where to start again may help."""
    try:
        app()
    except WhimbrelError as error:
        print(f"whimbrel: {error}", file=sys.stderr)
        raise SystemExit(1 if isinstance(error, DiskBroken) else 2) from None
