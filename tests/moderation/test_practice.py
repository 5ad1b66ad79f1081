"""Practice calls: whether people can be called is known before it has to be."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import typer
from calling import Desk, sink
from sqlalchemy import func, select
from test_push import wanted
from typer.testing import CliRunner

from phone import Phone
from whimbrel.accounts import sessions
from whimbrel.accounts.rules import BROWSER, Viewer
from whimbrel.core.errors import Conflict, Gone, Invalid
from whimbrel.core.fetch import Fetcher
from whimbrel.moderation import board, cli
from whimbrel.moderation.events import CheckpointDue
from whimbrel.moderation.paging import calls, practice, roster
from whimbrel.moderation.paging.cli import PAUSE
from whimbrel.moderation.queries import audit
from whimbrel.moderation.queries import practices as queries
from whimbrel.moderation.queries.practices import Practice
from whimbrel.moderation.rules import DAY
from whimbrel.moderation.tables import cases, decisions, pages, verdicts
from whimbrel.timelines import push

__all__ = ["sink"]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"


class Staff(Desk):
    """The desk of `calling`, with a topic, a webhook, and a browser of mod's."""

    def set_up(self, where: str, phone: Phone) -> None:
        app = self.front.app
        now = {name: getattr(app.settings, name) for name in app.settings.__struct_fields__}
        ways = {"page_ntfy": f"{where}/desk", "page_webhook": f"{where}/hook"}
        app.settings = type(app.settings)(**now | ways | {"page_webhook_secret": SECRET})

        async def fetcher() -> Fetcher:
            return Fetcher(allow_private=("127.0.0.1",), agent="test")

        def subscribe(tx: Any) -> None:
            mod = self.people["mod"]
            sessions.begin(tx, mod.id)
            (session,) = sessions.of(tx, mod)
            browser = Viewer(account=mod.id, scopes=BROWSER, session=session.id)
            what = wanted(phone, f"{where}/push", standard=True, alerts=("admin.report",))
            push.subscribe(tx, browser, msgspec.structs.replace(what, token=""))

        app.fetcher = self._runner.run(fetcher())
        self.do(subscribe)

    def close(self) -> None:
        if self.front.app.fetcher is not None:
            self._runner.run(self.front.app.fetcher.close())

    def links(self) -> dict[str, str]:
        """The secret of each person's letter about the newest practice."""
        found = [
            (to.partition("@")[0], text.rpartition("/calls/")[2].strip())
            for to, subject, text in self.front.letters()
            if "practice" in subject
        ]
        (last,) = self.do(queries.last, 1)
        return {who: link for who, link in found if self.do(practice.look, link).id == last.id}

    def climbed(self, id_: int) -> list[str]:
        return list(dict.fromkeys(call.rung for call in self.do(queries.calls, id_)))

    def log(self) -> list[tuple[str, str]]:
        what = select(decisions.c.action, decisions.c.detail).order_by(decisions.c.id)
        rows = self.do(lambda tx: tx.rows(what.where(decisions.c.kind == "practice")))
        return [tuple(row) for row in rows]


@pytest.fixture
def staff(db: Any, tmp_path: Any, clock: Any) -> Iterator[Staff]:
    with Staff(db, tmp_path, clock) as opened:
        yield opened
        opened.close()


def test_by_every_way_until_somebody_answers_and_nothing_real_is_touched(
    staff: Staff, sink: Any
) -> None:
    """Marked as practice in a letter, at the topic, the webhook and in a browser; the whole ladder
    is climbed; no case comes of it, nothing is hidden, and links of practice take nothing on."""
    phone = Phone()
    staff.set_up(f"http://127.0.0.1:{sink.server_port}", phone)
    post = staff.write()
    case = staff.report(post)
    staff.do(roster.enlist, ["second", "mod"])
    id_ = staff.do(practice.begin)
    staff.after(0)
    assert list(staff.links()) == ["second"], "who is first on call, alone"
    staff.after(15)
    assert sorted(staff.links()) == ["mod", "second"]
    staff.after(15)
    assert sorted(staff.links()) == ["boss", "mod", "second"]
    assert staff.climbed(id_) == ["on call", "second", "everybody"]

    got = {path: (headers, body) for path, headers, body in sink.got}
    headers, body = got["/desk"]
    assert (headers["Title"], headers["Priority"]) == (
        *("Practice, as V1: until 25 Nov 13:00 UTC", "5"),
    )
    link = body.decode().rpartition(" ")[2]
    assert body.startswith(b"Practice: nothing waits.")
    said = json.loads(got["/hook"][1])
    assert said["type"] == "call.practised"
    assert said["data"]["class"] == "V1"
    shown = json.loads(phone.open_standard(got["/push"][1]))
    assert shown["title"].startswith("Practice: ")
    assert "nothing is decided by it" in shown["body"]
    assert shown["path"].removeprefix("/calls/") in staff.links()["mod"]

    secret = link.rpartition("/calls/")[2]
    with pytest.raises(Gone):  # it is no link to a case
        staff.do(calls.take, secret)
    with pytest.raises(Gone):
        staff.do(practice.answer, "x")
    with pytest.raises(Conflict):
        staff.do(practice.begin)
    assert staff.do(practice.answer, staff.links()["mod"]).took == pytest.approx(1_800_000, abs=999)
    assert staff.do(practice.answer, secret).answered_by == staff.people["mod"].id, "the first"
    staff.after(60)
    assert staff.climbed(id_)[-1] == "everybody", "nobody is called any more"
    assert staff.log() == [("begin", ""), ("end", "after 1800 s")]

    last, lines = staff.do(practice.told, id_)
    assert "  0:00  on call: second, letter handed over after 0.0 s" in lines
    assert any("second: mod, browser told after" in line for line in lines)
    assert lines[-1] == " 30:00  mod answered."
    assert not [line for line in lines if "NOT" in line]
    assert staff.do(practice.faults) == []
    assert last.ended_at is not None
    assert staff.do(lambda tx: tx.value(select(func.count()).select_from(cases))) == 1
    for table in (verdicts, pages):
        assert staff.do(lambda tx, t=table: tx.value(select(func.count()).select_from(t))) == 0
    assert staff.rungs(case) == []
    assert staff.seen(post)


