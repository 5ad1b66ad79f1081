"""Every case has a clock, and it is met even when nobody is looking."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

import people
from app import Client
from whimbrel.accounts.rules import STRANGER
from whimbrel.core.errors import Conflict, Gone, Invalid, NotFound
from whimbrel.core.fetch import Fetcher
from whimbrel.core.search import open_search
from whimbrel.moderation import cases, verdicts
from whimbrel.moderation.paging import calls, channels, hide, roster
from whimbrel.moderation.paging.ladder import next_at, rungs
from whimbrel.moderation.queries import cases as stored
from whimbrel.moderation.queries import paging as queries
from whimbrel.moderation.queries import verdicts as decided
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.rules import CLOCKS, HOUR, LEASE
from whimbrel.moderation.tables import decisions
from whimbrel.moderation.tables import pages as page_table
from whimbrel.moderation.verdicts import Ruling
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import visible_post
from whimbrel.posts.rules import Draft
from whimbrel.timelines.api import timelines as doors

MINUTE = HOUR // 60


@given(st.sampled_from(sorted(CLOCKS)), st.integers(0, 2**41), st.integers(0, 2**32), st.booleans())
def test_everybody_is_called_before_the_clock_acts_and_all_of_it_before_the_end(
    klass: Any, received: int, span: int, hides: bool
) -> None:
    ladder = rungs(klass, received, received + span, hides)
    moments = [rung.at for rung in ladder]
    assert moments == sorted(moments)
    assert received <= moments[0] <= moments[-1] <= received + span
    assert [rung.who for rung in ladder if rung.who != "clock"][1:] == [
        *("second", "everybody", "administrators")
    ]
    clock = [rung for rung in ladder if rung.who == "clock"]
    assert len(clock) == (hides and CLOCKS[klass].nobody.startswith("hide"))
    assert next_at(ladder, received - 1) == moments[0]
    assert next_at(ladder, received + span) is None


class Desk(Client):
    """Ada reports what Bob writes; mod, second and boss are the staff. Nobody is at the desk."""

    def __init__(self, db: Any, folder: Any, clock: Any) -> None:
        super().__init__(db, folder, doors.ROUTES, "ada", "bob")
        self.clock = clock
        self.front.app.search = open_search(f"sqlite:///{folder / 'search.db'}")
        self._told: list[str] = []
        for name, role in (("mod", "moderator"), ("second", "moderator"), ("boss", "admin")):
            self.people[name] = self.do(people.make, name, role=role)

    def __exit__(self, *problem: Any) -> None:
        self.front.app.search.close()
        super().__exit__(*problem)

    def write(self, text: str = "Go and get him") -> int:
        return int(self.do(publish, self.people["bob"], Draft(text=text)).id)

    def report(self, *posts: int, klass: Any = None) -> int:
        """A case, made as urgent as `klass`."""
        form = ReportForm(
            account_id=str(self.people["bob"].id), status_ids=[str(post) for post in posts]
        )
        case = self.do(report, self.people["ada"], form)[0].case
        if klass is not None:
            self.do(cases.escalate, self.people["mod"], case, klass)
        return int(case)

    def after(self, minutes: float) -> None:
        """So much later, with what is due by then done."""
        self.clock.step(minutes=minutes)
        self._runner.run(self.front.settle())

    def seen(self, post: int) -> bool:
        def look(tx: Any) -> bool:
            try:
                visible_post(tx, STRANGER, post)
            except NotFound:
                return False
            return True

        return bool(self.do(look))

    def rungs(self, case: int) -> list[str]:
        """The rungs that were reached, in order, each once."""
        statement = (
            select(page_table.c.rung).where(page_table.c.case == case).order_by(page_table.c.id)
        )
        return list(dict.fromkeys(row[0] for row in self.do(lambda tx: tx.rows(statement))))

    def called(self) -> list[str]:
        """Who got letters about reports since one asked last."""
        new = [
            to.partition("@")[0] for to, subject, _ in self.front.letters() if "waits" in subject
        ]
        found, self._told = new[len(self._told) :], new
        return sorted(found)


@pytest.fixture
def desk(db: Any, tmp_path: Any, clock: Any) -> Iterator[Desk]:
    with Desk(db, tmp_path, clock) as opened:
        yield opened


def test_nobody_at_the_desk(desk: Desk) -> None:
    """A legal order: people are called, and before its hour is over the post is hidden."""
    post = desk.write()
    case = desk.report(post, klass="L0")
    desk.after(0)
    assert desk.rungs(case) == ["two"]
    assert desk.called() == ["boss", "mod", "second"], "nobody is on call, so everybody is"
    desk.after(14)
    assert desk.called() == []
    desk.after(1)
    assert desk.rungs(case)[1:] == ["second"]
    desk.after(15)
    assert desk.rungs(case)[2:] == ["everybody"]
    assert desk.seen(post)
    desk.after(15)
    assert not desk.seen(post)
    found = desk.do(stored.one, case)
    assert found.state == "open", "a person has to look"
    (verdict,) = desk.do(decided.about, desk.people["bob"].id)
    assert (verdict.automated, verdict.by, verdict.acts) == (True, None, ("hide",))
    told = [text for to, _, text in desk.front.letters() if to == "bob@example.org"]
    assert len(told) == 1
    assert "A machine decided this." in told[0]
    desk.called()
    desk.after(12 * 60)
    assert desk.rungs(case)[-1] == "review"
    assert desk.called() == ["boss", "mod", "second"]
    # Whoever looks at last says that it was nothing: it is seen again.
    desk.do(verdicts.take_back, desk.people["boss"], verdict.id)
    assert desk.seen(post)


def test_an_outage_of_a_night_costs_no_rung_of_the_clock(desk: Desk) -> None:
    """The clock runs in the database: whoever opens it finds what is due."""
    post = desk.write()
    case = desk.report(post, klass="V1")
    desk.after(50)
    assert not desk.seen(post)
    assert set(desk.rungs(case)) == {*("on call", "second", "everybody", "administrators", "clock")}
    assert desk.called() == ["boss"], "by the last rung that is reached alone"


def test_whoever_takes_it_on_is_let_work_and_comes_no_more(desk: Desk) -> None:
    """The others sleep on; but when the lease runs out they are called."""
    post = desk.write()
    case = desk.report(post, klass="N1")
    desk.after(0)
    assert desk.rungs(case) == []
    desk.do(roster.enlist, ["second", "mod"])
    assert desk.do(roster.listed) == ["second", "mod"]
    for wrong in ("ada", "nobody"):
        with pytest.raises((Invalid, NotFound)):
            desk.do(roster.enlist, [wrong])
    desk.after(6 * 60)
    assert (desk.rungs(case), desk.called()) == (["on call"], ["second"])
    desk.clock.step(minutes=89)
    desk.do(cases.claim, desk.people["second"], case)
    desk.after(2)
    assert desk.called() == []
    desk.after(LEASE / MINUTE)
    assert desk.called() == ["mod", "second"]
    desk.do(verdicts.decide, desk.people["mod"], case, Ruling(acts=("none",)))
    desk.after(12 * 60)
    assert desk.called() == []
    assert desk.seen(post), "it is decided"


def test_the_link_of_a_call_takes_the_case_on_once(desk: Desk) -> None:
    """Phones leak: whoever finds one can do nothing else with it."""
    case = desk.report(desk.write(), klass="V1")
    desk.after(0)
    links = {
        to.partition("@")[0]: text.rpartition("/calls/")[2].strip()
        for to, subject, text in desk.front.letters()
        if "waits" in subject
    }
    assert "Go and get him" not in json.dumps(desk.front.letters())
    assert desk.do(calls.look, links["mod"]).id == case
    assert desk.do(calls.take, links["mod"]).claimed_by == desk.people["mod"].id
    for secret, refusal in ((links["mod"], Gone), ("x", Gone), (links["boss"], Conflict)):
        with pytest.raises(refusal):
            desk.do(calls.take, secret)


def test_the_clock_stops_where_nobody_looks_at_what_it_hid(desk: Desk) -> None:
    """Or false orders would be a way to silence everybody; and it hides no account at all."""
    desk.clock.step(seconds=1)
    urgent = [desk.report(desk.write(f"{n}"), klass="V1") for n in range(3)]
    hide_all, hide.MOST_UNSEEN = hide.MOST_UNSEEN, 2
    try:
        desk.after(45)
    finally:
        hide.MOST_UNSEEN = hide_all
    hidden = [case for case in urgent if desk.do(queries.hidden_at, case) is not None]
    assert len(hidden) == 2
    (left,) = set(urgent) - set(hidden)
    assert "not hidden" in desk.rungs(left)
    notes = desk.do(
        lambda tx: tx.rows(select(decisions.c.target).where(decisions.c.action == "not hidden"))
    )
    assert [row[0] for row in notes] == [left]
    whole = desk.report(klass="V1")
    desk.after(50)
    assert desk.do(queries.hidden_at, whole) is None
    assert "not hidden" in desk.rungs(whole)


def test_a_clock_that_was_set_anew_runs_once(desk: Desk) -> None:
    """Each escalation sets another: the ones before say nothing any more."""
    case = desk.report(desk.write())
    for klass in ("N1", "H1", "V1", "L0"):
        desk.do(cases.escalate, desk.people["mod"], case, klass)
    desk.after(0)
    assert desk.rungs(case) == ["two"]
    assert desk.called() == ["boss", "mod", "second"]


# ------------------------------------------------------------------------------ ntfy and webhook


class Sink(BaseHTTPRequestHandler):
    """Remembers what is posted."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nobody reads them."""


