"""`whimbrel instance`, `emoji`, `announcement`: what whoever runs the server says to everybody.

Long texts are Markdown, from a file or from standard input. What a command needs is imported when
it runs."""

import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from .rules import Kind

Open = Callable[[Path | None, Path | None], AbstractContextManager[Any]]
OpenApp = Callable[[Path | None, Path | None], AbstractAsyncContextManager[Any]]

DataOption = Annotated[
    Path | None, typer.Option("--data", help="The data folder.", show_default="data")
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file with settings.", show_default=False)
]
NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", help="1 is the first.")]
SourceArgument = Annotated[
    typer.FileText, typer.Argument(metavar="[FILE]", help="Markdown; - is standard input.")
]
DayOption = Annotated[
    str, typer.Option("--date", help="From when they hold, such as 2026-12-31.", show_default=False)
]
ShortcodeArgument = Annotated[str, typer.Argument(help="Its name, with or without colons.")]
TimeOption = Annotated[str, typer.Option("--starts", help="When what it is about begins.")]
HintOption = Annotated[str, typer.Option("--hint", help="More about it, in smaller print.")]


def add_to(app: typer.Typer, open_db: Open, open_app: OpenApp) -> None:
    """Add the commands to `app`.

    Args:
        open_db: the context manager (data folder, settings file) that gives an open database.
        open_app: the same with the object store, as a `core.app.App`.
    """
    instance = typer.Typer(help="Write rules and the long texts.", no_args_is_help=True)
    app.add_typer(instance, name="instance")
    instance.add_typer(_rules(open_db), name="rules")
    instance.add_typer(_text(open_db, "description", "what this place is"), name="description")
    instance.add_typer(_text(open_db, "privacy", "the privacy policy"), name="privacy")
    instance.add_typer(_text(open_db, "terms", "the terms of service"), name="terms")
    app.add_typer(_emojis(open_db, open_app), name="emoji")
    app.add_typer(_announcements(open_db), name="announcement")


