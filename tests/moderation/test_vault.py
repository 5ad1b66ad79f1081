"""Evidence is sealed so that this server cannot read it, and opened by two people."""

import tarfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from conversations import uploaded
from sqlalchemy import select
from staff import Desk
from typer.testing import CliRunner

from whimbrel.accounts import leave
from whimbrel.core.errors import Conflict, Forbidden, Gone, Invalid
from whimbrel.core.ids import iso
from whimbrel.core.keyring import Slot
from whimbrel.core.objects import open_store
from whimbrel.core.sealed import Sealing
from whimbrel.core.search import open_search
from whimbrel.core.settings import Instance
from whimbrel.media import queries as media
from whimbrel.media.rules import column
from whimbrel.moderation import cases, cli
from whimbrel.moderation.api import ROUTES
from whimbrel.moderation.events import HoldLapses, HoldMade
from whimbrel.moderation.queries import complaints
from whimbrel.moderation.queries import vault as queries
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.rules import DAY, Class
from whimbrel.moderation.tables import decisions
from whimbrel.moderation.vault import evidence, keep, opening, sealing
from whimbrel.posts import delete
from whimbrel.posts.edit import edit
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft
from whimbrel.privacy import receipts

PRIVATE, PUBLIC = sealing.new_pair()
WORDS, PICTURE = "Zwetschgendatschi at dawn", b"xylograph"


class Town(Desk):
    """Eve writes what is reported; the legal role's key lies elsewhere."""

    def __init__(self, db: Any, folder: Any, clock: Any) -> None:
        super().__init__(db, folder, ROUTES, "ada", "eve")
        self.clock = clock
        app = self.front.app
        app.search = open_search(f"sqlite:///{folder / 'search.db'}")
        app.store = open_store("", folder / "objects")

    def __exit__(self, *problem: Any) -> None:
        self.front.app.search.close()
        super().__exit__(*problem)

    def threat(self, **more: Any) -> tuple[int, int]:
        """A post that is reported as a threat to life: (post, case)."""
        post = int(self.do(publish, self.people["eve"], Draft(text="Go and get him", **more)).id)
        case = self.do(self.grave, post)
        self.settle()
        return post, case

    def pictured(self, tx: Any) -> tuple[int, str]:
        """A post of Eve's with a picture that lies sealed in the store: (post, object)."""
        eve = self.people["eve"]
        (row,) = media.by_ids(tx, [uploaded(tx, eve)]).values()
        (file,) = row.files
        slot = Slot(row.slot, row.author_slot, row.id, column(file.variant))
        self.secret = tx.keyring.raw(row.slot, 1)
        store: Any = self.front.app.store
        sealed = store.root / file.object
        sealed.parent.mkdir(parents=True, exist_ok=True)
        with sealed.open("wb") as out:
            sealing_ = Sealing(tx.keyring.key(slot), slot.place, out)
            sealing_.write(PICTURE)
            sealing_.close()
        return int(publish(tx, eve, Draft(text=WORDS, media=(row.id,))).id), file.object

    def grave(self, tx: Any, post: int) -> int:
        """It is reported as a threat to life: the case."""
        form = ReportForm(account_id=self.id("eve"), status_ids=[str(post)])
        case = int(report(tx, self.people["ada"], form)[0].case)
        cases.escalate(tx, self.people["mod"], case, "V1")
        return case

    def settle(self) -> None:
        self._runner.run(self.front.settle())

    def log(self, kind: str) -> list[str]:
        query = select(decisions.c.action).where(decisions.c.kind == kind).order_by(decisions.c.id)
        return [row[0] for row in self.do(lambda tx: tx.rows(query))]


@pytest.fixture
def instance(instance: Instance, request: pytest.FixtureRequest) -> Instance:
    """The legal role's public key is in the settings."""
    return msgspec.structs.replace(instance, vault_key=getattr(request, "param", PUBLIC))


@pytest.fixture
def town(db: Any, tmp_path: Any, clock: Any) -> Iterator[Town]:
    with Town(db, tmp_path, clock) as opened:
        yield opened


