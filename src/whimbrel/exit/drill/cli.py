"""`whimbrel exit drill`."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

OpenDb = Callable[[Path | None, Path | None], AbstractContextManager[Any]]


def add_to(
    exit_: typer.Typer, open_db: OpenDb, serve: Any, note: Callable[[Any, str], None]
) -> None:
    """Add the command to `whimbrel exit`.

    Args:
        open_db: the context manager (data folder, settings file) that gives the open database.
        serve: as `run.Serve`.
        note: (tx, words) writes into the log of the staff that a drill took place.
    """

    @exit_.command("drill")
    def drill_(
        paired: Annotated[
            Path, typer.Option("--with", help="The file of whimbrel keeper pair --restore.")
        ],
        keeper: Annotated[
            str | None,
            typer.Option("--keeper", help="HOST:PORT of its keeper.", show_default="the first"),
        ] = None,
        scratch: Annotated[
            Path | None,
            typer.Option("--scratch", help="Where there is room.", show_default="data folder"),
        ] = None,
        data: Annotated[
            Path | None, typer.Option("--data", help="The data folder.", show_default="data")
        ] = None,
        file: Annotated[
            Path | None,
            typer.Option("--config", help="TOML file with settings.", show_default=False),
        ] = None,
    ) -> None:
        """Restore the standby into a scratch place, look through it, live in it, destroy it.

        It reaches no other server, no mailbox and no device, and changes nothing in the standby.
        The report lies in drills/ in the data folder, as a page and as signed JSON. Exit 0: the
        standby can be lived in. 1: it cannot, the report says why. 2: it could not be restored.
        """
        from ...core import settings
        from .. import dns
        from ..examine import DRILL, examine
        from ..standby.restore import KeeperAt
        from . import report, run

        found = settings.load(data, file=file)
        named = keeper or next(iter(found.keepers), "")
        if not named:
            raise settings.SettingsError("keepers: none is named, so nobody has the keys.")

        async def go(live: Any) -> Any:
            lines = await examine(found, dns.configured())
            doctor = [each for each in lines if each.title != DRILL]
            at = KeeperAt(named, paired)
            signed = await run.drill(
                *(found, live, at, serve, scratch or found.data), doctor=doctor, progress=_say
            )
            await live.write(note, _line(signed.drill))
            return signed

        with open_db(data, file) as live:
            signed = asyncio.run(go(live))
        page = report.keep(signed, found.data)
        for each in signed.drill.lines:
            print(f"{'ok   ' if each.ok else 'WRONG'} {each.title}: {each.says}")
        print(_line(signed.drill))
        print(page)
        raise typer.Exit(0 if signed.drill.ok else 1)


def _line(told: Any) -> str:
    from .report import seconds

    verdict = "ok" if told.ok else "not ok"
    return f"drill {verdict}: RPO {seconds(told.rpo)}, RTO {seconds(told.rto)}"


def _say(what: str, done: int, of: int) -> None:
    if done == of:
        print(f"{what}: done", file=sys.stderr)
