"""`whimbrel federation`: what whoever runs the server does about other servers, beside the running
one. What a command needs is imported when it runs."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from .cli_lists import lists
from .options import ConfigOption, DataOption, DomainArgument, Open

NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Whose; everybody's and the server's when left out."),
]

InboxArgument = Annotated[str, typer.Argument(metavar="INBOX", help="Its inbox: https://...")]


def add_to(app: typer.Typer, open_db: Open) -> None:
    """Add the commands to `app`.

    Args:
        open_db: the context manager (data folder, settings file) that gives an open database.
    """
    federation = typer.Typer(help="Look after what binds other servers.", no_args_is_help=True)
    app.add_typer(federation, name="federation")

    @federation.command("rotate-keys")
    def rotate_keys(
        names: NamesArgument = None, data: DataOption = None, file: ConfigOption = None
    ) -> None:
        """Make new keys with which our people sign what they send; the old ones are destroyed.

        Do it after a restore, or when a copy of the keyring was in wrong hands.
        """
        from . import pairs, rotate

        with open_db(data, file) as db:
            owners = db.write_sync(rotate.owners, names or [])
            with typer.progressbar(owners, label="New keys", file=sys.stderr) as shown:
                for owner in shown:
                    db.write_sync(rotate.rotate, owner, pairs.make())

    _servers(federation, open_db)
    _lists(federation, open_db)
    federation.add_typer(_relays(open_db), name="relay")
    federation.add_typer(lists(open_db), name="list")


def _servers(federation: typer.Typer, open_db: Open) -> None:
    @federation.command("away")
    def away(data: DataOption = None, file: ConfigOption = None) -> None:
        """List the servers that do not answer."""
        from . import console

        with open_db(data, file) as db:
            print(*db.write_sync(console.away), sep="\n")

    @federation.command("show")
    def show(domain: DomainArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Show how things stand with a server."""
        from . import console

        with open_db(data, file) as db:
            print(*db.write_sync(console.show, domain), sep="\n")

    @federation.command("retry")
    def retry(domain: DomainArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Call on a server now, with all that waits for it."""
        from . import console

        with open_db(data, file) as db:
            if not db.write_sync(console.retry, domain):
                print(f"Nothing waits for {domain}.", file=sys.stderr)

    @federation.command("block")
    def block(
        domain: DomainArgument,
        severity: Annotated[
            str, typer.Option("--severity", help="silence (limited), suspend or noop.")
        ] = "suspend",
        reject_media: Annotated[
            bool, typer.Option("--reject-media", help="Take no pictures and files.")
        ] = False,
        reject_reports: Annotated[
            bool, typer.Option("--reject-reports", help="Take no reports.")
        ] = False,
        comment: Annotated[str, typer.Option("--comment", help="Why, for everybody to read.")] = "",
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Keep a server at a distance, or altogether away."""
        from ..moderation.servers import BlockForm
        from . import console

        form = BlockForm(
            domain=domain,
            severity=severity,
            reject_media=reject_media,
            reject_reports=reject_reports,
            public_comment=comment,
        )
        with open_db(data, file) as db:
            db.write_sync(console.block, form)

    @federation.command("unblock")
    def unblock(domain: DomainArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Let a server come near again."""
        from . import console

        with open_db(data, file) as db:
            db.write_sync(console.unblock, domain)


def _relays(open_db: Open) -> typer.Typer:
    relay = typer.Typer(help="Have posts of many servers passed on.", no_args_is_help=True)

    @relay.command("add")
    def add(inbox: InboxArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Ask a relay: it passes on what is written here for everybody, and brings the same."""
        from . import console

        with open_db(data, file) as db:
            db.write_sync(console.ask_relay, inbox)

    @relay.command("remove")
    def remove(inbox: InboxArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Leave a relay."""
        from . import console

        with open_db(data, file) as db:
            db.write_sync(console.leave_relay, inbox)

    @relay.command("list")
    def list_(data: DataOption = None, file: ConfigOption = None) -> None:
        """List the relays, and who said yes."""
        from . import console

        with open_db(data, file) as db:
            print(*db.write_sync(console.relays), sep="\n")

    return relay


def _lists(federation: typer.Typer, open_db: Open) -> None:
    @federation.command("allow")
    def allow(domain: DomainArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Let a server in, where only some are (limited_federation)."""
        from . import console

        with open_db(data, file) as db:
            db.write_sync(console.allow, domain)

    @federation.command("disallow")
    def disallow(
        domain: DomainArgument, data: DataOption = None, file: ConfigOption = None
    ) -> None:
        """Let a server in no more."""
        from . import console

        with open_db(data, file) as db:
            db.write_sync(console.disallow, domain)

    @federation.command("export")
    def export(data: DataOption = None, file: ConfigOption = None) -> None:
        """Print the servers that are kept away, as CSV."""
        from . import console

        with open_db(data, file) as db:
            print(db.write_sync(console.exported), end="")

    @federation.command("import")
    def bring(
        csv: Annotated[Path, typer.Argument(help="CSV, as Mastodon writes it.")],
        yes: Annotated[
            bool, typer.Option("--yes", help="Do it; else only say what would be.")
        ] = False,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Keep the servers of a list away; without --yes, say what that would do."""
        from . import console

        content = csv.read_bytes()
        with open_db(data, file) as db:
            if yes:
                print(f"{db.write_sync(console.imported, content)} servers are new.")
            else:
                print(*db.write_sync(console.planned, content), sep="\n")
