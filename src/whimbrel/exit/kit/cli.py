"""`whimbrel kit ...`: recovery kits without a browser."""

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

OpenApp = Callable[[Path | None, Path | None], AbstractAsyncContextManager[Any]]

DataOption = Annotated[
    Path | None, typer.Option("--data", help="The data folder.", show_default="data")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)
]
NameArgument = Annotated[str, typer.Argument(help="Whose: the name of an account here.")]
KitArgument = Annotated[Path, typer.Argument(help="The file.")]
WordsOption = Annotated[
    Path | None, typer.Option("--words", help="A file with the nine words.", show_default="asked")
]


def add_to(app: typer.Typer, open_app: OpenApp) -> None:
    """Add the commands to `app`.

    Args:
        open_app: the context manager (data folder, settings file) that gives all that a running
            server has.
    """
    kit = typer.Typer(help="Go on elsewhere when a server is gone.", no_args_is_help=True)
    app.add_typer(kit, name="kit")
    _alone(kit)
    _here(kit, open_app)


def _alone(kit: typer.Typer) -> None:
    """What takes no server."""

    @kit.command("key")
    def key_(
        to: Annotated[
            Path | None,
            typer.Option("--to", help="A new file for the words.", show_default="printed"),
        ] = None,
    ) -> None:
        """Make nine words, and print the public recovery key that belongs to them.

        The public key goes into Settings, Recovery kit. The words open the kit that comes back:
        keep them where neither the kit nor the server is.
        """
        from . import recovery

        words = recovery.new_words()
        if to is None:
            print(words)
        else:
            _write(to, f"{words}\n".encode())
        print(recovery.public(recovery.secret(words)))

    @kit.command("open")
    def open_(file: KitArgument, words: WordsOption = None) -> None:
        """Say what is in a kit; the key in it is not shown. Exit 0: it opens. 2: it does not."""
        from ...core.ids import moment

        found = _opened(file, words)
        print(f"account    {found.handle} ({found.actor})")
        print(f"made       {moment(found.made):%Y-%m-%d %H:%M} UTC")
        print(f"followers  {len(found.followers)} at {len(found.inboxes)} inboxes")
        print(f"following  {len(found.following)}")
        print(f"archive    {found.archive or '-'}")


def _here(kit: typer.Typer, open_app: OpenApp) -> None:
    """What takes the server of the account."""

    @kit.command("make")
    def make_(
        name: NameArgument,
        to: Annotated[Path, typer.Option("--to", help="The new file.")],
        recovery: Annotated[
            str, typer.Option("--key", help="The public recovery key it is sealed to.")
        ],
        archive: Annotated[
            str, typer.Option("--archive", help="Where the archive is, as a note to its owner.")
        ] = "",
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Make a kit for somebody, as they do themselves in the settings."""
        from .make import make

        async def run() -> bytes:
            async with open_app(data, file) as opened:
                _, sealed = await make(opened, await _somebody(opened, name), recovery, archive)
                return sealed

        _write(to, asyncio.run(run()))

    @kit.command("revoke")
    def revoke_(name: NameArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Make all kits of somebody worthless: they get another key, and others are told."""
        from .make import revoke

        async def run() -> None:
            async with open_app(data, file) as opened:
                await revoke(opened, await _somebody(opened, name))

        asyncio.run(run())

    @kit.command("move")
    def move_(
        file_: KitArgument,
        name: Annotated[str, typer.Option("--as", help="The account here that goes on.")],
        words: WordsOption = None,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Go on here as an account here, with the kit of a server that is gone.

        The key is opened for the moment of signing and written nowhere. The server should be
        running: others look at the account here before they believe it. Run again, it tells all
        of them again. Exit 0: all were told. 1: some were not; in an hour they may be. 2: refused.
        """
        found = _opened(file_, words)

        async def run() -> Counter[str]:
            async with open_app(data, file) as opened:
                return await _move(opened, found, await _somebody(opened, name))

        told = asyncio.run(run())
        raise typer.Exit(0 if told.total() == told["taken"] else 1)


async def _move(app: Any, kit: Any, viewer: Any) -> Counter[str]:
    from . import go

    await app.db.write(go.arrive, viewer, kit.actor)
    stamp, told = int(time.time() * 1000), Counter[str]()
    text = go.body(app, viewer, kit.actor, stamp)
    for some in _slices(kit.inboxes, go.LETTERS):
        letters = go.sign(kit, text, some, time.time())
        told.update(await go.send(app, viewer, kit.actor, kit.public, stamp, letters))
        print(f"told: {dict(sorted(told.items()))} of {len(kit.inboxes)}", file=sys.stderr)
    followed = 0
    for some in _slices(kit.following, go.PEOPLE):
        followed += await go.follow_again(app, viewer, some)
    print(f"{told['taken']} of {len(kit.inboxes)} servers were told.")
    print(f"{followed} of {len(kit.following)} are followed again.")
    return told


def _slices(what: list[str], most: int) -> list[list[str]]:
    return [what[at : at + most] for at in range(0, len(what), most)]


async def _somebody(app: Any, name: str) -> Any:
    from ...accounts.queries import people
    from ...accounts.rules import Viewer
    from ...core.errors import Invalid

    found = await app.db.read(people.by_handle, name)
    if found.domain is not None:
        raise Invalid(f"{name} is not of this server.")
    return Viewer(account=found.id)


def _opened(path: Path, words: Path | None) -> Any:
    from ...core.errors import Invalid
    from . import box

    try:
        content = path.read_bytes()
        said = typer.prompt("Nine words") if words is None else words.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{getattr(error, 'filename', None) or words}: cannot be read.") from None
    return box.unseal(content, said)


def _write(to: Path, content: bytes) -> None:
    """Into a new file that nobody else may read."""
    try:
        fd = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"whimbrel: {to} is there already.", file=sys.stderr)
        raise typer.Exit(2) from None
    with os.fdopen(fd, "wb") as out:
        out.write(content)
