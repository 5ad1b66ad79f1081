"""`whimbrel federation list`: lists of servers that others keep, beside the running server, which
reads them. What a command needs is imported when it runs."""

from typing import Annotated

import typer

from .options import ConfigOption, DataOption, DomainArgument, Open

NumberArgument = Annotated[int, typer.Argument(metavar="ID", help="As `show` tells it.")]
DomainsArgument = Annotated[list[str], typer.Argument(metavar="DOMAIN...", help="The servers.")]


def lists(open_db: Open) -> typer.Typer:
    """The commands."""
    app = typer.Typer(help="Read lists of servers that others keep.", no_args_is_help=True)
    _subscriptions(app, open_db)
    _changes(app, open_db)
    return app


def _subscriptions(app: typer.Typer, open_db: Open) -> None:
    @app.command("add")
    def add(
        name: Annotated[str, typer.Argument(help="What you call it.")],
        url: Annotated[str, typer.Argument(help="Of a file: Mastodon's CSV, GoToSocial's JSON.")],
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Read a list from now on, once a day. Nothing happens until you apply what it says."""
        from . import listing

        with open_db(data, file) as db:
            typer.echo(db.write_sync(listing.subscribe, name, url))

    @app.command("remove")
    def remove(id_: NumberArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Read a list no more. Those kept away because of it stay so."""
        from . import listing

        with open_db(data, file) as db:
            db.write_sync(listing.unsubscribe, id_)

    @app.command("show")
    def show(data: DataOption = None, file: ConfigOption = None) -> None:
        """Show the lists, the one that wins first, and what can be undone."""
        from . import listing

        with open_db(data, file) as db:
            typer.echo("\n".join(db.write_sync(listing.lists)))


def _changes(app: typer.Typer, open_db: Open) -> None:
    @app.command("changes")
    def changes(data: DataOption = None, file: ConfigOption = None) -> None:
        """Say what the lists would change, and how many follows that would end."""
        from . import listing

        with open_db(data, file) as db:
            typer.echo("\n".join(db.write_sync(listing.changes)))

    @app.command("apply")
    def apply(
        domains: Annotated[
            list[str] | None, typer.Argument(metavar="[DOMAIN]...", help="The servers.")
        ] = None,
        every: Annotated[
            bool, typer.Option("--all", help="Of all servers, a hundred at a time.")
        ] = False,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Do what the lists say about some servers, or all."""
        from . import listing

        if bool(domains) == every:
            raise typer.BadParameter("name servers, or say --all")
        with open_db(data, file) as db:
            typer.echo(db.write_sync(listing.apply, domains or []))

    @app.command("undo")
    def undo(id_: NumberArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Make it as it was before, within a day. Follows that ended stay ended."""
        from . import listing

        with open_db(data, file) as db:
            typer.echo(db.write_sync(listing.undo, id_))

    @app.command("exclude")
    def exclude(
        domains: DomainsArgument, data: DataOption = None, file: ConfigOption = None
    ) -> None:
        """Let no list decide about these servers."""
        from . import listing

        with open_db(data, file) as db:
            db.write_sync(listing.exclude, domains)

    @app.command("include")
    def include(domain: DomainArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Let the lists decide about a server again."""
        from . import listing

        with open_db(data, file) as db:
            db.write_sync(listing.include, domain)
