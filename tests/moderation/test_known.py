"""Known pictures: on lists of what nobody may be given, and in letters, where they are proposed."""

import io
import shutil
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from random import Random
from typing import Any
from uuid import uuid4

import pytest
import typer
from PIL import Image, ImageFilter
from sqlalchemy import select
from staff import Desk
from typer.testing import CliRunner

from whimbrel.core.errors import Conflict, Forbidden, Invalid
from whimbrel.core.http import Upload
from whimbrel.core.objects import open_store
from whimbrel.core.search import open_search
from whimbrel.media import queries as media
from whimbrel.media import upload
from whimbrel.media.queries import hashes
from whimbrel.moderation import board, looking
from whimbrel.moderation.api import ROUTES
from whimbrel.moderation.known import book, cli, search, watch
from whimbrel.moderation.letters import complaints, shown
from whimbrel.moderation.letters.complaints import Intake
from whimbrel.moderation.queries import cases as stored
from whimbrel.moderation.tables import cases as table
from whimbrel.posts import delete
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility

ORIGIN = "https://social.example"


def picture(seed: int) -> Image.Image:
    """Soft spots by a seed: no two are alike."""
    dice = Random(seed)
    small = Image.frombytes("RGB", (16, 12), dice.randbytes(16 * 12 * 3))
    return small.resize((320, 240), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(3))


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def worse(image: Image.Image) -> bytes:
    """As somebody else sends it on: smaller, and saved badly."""
    file = io.BytesIO()
    image.resize((200, 150)).save(file, "JPEG", quality=40)
    return file.getvalue()


class Town(Desk):
    """Eve posts pictures; mod and boss (who has the legal role's rights) look."""

    def __init__(self, db: Any, folder: Any) -> None:
        super().__init__(db, folder, ROUTES, "eve", "ada")
        app = self.front.app
        app.search = open_search(f"sqlite:///{folder / 'search.db'}")
        app.store = open_store("", folder / "objects")

    def __exit__(self, *problem: Any) -> None:
        self.front.app.search.close()
        super().__exit__(*problem)

    def send(self, data: bytes, name: str = "eve") -> int:
        """An upload, as if it came in by HTTP; what follows from it has happened."""
        folder = self.front.app.scratch / f"upload-{uuid4().hex[:8]}"
        folder.mkdir(parents=True)
        (folder / "1").write_bytes(data)
        sent = Upload(folder / "1", len(data), "", "")
        who = self.people[name].id
        slot = self.do(lambda tx: tx.slot())
        id_ = int(self._runner.run(upload.receive(self.front.app, who, slot, sent)))
        shutil.rmtree(folder)
        self.settle()
        return id_

    def settle(self) -> None:
        self._runner.run(self.front.settle())

    def post(self, medium: int, name: str = "eve", **more: Any) -> int:
        draft = Draft(text="Look", media=(medium,), **more)
        post = int(self.do(publish, self.people[name], draft).id)
        self.settle()
        return post

    def pdq(self, id_: int) -> bytes:
        return bytes(self.do(hashes.of, [id_])[0].pdq)

    def given(self, id_: int) -> bool:
        """Whether its file is given to who asks for it."""
        row = self.do(media.by_ids, [id_])[id_]
        return self.do(media.served, row.files[0].token) is not None

    def cases(self, name: str = "eve") -> list[Any]:
        c = table.c
        query = select(c.id).where(c.target == self.people[name].id).order_by(c.id)
        ids = [row[0] for row in self.do(lambda tx: tx.rows(query))]
        return list(self.do(stored.many, ids).values())


@pytest.fixture
def town(db: Any, tmp_path: Any) -> Iterator[Town]:
    with Town(db, tmp_path) as opened:
        yield opened


def test_a_known_picture_is_given_to_nobody_and_somebody_looks(town: Town) -> None:
    """The whole way: what a list names is not shown again, not even to the desk; a person decides,
    and where it was another picture, gives it back."""
    known = town.send(png(picture(1)), "ada")
    town.do(book.add, "Partners", {town.pdq(known)})
    town.settle()
    assert not town.given(known), "what was here before the list is found as well"
    harmless = town.send(png(picture(2)))
    assert town.given(harmless)
    assert town.cases() == []

    again = town.send(worse(picture(1)))
    assert not town.given(again)
    (case,) = town.cases()
    assert (case.klass, case.state) == ("V1", "open")
    post = town.post(again)
    assert not town.given(again)
    named = {
        each.id for each in town.cases() if post in town.do(stored.posts_of, [each.id])[each.id]
    }
    assert len(named) == 1, "what it is on is in a case, to be sealed and hidden by its clock"
    about = named.pop()
    told = town.do(board.case, town.people["mod"], about)
    (hit,) = told["known"]
    assert (hit.list, hit.released, hit.media) == ("Partners", False, again)
    assert hit.distance <= search.NEAR
    assert [each["source"] for each in told["reports"]] == ["hash"]
    with pytest.raises(Forbidden):
        town.do(looking.look, town.people["mod"], again)
    town.do(looking.look, town.people["boss"], again)

    with pytest.raises(Forbidden):
        town.do(watch.give_back, town.people["mod"], about)
    town.do(watch.give_back, town.people["boss"], about)
    assert town.given(again)
    with pytest.raises(Conflict):
        town.do(watch.give_back, town.people["boss"], about)
    town.do(book.add, "More", {bytes(32)})
    town.settle()
    assert town.given(again), "what a person gave back stays so"


