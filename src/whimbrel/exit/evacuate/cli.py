"""`whimbrel evacuate` and `whimbrel standby follow|promote`."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

OpenApp = Callable[[Path | None, Path | None], AbstractAsyncContextManager[Any]]
ReadyToServe = Callable[[], Callable[[Path | None, Path | None], None]]

DataOption = Annotated[
    Path | None, typer.Option("--data", help="The data folder.", show_default="data")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)
]
AddressOption = Annotated[
    str,
    typer.Option(
        "--address", help="http(s)://HOST[:PORT] where this node will serve.", show_default="none"
    ),
]


def add_to(
    app: typer.Typer, standby: typer.Typer, open_app: OpenApp, ready_to_serve: ReadyToServe
) -> None:
    """Add the commands to `app`, and to its group `standby`.

    Args:
        ready_to_serve: reads all that a server takes, and gives what serves until SIGTERM.
        open_app: the context manager (data folder, settings file) that gives all that a running
            server has.
    """

    @app.command("evacuate")
    def evacuate_(
        to: Annotated[
            str, typer.Option("--to", help="standby (the bucket), or the other's data folder.")
        ] = "standby",
        deadline: Annotated[
            str, typer.Option("--deadline", help="Such as 30h.", show_default="none")
        ] = "",
        rehearse: Annotated[
            bool, typer.Option("--rehearse", help="All but freezing, handing over and DNS.")
        ] = False,
        limit: Annotated[
            str, typer.Option("--limit", help="Of the link, such as 500Mbit.", show_default="none")
        ] = "",
        hook: Annotated[
            Path | None,
            typer.Option("--dns-hook", help="The script that changes DNS.", show_default="none"),
        ] = None,
        wipe: Annotated[
            bool, typer.Option("--wipe", help="Destroy what is left here, once all is there.")
        ] = False,
        abort: Annotated[
            bool, typer.Option("--abort", help="Take back what is under way.")
        ] = False,
        json: Annotated[bool, typer.Option("--json", help="Events for machines.")] = False,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Leave for the node that follows (whimbrel standby follow), before the deadline.

        The server runs meanwhile. Killed at any moment, the same command goes on. Exit 0: done. 1:
        the other node is not whole; this one goes on. 2: refused, and why.
        """
        from .leave import Wish, far, leave
        from .leave import abort as take_back
        from .machine import NotWhole
        from .progress import json as as_json
        from .progress import line

        def tell(event: dict[str, Any]) -> None:
            sys.stdout.write((as_json(event) if json else line(event)) + "\n")
            sys.stdout.flush()

        def opening() -> AbstractAsyncContextManager[Any]:
            return open_app(data, file)

        if abort:
            asyncio.run(take_back(opening))
            print("Taken back: this node takes writes.")
            return
        wish = Wish(to, deadline, rehearse, wipe, limit, hook)
        try:
            done = asyncio.run(leave(opening, wish, tell))
        except NotWhole as error:
            print(f"whimbrel: {error}", file=sys.stderr)
            raise typer.Exit(1) from None
        if not json:
            print(far(done))

    @standby.command("follow")
    def follow_(
        address: AddressOption = "",
        keeper: Annotated[
            str | None, typer.Option("--keeper", help="HOST:PORT of a keeper.", show_default=False)
        ] = None,
        paired: Annotated[
            Path | None,
            typer.Option("--with", help="The file of whimbrel keeper pair --restore."),
        ] = None,
        serve: Annotated[
            bool, typer.Option("--serve", help="Serve as soon as this node may.")
        ] = False,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Follow the node that serves, and take over when it hands over.

        Run it at the other provider, with the same domain and witness in its settings. Exit 0:
        this node may write; start the server. 2: refused, and why.
        """
        from ...core import settings
        from ...core.errors import Invalid
        from ..standby.restore import KeeperAt
        from .follow import follow

        if (keeper is None) != (paired is None):
            raise Invalid("--keeper and --with go together.")
        asked = KeeperAt(keeper, paired) if keeper is not None and paired is not None else None
        found = settings.load(data, file=file)
        _checked(address)
        # Reading it takes seconds, in which nobody could write.
        serves = ready_to_serve() if serve else None

        def opening() -> AbstractAsyncContextManager[Any]:
            return open_app(data, file)

        taken = asyncio.run(follow(found, asked, opening, address, _told))
        _told(f"This node may write (epoch {taken.number}).")
        if serves is not None:
            serves(data, file)

    @standby.command("promote")
    def promote_(
        address: AddressOption = "",
        sure: Annotated[
            bool, typer.Option("--the-other-node-is-gone", help="It is, or must be.")
        ] = False,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Take over though nobody handed over: the other node is dead.

        With the newest state that was laid here. It may not write any more when this returns,
        dead or not. Exit 0: this node may write; start the server. 2: refused, and why.
        """
        from ...core import settings
        from .follow import promote

        found = settings.load(data, file=file)
        _checked(address)
        if not sure:
            print("What the other node took since this state was laid is lost, and it will not")
            print("write any more, should it live. Is it gone?")
            typer.confirm("Take over", abort=True)
        taken = asyncio.run(promote(found, address))
        _told(f"This node may write (epoch {taken.number}). Start the server.")


def _checked(address: str) -> None:
    from ...core.errors import Invalid

    if address and not address.startswith(("http://", "https://")):
        raise Invalid(f"--address {address}: write http(s)://HOST[:PORT].")


def _told(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