def _rules(open_db: Open) -> typer.Typer:
    rules = typer.Typer(help="Write the rules.", no_args_is_help=True)

    @rules.command("list")
    def list_(data: DataOption = None, file: ConfigOption = None) -> None:
        """Print number, rule, hint and translations."""
        from . import texts

        with open_db(data, file) as db:
            for number, rule in enumerate(db.write_sync(texts.rules), 1):
                print(number, rule.text, rule.hint, sep="\t")
                for language, said in rule.translations.items():
                    print(f"{number} {language}", said.text, said.hint, sep="\t")

    @rules.command("add")
    def add(
        text: str, hint: HintOption = "", data: DataOption = None, file: ConfigOption = None
    ) -> None:
        """Add a rule at the end."""
        from . import texts

        with open_db(data, file) as db:
            db.write_sync(texts.add_rule, text, hint)

    @rules.command("change")
    def change(
        number: NumberArgument,
        text: Annotated[str | None, typer.Option("--text", help="New words.")] = None,
        hint: Annotated[str | None, typer.Option("--hint", help="New hint.")] = None,
        position: Annotated[int | None, typer.Option("--to", min=1, help="New number.")] = None,
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Word a rule anew, or move it."""
        from . import texts

        with open_db(data, file) as db:
            db.write_sync(
                lambda tx: texts.change_rule(tx, number, text=text, hint=hint, position=position)
            )

    @rules.command("translate")
    def translate(
        number: NumberArgument,
        language: Annotated[str, typer.Argument(help="A code such as pt-BR.")],
        text: Annotated[
            str | None, typer.Argument(help="Without it the translation is removed.")
        ] = None,
        hint: HintOption = "",
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Say a rule in another language."""
        from . import texts

        with open_db(data, file) as db:
            db.write_sync(texts.translate_rule, number, language, text, hint)

    @rules.command("remove")
    def remove(number: NumberArgument, data: DataOption = None, file: ConfigOption = None) -> None:
        """Remove a rule. Old reports still name it."""
        from . import texts

        with open_db(data, file) as db:
            db.write_sync(texts.remove_rule, number)

    return rules


def _text(open_db: Open, name: str, what: str) -> typer.Typer:
    """The commands for a long text; of terms there is one for each day they hold from."""
    kind = cast(Kind, name)
    text = typer.Typer(help=f"Write {what}.", no_args_is_help=True)
    dated = kind == "terms"

    @text.command("set")
    def set_(
        source: SourceArgument = cast(typer.FileText, "-"),  # noqa: B008 (typer opens it)
        day: DayOption = "",
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Put a text in place of the one before.

        Terms without --date hold from today.
        """
        from . import texts

        words = source.read()
        with open_db(data, file) as db:
            written = db.write_sync(texts.write, kind, words, _day(day, dated))
            print(f"{what}{' from ' + written.day if dated else ''}: written", file=sys.stderr)

    @text.command("show")
    def show(day: DayOption = "", data: DataOption = None, file: ConfigOption = None) -> None:
        """Print the Markdown."""
        from . import texts

        with open_db(data, file) as db:
            print(db.write_sync(texts.source, kind, _day(day, dated, needed=True)))

    @text.command("remove")
    def remove(day: DayOption = "", data: DataOption = None, file: ConfigOption = None) -> None:
        """Take it away."""
        from . import texts

        with open_db(data, file) as db:
            db.write_sync(texts.forget, kind, _day(day, dated, needed=True))

    if dated:

        @text.command("list")
        def list_(data: DataOption = None, file: ConfigOption = None) -> None:
            """Print the days from which there are terms."""
            from . import texts

            with open_db(data, file) as db:
                for day in db.write_sync(texts.days, kind):
                    print(day)

    return text


def _day(day: str, dated: bool, *, needed: bool = False) -> str:
    if day and not dated:
        raise typer.BadParameter("Only terms have a date.", param_hint="--date")
    if needed and dated and not day:
        raise typer.BadParameter("Which terms? Say --date.", param_hint="--date")
    return day


def _emojis(open_db: Open, open_app: OpenApp) -> typer.Typer:
    emoji = typer.Typer(help="The server's own little pictures.", no_args_is_help=True)

    @emoji.command("add")
    def add(
        shortcode: ShortcodeArgument,
        picture: Annotated[
            Path, typer.Argument(metavar="FILE", help="A picture.", exists=True, dir_okay=False)
        ],
        category: Annotated[
            str, typer.Option("--category", help="Under which heading apps list it.")
        ] = "",
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Add a picture: made anew, small, and standing still."""
        import asyncio

        from . import emojis

        async def take_in() -> None:
            async with open_app(data, file) as app:
                await emojis.take_in(app, shortcode.strip(":"), picture, category)

        asyncio.run(take_in())

    @emoji.command("list")
    def list_(data: DataOption = None, file: ConfigOption = None) -> None:
        """Print shortcode, category, and whether it can be used."""
        from . import emojis

        with open_db(data, file) as db:
            for each in db.write_sync(emojis.everyone):
                state = "disabled" if each.disabled else "in use"
                print(each.shortcode, each.category or "", state, sep="\t")

    @emoji.command("disable")
    def disable(
        shortcode: ShortcodeArgument, data: DataOption = None, file: ConfigOption = None
    ) -> None:
        """Let it be used no more; the picture is kept."""
        from . import emojis

        with open_db(data, file) as db:
            db.write_sync(emojis.disable, shortcode.strip(":"))

    @emoji.command("enable")
    def enable(
        shortcode: ShortcodeArgument, data: DataOption = None, file: ConfigOption = None
    ) -> None:
        """Let it be used again."""
        from . import emojis

        with open_db(data, file) as db:
            db.write_sync(emojis.disable, shortcode.strip(":"), False)

    @emoji.command("remove")
    def remove(
        shortcode: ShortcodeArgument, data: DataOption = None, file: ConfigOption = None
    ) -> None:
        """Erase it. Where it was used, its shortcode is shown."""
        from . import emojis

        with open_db(data, file) as db:
            db.write_sync(emojis.remove, shortcode.strip(":"))

    return emoji


def _announcements(open_db: Open) -> typer.Typer:
    announcement = typer.Typer(help="Say something to everybody.", no_args_is_help=True)

    @announcement.command("publish")
    def publish(
        text: Annotated[str, typer.Argument(help="The words; - reads standard input.")],
        starts: TimeOption = "",
        ends: Annotated[
            str, typer.Option("--ends", help="When that ends; it is taken back then.")
        ] = "",
        all_day: Annotated[bool, typer.Option("--all-day", help="Only the days matter.")] = False,
        at: Annotated[str, typer.Option("--at", help="When it is published, if not now.")] = "",
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Publish an announcement and print its number.

        Times are such as 2026-12-31T18:00 or 2026-12-31, UTC unless an offset is said.
        """
        from . import announcements

        words = sys.stdin.read() if text == "-" else text
        begin, end, when = (
            announcements.moment_of(each) if each else None for each in (starts, ends, at)
        )
        with open_db(data, file) as db:
            made = db.write_sync(
                lambda tx: announcements.publish(
                    tx, words, starts_at=begin, ends_at=end, all_day=all_day, publish_at=when
                )
            )
            print(made.id)

    @announcement.command("list")
    def list_(data: DataOption = None, file: ConfigOption = None) -> None:
        """Print number, time of publishing, end and words of each."""
        from ..core.ids import iso
        from . import announcements

        with open_db(data, file) as db:
            for each in db.write_sync(announcements.everything):
                until = "" if each.ends_at is None else iso(each.ends_at)
                words = " ".join(each.text.split())
                print(each.id, iso(each.published_at), until, words, sep="\t")

    @announcement.command("retract")
    def retract(
        number: Annotated[int, typer.Argument(metavar="NUMBER", help="As `list` prints it.")],
        data: DataOption = None,
        file: ConfigOption = None,
    ) -> None:
        """Take an announcement back."""
        from . import announcements

        with open_db(data, file) as db:
            db.write_sync(announcements.retract, number)

    return announcement
