"""Notices without an account: what can be named, how long it may be, and what an app is shown."""

import pytest
import stories
from staff import Desk

import people
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.moderation import api, appeals, notice, receipts, verdicts
from whimbrel.moderation.notice import NoticeForm
from whimbrel.moderation.queries import cases as stored
from whimbrel.moderation.queries import notices
from whimbrel.moderation.queries import reports as filed
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.rules import HOUR
from whimbrel.moderation.verdicts import Ruling
from whimbrel.posts.rules import Visibility

ORIGIN = "https://social.example"


def form(about, **more):
    given = {"kind": "illegal", "comment": "It is.", "honest": True, **more}
    return NoticeForm(about=f"{ORIGIN}{about}", **given)


def test_a_notice_names_what_everybody_sees_and_nothing_else(tx, bob):
    """Whoever has no account must not learn by a form what is there."""
    post = stories.write(tx, bob)
    hidden = stories.write(tx, bob, visibility=Visibility.PRIVATE)
    for about in (f"/@bob/{post}", f"/ap/users/{bob.id}/statuses/{post}"):
        assert notice.resolve(tx, f"{ORIGIN}{about}?x#y")[1] == post
    assert notice.resolve(tx, f"{ORIGIN}/@bob")[1] is None
    for about in (f"/@bob/{hidden}", "/@bob/7", "/@eve", "/", f"/@bob/{post}/x", "/about"):
        with pytest.raises(NotFound):
            notice.resolve(tx, f"{ORIGIN}{about}")
    with pytest.raises(NotFound):
        notice.resolve(tx, f"https://far.example/@bob/{post}")


@pytest.mark.parametrize(
    ("kind", "klass", "hours"),
    [("illegal", "D1", 24), ("intimate", "N1", 12), ("address", "N1", 4), ("spam", "S1", 24)],
)
def test_a_notice_has_the_clock_of_its_kind(tx, bob, kind, klass, hours):
    """An address that is out is worth more by the hour."""
    made = notice.file(tx, form("/@bob", kind=kind, email="eve@example.org"))
    kept = notice.show(tx, made.secret)
    case = stored.one(tx, kept.case)
    assert (case.klass, case.due - case.received) == (klass, hours * HOUR)
    assert (kept.account, kept.source, kept.comment) == (None, "notice", "It is.")
    assert notices.senders(tx, [kept.id])[kept.id].email == "eve@example.org"
    assert receipts.receipts(tx, [kept])[0]["state"] == "open"
    with pytest.raises(NotFound):
        notice.show(tx, made.secret + "x")


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *(("comment", "x" * 2001), ("comment", " "), ("name", "x" * 201), ("email", "x" * 201)),
        *(("kind", "boring"), ("honest", False), ("about", "/@nobody")),
    ],
)
def test_what_cannot_be_decided_on_is_said_by_field(tx, bob, field, wrong):
    """What nobody limits, somebody fills."""
    given = form(wrong) if field == "about" else form("/@bob", **{field: wrong})
    with pytest.raises(Invalid) as refused:
        notice.file(tx, given)
    assert set(refused.value.details) == {field}


def test_an_appeal_has_an_end(tx, ada, bob):
    """As above."""
    mod = people.make(tx, "mod", role="moderator")
    made = report(tx, ada, ReportForm(account_id=str(bob.id)))[0]
    decided = verdicts.decide(tx, mod, made.case, Ruling(acts=("warn",), facts="x"))
    with pytest.raises(Invalid):
        appeals.appeal(tx, decided.id, bob.id, "x" * 2001)
    assert receipts.mine(tx, ada, 1 << 62)[0]["state"] == "acted"


def test_an_app_is_shown_this_server_where_somebody_without_an_account_reported(db, tmp_path):
    """Apps decode strictly, and no name is made up."""
    with Desk(db, tmp_path, api.ROUTES, "ada") as desk:
        made = desk.do(notice.file, form("/@ada"))
        (told,) = desk.get("/api/v1/admin/reports", "mod")
        assert told["id"] == str(made.number)
        assert told["account"]["username"] == "social.example"
        assert (told["account"]["id"], told["account"]["email"]) == ("-99", None)
        desk.sent("POST", f"/api/v1/admin/reports/{made.number}/resolve", "mod")
        kept = desk.do(filed.one, made.number)
        assert (kept.acted, desk.do(stored.one, kept.case).state) == (False, "closed")
