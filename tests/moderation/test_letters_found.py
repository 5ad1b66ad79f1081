"""What a letter names is found here: by address, and by the words it quotes."""

import csv
import io
from collections.abc import Iterator
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest
import typer
from conversations import uploaded
from sqlalchemy import select
from typer.testing import CliRunner

from app import Client
from whimbrel.core.engines import Query
from whimbrel.core.search import open_search
from whimbrel.media.tables import files
from whimbrel.moderation import cli
from whimbrel.moderation.letters import Item, find, read
from whimbrel.posts import delete
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility
from whimbrel.timelines import indexing
from whimbrel.timelines.api import search as doors

NOW = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
ORIGIN = "https://social.example"


class Town(Client):
    """Eve writes what a host complains of."""

    def __init__(self, db: Any, database: str, folder: Any) -> None:
        super().__init__(db, folder, doors.ROUTES, "ada", "eve")
        self.front.app.search = open_search(database or f"sqlite:///{folder / 'search.db'}")

    def __exit__(self, *problem: Any) -> None:
        self.front.app.search.close()
        super().__exit__(*problem)

    def write(self, text: str, visibility: Visibility = Visibility.PUBLIC) -> int:
        draft = Draft(text=text, visibility=visibility)
        post = int(self.do(publish, self.people["eve"], draft).id)
        self._runner.run(indexing.index_post(self.front.app, post))
        return post

    def found(self, text: str) -> list[Item]:
        letter = read(text.encode(), self.front.app.instance, NOW)
        return self._runner.run(find(self.front.app, letter))


@pytest.fixture
def town(db: Any, database: str, tmp_path: Any) -> Iterator[Town]:
    with Town(db, database, tmp_path) as opened:
        yield opened


def test_three_hundred_addresses_and_twenty_quotes(town: Town) -> None:
    """In as many shapes as there are; some are gone, some were never here."""
    eve = town.people["eve"].id
    posts = [
        town.write(f"Number {n}: meet at the fountain with lanterns at {n}") for n in range(40)
    ]
    town.do(delete.delete, town.people["eve"], posts[0])
    shapes = (
        "{o}/@eve/{id}",
        "hxxps://social[.]example/@eve/{id}",
        "social.example/@Eve/{id}?x=1",
        "{o}/ap/users/1/statuses/{id}/activity",
        "{id}",
    )
    rows = [shape.format(o=ORIGIN, id=id_) for id_ in posts[:20] for shape in shapes]
    rows += [f"{ORIGIN}/@eve/{(posts[-1] >> 16) - 9 << 16 | n}" for n in range(190)]  # never here
    rows += [f"{ORIGIN}/@EVE", f"{ORIGIN}/ap/users/{eve}", "@ada@social.example", f"{ORIGIN}/about"]
    quotes = [f'"number {n}: meet at the Fountain with lanterns at {n}"' for n in range(15, 35)]
    table = io.StringIO()
    csv.writer(table).writerows([["what"], *([row] for row in (*rows, *quotes))])
    items = town.found(table.getvalue())
    assert [item.post for item in items if item.post and not item.quoted] == posts[1:20]
    assert [item.post for item in items if item.quoted] == posts[20:35]  # the others were known
    people = [item.account for item in items if item.post is None and item.account]
    assert people == [eve, town.people["ada"].id]
    assert {item.account for item in items if item.post} == {eve}
    left = [item.written for item in items if item.open]
    assert len(left) == 1 + 190 + 1  # what is erased, what never was, and a page
    assert left[0].endswith(str(posts[0]))


def test_private_messages_are_not_found_by_words(town: Town) -> None:
    said = "the key is under the third stone"
    private = [town.write(said, each) for each in (Visibility.PRIVATE, Visibility.DIRECT)]
    assert town.found(f"“{said}”") == [Item(said, True, None, None)]
    unlisted = town.write(f"Listen: {said}!", Visibility.UNLISTED)
    assert [item.post for item in town.found(f"> {said}\n")] == [unlisted]
    # Whoever has the address of one was able to read it.
    assert [item.post for item in town.found(str(private[0]))] == [private[0]]


def test_a_file_is_its_posts(town: Town) -> None:
    """In whatever size it is named; the file itself need not be open to strangers."""

    def write(tx: Any) -> tuple[int, str]:
        draft = Draft(text="", media=(uploaded(tx, town.people["eve"]),))
        post = publish(tx, town.people["eve"], draft)
        return post.id, str(tx.row(Query(select(files.c.token)))[0])

    post, token = town.do(write)
    items = town.found(f"hxxps://social[.]example/media/{token}/small.webp, {ORIGIN}/@eve/{post}")
    assert [(item.post, item.account) for item in items] == [(post, town.people["eve"].id)]
    assert town.found(f"{ORIGIN}/media/{'x' * 22}/original.jpg")[0].open


def test_a_letter_is_read_at_a_shell(town: Town, tmp_path: Any) -> None:
    """At three in the morning: what is it about, and how long have we got?"""
    post = town.write("the fountain will be painted blue tonight")
    letter = tmp_path / "letter.eml"
    letter.write_text(
        "From: Trust <abuse@host.example>\nSubject: Notice\nMessage-ID: <7@host.example>\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"
        f"hxxps://social[.]example/@eve/{post} and {post + 1} at social[.]example/@eve and\n"
        "> we will paint the cathedral green\nmust go within 24 hours.\n"
        "--b\nContent-Type: application/pdf; name=order.pdf\n\n%PDF\n--b--\n"
    )
    app = typer.Typer()

    @asynccontextmanager
    async def opened(data: Any, file: Any) -> Any:
        yield town.front.app

    cli.add_to(app, lambda data, file: nullcontext(town.db), opened)
    done = CliRunner().invoke(app, ["letter", "read", str(letter)])
    eve = f"{ORIGIN}/ap/users/{town.people['eve'].id}"
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "from     Trust <abuse@host.example>",
        "subject  Notice",
        "ref      <7@host.example>",
    ]
    assert lines[3].startswith("due      ") and lines[3].endswith('must go within 24 hours."')
    assert lines[4:] == [
        f"post     {eve}/statuses/{post}",
        f"person   {eve}",
        f"not here {post + 1}",
        'not here "we will paint the cathedral green"',
        "look     not read: order.pdf, 4 bytes",
        "2 found, 2 not here.",
    ]