def test_nobody_answers_and_the_doctor_says_so(staff: Staff) -> None:
    """Each thing in a line: never tried, nobody answered, too long ago; and once a month by itself
    where the operator wants that."""
    assert staff.do(practice.faults)[0].startswith("Nobody ever tried")
    for wrong in (timedelta(minutes=3), timedelta(minutes=61)):
        with pytest.raises(Invalid):
            staff.do(practice.begin, wrong)
    staff.do(practice.begin, timedelta(minutes=4))
    staff.after(5)  # the server was down
    assert "called nobody" in staff.do(practice.faults)[0]
    id_ = staff.do(practice.begin, timedelta(minutes=4))
    staff.after(0)
    staff.after(5)
    assert staff.do(practice.told, id_)[1][-1].endswith("Nobody answered.")
    assert staff.log()[-1] == ("end", "nobody")
    assert staff.do(practice.faults)[0].startswith("Nobody answered the last practice call, 0 days")
    ways = {call.way for call in staff.do(queries.calls, id_)}
    assert ways == {"letter"}, "what is not set up is no part of it"

    hour = CheckpointDue(turn=staff.do(audit.next_turn))
    staff.clock.step(milliseconds=8 * DAY)
    staff.do(practice.weekly, hour)
    assert staff.do(practice.running) is None, "nobody asked for that"

    def weekly(tx: Any, event: CheckpointDue) -> None:
        tx.instance = msgspec.structs.replace(tx.instance, practice_calls=True)
        practice.weekly(tx, event)

    staff.do(weekly, CheckpointDue(turn=hour.turn - 1))
    assert staff.do(practice.running) is None, "the clock of an earlier start"
    assert staff.do(board.above)["tried"] == "nobody"
    staff.do(weekly, hour)
    second = staff.do(practice.running)
    assert isinstance(second, Practice)
    staff.after(1)
    staff.do(practice.answer, staff.links()["boss"])
    staff.do(weekly, hour)
    assert staff.do(practice.running) is None, "once a week"
    assert staff.do(practice.faults) == []
    assert staff.do(board.above) == {"letter": None, "tried": None}
    staff.clock.step(milliseconds=11 * DAY)
    assert staff.do(practice.faults)[0].startswith("The last practice call is 11 days old.")
    assert staff.do(board.above)["tried"] == 11


def test_from_a_shell(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for the answer, prints how long each took, and a script can trust how it ends."""
    shell = typer.Typer()

    @contextmanager
    def opened(data: Any, file: Any) -> Any:
        yield staff.db

    cli.add_to(shell, opened, nullcontext)

    def whimbrel(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(shell, ["on-call", *words])
        return done.exit_code, done.stdout

    assert whimbrel("show") == (0, "Nobody in particular: everybody is called.\n")
    assert whimbrel("set", "second", "mod") == (0, "second\nmod\n")
    real, answers, minutes = time.sleep, [True], iter((0, *[1] * 10))

    def while_it_waits(seconds: float) -> None:
        if seconds != PAUSE:
            real(seconds)
            return
        staff.after(next(minutes))
        if answers[0] and "mod" in staff.links():
            staff.do(practice.answer, staff.links()["mod"])

    monkeypatch.setattr(time, "sleep", while_it_waits)
    code, said = whimbrel("drill", "--minutes", "4")
    assert code == 0
    assert "  0:00  on call: second, letter handed over after" in said
    assert said.endswith("mod answered.\n")
    answers[0] = False
    code, said = whimbrel("drill", "--minutes", "4")
    assert code == 1
    assert said.endswith("Nobody answered.\n")
