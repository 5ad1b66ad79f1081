"""Roles: what each of the staff may do at the desk, and who has to agree to what."""

import pytest
import stories

import people
from whimbrel.accounts import queries as known
from whimbrel.accounts import serialize
from whimbrel.accounts.rules import MASTODONS, PERMISSIONS, ROLE_IDS, ROLES, Permission
from whimbrel.core.errors import Forbidden
from whimbrel.moderation import appeals, board, cases, decide, eyes, log, queue, verdicts
from whimbrel.moderation.letters import complaints
from whimbrel.moderation.letters.complaints import Intake, Order
from whimbrel.moderation.queries import paging
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.rules import HANDLES
from whimbrel.moderation.verdicts import Ruling


@pytest.fixture
def staff(tx):
    """One of each role, by its name."""
    people.more_slots(tx)
    return {role: people.make(tx, f"the{role}", role=role) for role in ROLES[1:]}


def file(tx, by, about, category="violation"):
    post = stories.publish(tx, about)
    form = ReportForm(account_id=str(about.id), status_ids=[str(post)], category=category)
    return report(tx, by, form)[0].case


def test_each_role_is_shown_the_cases_that_it_works_on(tx, ada, bob, staff):
    """Whoever came to sort spam is not shown what nobody should see unprepared."""
    boss = staff["admin"]
    mine = {"S1": file(tx, ada, bob, "spam"), "U1": file(tx, ada, bob)}
    for klass in ("V1", "D1"):
        mine[klass] = file(tx, ada, people.make(tx, f"about{klass}"))
        cases.escalate(tx, boss, mine[klass], klass)
    for role, viewer in staff.items():
        if role == "auditor":
            with pytest.raises(Forbidden):
                queue.head(tx, viewer)
            continue
        shown = {place.case.id for place in queue.head(tx, viewer)}
        assert shown == {case for klass, case in mine.items() if klass in HANDLES[role]}, role
        for klass, case in mine.items():
            if klass in HANDLES[role]:
                board.case(tx, viewer, case)
                continue
            for refused in (board.case, cases.claim, cases.release):
                with pytest.raises(Forbidden):
                    refused(tx, viewer, case)
            assert queue.find(tx, viewer, str(case)) == []


def test_a_helper_puts_warnings_before_posts_and_hands_the_rest_on(tx, ada, bob, staff):
    """The first to look is often the newest on the staff."""
    helper, case = staff["helper"], file(tx, ada, bob)
    for act in ("hide", "limit", "suspend", "warn"):
        with pytest.raises(Forbidden):
            verdicts.decide(tx, helper, case, Ruling(acts=(act,), facts="x"))
    label = Ruling(acts=("label",), facts="x", label="advertising", closes=False)
    made = verdicts.decide(tx, helper, case, label)
    verdicts.take_back(tx, helper, made.id)
    hidden = verdicts.decide(
        tx, staff["moderator"], case, Ruling(acts=("hide",), facts="x", closes=False)
    )
    with pytest.raises(Forbidden):
        verdicts.take_back(tx, helper, hidden.id)
    cases.escalate(tx, helper, case, "V1")
    with pytest.raises(Forbidden):
        cases.claim(tx, helper, case)


def test_appeals_and_suspensions_are_for_seniors(tx, ada, bob, staff):
    """Whoever decides most should not have the last word on it as well."""
    suspend = Ruling(acts=("suspend",), facts="x")
    for role in ("moderator", "legal"):
        with pytest.raises(Forbidden):
            verdicts.decide(tx, staff[role], file(tx, ada, bob), suspend)
        with pytest.raises(Forbidden):
            decide.act(tx, staff[role], bob.id, decide.ActionForm(type="suspend"))
    made = verdicts.decide(tx, staff["senior"], file(tx, ada, bob), suspend)
    assert known.by_id(tx, bob.id, pending=True).suspended_at is not None
    against = appeals.appeal(tx, made.id, bob.id, "It was not me.")
    for role in ("moderator", "legal", "helper"):
        with pytest.raises(Forbidden):
            appeals.answer(tx, staff[role], against.case, "overturn", "x")
    appeals.answer(tx, staff["lead"], against.case, "overturn", "It was not.")
    assert known.by_id(tx, bob.id).suspended_at is None


def test_an_order_is_one_because_somebody_says_so_who_may(tx, staff):
    """A forged order would hide within the hour, and keep its statements back."""
    order = Intake(data=b"Remove it.", order=Order(authority="A court"), country="IE")
    for role in ("helper", "moderator", "senior", "lead", "auditor"):
        with pytest.raises(Forbidden):
            complaints.hand_in(tx, staff[role], order)
    with pytest.raises(Forbidden):
        complaints.hand_in(tx, staff["helper"], Intake(data=b"Please."))
    complaints.hand_in(tx, staff["moderator"], Intake(data=b"Please."))
    assert complaints.hand_in(tx, staff["legal"], order)


def test_who_agrees_could_have_done_it(tx, ada, bob, staff):
    """Or the newest helper would be the second person to an erasure."""
    wish = eyes.Decide(file(tx, ada, bob), Ruling(acts=("purge",), facts="x"))
    proposal = eyes.through(tx, staff["admin"], wish).proposal
    for role in ("auditor", "helper", "moderator", "legal"):
        with pytest.raises(Forbidden):
            eyes.confirm(tx, staff[role], proposal.id)
    eyes.confirm(tx, staff["senior"], proposal.id)


def test_nobody_who_could_agree_counts_as_nobody_else(tx, ada, bob):
    """Else an erasure would wait for ever for somebody who may not agree to it."""
    boss = people.make(tx, "boss", role="admin")
    people.make(tx, "helping", role="helper")
    people.make(tx, "mod", role="moderator")
    erase = eyes.Decide(file(tx, ada, bob), Ruling(acts=("purge",), facts="x"))
    assert eyes.through(tx, boss, erase).proposal.due is not None
    assert eyes.through(tx, boss, eyes.Appoint(ada.id, "senior")).proposal.due is None


def test_only_who_works_on_reports_is_called(tx, staff):
    """An auditor's telephone has no business with it."""
    called = {one.role for one in paging.staff(tx)}
    assert called == set(ROLES) - {"user", "auditor", "helper"}


def test_roles_are_given_by_administrators_below_their_own(tx, ada, bob, staff):
    """And each is in the log."""
    for role, viewer in staff.items():
        if role != "admin":
            with pytest.raises(Forbidden):
                decide.change_role(tx, viewer, ada.id, "helper")
    for role in ROLES[:-1]:
        assert decide.change_role(tx, staff["admin"], ada.id, role).role == role
    rows = log.page(tx, staff["auditor"], 1 << 62, 20)
    said = [(row.action, row.detail, who) for row, who in rows if row.action == "change_role"]
    assert said == [("change_role", role, "theadmin") for role in reversed(ROLES[:-1])]
    with pytest.raises(Forbidden):
        log.page(tx, staff["helper"], 1 << 62, 20)
    assert {each.role for each in decide.staff(tx, staff["admin"])} == set(ROLES[1:])


def test_apps_are_told_of_roles_in_mastodons_bits():
    """An app that counts bits it does not know may break, or show what is not there."""
    for role in ROLES:
        bits = int(serialize.role(role)["permissions"])
        assert bits == int(PERMISSIONS[role] & MASTODONS) < 1 << 20
    assert int(serialize.role("moderator")["permissions"]) & Permission.MANAGE_REPORTS
    assert not int(serialize.role("helper")["permissions"]) & Permission.MANAGE_REPORTS
    assert len(set(ROLE_IDS.values())) == len(ROLES) == len(ROLE_IDS)
