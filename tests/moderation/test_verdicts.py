"""From a report to a case, a decision, its statement, and back: the property the desk stands on."""

import random
from contextlib import suppress
from threading import Thread

import pytest
import stories
from sqlalchemy import select

import people
from whimbrel.accounts import queries as known
from whimbrel.accounts.events import LetterWanted
from whimbrel.accounts.queries import strikes
from whimbrel.accounts.rules import STRANGER
from whimbrel.core.errors import Conflict, Forbidden, Invalid, NotFound, WhimbrelError
from whimbrel.instance.texts import add_rule
from whimbrel.moderation import appeals, cases, queue, reports, verdicts
from whimbrel.moderation.queries import cases as stored
from whimbrel.moderation.queries import reports as filed
from whimbrel.moderation.queries import verdicts as decided
from whimbrel.moderation.report import ReportForm, receive, report
from whimbrel.moderation.rules import APPEAL_TIME, CLOCKS, DAY, HOUR, LEASE
from whimbrel.moderation.tables import cases as case_table
from whimbrel.moderation.tables import reports as report_table
from whimbrel.moderation.tables import statements as statement_table
from whimbrel.moderation.tables import verdicts as verdict_table
from whimbrel.moderation.verdicts import Ruling
from whimbrel.posts.queries import visible_post
from whimbrel.posts.rules import Visibility


@pytest.fixture
def mod(tx):
    return people.make(tx, "mod", role="senior")


@pytest.fixture
def boss(tx):
    return people.make(tx, "boss", role="admin")


def file(tx, by, about, *posts, category="other"):
    """A report; the id of its case."""
    ids = [str(post) for post in posts]
    form = ReportForm(account_id=str(about.id), status_ids=ids, category=category)
    return report(tx, by, form)[0].case


def sees(tx, viewer, post):
    try:
        visible_post(tx, viewer, post)
    except NotFound:
        return False
    return True


# --- cases ----------------------------------------------------------------------------------------


def test_reports_of_the_same_are_one_case_with_one_clock(tx, ada, bob, eve, clock):
    """Fifty reports of a post are one piece of work, due when the first is."""
    post, other = stories.write(tx, bob), stories.write(tx, bob)
    first = file(tx, ada, bob, post)
    clock.step(hours=2)
    tx.ms += 2 * HOUR
    assert file(tx, eve, bob, other, post) == first
    assert stored.posts_of(tx, [first])[first] == sorted((post, other))
    case = stored.one(tx, first)
    assert case.due == case.received + CLOCKS["U1"].act_by
    assert file(tx, eve, bob) != first, "the account as a whole is something else"
    assert file(tx, eve, bob, post, category="spam") != first, "and so is another class"


def test_fifty_false_reports_hide_nothing(tx, bob, ada):
    """Whoever can gather fifty accounts must not be able to silence anybody with them."""
    post = stories.write(tx, bob)
    people.more_slots(tx)
    (case,) = {file(tx, people.make(tx, f"mob{n}"), bob, post) for n in range(50)}
    assert sees(tx, STRANGER, post) and sees(tx, ada, post)
    assert [place.case.id for place in queue.first(tx, 9)] == [case]
    assert known.by_id(tx, bob.id).silenced_at is None


def test_what_another_server_sends_is_never_urgent_and_has_an_end(tx, bob):
    """A server of one's own costs nothing: it must not fill the desk."""
    people.more_slots(tx)
    them = people.elsewhere(tx, "them")
    for _ in range(60):
        receive(tx, them, bob.id, "bad", [])
    (case,) = {row[0] for row in tx.rows(select(report_table.c.case))}
    assert stored.one(tx, case).klass == "U1"
    with pytest.raises(WhimbrelError) as refused:
        receive(tx, them, bob.id, "bad", [])
    assert refused.value.status == 429
    receive(tx, people.elsewhere(tx, "other", "near.example"), bob.id, "bad", [])
    tx.ms += 2 * HOUR
    receive(tx, them, bob.id, "bad", [])


