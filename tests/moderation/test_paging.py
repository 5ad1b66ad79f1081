"""Every case has a clock, and it is met even when nobody is looking."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from calling import MINUTE, Desk, sink
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from whimbrel.core.errors import Conflict, Gone, Invalid, NotFound
from whimbrel.core.fetch import Fetcher
from whimbrel.moderation import cases, verdicts
from whimbrel.moderation.paging import calls, channels, hide, roster
from whimbrel.moderation.paging.ladder import next_at, rungs
from whimbrel.moderation.queries import cases as stored
from whimbrel.moderation.queries import paging as queries
from whimbrel.moderation.queries import verdicts as decided
from whimbrel.moderation.rules import CLOCKS, LEASE
from whimbrel.moderation.tables import decisions
from whimbrel.moderation.verdicts import Ruling

__all__ = ["sink"]


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
