"""Cases that are alike are found, decided once, and that is taken back whole."""

import pytest
import stories
from hypothesis import given
from hypothesis import strategies as st

import people
from whimbrel.accounts import queries as known
from whimbrel.core.errors import Conflict, Forbidden, Invalid
from whimbrel.moderation import board, bulk, cases, clusters, verdicts
from whimbrel.moderation.events import BulkSlice, BulkUndone
from whimbrel.moderation.minhash import BANDS, bands
from whimbrel.moderation.queries import cases as stored
from whimbrel.moderation.queries import reports as filed
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.rules import MINUTE
from whimbrel.moderation.verdicts import Ruling
from whimbrel.posts import queries as posts

PITCH = "Earn a thousand a week from home with this one simple method, ask me how it works today"


@pytest.fixture
def mod(tx):
    return people.make(tx, "mod", role="moderator")


def file(tx, by, about, *about_posts):
    ids = [str(post) for post in about_posts]
    return report(tx, by, ReportForm(account_id=str(about.id), status_ids=ids))[0].case


@given(st.lists(st.sampled_from("abcdefghijklmnop"), min_size=12, max_size=60))
def test_the_same_words_are_alike_however_they_are_dressed(words):
    plain, loud = " ".join(words), " !! ".join(words).upper()
    assert bands(plain) == bands(loud) and len(bands(plain)) == BANDS


def test_nearly_the_same_words_are_alike_and_others_are_not():
    near = bands(PITCH + " now")
    assert set(near) & set(bands(PITCH))
    other = bands("We walked along the shore at low tide and counted waders until it grew dark")
    assert not set(other) & set(bands(PITCH))
    assert bands("so do I") == [], "what everybody says is not alike"


def test_hosts_are_those_of_others(tx):
    said = "https://www.Spam.example/a http://me@spam.example:81/b https://social.example/@ada x"
    assert clusters.hosts_of(tx.instance, said) == ["spam.example"]


def alike(tx, reporter, mod, many):
    """So many cases about nearly the same words, a link in common; one about something else."""
    people.more_slots(tx)
    them = [people.make(tx, f"spam{n}") for n in range(many)]
    made = [
        file(tx, reporter, each, stories.write(tx, each, f"{PITCH} {n} https://spam.example/{n}"))
        for n, each in enumerate(them)
    ]
    other = people.make(tx, "other")
    text = "We walked along the shore at low tide and counted waders"
    made.append(file(tx, reporter, other, stories.write(tx, other, text)))
    return them, made


def test_a_cluster_is_seen_whole_and_decided_once(tx, ada, mod):
    """A wave of spam is one piece of work, and its last post is seen before it is hidden."""
    them, made = alike(tx, ada, mod, 6)
    *same, other = made
    found = {each.kind: each for each in clusters.biggest(tx, mod)}
    assert found["link"].size == found["text"].size == len(same)
    shown = board.cluster(tx, mod, found["link"].trait)
    assert {int(row["id"]) for row in shown["cases"]} == set(same)
    assert all("Earn a thousand" in row["status"]["content"] for row in shown["cases"])
    assert [each["common"] for each in board.case(tx, mod, same[0])["alike"]]
    assert board.case(tx, mod, other)["alike"] == []
    cases.claim(tx, people.make(tx, "busy", role="moderator"), same[-1])
    ruling = Ruling(acts=("hide", "limit"), facts="Spam.")
    done = bulk.decide(tx, mod, same, ruling)
    _, progress = bulk.look(tx, mod, done.id)
    assert (progress.done, progress.looked_at) == (len(same) - 1, len(same)), "one is with busy"
    assert [stored.one(tx, case).state for case in same] == ["closed"] * 5 + ["open"]
    assert all(known.by_id(tx, each.id).silenced_at for each in them[:-1])
    assert known.by_id(tx, them[-1].id).silenced_at is None
    assert stored.one(tx, other).state == "open"


def test_it_is_taken_back_whole_for_ten_minutes(tx, ada, bob, mod):
    """The cases are open as they were, due when they were, and nobody is limited any more."""
    them, made = alike(tx, ada, mod, 3)
    same = made[:-1]
    dues = [stored.one(tx, case).due for case in same]
    done = bulk.decide(tx, mod, same, Ruling(acts=("limit",), facts="x"))
    with pytest.raises(Forbidden):
        bulk.undo(tx, people.make(tx, "second", role="moderator"), done.id)
    tx.ms += 9 * MINUTE
    bulk.undo(tx, mod, done.id)
    stories.drain(tx, BulkUndone, bulk.undo_more)
    with pytest.raises(Conflict):
        bulk.undo(tx, mod, done.id)
    again = [stored.one(tx, case) for case in same]
    assert [case.state for case in again] == ["open"] * 3
    assert [case.due for case in again] == dues
    assert not any(known.by_id(tx, each.id).silenced_at for each in them)
    assert all(each.resolved_at is None for each in filed.of_cases(tx, same))
    late = bulk.decide(tx, mod, same, Ruling(acts=("warn",), facts="x"))
    tx.ms += 11 * MINUTE
    with pytest.raises(Conflict):
        bulk.undo(tx, mod, late.id)


def test_many_are_done_some_at_a_time_and_a_stop_stops(tx, ada, mod):
    """Nobody else waits for the whole; what was taken back before its turn is never done."""
    people.more_slots(tx)
    some = bulk.SLICE + 5
    them = [people.make(tx, f"s{n}") for n in range(some)]
    made = [file(tx, ada, each) for each in them]
    done = bulk.decide(tx, mod, made, Ruling(acts=("limit",), facts="x"))
    assert bulk.look(tx, mod, done.id)[1].done == bulk.SLICE
    waiting = [each for each in tx.emitted if isinstance(each, BulkSlice)]
    bulk.undo(tx, mod, done.id)
    for event in waiting:
        bulk.carry_on(tx, event)
    stories.drain(tx, BulkUndone, bulk.undo_more)
    assert not any(known.by_id(tx, each.id).silenced_at for each in them)


def test_all_reports_of_somebody_are_set_aside_and_come_back(tx, ada, bob, eve, mod):
    """Whoever reports out of spite costs one step; what others reported as well is still heard."""
    about_bob, about_eve = file(tx, ada, bob), file(tx, ada, eve)
    assert file(tx, bob, eve) == about_eve
    done = bulk.set_aside(tx, mod, ada.id)
    assert stored.one(tx, about_bob).state == "closed"
    assert stored.one(tx, about_eve).state == "open"
    with pytest.raises(Invalid):
        bulk.set_aside(tx, mod, ada.id)
    bulk.undo(tx, mod, done.id)
    assert {stored.one(tx, case).state for case in (about_bob, about_eve)} == {"open"}
    assert len(filed.open_of(tx, ada.id, 9)) == 2
    with pytest.raises(Forbidden):
        bulk.set_aside(tx, ada, bob.id)


def test_a_post_that_is_erased_is_in_no_cluster(tx, ada, mod):
    """What it had in common with others goes with it."""
    _, made = alike(tx, ada, mod, 2)
    (post,) = stored.posts_of(tx, [made[0]])[made[0]]
    verdicts.decide(tx, mod, made[1], Ruling())
    assert clusters.biggest(tx, mod) == []
    assert posts.any_post(tx, post).id == post