def test_a_case_is_taken_on_by_one_and_comes_back_by_itself(tx, ada, bob, mod, boss):
    """Two moderators on one case do the work twice, or undo each other's."""
    case = file(tx, ada, bob)
    assert cases.claim(tx, mod, case).held_by(tx.ms) == mod.id
    with pytest.raises(Conflict):
        cases.claim(tx, boss, case)
    with pytest.raises(Conflict):
        verdicts.decide(tx, boss, case, Ruling())
    began = tx.ms
    tx.ms += LEASE // 2
    assert cases.claim(tx, mod, case).lease == tx.ms + LEASE
    tx.ms += LEASE + 1
    cases.claim(tx, boss, case)
    assert stored.claims_of(tx, case) == [
        (mod.id, began, began + LEASE // 2 + LEASE),
        (boss.id, tx.ms, None),
    ]
    cases.release(tx, boss, case)
    assert stored.claims_of(tx, case)[1] == (boss.id, tx.ms, tx.ms)
    assert stored.one(tx, case).first_look == began
    with pytest.raises(Forbidden):
        cases.claim(tx, ada, case)


def test_a_case_grows_more_urgent_and_never_less(tx, ada, bob, mod):
    """A moderator in a hurry could otherwise buy time for everything."""
    case = file(tx, ada, bob, category="spam")
    due = stored.one(tx, case).due
    raised = cases.escalate(tx, mod, case, "V1")
    assert (raised.klass, raised.due) == ("V1", raised.received + HOUR)
    for lower in ("S1", "U1", "V1", "A1"):
        with pytest.raises(Invalid):
            cases.escalate(tx, mod, case, lower)
    assert stored.one(tx, case).due < due


def test_the_clock_of_an_order_stands_for_two_reasons_alone(tx, ada, bob):
    """A pause is what a deadline is missed by in silence; each is noted."""
    case, mod = file(tx, ada, bob), people.make(tx, "law", role="legal")
    with pytest.raises(Invalid):
        cases.pause(tx, mod, case, "clarification")
    order = cases.escalate(tx, mod, case, "L0")
    with pytest.raises(Invalid):
        cases.pause(tx, mod, case, "holiday")
    cases.pause(tx, mod, case, "clarification")
    assert queue.first(tx, 9) == []
    tx.ms += HOUR // 2
    again = cases.resume(tx, mod, case)
    assert (again.state, again.due) == ("open", order.due + HOUR // 2)
    with pytest.raises(Invalid):
        cases.resume(tx, mod, case)


def test_least_time_to_spare_is_first(tx, ada, bob, eve, mod):
    """What is due later may have to be begun earlier, when such cases take longer."""
    spam = file(tx, ada, bob, category="spam")  # 24 h, takes 2 minutes
    tx.ms += 60_000
    rude = file(tx, ada, bob)  # due a minute later, takes 5
    loud = file(tx, ada, eve, stories.write(tx, eve))
    tx.run(case_table.update().where(case_table.c.id == loud).values(reach=7))
    assert [place.case.id for place in queue.first(tx, 9)] == [loud, rude, spam]
    assert queue.next_for(tx, mod).id == loud


# --- decisions ------------------------------------------------------------------------------------


def test_a_decision_is_told_in_the_language_of_whom_it_concerns(tx, ada, bob, mod):
    """Whoever is not told why cannot object; whoever reported stays unnamed, and so does who
    decided."""
    rule = str(add_rule(tx, "Be kind"))
    post = stories.write(tx, bob, "words")
    case = file(tx, ada, bob, post)
    ruling = Ruling(acts=("hide",), policy=(rule,), facts="The post calls somebody names.")
    made = verdicts.decide(tx, mod, case, ruling)
    said = decided.statement(tx, made.statement)
    assert said.account == bob.id
    text = said.told.text
    for words in ("hid one of your posts", "Be kind", "calls somebody names", "A person decided"):
        assert words in text, words
    assert "You can appeal until 2" in text
    (letter,) = [each for each in tx.emitted if isinstance(each, LetterWanted)]
    assert letter.kind == "warned_delete_statuses"
    (strike,) = [each.strike for each in tx.emitted if hasattr(each, "strike")]
    kept = strikes.one(tx, strike)
    assert kept.text == ruling.facts and text in kept.statement
    assert f"{tx.instance.origin}/statements/" in kept.statement
    for name in ("ada", "mod"):
        assert name not in kept.statement.replace("moderat", "")
    assert (sees(tx, STRANGER, post), sees(tx, ada, post), sees(tx, bob, post)) == (0, 0, 1)
    assert stored.one(tx, case).state == "closed"
    (closed,) = filed.of_cases(tx, [case])
    assert (closed.resolved_by, closed.acted) == (mod.id, True)


def test_the_database_takes_no_decision_without_a_statement(tx, ada, bob, mod):
    """Not even code that forgets to write one."""
    made = verdicts.decide(tx, mod, file(tx, ada, bob), Ruling())
    wrong = made._replace(id=made.id + 1, statement=7)
    tx.savepoint("here")
    with pytest.raises(Exception, match=r"(?i)foreign key|constraint"):
        decided.add(tx, wrong)
        tx.run(select(1))
    tx.roll_back_to("here")


def test_deciding_does_not_close_a_case_unless_that_is_said(tx, ada, bob, mod):
    """A first answer is often not the last one."""
    case = file(tx, ada, bob)
    verdicts.decide(tx, mod, case, Ruling(acts=("warn",), facts="Mind it.", closes=False))
    assert stored.one(tx, case).state == "open"
    verdicts.decide(tx, mod, case, Ruling(acts=("limit",), facts="Again."))
    assert stored.one(tx, case).state == "closed"
    with pytest.raises(Conflict):
        verdicts.decide(tx, mod, case, Ruling(acts=("suspend",), facts="Late."))


@pytest.mark.parametrize("acts", [(), ("none", "warn"), ("hide",), ("explode",)])
def test_nonsense_is_not_decided(tx, ada, bob, mod, acts):
    """A decision that does nothing, or cannot be done, would still be told."""
    with pytest.raises(Invalid):
        verdicts.decide(tx, mod, file(tx, ada, bob), Ruling(acts=acts, facts="x"))
    assert tx.rows(select(verdict_table.c.id)) == []


def test_who_is_above_is_not_decided_about(tx, ada, mod, boss):
    """Yet their case can be set aside."""
    case = file(tx, ada, boss)
    with pytest.raises(Forbidden):
        verdicts.decide(tx, mod, case, Ruling(acts=("suspend",), facts="x"))
    verdicts.decide(tx, mod, case, Ruling())


def test_a_decision_held_by_another_stays_when_one_is_taken_back(tx, ada, bob, mod, boss):
    """Limited twice, overturned once, is still limited."""
    first = verdicts.decide(tx, mod, file(tx, ada, bob), Ruling(acts=("limit",), facts="x"))
    second = verdicts.decide(
        tx, mod, file(tx, ada, bob, category="spam"), Ruling(acts=("limit", "cover"), facts="y")
    )
    verdicts.take_back(tx, boss, first.id)
    assert known.by_id(tx, bob.id).silenced_at is not None
    verdicts.take_back(tx, boss, second.id)
    assert known.by_id(tx, bob.id).silenced_at is None
    for each in (first, second):
        with pytest.raises(Conflict):
            verdicts.take_back(tx, boss, each.id)


# --- appeals --------------------------------------------------------------------------------------


def test_an_appeal_is_for_somebody_else_and_overturning_restores(tx, ada, bob, mod, boss):
    """Nobody judges themselves; and what was hidden is there again, for those who could see it."""
    stories.follow(tx, ada, bob)
    post = stories.write(tx, bob, visibility=Visibility.PRIVATE)
    case = file(tx, ada, bob, post)
    made = verdicts.decide(tx, mod, case, Ruling(acts=("hide", "suspend"), facts="x"))
    appeal = appeals.appeal(tx, made.id, bob.id, "It was a quotation.")
    assert decided.appeal_of(tx, made.id).text == "It was a quotation."
    with pytest.raises(Conflict):
        appeals.appeal(tx, made.id, bob.id, "Again.")
    waiting = stored.one(tx, appeal.case)
    assert (waiting.klass, waiting.due) == ("A1", tx.ms + 7 * DAY)
    for barred in (cases.claim, lambda *args: appeals.answer(*args, "overturn", "x")):
        with pytest.raises(Forbidden):
            barred(tx, mod, appeal.case)
    assert queue.next_for(tx, mod) is None
    assert queue.next_for(tx, boss).id == appeal.case
    answer = appeals.answer(tx, boss, appeal.case, "overturn", "It was one.")
    assert answer.undoes == made.id
    assert known.by_id(tx, bob.id).suspended_at is None
    assert (sees(tx, STRANGER, post), sees(tx, ada, post), sees(tx, bob, post)) == (0, 1, 1)
    text = decided.statement(tx, answer.statement).told.text
    assert "took an earlier decision back" in text and "It was one." in text
    assert (decided.appeal_of(tx, made.id).outcome, stored.one(tx, appeal.case).state) == (
        "overturn",
        "closed",
    )


def test_an_appeal_can_be_upheld_or_changed_and_comes_in_time(tx, ada, bob, mod, boss):
    """Half of it may have been right."""
    made = verdicts.decide(tx, mod, file(tx, ada, bob), Ruling(acts=("suspend",), facts="x"))
    with pytest.raises(NotFound):
        appeals.appeal(tx, made.id, ada.id, "Not hers.")
    with pytest.raises(Invalid):
        appeals.appeal(tx, made.id, bob.id, " ")
    case = appeals.appeal(tx, made.id, bob.id, "Too much.").case
    with pytest.raises(Invalid):
        appeals.answer(tx, boss, case, "change", "")
    appeals.answer(tx, boss, case, "change", "A limit is enough.", Ruling(acts=("limit",)))
    about = known.by_id(tx, bob.id)
    assert (about.suspended_at, about.silenced_at is None) == (None, False)
    with pytest.raises(Conflict):
        appeals.answer(tx, boss, case, "uphold", "x")
    late = verdicts.decide(tx, mod, file(tx, ada, bob), Ruling(acts=("cover",), facts="x"))
    tx.ms += APPEAL_TIME + DAY
    with pytest.raises(Conflict):
        appeals.appeal(tx, late.id, bob.id, "Late.")
    kept = verdicts.decide(tx, mod, file(tx, ada, bob), Ruling(acts=("warn",), facts="x"))
    case = appeals.appeal(tx, kept.id, bob.id, "No.").case
    upheld = appeals.answer(tx, boss, case, "uphold", "Yes.")
    assert "stays as it is" in decided.statement(tx, upheld.statement).told.text


# --- apps work on the same ------------------------------------------------------------------------


def test_a_report_closed_by_an_app_sets_its_case_aside(tx, ada, bob, eve, mod):
    """The desk and the app must never disagree about what is still open."""
    case = file(tx, ada, bob)
    assert file(tx, eve, bob) == case
    first, second = filed.of_cases(tx, [case])
    reports.assign(tx, mod, first.id)
    assert stored.one(tx, case).claimed_by == mod.id
    reports.resolve(tx, mod, first.id)
    assert stored.one(tx, case).state == "open"
    reports.resolve(tx, mod, second.id)
    assert stored.one(tx, case).state == "closed"
    (verdict,) = decided.of_cases(tx, [case])
    assert verdict.acts == ("none",)
    again = reports.reopen(tx, mod, second.id)
    assert again.case != case and stored.one(tx, again.case).state == "open"
    moved = reports.change(tx, mod, second.id, reports.ReportChange(category="legal"))
    assert stored.one(tx, moved.case).klass == "D1"
    assert stored.one(tx, again.case).state == "merged"


def test_two_moderators_at_once_decide_once(db):
    """What one of them did would be lost, or done twice."""

    def begin(tx):
        people.more_slots(tx)
        staff = [people.make(tx, f"mod{n}", role="moderator") for n in range(6)]
        ada, bob = people.make(tx, "ada"), people.make(tx, "bob")
        return staff, file(tx, ada, bob)

    staff, case = db.write_sync(begin)
    took, made = [], []

    def work(mod):
        with suppress(Conflict):
            took.append(db.write_sync(cases.claim, mod, case).claimed_by)
        with suppress(Conflict):
            ruling = Ruling(acts=("limit",), facts="x")
            made.append(db.write_sync(verdicts.decide, mod, case, ruling).by)

    threads = [Thread(target=work, args=(mod,)) for mod in staff]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    kept = db.write_sync(decided.of_cases, [case])
    assert len(took) == len(made) == len(kept) == 1
    assert made == took == [kept[0].by]


# --- all of it at once ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_nothing_is_without_clock_or_statement(tx, seed):
    """Proof obligation 4, told by chance: reports, merges, splits, decisions, appeals in any order.
    No decision without a statement, no case without due, none that is due later, and in the end,
    all taken back, everything is seen by whom it was seen by before."""
    chance = random.Random(seed)
    people.more_slots(tx)
    staff = [people.make(tx, f"mod{n}", role="admin" if n else "moderator") for n in range(3)]
    town = [people.make(tx, f"p{n}") for n in range(4)]
    levels = list(Visibility)[:3]
    posts = [(who, stories.write(tx, who, visibility=chance.choice(levels))) for who in town * 2]
    before = {(v.id, post): sees(tx, v, post) for v in (*town, STRANGER) for _, post in posts}
    due: dict[int, int] = {}
    done = 0

    def step() -> None:
        who, post = chance.choice(posts)
        open_ = [place.case for place in queue.first(tx, 99)]
        case, other = (chance.choice(open_) for _ in range(2)) if open_ else (None, None)
        mod = chance.choice(staff)
        match chance.randrange(8):
            case 0 | 1 | 2:
                by = chance.choice([each for each in town if each is not who])
                file(tx, by, who, *([post] if chance.random() < 0.8 else []))
            case 3 if case:
                cases.merge(tx, mod, case.id, other.id)
            case 4 if case:
                all_ = [each.id for each in filed.of_cases(tx, [case.id])]
                cases.split(tx, mod, case.id, chance.sample(all_, len(all_) // 2))
            case 5 if case:
                cases.escalate(tx, mod, case.id, chance.choice(["V1", "N1", "D1"]))
            case 6 | 7 if case:
                acts = chance.choice([("none",), ("hide",), ("limit", "hide"), ("suspend",)])
                made = verdicts.decide(tx, mod, case.id, Ruling(acts=acts, facts="x"))
                if chance.random() < 0.3:
                    appeals.appeal(tx, made.id, case.target, "No.")
            case _:
                pass

    for _ in range(60):
        tx.ms += chance.randrange(HOUR)
        people.more_slots(tx)
        with suppress(Invalid, Conflict, Forbidden, NotFound):
            step()
            done += 1
        for row in tx.rows(select(case_table.c.id, case_table.c.due)):
            assert row[1] is not None and row[1] <= due.get(row[0], row[1])
            due[row[0]] = row[1]
    assert done > 15
    told = {row[0] for row in tx.rows(select(statement_table.c.id))}
    made = tx.rows(select(verdict_table.c.id, verdict_table.c.statement))
    assert made and {row[1] for row in made} == told
    for id_, _ in reversed(made):
        people.more_slots(tx)
        if decided.undone_by(tx, id_) is None and decided.one(tx, id_).undoes is None:
            verdicts.take_back(tx, staff[2], id_)
    after = {(v.id, post): sees(tx, v, post) for v in (*town, STRANGER) for _, post in posts}
    assert after == before