def test_what_its_author_erases_is_gone_but_for_one_sealed_copy(town: Town, tmp_path: Any) -> None:
    """And they are told so. Two people open it, and what leaves opens with the legal role's key."""
    post, case = town.threat()
    (hold,) = town.do(queries.of_case, case)
    file = keep.folder(town.front.app) / f"{hold.id}.sealed"
    raw = file.read_bytes()
    assert b"Go and get him" not in raw
    assert b"Go and get him" not in (hold.key or b"")
    town.do(delete.delete, town.people["eve"], post)
    town.settle()
    (told,) = [text for to, subject, text in town.front.letters() if "sealed copy" in subject]
    assert "27 June 2027" in told.replace("26 June", "27 June")

    mod, boss = town.people["mod"], town.people["boss"]
    with pytest.raises(Forbidden):
        town.do(opening.ask, mod, case, "The police asks")
    with pytest.raises(Invalid):
        town.do(opening.ask, boss, case, " ")
    asked = town.do(opening.ask, boss, case, "The police asks, file 7")
    with pytest.raises(Forbidden):  # nobody is their own second person
        town.do(opening.agree, boss, asked, True)
    with pytest.raises(Gone):
        town.do(opening.take, boss, asked)
    town.do(opening.agree, mod, asked, True)
    with pytest.raises(Forbidden):
        town.do(opening.take, mod, asked)
    holds = town.do(opening.take, boss, asked)
    assert town.log("opening") == ["ask", "open", "take"]

    bundle, key = tmp_path / "evidence.tar", tmp_path / "legal.key"
    bundle.write_bytes(opening.bundle(keep.folder(town.front.app), holds))
    key.write_text(PRIVATE)
    shell = typer.Typer()
    cli._add_vault(shell)
    runner = CliRunner()
    arguments = ["vault", "open", str(bundle), "--key", str(key), "--to", str(tmp_path / "out")]
    assert runner.invoke(shell, ["vault", "key", str(key)]).exit_code == 1  # it is there already
    answer = runner.invoke(shell, arguments)
    assert answer.exit_code == 0, answer.output
    assert "Go and get him" in (tmp_path / "out" / str(hold.id) / "post.json").read_text()
    key.write_text(sealing.new_pair()[0])
    assert runner.invoke(shell, arguments).exit_code == 1
    town.clock.step(milliseconds=DAY + 1000)
    with pytest.raises(Gone):
        town.do(opening.take, boss, asked)


def test_who_closes_their_account_is_told_as_far_as_they_may_know(town: Town) -> None:
    """Until when, on the page where they confirm and in the receipt; unless an order forbids it."""
    eve = town.people["eve"]
    assert town.do(keep.sealed_until, eve.id) is None
    _, case = town.threat()
    (hold,) = town.do(queries.of_case, case)
    assert town.do(keep.sealed_until, eve.id) == hold.until

    def forbidden(tx: Any) -> int | None:
        silent = complaints.silent_until
        complaints.silent_until = lambda _, asked: 1 if asked == case else None
        try:
            return keep.sealed_until(tx, eve.id)
        finally:
            complaints.silent_until = silent

    assert town.do(forbidden) is None
    code = town.do(leave.erase_account, eve, town.do(keep.sealed_until, eve.id))
    receipt = town.do(receipts.by_code, code)
    assert receipts.sealed_until(receipt) == iso(hold.until)
    assert receipts.entity(receipt)["files_kept_until"] is None
    town.settle()
    (after,) = town.do(queries.of_case, case)
    assert after.key is not None, "the copy stays"
    assert (keep.folder(town.front.app) / f"{hold.id}.sealed").exists()


def test_when_its_time_is_over_nobody_can_open_it(town: Town) -> None:
    """The key is destroyed, the file goes, and the log says so."""
    _, case = town.threat()
    (hold,) = town.do(queries.of_case, case)
    assert hold.until - (hold.id >> 16) == pytest.approx(213 * DAY, abs=5000)
    town.clock.step(milliseconds=214 * DAY)
    town.settle()
    (after,) = town.do(queries.of_case, case)
    assert after.destroyed_at is not None
    assert after.key is None
    assert not (keep.folder(town.front.app) / f"{hold.id}.sealed").exists()
    assert town.log("hold") == ["keep", "destroy"]
    with pytest.raises(Invalid):
        town.do(opening.ask, town.people["boss"], case, "Too late")


ERASE: dict[str, Callable[[Town, int], Any]] = {
    "deletes": lambda town, post: town.do(delete.delete, town.people["eve"], post, True),
    "rewrites": lambda town, post: town.do(edit, town.people["eve"], post, Draft(text="So sweet")),
    "leaves": lambda town, _: town.do(leave.erase_account, town.people["eve"]),
}


