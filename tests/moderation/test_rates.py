"""Rates that are odd, as rules see them: who writes a lot is left alone, programs are found."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

import people
from whimbrel.accounts import addresses
from whimbrel.accounts.rules import Viewer
from whimbrel.core.tx import Tx
from whimbrel.moderation.automation import book, engine
from whimbrel.moderation.rules import DAY, HOUR
from whimbrel.moderation.tables import link_uses
from whimbrel.posts.events import PostPublished
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft

SCHOOL, FARM = "198.51.100.{}", "2001:db8:77:{}::1"


def burst(tx: Tx, who: Viewer, posts: int, minutes: int = 60) -> int:
    """So many within so many minutes, the last one now; its id."""
    made, end = 0, tx.ms
    for number in range(posts):
        tx.ms = end - (posts - 1 - number) * minutes * 60_000 // posts
        made = publish(tx, who, Draft(text=f"No. {number}")).id
    return made


def newcomers(tx: Tx, place: str, many: int) -> list[Viewer]:
    """People who have just signed up, each from an address of one network."""
    made = []
    for number in range(many):
        made.append(people.make(tx, f"{'p' if '.' in place else 'f'}{number}"))
        addresses.seen(tx, made[-1].id, place.format(number + 1))
    return made


def hits(tx: Tx, post: int) -> Sequence[str]:
    """Which of the rules that are offered hold of a post."""
    facts = engine.facts_of(tx, post)
    assert facts is not None
    return [
        name for name, each in book.OFFERED.items() if engine.compiled(each.source).holds(facts)
    ]


def test_whoever_writes_a_lot_is_hit_by_none(tx: Any) -> None:
    """A reporter of a long evening, somebody who has just come and has much to say, a class at its
    first lesson, a bot that says that it is one."""
    reporter = people.make(tx, "reporter")
    tx.ms += 400 * DAY
    assert hits(tx, burst(tx, reporter, 140)) == []
    assert hits(tx, burst(tx, people.make(tx, "newcomer"), 40)) == []
    class_ = newcomers(tx, SCHOOL, 25)
    assert [hits(tx, burst(tx, each, 11, 45)) for each in class_] == [[]] * 25
    bot = people.make(tx, "bot", bot=True)
    tx.ms += 2 * DAY
    assert hits(tx, burst(tx, bot, 200)) == []


def test_programs_are_found(tx: Any, ada: Viewer) -> None:
    """One that never sleeps; a new one; and many that write a little each, out of one network. Who
    lives elsewhere is not counted with them."""
    tx.ms += 30 * DAY
    assert hits(tx, burst(tx, ada, 151)) == ["pace"]
    (stranger,) = newcomers(tx, SCHOOL, 1)
    farm = newcomers(tx, FARM, 20)
    assert hits(tx, burst(tx, people.make(tx, "seller"), 41)) == ["young"]
    last = [burst(tx, each, 16, 30) for each in farm][-1]
    assert hits(tx, last) == ["network"]
    assert hits(tx, burst(tx, stranger, 16, 30)) == []
    tx.ms += 3 * HOUR
    assert hits(tx, burst(tx, farm[0], 16, 30)) == [], "an hour is an hour"


def test_a_trial_counts_what_was_odd_then(tx: Any, ada: Viewer) -> None:
    """Not what is odd at the moment of trying."""
    boss = people.make(tx, "boss", role="admin")
    burst(tx, ada, 30)
    tx.ms += 2 * DAY
    later = publish(tx, ada, Draft(text="and now?")).id
    found = book.trial(tx, boss, "pace > 28")
    assert found.hit == 2
    assert later not in found.posts
    assert book.trial(tx, boss, "age > 47").posts == (later,)


@pytest.mark.parametrize("name", book.OFFERED)
def test_what_is_offered_begins_as_a_draft(tx: Any, name: str) -> None:
    """Like what anybody writes: it takes the shadow and a second person before it acts."""
    boss = people.make(tx, "boss", role="admin")
    each = book.OFFERED[name]
    form = book.RuleForm(name=each.name, source=each.source, why=each.why)
    assert book.save(tx, boss, form).mode == "draft"


def test_a_place_that_very_many_lead_to(tx: Any, ada: Viewer) -> None:
    """A hundred new accounts with the same advertisement are found. What everybody reads just now
    is not, nor is anything noted as long as no rule asks; and none of it longer than an hour."""
    boss = people.make(tx, "boss", role="admin")
    each = book.OFFERED["link"]
    rule = book.save(tx, boss, book.RuleForm(name="Links", source=each.source, why="Spam."))

    def post(who: Viewer, address: str) -> int:
        tx.ms += 1000
        made = publish(tx, who, Draft(text=f"Look: {address}")).id
        engine.watch(tx, PostPublished(post=made, author=who.id))
        return made

    def noted() -> int:
        return int(tx.value(select(func.count()).select_from(link_uses)))

    post(ada, "https://news.example/today")
    assert noted() == 0
    book.set_mode(tx, boss, rule.id, "shadow")
    sellers = [people.make(tx, f"s{number}") for number in range(10)]
    last = [post(who, "https://www.coins.example/now") for _ in range(11) for who in sellers][-1]
    assert hits(tx, last) == ["link"]
    for _ in range(110):
        post(ada, "https://news.example/today")
    assert hits(tx, post(people.make(tx, "late"), "https://news.example/today")) == []
    assert noted() == 221
    tx.ms += 2 * HOUR
    for _ in range(15):
        post(ada, "https://news.example/tomorrow")
    assert noted() == 15
