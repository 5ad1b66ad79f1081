"""Every measure that a decision can take: done, told, and taken back where that can be."""

import pytest
import stories
from conversations import uploaded
from sqlalchemy import select

import people
from whimbrel.accounts import addresses, sessions
from whimbrel.accounts import queries as known
from whimbrel.accounts.events import LetterWanted
from whimbrel.accounts.queries import barred as doors
from whimbrel.accounts.queries import users
from whimbrel.accounts.tables import accounts
from whimbrel.core.errors import Forbidden, Invalid
from whimbrel.moderation import acts, servers, verdicts
from whimbrel.moderation.events import PurgeDue
from whimbrel.moderation.queries import servers as blocked
from whimbrel.moderation.queries import verdicts as decided
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.rules import ACTS, AROUND, LASTING, LOGGED, PURGE_AFTER
from whimbrel.moderation.tables import decisions
from whimbrel.moderation.verdicts import Ruling
from whimbrel.posts import queries as posts
from whimbrel.posts import serialize
from whimbrel.posts.events import PostReshown
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft


@pytest.fixture
def mod(tx):
    return people.make(tx, "mod", role="senior")


@pytest.fixture
def boss(tx):
    return people.make(tx, "boss", role="admin")


def decide(tx, by, reporter, about, *what, post=None, **more):
    """Decide what a report is about."""
    ids = [] if post is None else [str(post)]
    form = ReportForm(account_id=str(about.id), status_ids=ids)
    case = report(tx, reporter, form)[0].case
    return verdicts.decide(tx, by, case, Ruling(acts=what, facts="x", **more))


def told(tx, made):
    return decided.statement(tx, made.statement).told.text


def test_every_measure_has_its_words_and_its_rows():
    """One that is done and not told, or not logged, would be done in secret."""
    assert {*LOGGED} | {*AROUND} == {*ACTS}
    for act in ACTS:
        assert act in LASTING or act in AROUND or act == "none" or act == "warn" or LOGGED[act][1]


def test_a_label_is_read_in_front_of_the_post_and_goes_again(tx, ada, bob, mod):
    """Old apps know no labels: they show it as the warning that they know."""
    post = stories.write(tx, bob, "look")
    with pytest.raises(Invalid):
        decide(tx, mod, ada, bob, "label", post=post)
    made = decide(tx, mod, ada, bob, "label", "warn", post=post, label="graphic")
    shown = serialize.one(tx, ada, post)
    assert b'"spoiler_text":"Violence or wounds"' in shown and b'"sensitive":true' in shown
    assert "put a warning in front of one of your posts" in told(tx, made)
    (event,) = [each for each in tx.emitted if isinstance(each, PostReshown)]
    assert event.post == post
    back = verdicts.take_back(tx, mod, made.id)
    assert "What we said of your posts is gone" in told(tx, back)
    assert posts.any_post(tx, post).label is None


def test_pictures_are_removed_and_the_words_stay(tx, ada, bob, mod):
    """And nothing brings them back, which the statement says."""
    files = tuple(uploaded(tx, bob) for _ in range(2))
    post = publish(tx, bob, Draft(text="look at this", media=files)).id
    made = decide(tx, mod, ada, bob, "strip", post=post)
    left = posts.any_post(tx, post)
    assert (left.media_count, left.content.media, left.content.text) == (0, (), "look at this")
    assert "for good" in told(tx, made)
    assert "erased and cannot come back" in told(tx, verdicts.take_back(tx, mod, made.id))


def test_who_is_demoted_is_recommended_to_nobody(tx, ada, bob, mod):
    since = select(accounts.c.demoted_at).where(accounts.c.id == bob.id)
    made = decide(tx, mod, ada, bob, "demote")
    assert tx.value(since) == tx.ms
    verdicts.take_back(tx, mod, made.id)
    assert tx.value(since) is None


def test_who_is_signed_out_can_come_back(tx, ada, bob, mod):
    sessions.begin(tx, bob.id)
    made = decide(tx, mod, ada, bob, "logout")
    assert not sessions.any_of(tx, bob.id)
    assert "sign in again" in told(tx, made)


