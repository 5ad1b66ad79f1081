"""Four eyes: what cannot be taken back, or concerns many, takes two people, or twelve hours."""

import pytest
import stories

import people
from whimbrel.accounts import queries as known
from whimbrel.accounts.queries import users
from whimbrel.core.errors import Conflict, Forbidden, Invalid
from whimbrel.moderation import blocklist, bulk, decide, eyes, verdicts
from whimbrel.moderation.events import BulkSlice, ProposalDue
from whimbrel.moderation.queries import cases as stored
from whimbrel.moderation.queries import decisions
from whimbrel.moderation.queries import eyes as queries
from whimbrel.moderation.queries import servers as blocked
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.rules import HOUR
from whimbrel.moderation.servers import BlockForm
from whimbrel.moderation.verdicts import Ruling


@pytest.fixture
def mod(tx):
    return people.make(tx, "mod", role="senior")


@pytest.fixture
def boss(tx):
    return people.make(tx, "boss", role="admin")


def file(tx, by, about):
    return report(tx, by, ReportForm(account_id=str(about.id)))[0].case


def liked_by_many(tx, whom):
    """More than a thousand follow them."""
    known.count(tx, whom.id, followers=eyes.KNOWN + 1)


def cost(tx, domain, many):
    """As many follows end with this server."""
    they = people.elsewhere(tx, "they", domain)
    for number in range(many):
        stories.follow(tx, people.make(tx, f"fan{number}"), they)


def wishes(tx, ada, bob, eve, mod, boss):
    """(who wants it, what) of everything that takes two."""
    people.more_slots(tx)
    liked_by_many(tx, bob)
    cost(tx, "big.example", eyes.FOLLOWS + 1)
    case = file(tx, ada, bob)
    decide.act(tx, boss, eve.id, decide.ActionForm(type="suspend"))
    suspend = Ruling(acts=("suspend",), facts="x")
    return {
        "suspend": (mod, eyes.Decide(case, suspend)),
        "app": (mod, eyes.Measure(bob.id, decide.ActionForm(type="suspend"))),
        "purge": (
            boss,
            eyes.Decide(file(tx, ada, people.make(tx, "joe")), Ruling(acts=("purge",), facts="x")),
        ),
        "erase": (boss, eyes.Erase(eve.id)),
        "role": (boss, eyes.Appoint(ada.id, "moderator")),
        "server": (boss, eyes.Block(BlockForm(domain="big.example", severity="suspend"))),
    }


KINDS = ("suspend", "app", "purge", "erase", "role", "server")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_it_is_done_until_a_second_person_agrees(tx, ada, bob, eve, mod, boss, kind):
    """One stolen session would be enough to empty a server."""
    other = people.make(tx, "other", role="senior")
    by, wish = wishes(tx, ada, bob, eve, mod, boss)[kind]

    def state():
        return (
            known.by_id(tx, bob.id).suspended_at,
            users.by_account(tx, eve.id) is None,
            users.by_account(tx, ada.id).role,
            blocked.block_of(tx, "big.example"),
            [row[0] for row in decisions.of(tx, "account", bob.id)],
        )

    before = state()
    proposal = eyes.through(tx, by, wish).proposal
    assert proposal is not None and state() == before
    assert not [each for each in tx.emitted if isinstance(each, ProposalDue)]
    with pytest.raises(Forbidden):
        eyes.refuse_waiting(eyes.Outcome(proposal=proposal))
    for who in (by, ada):
        with pytest.raises(Forbidden):
            eyes.confirm(tx, who, proposal.id)
    assert eyes.wish_of(queries.one(tx, proposal.id)) == wish
    eyes.confirm(tx, other, proposal.id)
    if kind != "purge":
        assert state() != before
    for again in (eyes.confirm, eyes.refuse):
        with pytest.raises(Conflict):
            again(tx, other, proposal.id)
    assert eyes.waiting(tx, mod) == []
    said = [row[:2] for row in decisions.of(tx, "proposal", proposal.id)]
    assert said == [("propose", by.id), ("confirm", other.id)]


def test_what_is_refused_is_not_done(tx, ada, bob, mod, boss):
    """And its words are gone."""
    liked_by_many(tx, bob)
    wish = eyes.Decide(file(tx, ada, bob), Ruling(acts=("suspend",), facts="a secret"))
    proposal = eyes.through(tx, mod, wish).proposal
    eyes.refuse(tx, boss, proposal.id)
    assert known.by_id(tx, bob.id).suspended_at is None
    assert proposal.slot in tx.shreds
    assert stored.one(tx, wish.case).state == "open"


