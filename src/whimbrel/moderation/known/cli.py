"""`whimbrel hashes`: lists of pictures that nobody may be given."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
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
Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the list.")]
Hashes = Annotated[
    list[str], typer.Argument(metavar="HASH...", help="PDQ, 64 hexadecimal digits each.")
]


def add_to(app: typer.Typer, open_db: Open) -> None:
    """Add the commands to `app`."""
    hashes = typer.Typer(
        help="Known pictures that nobody may be given, by their PDQ hashes.", no_args_is_help=True
    )
    app.add_typer(hashes, name="hashes")

    @hashes.command("show")
    def show(data: DataOption = None, file: ConfigOption = None) -> None:
        """Say which lists there are, how long each is, and when it was changed."""
        from . import book

        with open_db(data, file) as db:
            found = db.write_sync(book.every)
        for each in found:
            at = datetime.fromtimestamp(each.changed_at / 1000, UTC)
            print(f"{each.name}: {each.many:,} hashes, changed {at:%Y-%m-%d %H:%M} UTC")
        if not found:
            print("There are no lists: pictures are held against nothing.")

    @hashes.command("import")
    def import_(
        name: Name,
        path: Annotated[
            typer.FileText,
            typer.Argument(metavar="FILE", help="A hash in each line, whatever else stands there."),
        ],
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Put the hashes of a file on a list, which is made where there is none of that name.

        Pictures that come in are held against it from now on, and those here already in a while.
        One that is within 31 bits of 256 is given to nobody, and a case of class V1 is opened.
        `-` reads what is piped in. Exit 0: they are on it. 1: there is none in the file.
        """
        from . import book

        found, others = book.read(path.read())
        if others:
            print(f"{others:,} lines without a hash were left out.")
        if not found:
            print("There is no hash in it: 64 hexadecimal digits each.")
            raise typer.Exit(1)
        with open_db(data, file) as db:
            made, new = db.write_sync(book.add, name, found)
        print(f"{new:,} new; {made.many:,} are on {made.name}.")

    @hashes.command("add")
    def add(name: Name, hashes: Hashes, data: DataOption = None, file: ConfigOption = None) -> None:
        """Put some on a list. Exit 0: they are on it. 1: one is no hash, and nothing is done."""
        from . import book

        with open_db(data, file) as db:
            made, new = db.write_sync(book.add, name, _typed(hashes))
        print(f"{new:,} new; {made.many:,} are on {made.name}.")

    @hashes.command("remove")
    def remove(
        name: Name, hashes: Hashes, data: DataOption = None, file: ConfigOption = None
    ) -> None:
        """Take some off a list. What was found by them stays as it is, until somebody of the staff
        gives it back. Exit 0: they are off it. 1: one is no hash, and nothing is done.
        """
        from . import book

        with open_db(data, file) as db:
            made, gone = db.write_sync(book.remove, name, _typed(hashes))
        print(f"{gone:,} taken off; {made.many:,} are on {made.name}.")

    @hashes.command("export")
    def export(name: Name, data: DataOption = None, file: ConfigOption = None) -> None:
        """Print what is on a list, a hash in each line."""
        from . import book

        with open_db(data, file) as db:
            print(*db.write_sync(book.listed, name), sep="\n")

    @hashes.command("drop")
    def drop(name: Name, data: DataOption = None, file: ConfigOption = None) -> None:
        """Keep a list no more. What was found by it stays as it is."""
        from . import book

        with open_db(data, file) as db:
            print(f"{db.write_sync(book.drop, name).name} is no more.")


def _typed(written: list[str]) -> set[bytes]:
    from . import book

    found = [book.read(each)[0] for each in written]
    if not all(found):
        print("A hash has 64 hexadecimal digits.")
        raise typer.Exit(1)
    return set().union(*found)
