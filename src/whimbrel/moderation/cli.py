"""`whimbrel alarm` and `whimbrel canary`: what whoever runs the server does about people who copy
it, beside the running server, which hears of it within a minute. `whimbrel letter`: what a host
complains of. Who is called to urgent reports: `paging.cli`; lists of hashes: `known.cli`."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from .known import cli as known
from .paging import cli as paging

Open = Callable[[Path | None, Path | None], AbstractContextManager[Any]]
OpenApp = Callable[[Path | None, Path | None], AbstractAsyncContextManager[Any]]

DataOption = Annotated[
    Path | None, typer.Option("--data", help="The data folder.", show_default="data")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)
]


def add_to(app: typer.Typer, open_db: Open, open_app: OpenApp) -> None:
    """Add the commands to `app`.

    Args:
        open_db: the context manager (data folder, settings file) that gives an open database.
        open_app: the same with all that a running server has.
    """
    _add_letter(app, open_app)
    known.add_to(app, open_db)
    paging.add_to(app, open_db)
    _add_vault(app)
    _add_dsa(app, open_db)
    alarm = typer.Typer(help="See and silence the alarm about copying.", no_args_is_help=True)
    app.add_typer(alarm, name="alarm")

    @alarm.command("show")
    def show(data: DataOption = None, file: ConfigOption = None) -> None:
        """Say whether it rings, why, and until when."""
        from whimbrel.privacy import alarms

        with open_db(data, file) as db:
            found = db.write_sync(alarms.current)
            if found is None:
                print("All is quiet.")
                return
            until = datetime.fromtimestamp(found.ends_at / 1000, UTC)
            print(f"It rings until {until:%H:%M} UTC ({found.why}).")

    @alarm.command("silence")
    def silence(data: DataOption = None, file: ConfigOption = None) -> None:
        """Give everybody their whole budget back. It does not ring again within the hour.

        Exit 0: it rang. 1: it did not.
        """
        from whimbrel.privacy import alarms

        with open_db(data, file) as db:
            if not db.write_sync(alarms.silence):
                print("All was quiet.")
                raise typer.Exit(1)
            print("Silenced.")

    audit_ = typer.Typer(help="The log of decisions.", no_args_is_help=True)
    app.add_typer(audit_, name="audit")

    @audit_.command("verify")
    def verify(
        checkpoint: Annotated[
            list[Path] | None,
            typer.Option("--checkpoint", help="A file with a checkpoint that you kept."),
        ] = None,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Hold every row of the log against the signed heads of its tree: those in the database,
        and those you kept elsewhere.

        Exit 0: nothing was changed. 1: something was; each thing in a line.
        """
        from . import audit

        notes = [path.read_text(encoding="utf-8") for path in checkpoint or []]
        with open_db(data, file) as db:
            found = db.write_sync(audit.verify, notes)
        for line in found.wrong:
            print(line)
        print(
            f"{found.size} rows, {found.erased} of them erased with whom they were about; "
            f"{found.checkpoints} checkpoints."
        )
        if found.wrong:
            raise typer.Exit(1)

    @audit_.command("checkpoint")
    def checkpoint_(data: DataOption = None, file: ConfigOption = None) -> None:
        """Sign the log as it is now, and print that: to be kept where nobody else writes."""
        from . import audit

        with open_db(data, file) as db:
            print(db.write_sync(audit.checkpoint), end="")

    canary = typer.Typer(help="Posts that only who copies all reads.", no_args_is_help=True)
    app.add_typer(canary, name="canary")

    @canary.command("plant")
    def plant(
        accounts: Annotated[int, typer.Option("--accounts", help="How many.", min=1, max=200)] = 20,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Make accounts with three old posts each; who reads seven of them in an hour rings the
        alarm. Prints their names.
        """
        from . import canaries

        with open_db(data, file) as db:
            print(*db.write_sync(canaries.plant, accounts), sep="\n")


def _add_letter(app: typer.Typer, open_app: OpenApp) -> None:
    letter = typer.Typer(help="Read what a host or an authority writes.", no_args_is_help=True)
    app.add_typer(letter, name="letter")

    @letter.command("read")
    def read(
        path: Annotated[
            typer.FileBinaryRead,
            typer.Argument(metavar="FILE", help="A mail, a list, a report (ARF, XARF), or text."),
        ],
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Say which posts and people here a letter names, and by when it wants an answer.

        Addresses are found however they were made harmless, quoted passages by their words.
        Nothing is kept and nobody is told; `-` reads what is piped in.
        """
        import asyncio

        from . import letters

        async def found() -> Iterator[str]:
            async with open_app(data, file) as opened:
                read = letters.read(path.read(), opened.instance, datetime.now(UTC))
                return letters.told(read, await letters.find(opened, read), opened.instance)

        print(*asyncio.run(found()), sep="\n")

    @letter.command("take")
    def take(
        path: Annotated[
            typer.FileBinaryRead,
            typer.Argument(metavar="FILE", help="A mail, a list, a report (ARF, XARF), or text."),
        ],
        authority: Annotated[
            str, typer.Option("--order-of", help="It is the order of this authority.")
        ] = "",
        country: Annotated[str, typer.Option("--country", help="Of the authority.")] = "",
        reference: Annotated[str, typer.Option("--reference", help="Of the order.")] = "",
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Take a letter in: what it names is reported, with deadlines, at the desk under Letters.

        The running server reads it within moments. Prints its number.
        """
        import asyncio

        from .letters import complaints
        from .letters.complaints import Intake
        from .queries.complaints import Order

        order = Order(authority=authority, reference=reference) if authority else None
        form = Intake(data=path.read(), order=order, country=country)
        complaints.refuse_unfit(form)

        async def taken() -> int:
            async with open_app(data, file) as opened:
                return int(await opened.db.write(complaints.take_in, None, form))

        print(asyncio.run(taken()))


def _add_vault(app: typer.Typer) -> None:
    vault = typer.Typer(help="Evidence that is kept sealed.", no_args_is_help=True)
    app.add_typer(vault, name="vault")

    @vault.command("key")
    def key(
        path: Annotated[
            Path, typer.Argument(metavar="FILE", help="Where the key goes: a new file.")
        ],
    ) -> None:
        """Make the legal role's key, on a machine of theirs. Prints the line for `vault_key`.

        The file opens all that is sealed from then on, and nothing else does: keep it away from
        the server. Exit 1: the file is there already.
        """
        import os

        from .vault import sealing

        private, public = sealing.new_pair()
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            print(f"{path} is there already.")
            raise typer.Exit(1) from None
        with os.fdopen(fd, "w") as file:
            file.write(f"{private}\n")
        print(f'vault_key = "{public}"')

    @vault.command("open")
    def open_(
        bundle: Annotated[Path, typer.Argument(metavar="FILE", help="What the desk gave out.")],
        key_file: Annotated[Path, typer.Option("--key", help="The legal role's key.")],
        to: Annotated[Path, typer.Option("--to", help="The folder it is written to.")],
    ) -> None:
        """Open what was taken out of the vault, where the legal role's key is.

        Exit 1: another key's, or no bundle.
        """
        from .vault import sealing

        try:
            for path in sealing.open_bundle(bundle, key_file.read_text().strip(), to):
                print(path)
        except ValueError as error:
            print(error)
            raise typer.Exit(1) from None


def _add_dsa(app: typer.Typer, open_db: Open) -> None:
    dsa = typer.Typer(help="The DSA Transparency Database.", no_args_is_help=True)
    app.add_typer(dsa, name="dsa")

    @dsa.command("categories")
    def categories() -> None:
        """Print the category that each class of cases has there, and all that can be chosen."""
        from .transparency import dsa as form

        for klass, category in form.words()["class"].items():
            print(f"{klass}  {category}")
        print(*("", *form.categories()), sep="\n")

    @dsa.command("export")
    def export(
        to: Annotated[Path, typer.Option("--to", help="The folder of the files.")],
        after: Annotated[
            int, typer.Option("--after", help="What the last export printed.", min=0)
        ] = 0,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Write statements of reasons as that database takes them: files of a hundred each.

        Prints where the next export goes on. Exit 1: some would be refused there; each in a line,
        and not written.
        """
        import msgspec

        from .transparency import dsa as form

        to.mkdir(parents=True, exist_ok=True)
        refused, written, last = 0, 0, after
        with open_db(data, file) as db:
            while True:
                found, following = db.write_sync(form.export, last)
                fit = []
                for statement in found:
                    wrong = form.faults(statement)
                    refused += bool(wrong)
                    for words in wrong:
                        print(f"{statement['puid']}: {words}")
                    fit += [] if wrong else [statement]
                for part, batch in enumerate(form.batches(fit)):
                    path = to / f"statements-{following}-{part}.json"
                    path.write_bytes(msgspec.json.format(msgspec.json.encode(batch), indent=1))
                written += len(fit)
                if following == last:
                    break
                last = following
        print(f"{written} statements. The next time: --after {last}")
        if refused:
            raise typer.Exit(1)
