"""What several commands about other servers take."""

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
DomainArgument = Annotated[str, typer.Argument(metavar="DOMAIN", help="The server.")]