def test_who_is_purged_hears_of_it_first_and_is_erased_in_an_hour(tx, ada, bob, eve, mod, boss):
    """A decision by a slip of the finger is taken back until then; the letter comes in any case."""
    with pytest.raises(Forbidden):
        decide(tx, mod, ada, bob, "purge")
    kept, gone = (decide(tx, boss, ada, each, "purge") for each in (bob, eve))
    assert known.by_id(tx, bob.id).suspended_at is not None
    assert len([each for each in tx.emitted if isinstance(each, LetterWanted)]) == 2
    verdicts.take_back(tx, boss, kept.id)
    assert known.by_id(tx, bob.id).suspended_at is None
    events = [each for each in tx.emitted if isinstance(each, PurgeDue)]
    tx.ms += PURGE_AFTER
    for event in (*events, *events):
        acts.purge(tx, event)
    assert known.by_id(tx, bob.id).username == "bob"
    assert users.by_account(tx, eve.id) is None
    assert gone.done[-1].act == "purge"
    noted = select(decisions.c.action).where(decisions.c.target == eve.id)
    assert [row[0] for row in tx.rows(noted)].count("destroy") == 1


def test_rules_about_where_somebody_comes_from_are_made_and_taken_back(tx, ada, bob, mod, boss):
    """They are an administrator's, as they are when made by hand; no address is told to anybody."""
    addresses.seen(tx, bob.id, "203.0.113.7")
    for act in ("mail", "network"):
        with pytest.raises(Forbidden):
            decide(tx, mod, ada, bob, act)
        made = decide(tx, boss, ada, bob, act)
        assert "the host of mail" in told(tx, made) and "203" not in told(tx, made)
        kept = doors.network if act == "network" else doors.email_domain
        (deed,) = made.done
        assert kept(tx, deed.target) is not None
        again = decide(tx, boss, ada, bob, act)
        assert again.done[0].before
        verdicts.take_back(tx, boss, made.id)
        assert kept(tx, deed.target) is not None, "another decision holds it"
        verdicts.take_back(tx, boss, again.id)
        assert kept(tx, deed.target) is None
    with pytest.raises(Invalid):
        decide(tx, boss, ada, bob, "server_block")


@pytest.mark.parametrize("act", ["server_media", "server_limit", "server_block"])
def test_a_server_is_kept_away_and_comes_as_near_again_as_it_was(tx, ada, mod, boss, act):
    """What a colleague decided about it by hand stays."""
    eve = people.elsewhere(tx, "eve")
    with pytest.raises(Forbidden):
        decide(tx, mod, ada, eve, act)
    made = decide(tx, boss, ada, eve, act)
    block = blocked.block_of(tx, "far.example")
    assert block.reject_media == (act == "server_media")
    verdicts.take_back(tx, boss, made.id)
    assert blocked.block_of(tx, "far.example") is None
    servers.add_block(tx, boss, servers.BlockForm(domain="far.example", severity="silence"))
    before = blocked.block_of(tx, "far.example")
    verdicts.take_back(tx, boss, decide(tx, boss, ada, eve, act).id)
    assert blocked.block_of(tx, "far.example") == before
    for only in ("logout", "freeze", "purge", "mail", "network"):
        with pytest.raises(Invalid):
            decide(tx, boss, ada, eve, only)


def test_several_measures_of_one_decision_are_told_together(tx, ada, bob, mod):
    """One letter, one row of the log for each, and all of it back by one step."""
    post = stories.write(tx, bob, "x")
    what = ("warn", "label", "sensitive", "hide", "cover", "demote", "limit", "freeze", "suspend")
    made = decide(tx, mod, ada, bob, *what, post=post, label="adult")
    assert made.acts == what
    names = [row[0] for row in tx.rows(select(decisions.c.action))]
    assert {LOGGED[act][0] for act in what} <= {*names}
    verdicts.take_back(tx, mod, made.id)
    left = posts.any_post(tx, post)
    assert (left.label, left.sensitive) == (None, False)
    account = known.by_id(tx, bob.id)
    assert (account.suspended_at, account.silenced_at) == (None, None)
