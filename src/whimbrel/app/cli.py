"""The command line: `whimbrel ...`. Each package adds its own commands with `add_to(app)`.

Nothing heavy is imported here, so that `--help` is there at once: commands import what they use."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from .. import __version__
from ..core.errors import WhimbrelError

app = typer.Typer(
    name="whimbrel",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
config = typer.Typer(help="Show, check and explain the settings.", no_args_is_help=True)
app.add_typer(config, name="config")

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
    """Print every setting as it is in force, with passwords masked."""
    from ..core import settings

    now = settings.load(data, file=file)
    for key in settings.KEYS:
        value = settings.masked(key, getattr(now, key))
        mark = "" if value == settings.DEFAULTS[key] else "  # set"
        print(f"{key} = {_toml(value)}{mark}")


@config.command("check")
def check(data: DataOption = None, file: ConfigOption = None) -> None:
    """Say whether a server could start with these settings. Exit 0: yes. 2: no, and why."""
    from ..core import settings

    now = settings.load(data, file=file)
    print(f"The settings are fine: {settings.Instance.of(now).origin}")
    if not now.smtp:
        print("Mail is only printed and kept in the data folder: smtp is not set.")


@config.command("reference")
def reference() -> None:
    """Print the reference of all settings (docs/configuration.md)."""
    from .reference import reference as text

    print(text(), end="")


def _toml(value: object) -> str:
    import json  # JSON's texts, numbers and booleans are TOML's too

    if isinstance(value, Path):
        value = str(value)
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def main() -> None:
    """Run the command line; what was refused is one line on standard error and exit status 2."""
    try:
        app()
    except WhimbrelError as error:
        print(f"whimbrel: {error}", file=sys.stderr)
        raise SystemExit(2) from None
