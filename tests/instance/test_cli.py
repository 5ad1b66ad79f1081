"""What the operator types, in this process, beside a running server."""

from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from whimbrel.app.opening import opened
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.settings import Settings
from whimbrel.instance import announcements, cli, emojis, texts
from whimbrel.media import queries as media


class Console:
    """The command line, with a database that is open elsewhere as well."""

    def __init__(self, db: Any, folder: Any) -> None:
        self.db = db
        self.app = typer.Typer()

        @contextmanager
        def database(data: Any, file: Any) -> Iterator[Any]:
            yield db

        @asynccontextmanager
        async def whole(data: Any, file: Any) -> Any:
            async with opened(Settings(data=folder / "whole", domain="social.example")) as app:
                app.db = db
                yield app

        cli.add_to(self.app, database, whole)

    def __call__(self, *words: str, fails: type[Exception] | None = None, **more: Any) -> Any:
        done = CliRunner().invoke(self.app, words, **more)
        if fails is None:
            assert done.exception is None, (done.exception, done.output)
        else:
            assert isinstance(done.exception, fails)
        return done.stdout

    def read(self, fn: Any, *args: Any) -> Any:
        return self.db.write_sync(fn, *args)


@pytest.fixture
def console(db, tmp_path) -> Console:
    return Console(db, tmp_path)


def test_rules(console):
    """Typed on the server, read by everybody."""
    console("instance", "rules", "add", "Be kind", "--hint", "Really")
    console("instance", "rules", "add", "No spam")
    console("instance", "rules", "translate", "1", "de", "Sei nett")
    console("instance", "rules", "change", "2", "--to", "1", "--text", "No junk")
    listed = console("instance", "rules", "list")
    assert listed == "1\tNo junk\t\n2\tBe kind\tReally\n2 de\tSei nett\t\n"
    console("instance", "rules", "remove", "1")
    assert [rule.text for rule in console.read(texts.rules)] == ["Be kind"]
    console("instance", "rules", "remove", "7", fails=NotFound)


def test_texts_come_from_a_file_or_standard_input(console, tmp_path):
    """A policy is kept in a file, and may be made by another program."""
    path = tmp_path / "about.md"
    path.write_text("# Über uns", encoding="utf-8")
    console("instance", "description", "set", str(path))
    console("instance", "privacy", "set", input="*nothing*")
    console("instance", "terms", "set", "-", "--date", "2027-01-01", input="later")
    assert console.read(texts.one, "description").html == "<h1>Über uns</h1>"
    assert console("instance", "privacy", "show") == "*nothing*\n"
    assert console("instance", "terms", "list") == "2027-01-01\n"
    console("instance", "privacy", "set", "--date", "2027-01-01", input="x", fails=SystemExit)
    console("instance", "terms", "show", fails=SystemExit)
    console("instance", "terms", "remove", "--date", "2027-01-01")
    console("instance", "terms", "remove", "--date", "2027-01-01", fails=NotFound)
    console("instance", "privacy", "set", input=" ", fails=Invalid)


def test_an_emoji_comes_from_a_file_and_is_made_anew(console, tmp_path, png):
    """What a camera or a program wrote into a picture goes nowhere, for emojis neither."""
    path = tmp_path / "tern.png"
    path.write_bytes(png)
    console("emoji", "add", ":tern:", str(path), "--category", "Birds")
    assert console("emoji", "list") == "tern\tBirds\tin use\n"
    (kept,) = console.read(emojis.everyone)
    row = console.read(media.by_ids, [kept.media])[kept.media]
    assert (row.state, row.kept_until, row.purpose) == ("ready", None, "emoji")
    (file,) = row.files
    assert (file.name, file.mime.partition("/")[0]) == ("emoji", "image")
    assert path.read_bytes() == png
    console("emoji", "add", "tern", str(path), fails=Invalid)
    console("emoji", "disable", "tern")
    assert console("emoji", "list") == "tern\tBirds\tdisabled\n"
    console("emoji", "enable", "tern")
    console("emoji", "remove", "tern")
    assert console("emoji", "list") == ""
    path.write_text("no picture")
    console("emoji", "add", "tern", str(path), fails=Invalid)


@pytest.fixture
def png() -> bytes:
    """A small picture."""
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGBA", (300, 300), (40, 90, 160, 128)).save(out, "PNG")
    return out.getvalue()


def test_announcements(console):
    """Published now or later, listed, taken back."""
    first = console("announcement", "publish", "Hello").strip()
    later = console(
        *("announcement", "publish", "-", "--at", "2027-01-01T12:00", "--starts", "2027-01-02"),
        *("--ends", "2027-01-03", "--all-day"),
        input="Party\nfor all",
    ).strip()
    lines = console("announcement", "list").splitlines()
    assert lines == [
        f"{first}\t2026-11-25T12:00:00.000Z\t\tHello",
        f"{later}\t2027-01-01T12:00:00.000Z\t2027-01-03T00:00:00.000Z\tParty for all",
    ]
    console("announcement", "retract", first)
    assert [str(each.id) for each in console.read(announcements.everything)] == [later]
    console("announcement", "retract", first, fails=NotFound)
    console("announcement", "publish", "x", "--at", "soon", fails=Invalid)
