"""`whimbrel export`, `whimbrel import` and `whimbrel exit ...`: leaving whole, and arriving."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

OpenApp = Callable[[Path | None, Path | None], AbstractAsyncContextManager[Any]]
Rebuild = Callable[[Path | None, Path | None], Awaitable[None]]

DataOption = Annotated[
    Path | None, typer.Option("--data", help="The data folder.", show_default="data")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)
]


def add_to(app: typer.Typer, open_app: OpenApp, rebuild: Rebuild) -> typer.Typer:
    """Add the commands to `app`.

    Args:
        open_app: the context manager (data folder, settings file) that gives all that a running
            server has.
        rebuild: makes anew what no bag holds: search and home timelines.
    Returns: the group `whimbrel exit`, for the rooms inside this one.
    """

    @app.command("export")
    def export_(
        to: Annotated[Path, typer.Option("--to", help="The new folder that becomes the bag.")],
        since: Annotated[
            int, typer.Option("--since", help="Only what changed since the bag that ended so.")
        ] = 0,
        recipient: Annotated[
            str | None,
            typer.Option(
                "--recipient",
                help="Whom the private part is sealed to.",
                show_default="no private part",
            ),
        ] = None,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Write the whole server, or what changed, as a signed bag (BagIt).

        The server may run meanwhile. What is not for everybody is left out unless a recipient is
        named (whimbrel exit key makes one). Cut short, the same command goes on. Exit 0: the bag is
        whole. 2: refused, and why.
        """
        from .export import export
        from .objects import object_of
        from .sealing import checked_recipient

        named = None if recipient is None else checked_recipient(recipient)

        async def run() -> Any:
            async with open_app(data, file) as opened:
                with _progress() as told:
                    return await export(
                        opened, to, since=since, recipient=named, objects=object_of, told=told
                    )

        made = asyncio.run(run())
        print(f"{to}: bag {made.number}, {made.first} to {made.last}.")
        print(f"Next time: whimbrel export --since {made.last} --to ...")
        if named is None:
            print("Only what everybody may read: for all of it, name a --recipient.")

    @app.command("import")
    def import_(
        bag: Annotated[Path, typer.Argument(help="The folder of the bag.")],
        identity: Annotated[
            Path | None, typer.Option("--identity", help="The file that opens the private part.")
        ] = None,
        key: Annotated[
            str | None,
            typer.Option("--key", help="The public key (hex) that the bag must be signed with."),
        ] = None,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Bring a bag into an empty server, or the next bag of the same chain.

        It is verified before anything is changed. The server must not run meanwhile. Cut short, the
        same command makes it whole. Exit 0: all is here. 2: refused, and why.
        """
        from .bring import bring

        async def run() -> Any:
            async with open_app(data, file) as opened:
                with _progress() as told:
                    found = await bring(opened, bag, identity=identity, key=key, told=told)
            if not found.was_there:
                await rebuild(data, file)
            return found

        found = asyncio.run(run())
        print("It was here already." if found.was_there else f"{found.records} records are here.")

    exit_ = typer.Typer(help="Leave whole: keys and bags.", no_args_is_help=True)
    app.add_typer(exit_, name="exit")

    @exit_.command("key")
    def key_(
        to: Annotated[Path, typer.Argument(help="The new file for the secret key.")],
    ) -> None:
        """Make a key for the private part of exports; prints the recipient to name.

        Keep the file where this server is not: whoever has it reads all that is sealed to it.
        """
        from .sealing import new_identity, recipient_of

        made = new_identity()
        try:
            fd = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            print(f"whimbrel: {to} is there already.", file=sys.stderr)
            raise typer.Exit(2) from None
        with os.fdopen(fd, "w") as out:
            out.write(f"# opens what is sealed to {recipient_of(made)}\n{made}\n")
        print(recipient_of(made))

    @exit_.command("plan")
    def plan_(
        said: Annotated[
            list[str] | None,
            typer.Argument(help="link=10Gbit; with --simulate also bytes=70TB and objects=100M."),
        ] = None,
        simulate: Annotated[
            bool, typer.Option("--simulate", help="Not what is here, but what is said.")
        ] = False,
        deadline: Annotated[
            str | None, typer.Option("--deadline", help="Such as 30h.", show_default="none")
        ] = None,
        json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """How long leaving takes, and what is left behind where the time is too short.

        Measures for some seconds how fast this machine stores objects, and changes nothing. Exit
        0: it fits. 1: it does not. 2: refused, and why.
        """
        from whimbrel.core import settings

        from .laying import laid_out, lay

        found = settings.load(data, file=file)
        made = asyncio.run(lay(found, said or (), simulate, deadline, lambda: open_app(data, file)))
        print(made.json() if json else laid_out(made))
        raise typer.Exit(1 if made.plan.fits is False else 0)

    @exit_.command("doctor")
    def doctor_(
        resolver: Annotated[
            str | None,
            typer.Option(
                "--resolver",
                help="ADDRESS or ADDRESS:PORT of the DNS server to ask.",
                show_default="the machine's own",
            ),
        ] = None,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Find what would go together with the host: names, mail, files, certificate, contract.

        Nothing is changed. Exit 0: nothing is red (what is not known is said). 1: something is.
        """
        from rich.console import Console

        from whimbrel.core import settings

        from . import dns
        from .examine import Verdict, examine

        server = dns.named(resolver) if resolver else dns.configured()
        found = asyncio.run(examine(settings.load(data, file=file), server))
        console = Console(highlight=False)
        colours = {Verdict.OK: "green", Verdict.RED: "red", Verdict.UNKNOWN: "yellow"}
        for each in found:
            console.print(f"[{colours[each.verdict]}]{each.verdict:<9}[/] {each.title}")
            console.print(f"          {each.says}", markup=False, soft_wrap=True)
        raise typer.Exit(1 if any(each.verdict is Verdict.RED for each in found) else 0)

    @exit_.command("drop")
    def drop_(
        bag: Annotated[Path, typer.Argument(help="The older bag, which is changed.")],
        by: Annotated[
            list[Path], typer.Option("--by", help="A bag that follows it, in their order.")
        ],
        identity: Annotated[
            Path | None, typer.Option("--identity", help="The file that opens the private part.")
        ] = None,
    ) -> None:
        """Drop from an older bag what newer ones say is no more.

        What was signed still holds. Without --identity what lies sealed stays. Exit 0: done. 2: a
        bag is not whole, and nothing was changed.
        """
        from .drop import drop
        from .sealing import Opener

        with _progress() as told:
            dropped = drop(bag, by, Opener.of_file(identity) if identity else None, told)
        print(f"{bag}: {dropped} records dropped.")

    return exit_


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each thing that is done, on standard error; standard output is left alone."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        tasks: dict[str, Any] = {}

        def told(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=None)
            bar.update(tasks[what], completed=done, total=of)

        yield told
