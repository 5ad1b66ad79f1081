"""Reports at the desk: whole, worked on by the staff, and nothing of it for anybody else."""

import pytest
import stories
from staff import Desk

from whimbrel.accounts.events import AccountWarned, LetterWanted
from whimbrel.accounts.queries import strikes
from whimbrel.core.errors import Forbidden
from whimbrel.instance.texts import add_rule
from whimbrel.moderation import api, decide, reports
from whimbrel.moderation.decide import ActionForm
from whimbrel.moderation.queries import decisions
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility

R = "/api/v1/admin/reports"
KEYS = {
    *("id", "action_taken", "action_taken_at", "category", "comment", "forwarded", "created_at"),
    *("updated_at", "account", "target_account", "assigned_account", "action_taken_by_account"),
    *("statuses", "rules"),
}


@pytest.fixture
def desk(db, tmp_path):
    with Desk(db, tmp_path, api.ROUTES, "ada", "bob") as made:
        yield made


def _report(desk, by="ada", about="bob", **more):
    return desk.sent("POST", "/api/v1/reports", by, account_id=desk.id(about), **more)["id"]


def test_a_report_is_whole(desk):
    """A moderator has to see what was said about which post, though it was for followers only."""
    rule = str(desk.do(add_rule, "Be kind"))
    desk.do(stories.follow, desk.people["ada"], desk.people["bob"])
    post = desk.do(stories.write, desk.people["bob"], "unkind words", visibility=Visibility.PRIVATE)
    number = _report(desk, comment="look", status_ids=[str(post)], rule_ids=[rule])
    (told,) = desk.get(R, "mod")
    assert told == desk.get(f"{R}/{number}", "mod")
    assert set(told) == KEYS
    assert "unkind words" in told["statuses"][0]["content"]
    assert told["rules"][0]["text"] == "Be kind"
    assert (told["comment"], told["category"]) == ("look", "violation")
    assert told["account"]["email"] == "ada@example.org"
    assert told["target_account"]["account"]["acct"] == "bob"
    assert told["assigned_account"] is told["action_taken_by_account"] is None


def test_a_report_is_worked_on(desk):
    """Taken on, sorted, closed, opened again; each act is in the log."""
    number = _report(desk)
    path = f"{R}/{number}"
    assert desk.sent("POST", f"{path}/assign_to_self", "mod")["assigned_account"]["id"] == desk.id(
        "mod"
    )
    assert desk.sent("POST", f"{path}/unassign", "mod")["assigned_account"] is None
    assert desk.sent("PUT", path, "mod", category="spam")["category"] == "spam"
    closed = desk.sent("POST", f"{path}/resolve", "mod")
    assert closed["action_taken"]
    assert closed["action_taken_by_account"]["username"] == "mod"
    assert desk.get(R, "mod") == []
    assert [one["id"] for one in desk.get(f"{R}?resolved=true", "mod")] == [number]
    assert not desk.sent("POST", f"{path}/reopen", "mod")["action_taken"]
    done = [row[0] for row in desk.do(decisions.of, "report", int(number))]
    assert done == ["assign_to_self", "unassign", "update", "resolve", "reopen"]
    assert desk.ask("PUT", path, "mod", json={"category": "odd"}).status_code == 422
    assert desk.ask("PUT", path, "mod", json={"rule_ids": ["7"], "category": "violation"}).is_error
    assert desk.ask("POST", f"{R}/7/resolve", "mod").status_code == 404


def test_reports_are_found_by_whom_they_are_from_and_about(desk):
    """Who looks through the reports about one account must not wade through all."""
    first = _report(desk)
    second = _report(desk, "bob", "ada")

    def found(**query):
        return [one["id"] for one in desk.get(R, "mod", params=query)]

    assert found() == [second, first]
    assert found(account_id=desk.id("ada")) == [first]
    assert found(target_account_id=desk.id("ada")) == [second]
    assert found(by_target_domain="far.example") == []
    assert found(limit="1", max_id=second) == [first]


def test_a_measure_answers_the_report_it_names_and_no_other(desk):
    """Others' complaints are not closed by an answer to somebody else's."""
    named, other = _report(desk), _report(desk, "mod")
    path = f"/api/v1/admin/accounts/{desk.id('bob')}/action"
    desk.sent("POST", path, "mod", type="none", report_id=named, text="Mind your words.")
    assert [one["id"] for one in desk.get(R, "mod")] == [other]
    log = desk.do(decisions.of, "account", desk.people["bob"].id)
    assert [row[:3] for row in log] == [("none", desk.people["mod"].id, int(named))]
    foreign = _report(desk, "bob", "ada")
    wrong = desk.ask("POST", path, "mod", json={"type": "none", "report_id": foreign})
    assert wrong.status_code == 404


@pytest.mark.parametrize("kind", ["none", "sensitive", "disable", "silence", "suspend"])
def test_the_owner_is_told(tx, ada, bob, kind):
    """Whoever a measure is taken against learns of it, in the words of the moderator."""
    mod = type(bob)(account=bob.id, scopes=bob.scopes, role="senior")
    decide.act(tx, mod, ada.id, ActionForm(type=kind, text="Mind your words."))
    (warned,) = [event for event in tx.emitted if isinstance(event, AccountWarned)]
    kept = strikes.one(tx, warned.strike)
    assert (kept.account, kept.by, kept.action, kept.text) == (
        ada.id,
        bob.id,
        kind,
        "Mind your words.",
    )
    (letter,) = [event for event in tx.emitted if isinstance(event, LetterWanted)]
    assert letter.kind == f"warned_{kind}"


def test_media_of_a_sensitized_account_are_covered(tx, ada, bob):
    """Whatever the app says: the moderators decided."""
    mod = type(bob)(account=bob.id, scopes=bob.scopes, role="moderator")
    decide.act(tx, mod, ada.id, ActionForm(type="sensitive"))
    post = publish(tx, ada, Draft(text="a picture", sensitive=False))
    assert post.sensitive


def test_a_user_of_any_scope_decides_nothing(tx, ada, bob):
    """The scope of a token is what an app may do for somebody, not what somebody may do."""
    with pytest.raises(Forbidden):
        decide.act(tx, ada, bob.id, ActionForm(type="suspend"))
    with pytest.raises(Forbidden):
        reports.show(tx, ada, 7)
    assert tx.emitted == []