def test_a_list_is_kept_by_whoever_runs_the_server(town: Town, tmp_path: Any, db: Any) -> None:
    """In the forms that others give them out in; and nothing is half done."""
    lines = [f"{n:064x}" for n in range(1, 5)]
    path = tmp_path / "list.csv"
    path.write_text(
        f"# ours\nhash,seen\n{lines[0]},2026\n\npdq {lines[1].upper()}\n"
        f'{{"signal_type": "pdq", "hash": "{lines[2]}"}}\nmd5 {"0" * 32}\n'
    )
    app = typer.Typer()
    cli.add_to(app, lambda *_: _Open(db))
    run = CliRunner().invoke

    def said(*words: str, status: int = 0) -> str:
        done = run(app, ["hashes", *words])
        assert done.exit_code == status, done.output
        return done.output

    assert "no lists" in said("show")
    assert "2 lines without" in said("import", "Partners", str(path))
    assert said("export", "Partners").split() == lines[:3]
    assert "1 new; 4 are on" in said("add", "Partners", lines[3])
    said("add", "Partners", lines[0], "nonsense", status=1)
    assert "1 taken off; 3 are on" in said("remove", "Partners", lines[0])
    assert "Partners: 3 hashes" in said("show")
    (tmp_path / "none").write_text("nothing here\n")
    said("import", "Partners", str(tmp_path / "none"), status=1)
    said("drop", "Partners")
    assert "no lists" in said("show")
    with pytest.raises(Invalid):
        town.do(book.add, " ", {bytes(32)})


class _Open:
    """A database that is open already, as a command opens it."""

    def __init__(self, db: Any) -> None:
        self.db = db

    def __enter__(self) -> Any:
        return self.db

    def __exit__(self, *_: Any) -> None:
        """It stays open."""


def test_a_hundred_thousand_hashes_are_looked_through_at_once(capsys: Any) -> None:
    """Each picture that comes in is held against all of them."""
    dice = Random(7)
    rows = search.rows(dice.randbytes(100_000 * 32))
    wanted = bytearray(rows[77_777].tobytes())
    for bit in range(31):
        wanted[bit] ^= 1
    began = time.process_time()
    assert search.nearest(bytes(wanted), rows) == (77_777, 31)
    took = time.process_time() - began
    with capsys.disabled():
        sys.stdout.write(f"\n100,000 hashes: {took * 1000:.1f} ms\n")
    wanted[31] ^= 1
    assert search.nearest(bytes(wanted), rows) is None
    assert search.nearest(bytes(wanted), search.rows(b"")) is None


def letter(*pictures: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "abuse@host.example", "See the screenshots"
    mail.set_content("Please remove what is on these.")
    for each in pictures:
        mail.add_attachment(each, maintype="image", subtype="jpeg")
    return bytes(mail)


def test_pictures_in_a_letter_are_proposed_and_a_person_says_it_is_them(town: Town) -> None:
    """AWS sent Parler screenshots without addresses. Nothing happens by a picture alone, and no
    private one is found by it."""
    open_ = town.post(town.send(png(picture(1))))
    town.post(town.send(png(picture(2))), visibility=Visibility.PRIVATE)
    erased = town.post(town.send(png(picture(3))))
    data = letter(*(worse(picture(n)) for n in (1, 2, 3)), b"\xff\xd8\xff broken")
    mod = town.people["mod"]
    id_ = int(town.do(complaints.take_in, mod.id, Intake(data=data)))
    town.settle()
    town.do(delete.delete, town.people["eve"], erased)

    def proposed() -> dict[int, list[Any]]:
        told = town.do(shown.one, mod, id_)["items"]
        return {each["number"]: each["likes"] for each in told}

    found = proposed()
    assert [len(each) for each in found.values()] == [1, 0, 0, 0]
    (like,) = found[1]
    assert (like["acct"], like["address"]) == (
        "eve",
        f"{ORIGIN}/ap/users/{town.id('eve')}/statuses/{open_}",
    )
    assert like["distance"] <= search.NEAR
    assert town.cases() == [], "a letter alone does nothing"
    town.do(complaints.link, mod, id_, 1, like["address"])
    (case,) = town.cases()
    assert case.klass == "H1"
    assert town.do(stored.posts_of, [case.id])[case.id] == [open_]
