"""How each of the staff works: what they are not shown, and when a break is due."""

import pytest
import stories

import people
from whimbrel.core.errors import Forbidden, Invalid
from whimbrel.moderation import cases, habits, queue
from whimbrel.moderation.paging import roster
from whimbrel.moderation.queries import cases as stored
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.rules import HOUR, RANKING


@pytest.fixture
def mod(tx):
    return people.make(tx, "mod", role="moderator")


def file(tx, by, about, klass=None):
    form = ReportForm(account_id=str(about.id), status_ids=[str(stories.publish(tx, about))])
    case = report(tx, by, form)[0].case
    if klass is not None:
        cases.escalate(tx, people.make(tx, f"by{case}", role="lead"), case, klass)
    return case


def test_what_somebody_would_rather_not_see_is_not_in_their_queue(tx, ada, bob, mod):
    """Some have seen enough of one kind for a lifetime."""
    people.more_slots(tx)
    threat, rude = file(tx, ada, bob, "V1"), file(tx, ada, bob)
    assert [place.case.id for place in queue.head(tx, mod)] == [threat, rude]
    habits.keep(tx, mod, text_only=False, hidden=["V1", "A1"], most=20)
    assert habits.of(tx, mod).hidden == ("V1",), "what they never see needs no hiding"
    assert [place.case.id for place in queue.head(tx, mod)] == [rude]
    assert [place.case.id for place, _ in queue.board(tx, mod)] == [rude]
    assert queue.next_for(tx, mod).id == rude
    other = people.make(tx, "other", role="moderator")
    assert queue.next_for(tx, other).id == threat


def test_nobody_is_called_to_what_they_hid_unless_nobody_else_is_there(tx, ada, bob, mod):
    """A threat to life must not wait because of a setting."""
    people.more_slots(tx)
    case = stored.one(tx, file(tx, ada, bob))
    habits.keep(tx, mod, text_only=False, hidden=["U1"], most=20)
    assert [one.account for one in roster.able(tx, case.klass)] == [mod.id]
    other = people.make(tx, "other", role="senior")
    assert [one.account for one in roster.able(tx, case.klass)] == [other.id]


def test_a_break_is_due_after_so_many_grave_things(tx, ada, bob, mod):
    """They are counted for oneself, and a rest ends the count."""
    people.more_slots(tx)
    habits.keep(tx, mod, text_only=True, hidden=[], most=2)
    first, second = file(tx, ada, bob, "V1"), file(tx, ada, people.make(tx, "eve"), "N1")
    small = file(tx, ada, bob)
    for case in (small, first, first):
        cases.claim(tx, mod, case)
    assert habits.of(tx, mod).since_rest(tx.ms) == 1 and not habits.of(tx, mod).tired(tx.ms)
    cases.claim(tx, mod, second)
    mine = habits.of(tx, mod)
    assert mine.tired(tx.ms) and mine.text_only
    assert mine.tired(tx.ms + 4 * HOUR) and not mine.tired(tx.ms + 4 * HOUR + 1)
    habits.rest(tx, mod)
    assert not habits.of(tx, mod).tired(tx.ms) and habits.of(tx, mod).most == 2


def test_what_cannot_be_is_refused(tx, ada, mod):
    """With nothing in the queue somebody would wait for work that others do."""
    for wrong in ({"hidden": RANKING, "most": 20}, {"hidden": [], "most": 0}):
        with pytest.raises(Invalid):
            habits.keep(tx, mod, text_only=False, **wrong)
    for act in (habits.of, habits.rest):
        with pytest.raises(Forbidden):
            act(tx, ada)