@pytest.mark.parametrize("way", ERASE)
def test_whoever_erases_in_the_next_moment_is_not_faster(
    town: Town, tmp_path: Path, way: str
) -> None:
    """No effect has run yet. Words and picture can be opened all the same, by the legal role alone,
    and nothing else of them is left."""
    post, object_ = town.do(town.pictured)
    case = town.do(town.grave, post)
    ERASE[way](town, post)
    (hold,) = town.do(queries.of_case, case)
    assert not hold.laid
    assert town.log("hold") == ["keep"]
    asked = town.do(opening.ask, town.people["boss"], case, "The police asks")
    town.do(opening.agree, town.people["mod"], asked, True)
    with pytest.raises(Conflict):  # its picture is on its way
        town.do(opening.take, town.people["boss"], asked)
    store: Any = town.front.app.store
    assert (store.root / object_).exists()
    town.settle()
    town.do(lambda tx: tx.emit(HoldMade(hold=hold.id)))  # effects may come twice
    town.settle()
    assert not (store.root / object_).exists(), "the store let go of it"
    with town.front.app.db.keyring.path.open("rb") as keyring:
        assert town.secret not in keyring.read()
    found = {path for path in tmp_path.rglob("*") if path.is_file()}
    for needle in (WORDS.encode(), PICTURE, b64encode(PICTURE)):
        assert not [path for path in found if needle in path.read_bytes()]

    bundle, out = tmp_path / "evidence.tar", tmp_path / "out"
    holds = town.do(opening.take, town.people["boss"], asked)
    bundle.write_bytes(opening.bundle(keep.folder(town.front.app), holds))
    told, picture = sealing.open_bundle(bundle, PRIVATE, out)
    assert WORDS in told.read_text()
    assert picture.read_bytes() == PICTURE


def test_more_than_one_report_can_name_is_sealed_in_slices(town: Town) -> None:
    """A transaction has an end; the rest follows at once."""
    eve = town.people["eve"]
    posts = [int(town.do(publish, eve, Draft(text=f"No {n}")).id) for n in range(53)]
    mod, case = town.people["mod"], town.do(cases.place, eve.id, "D1", posts)
    town.do(cases.escalate, mod, case, "V1")
    assert len(town.do(queries.of_case, case)) == evidence.SLICE
    town.settle()
    holds = town.do(queries.of_case, case)
    assert {each.post for each in holds} == set(posts)
    assert all(each.laid for each in holds)


def test_what_is_merged_into_a_grave_case_is_kept_as_well(town: Town) -> None:
    _, grave = town.threat()
    post, _ = town.do(town.pictured)
    other = town.do(cases.place, town.people["eve"].id, "D1", [post])
    town.do(cases.merge, town.people["mod"], other, grave)
    assert post in {each.post for each in town.do(queries.of_case, grave)}


def test_what_lapses_before_it_was_laid_down_is_gone_from_the_store(town: Town) -> None:
    """However long the store could not be read."""
    post, object_ = town.do(town.pictured)
    case = town.do(town.grave, post)
    town.do(delete.delete, town.people["eve"], post, True)
    (hold,) = town.do(queries.of_case, case)
    town.do(keep.lapse, HoldLapses(hold=hold.id))
    town.settle()
    store: Any = town.front.app.store
    assert not (store.root / object_).exists()
    assert not keep.files_of(keep.folder(town.front.app), hold.id)


@pytest.mark.parametrize(
    ("instance", "klass"),
    [("", "V1"), (PUBLIC, "D1")],
    ids=("no key", "no grave case"),
    indirect=["instance"],
)
def test_without_a_key_nothing_is_kept_and_ordinary_cases_never_are(
    town: Town, klass: Class
) -> None:
    post = int(town.do(publish, town.people["eve"], Draft(text="meh")).id)
    case = town.do(cases.place, town.people["eve"].id, klass, [post])
    town.settle()
    assert town.do(queries.of_case, case) == []


def test_a_bundle_that_was_changed_does_not_open(tmp_path: Any) -> None:
    private, public = sealing.new_pair()
    wrapped = sealing.wrap(public, bytes(32))
    assert sealing.unwrap(private, wrapped) == bytes(32)
    bundle = tmp_path / "b.tar"
    with tarfile.open(bundle, "w") as tar:
        for name, data in (("7.key", wrapped), ("7.sealed", b"whbs\x01" + bytes(60))):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, BytesIO(data))
    with pytest.raises(ValueError, match="changed"):
        list(sealing.open_bundle(bundle, private, tmp_path / "out"))
    bundle.write_bytes(b"no tar")
    with pytest.raises(ValueError, match="no bundle"):
        list(sealing.open_bundle(bundle, private, tmp_path / "out"))
