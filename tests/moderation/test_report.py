"""Reports: kept whole and sealed; a report is no way to read what one may not see."""

import pytest
import stories
from sqlalchemy import select

from app import Client
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.instance.texts import add_rule
from whimbrel.moderation import api, queries
from whimbrel.moderation.events import CaseClock, Reported
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.tables import reports
from whimbrel.posts.rules import Visibility


def test_a_report_keeps_what_was_said(tx, ada, bob):
    """A moderator reads it days later, on the standby; the words are not in the database's file."""
    post = stories.write(tx, bob)
    rule = str(add_rule(tx, "Be kind"))
    form = ReportForm(
        account_id=str(bob.id), status_ids=[str(post)], comment="look at this", rule_ids=[rule]
    )
    made, target = report(tx, ada, form)
    assert target.id == bob.id
    assert queries.one(tx, made.id) == made
    assert (made.posts, made.category, made.rules) == ((post,), "violation", (rule,))
    assert b"look at this" not in bytes(tx.value(select(reports.c.comment)))
    assert tx.emitted == [
        CaseClock(case=made.case, turn=1),
        Reported(report=made.id, account=ada.id, target=bob.id),
    ]


def test_only_visible_posts_of_the_reported_count(tx, ada, bob, eve):
    """CVE-2024-23649: a report gave back private posts. Hidden and absent are alike, in silence."""
    seen = stories.write(tx, bob)
    private = stories.write(tx, bob, visibility=Visibility.PRIVATE)
    direct = stories.write(tx, bob, visibility=Visibility.DIRECT, named=(ada,))
    foreign = stories.write(tx, eve)
    ids = [str(id_) for id_ in (private, seen, foreign, 77, direct, seen)]
    made, _ = report(tx, ada, ReportForm(account_id=str(bob.id), status_ids=[*ids, "x", ""]))
    assert made.posts == (seen, direct)


@pytest.mark.parametrize(
    "wrong",
    [
        {"category": "boring"},
        {"comment": "x" * 1001},
        {"status_ids": ["1"] * 51},
        {"rule_ids": ["x" * 21]},
        {"rule_ids": ["3"]},
        {"rule_ids": [str(n) for n in range(21)]},
    ],
)
def test_nonsense_is_refused(tx, ada, bob, wrong):
    """What nobody limits, somebody fills."""
    with pytest.raises(Invalid):
        report(tx, ada, ReportForm(account_id=str(bob.id), **wrong))
    with pytest.raises(NotFound):
        report(tx, ada, ReportForm(account_id="x"))
    assert tx.emitted == []


def test_as_apps_send_it(db, tmp_path):
    """A form with brackets; the answer is Mastodon's Report and holds no word of the post."""
    with Client(db, tmp_path, api.ROUTES, "ada", "bob") as client:
        bob = client.people["bob"]
        post = client.do(stories.write, bob, "unspeakable")
        form = {
            "account_id": str(bob.id),
            "status_ids[]": [str(post)],
            "comment": "rude",
            "forward": "true",
        }
        answer = client.ask("POST", "/api/v1/reports", "ada", data=form)
        assert answer.status_code == 200
        assert "unspeakable" not in answer.text
        told = answer.json()
        assert told["target_account"]["acct"] == "bob"
        assert told["status_ids"] == [str(post)]
        assert (told["category"], told["forwarded"]) == ("other", True)
        assert (told["action_taken"], told["action_taken_at"]) == (False, None)
        assert client.ask("POST", "/api/v1/reports", data=form).status_code == 401
        nobody = client.ask("POST", "/api/v1/reports", "ada", data={"account_id": "7"})
        assert nobody.status_code == 404
