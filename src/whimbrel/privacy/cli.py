"""`whimbrel privacy`: what shows that something is gone."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, cast

import typer

if TYPE_CHECKING:
    from .traces import Spellings

_IN_MEMORY = 64 << 20  # bytes of an object; larger ones lie in a file meanwhile

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)
]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="The data folder.", show_default="data")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    privacy = typer.Typer(help="Show that what was deleted is gone.", no_args_is_help=True)
    app.add_typer(privacy, name="privacy")

    @privacy.callback()
    def group() -> None:
        """Show that what was deleted is gone."""

    @privacy.command("verify-erasure")
    def verify_erasure(
        places: Annotated[
            list[str],
            typer.Argument(
                metavar="FILE...",
                help="Files, folders, disk images, or s3://BUCKET?endpoint=URL&region=NAME.",
                show_default=False,
            ),
        ],
        text: Annotated[
            list[str] | None, typer.Option("--text", help="What must not be in there.")
        ] = None,
        texts: Annotated[
            typer.FileText | None,
            typer.Option("--texts", help="A file with one such text a line; - reads them."),
        ] = None,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Look for texts in files, whole disks or a bucket: as they are and as JSON, base64, UTF-16
        and the like spell them, also in gzip, bzip2, xz, zstd and zip.

        Exit 0: they are nowhere. 1: some are there, and where. 2: not all could be looked through.
        """
        from .traces import Unreadable, spellings, traces

        given = [*(text or []), *(line.strip() for line in texts or [] if line.strip())]
        try:
            wanted: dict[str, Spellings] = {each: spellings(each) for each in given}
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        if not wanted:
            raise typer.BadParameter("Say what to look for, with --text or --texts.")
        looked, found, unread = 0, 0, 0
        for name, opened in _opened(places, data, file):
            looked += 1
            with opened:
                try:
                    for trace in traces(opened, wanted):
                        found += 1
                        inside = f" ({trace.place})" if trace.place else ""
                        print(f"{name}{inside}, byte {trace.at}: {trace.text!r} as {trace.spelled}")
                except (Unreadable, OSError) as error:
                    unread += 1
                    print(f"{name}: {error}", file=sys.stderr)
        print(f"{looked} files looked through, {found} traces found.", file=sys.stderr)
        raise typer.Exit(1 if found else 2 if unread or not looked else 0)


def _opened(
    places: list[str], data: Path | None, file: Path | None
) -> Iterator[tuple[str, BinaryIO]]:
    """Every file of these places, by name."""
    for place in places:
        if place.startswith("s3://"):
            yield from _objects(place, data, file)
        elif Path(place).is_dir():
            for path in sorted(Path(place).rglob("*")):
                if path.is_file() and not path.is_symlink():
                    yield str(path), path.open("rb")
        elif Path(place).exists():
            yield place, Path(place).open("rb")  # noqa: SIM115 (whoever looks through it closes it)
        else:
            raise typer.BadParameter(f"{place} is not there.")


def _objects(url: str, data: Path | None, file: Path | None) -> Iterator[tuple[str, BinaryIO]]:
    """Every object of a bucket, fetched one after the other."""
    from whimbrel.core import settings
    from whimbrel.core.objects import open_store

    now = settings.load(data, file=file)
    store = open_store(url, now.data, now.s3_key, now.s3_secret)
    listed = store.list()

    async def fetched(key: str) -> BinaryIO:
        copy = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (whoever looks through it closes it)
        async with aclosing(store.open(key)) as blocks:
            async for block in blocks:
                copy.write(block)
        copy.seek(0)
        return cast(BinaryIO, copy)

    with asyncio.Runner() as runner:
        try:
            while (stored := runner.run(_next(listed))) is not None:
                yield stored.key, runner.run(fetched(stored.key))
        finally:
            runner.run(store.close())


async def _next(listed: AsyncGenerator[Any]) -> Any:
    return await anext(listed, None)