@pytest.fixture
def sink() -> Iterator[Any]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Sink) as server:
        server.got, server.status = [], 200  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_topic_and_a_webhook_hear_of_each_call(desk: Desk, sink: Any) -> None:
    """What they are told is the class, the time and where it lies; the webhook can be sure it was
    us. What they do not take comes again."""
    where = f"http://127.0.0.1:{sink.server_port}"
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"
    app = desk.front.app
    app.settings = app.settings.__class__(
        **{
            **{name: getattr(app.settings, name) for name in app.settings.__struct_fields__},
            "page_ntfy": where.replace("//", "//tk_1@") + "/desk",
            "page_webhook": where + "/hook",
            "page_webhook_secret": secret,
        }
    )

    async def fetcher() -> Fetcher:
        return Fetcher(allow_private=("127.0.0.1",), extra_ca="", agent="test")

    app.fetcher = desk._runner.run(fetcher())
    sink.status = 503
    case = desk.report(desk.write(), klass="L0")
    with pytest.raises(Exception, match="503"):
        desk.after(0)
    sink.status, tried = 200, len(sink.got)
    desk.after(60 * 24)
    topic, hook = (
        next(call for call in sink.got[tried:] if call[0] == "/desk"),
        next(call for call in sink.got[tried:] if call[0] == "/hook"),
    )
    link = f"https://social.example/admin/reports/{case}"
    assert topic[1]["Priority"] == channels.URGENT
    assert (topic[1]["Authorization"], topic[1]["Click"]) == ("Bearer tk_1", link)
    assert topic[1]["Title"] == "L0: until 25 Nov 13:00 UTC"
    _, headers, body = hook
    said = json.loads(body)
    assert said["type"] == "case.waits"
    assert said["data"] == {"class": "L0", "due": "2026-11-25T13:00:00.000Z", "link": link}
    made = channels.signature(secret, headers["webhook-id"], headers["webhook-timestamp"], body)
    assert headers["webhook-signature"] == f"v1,{made}"
    assert b"bob" not in b"".join(body for _, _, body in sink.got)
    desk._runner.run(app.fetcher.close())


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of Standard Webhooks."""
    assert (
        channels.signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            b'{"test": 2432232314}',
        )
        == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )
