"""Evidence is sealed so that this server cannot read it, and opened by two people."""

import tarfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import typer
from conversations import uploaded
from sqlalchemy import select
from staff import Desk
from typer.testing import CliRunner

from whimbrel.accounts import leave
from whimbrel.core.errors import Forbidden, Gone, Invalid
from whimbrel.core.ids import iso
from whimbrel.core.search import open_search
from whimbrel.moderation import cases, cli
from whimbrel.moderation.api import ROUTES
from whimbrel.moderation.queries import complaints
from whimbrel.moderation.queries import vault as queries
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.rules import DAY
from whimbrel.moderation.tables import decisions
from whimbrel.moderation.vault import keep, opening, sealing
from whimbrel.posts import delete
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft
from whimbrel.privacy import receipts


class Town(Desk):
    """Eve writes what is reported; the legal role's key lies elsewhere."""

    def __init__(self, db: Any, folder: Any, clock: Any) -> None:
        super().__init__(db, folder, ROUTES, "ada", "eve")
        self.clock = clock
        self.private, public = sealing.new_pair()
        app = self.front.app
        app.search = open_search(f"sqlite:///{folder / 'search.db'}")
        app.settings = type(app.settings)(**{**_fields(app.settings), "vault_key": public})

    def __exit__(self, *problem: Any) -> None:
        self.front.app.search.close()
        super().__exit__(*problem)

    def threat(self, **more: Any) -> tuple[int, int]:
        """A post that is reported as a threat to life: (post, case)."""
        post = int(self.do(publish, self.people["eve"], Draft(text="Go and get him", **more)).id)
        form = ReportForm(account_id=self.id("eve"), status_ids=[str(post)])
        case = int(self.do(report, self.people["ada"], form)[0].case)
        self.do(cases.escalate, self.people["mod"], case, "V1")
        self.settle()
        return post, case

    def settle(self) -> None:
        self._runner.run(self.front.settle())

    def log(self, kind: str) -> list[str]:
        query = select(decisions.c.action).where(decisions.c.kind == kind).order_by(decisions.c.id)
        return [row[0] for row in self.do(lambda tx: tx.rows(query))]


def _fields(settings: Any) -> dict[str, Any]:
    import msgspec

    if isinstance(settings, msgspec.Struct):
        return {name: getattr(settings, name) for name in settings.__struct_fields__}
    return dict(vars(settings))


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
    key.write_text(town.private)
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


def test_files_are_kept_with_the_post(town: Town) -> None:
    def write(tx: Any) -> int:
        draft = Draft(text="Look", media=(uploaded(tx, town.people["eve"]),))
        return int(publish(tx, town.people["eve"], draft).id)

    post = town.do(write)
    found = town.do(keep._evidence, 1, post)
    assert found is not None
    told, rows, author = found
    assert author == town.people["eve"].id
    assert len(rows) == 1
    assert str(rows[0].id).encode() in told


def test_without_a_key_nothing_is_kept_and_ordinary_cases_never_are(town: Town) -> None:
    post = int(town.do(publish, town.people["eve"], Draft(text="meh")).id)
    form = ReportForm(account_id=town.id("eve"), status_ids=[str(post)])
    case = town.do(report, town.people["ada"], form)[0].case
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