def test_small_things_take_one(tx, ada, bob, mod, boss):
    """Or the desk would stand still."""
    assert eyes.through(tx, boss, eyes.Appoint(ada.id, "user")).proposal is None
    small = eyes.Block(BlockForm(domain="small.example", severity="suspend"))
    assert eyes.through(tx, boss, small).value["domain"] == "small.example"
    limit = eyes.Block(BlockForm(domain="near.example", severity="silence"))
    assert eyes.through(tx, boss, limit).proposal is None
    few = eyes.Decide(file(tx, ada, bob), Ruling(acts=("suspend",), facts="x"))
    assert eyes.through(tx, mod, few).proposal is None


def test_what_may_not_be_done_does_not_wait(tx, ada, bob, mod, boss):
    """Or a moderator would learn only from the second person that they may not."""
    with pytest.raises(Forbidden):
        eyes.through(tx, mod, eyes.Appoint(ada.id, "admin"))
    with pytest.raises(Forbidden):
        eyes.through(tx, mod, eyes.Erase(bob.id))
    with pytest.raises(Invalid):
        eyes.through(tx, boss, eyes.Appoint(ada.id, "king"))
    assert eyes.waiting(tx, mod) == []


def test_who_is_alone_waits_twelve_hours(tx, ada, boss):
    """Time for a second thought; whoever watches the log sees it coming."""
    proposal = eyes.through(tx, boss, eyes.Appoint(ada.id, "moderator")).proposal
    (event,) = [each for each in tx.emitted if isinstance(each, ProposalDue)]
    assert proposal.due == tx.ms + 12 * HOUR
    tx.ms += 12 * HOUR
    eyes.lapse(tx, event)
    eyes.lapse(tx, event)
    assert users.by_account(tx, ada.id).role == "moderator"
    assert queries.one(tx, proposal.id).state == "done"
    again = eyes.through(tx, boss, eyes.Appoint(ada.id, "moderator")).proposal
    assert again.due is None, "now there are two"


def test_who_lost_their_role_meanwhile_gets_nothing_done(tx, ada, bob, boss):
    """Twelve hours are enough to notice."""
    eyes.through(tx, boss, eyes.Appoint(ada.id, "moderator"))
    (event,) = [each for each in tx.emitted if isinstance(each, ProposalDue)]
    users.change(tx, boss.id, role="user")
    eyes.lapse(tx, event)
    assert users.by_account(tx, ada.id).role == "user"
    assert queries.one(tx, event.proposal).state == "failed"


def test_more_than_a_hundred_at_once_take_two(tx, ada, mod, boss):
    """And a hundred are done some at a time, so that nobody else waits."""
    people.more_slots(tx)
    them = [people.make(tx, f"spam{n}") for n in range(eyes.TOGETHER + 1)]
    cases = tuple(file(tx, ada, each) for each in them)
    ruling = Ruling(acts=("warn",), facts="x")
    assert eyes.through(tx, mod, eyes.Together(cases, ruling)).proposal is not None
    made = eyes.through(tx, mod, eyes.Together(cases[:-1], ruling)).value
    stories.drain(tx, BulkSlice, bulk.carry_on)
    _, progress = bulk.look(tx, mod, made.id)
    assert progress == (100, 100, 100)
    assert stored.one(tx, cases[-1]).state == "open"
    liked_by_many(tx, them[-1])
    known_one = eyes.Together(cases[-1:], Ruling(acts=("suspend",), facts="x"))
    assert eyes.through(tx, mod, known_one).proposal is not None


def test_an_imported_list_waits_where_it_costs_follows(tx, mod, boss):
    """A list from somewhere else is no reason to lose friends in one step."""
    people.more_slots(tx)
    cost(tx, "big.example", eyes.FOLLOWS + 1)
    rows = blocklist.read(b"domain,severity\nbig.example,suspend\nsmall.example,suspend\n")
    blocklist.bring(tx, boss, rows)
    assert blocked.block_of(tx, "big.example") is None
    assert blocked.block_of(tx, "small.example") is not None
    (waits,) = eyes.waiting(tx, mod)
    assert waits.reason == "follows"


def test_a_decision_that_waits_can_be_overtaken(tx, ada, bob, mod, boss):
    """The case is decided otherwise meanwhile: agreeing comes too late, and says so."""
    liked_by_many(tx, bob)
    case = file(tx, ada, bob)
    wish = eyes.Decide(case, Ruling(acts=("suspend",), facts="x"))
    proposal = eyes.through(tx, mod, wish).proposal
    verdicts.decide(tx, boss, case, Ruling())
    tx.savepoint("late")
    with pytest.raises(Conflict):
        eyes.confirm(tx, boss, proposal.id)
    tx.roll_back_to("late")
    eyes.refuse(tx, boss, proposal.id)
