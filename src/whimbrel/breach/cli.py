"""`whimbrel drill breach`. What it needs is imported when it runs."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from .ground import Ground
    from .rules import Lesson, Report, Result

OpenDb = Callable[[Path | None, Path | None], AbstractContextManager[Any]]
OpenCopy = Callable[[], AbstractAsyncContextManager["Ground"]]
OpenLive = Callable[[str, str], AbstractAsyncContextManager["Ground"]]


def add_to(app: typer.Typer, open_db: OpenDb, open_copy: OpenCopy, open_live: OpenLive) -> None:
    """Add the commands to `app`.

    Args:
        open_db: the context manager (data folder, settings file) that gives the database.
        open_copy: that which gives a throw-away server.
        open_live: that which gives a running one, by its address and a token.
    """
    drill = typer.Typer(help="Do to a server what was done to others.", no_args_is_help=True)
    app.add_typer(drill, name="drill")

    @drill.callback()
    def group() -> None:
        """Do to a server what was done to others."""

    @drill.command("breach")
    def breach(
        base: Annotated[
            str | None,
            typer.Option(help="A running server that is yours: https://...", show_default="a copy"),
        ] = None,
        token: Annotated[
            str,
            typer.Option(
                envvar="WHIMBREL_DRILL_TOKEN",
                help="With --base: of one of its administrators, with the scopes read and write.",
                show_default=False,
            ),
        ] = "",
        steps: Annotated[
            str, typer.Option(help="Only these: D1,D5", show_default="all sixteen")
        ] = "",
        scale: Annotated[
            float, typer.Option(min=0.01, max=1.0, help="How much of the long steps to try.")
        ] = 1.0,
        json: Annotated[
            Path | None, typer.Option("--json", help="Write a report for programs.")
        ] = None,
        html: Annotated[
            Path | None, typer.Option("--html", help="Write a report for people.")
        ] = None,
        data: Annotated[
            Path | None,
            typer.Option(
                "--data",
                help="Note the result in the log of this server's decisions.",
                show_default=False,
            ),
        ] = None,
    ) -> None:
        """Replay the scrape of 2021 in sixteen steps: against a throw-away copy with people in it,
        or a running server whose administrator you are.

        Exit 0: nothing was found. 1: something was, and what. 2: a step did not come to its end.
        """
        report = _run(open_live(base, token) if base else open_copy(), steps, scale)
        _write(report, json, html)
        if data is not None:
            _note(report, open_db, data)
        raise typer.Exit(report.status)


def _run(opened: AbstractAsyncContextManager["Ground"], steps: str, scale: float) -> "Report":
    import logging

    import uvloop

    from .client import Broken
    from .drill import drill
    from .rules import line
    from .steps import STEPS

    wanted = [step.strip().upper() for step in steps.split(",") if step.strip()] or [*STEPS]
    unknown = [step for step in wanted if step not in STEPS]
    if unknown:
        raise typer.BadParameter(f"There is no step {unknown[0]}; there are D1 to D{len(STEPS)}.")
    out, words = sys.stdout, sys.stderr  # a copy says things, too

    def begins(lesson: "Lesson") -> None:
        if words.isatty():
            print(f"\r\033[K{lesson.id:4}{lesson.title} ...", end="", file=words, flush=True)

    def told(result: "Result") -> None:
        print("\r\033[K" if words.isatty() else "", end="", file=words, flush=True)
        print(line(result), file=out, flush=True)

    logging.disable(logging.WARNING)  # a copy complains of what is asked of it

    async def go() -> "Report":
        async with opened as ground:
            ground.scale = scale
            return await drill(ground, told, {step: STEPS[step] for step in wanted}, begins)

    try:
        report = uvloop.run(go())
    except (Broken, ValueError) as error:
        print(f"whimbrel: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    return report


def _write(report: "Report", json: Path | None, html: Path | None) -> None:
    import msgspec

    from .report import page
    from .rules import summary

    if json is not None:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    if html is not None:
        html.write_text(page(report), encoding="utf-8")
    print(f"{summary(report)}, in {report.seconds:.0f} seconds.", file=sys.stderr)


def _note(report: "Report", open_db: OpenDb, data: Path) -> None:
    from whimbrel.core.tx import Tx
    from whimbrel.moderation.queries import decisions

    from .rules import summary

    def add(tx: Tx) -> None:
        decisions.add(tx, None, "drill", "server", 0, detail=summary(report))

    with open_db(data, None) as db:
        asyncio.run(db.write(add))
