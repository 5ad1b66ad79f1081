"""What everybody may know of the desk's work, and what the DSA database is told."""

import csv
import io
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
import typer
from staff import Desk
from typer.testing import CliRunner

from whimbrel.core.errors import Invalid
from whimbrel.core.ids import new_id
from whimbrel.moderation import cli, verdicts
from whimbrel.moderation.events import CheckpointDue, PracticeClock
from whimbrel.moderation.paging import practice
from whimbrel.moderation.queries import audit, automation, decisions, practices
from whimbrel.moderation.queries.automation import Rule
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.rules import DAY, HOUR
from whimbrel.moderation.transparency import dsa, tally
from whimbrel.moderation.verdicts import Ruling
from whimbrel.moderation.web import transparency
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft


class Town(Desk):
    def __init__(self, db: Any, folder: Any, clock: Any) -> None:
        super().__init__(db, folder, transparency.ROUTES, "ada", "eve")
        self.clock = clock

    def case(self, category: str = "other") -> int:
        post = int(self.do(publish, self.people["eve"], Draft(text="Go and get him")).id)
        form = ReportForm(account_id=self.id("eve"), status_ids=[str(post)], category=category)
        self.clock.step(milliseconds=3)
        return int(self.do(report, self.people["ada"], form)[0].case)

    def decide(self, case: int, *acts: Any, **more: Any) -> None:
        ruling = Ruling(acts=acts or ("none",), **more)
        self.do(verdicts.decide, self.people["mod"], case, ruling)

    def count(self) -> None:
        self._runner.run(tally.renew(self.front.app, CheckpointDue(turn=1)))


@pytest.fixture
def town(db: Any, tmp_path: Any, clock: Any) -> Iterator[Town]:
    with Town(db, tmp_path, clock) as opened:
        yield opened


def test_the_count_of_a_day(town: Town) -> None:
    """Six came in, one was too late, three are open: of so few nothing is told."""
    assert town.ask("GET", "/transparency.json").status_code == 404
    found = [town.case() for _ in range(9)]
    town.clock.step(hours=1)
    for case in found[:5]:
        town.decide(case)
    town.clock.step(hours=30)
    town.decide(found[5])
    town.case("spam")
    town.count()
    told = town.get("/transparency.json")
    rules = told["classes"]["U1"]
    assert (rules["received"], rules["open"]) == (9, "<5")
    assert rules["in_time"] == 83
    assert rules["action_median"] == pytest.approx(HOUR, abs=1000)
    assert rules["action_p95"] == pytest.approx(31 * HOUR, abs=1000)
    assert told["classes"]["S1"]["received"] == "<5"
    assert told["classes"]["S1"]["in_time"] is None
    assert told["open"] == "<5"
    assert told["orders"] == 0
    rows = list(csv.DictReader(io.StringIO(town.ask("GET", "/transparency.csv").text)))
    assert [row["class"] for row in rows] == ["L0", "V1", "H1", "N1", "D1", "U1", "S1", "A1"]
    assert rows[5]["action_median_s"] == "3600"

    town.count()  # once a day
    town.clock.step(milliseconds=DAY)
    town.count()
    feed = ElementTree.fromstring(town.ask("GET", "/transparency.atom").content)
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 2


def test_rules_in_force_practice_and_what_one_did_alone(town: Town) -> None:
    """Rules by name and hits, those that are only tried are nobody's business; how the last
    practice call went; and how often one did what takes two."""
    town.do(practice.begin, timedelta(minutes=4))
    town.clock.step(minutes=5)
    (begun,) = town.do(practices.last, 1)
    town.do(practice.tick, PracticeClock(practice=begun.id))
    for n in range(5):
        town.do(decisions.add, None, "alone done", "proposal", n)
    for mode, hits in (("act", 12), ("queue", 2), ("shadow", 9), ("draft", 0)):
        rule = Rule(
            id=new_id(town.clock()), name=mode, source="age < 1", why="-", act="hide",
            mode=mode, since=7, by=None, hits=hits,
        )  # fmt: skip
        town.do(automation.add, rule)
    town.count()
    told = town.get("/transparency.json")
    assert told["rules"] == [
        {"name": "act", "mode": "act", "since": 7, "hits": 12},
        {"name": "queue", "mode": "queue", "since": 7, "hits": "<5"},
    ]
    assert told["practice"] == {"at": begun.began, "answered_after": None}
    assert told["alone"] == 5


def test_statements_in_the_words_of_the_database(town: Town) -> None:
    """All it asks for, within its limits, and nobody named; what is undone, or hurt nobody, is not
    there."""
    facts = "@eve@social.example calls for violence, see https://social.example/x. " + "x" * 4000
    town.decide(town.case("legal"), "hide", "limit", ground="law", facts=facts)
    town.decide(town.case())
    town.decide(town.case(), "suspend", facts="Spam")
    found, last = town.do(dsa.export, 0)
    assert [dsa.faults(each) for each in found] == [[], []]
    one, two = found
    assert one["decision_visibility"] == [
        *("DECISION_VISIBILITY_CONTENT_DEMOTED", "DECISION_VISIBILITY_CONTENT_DISABLED"),
    ]
    assert one["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT"
    assert "eve" not in one["decision_facts"]
    assert len(one["illegal_content_explanation"]) == 2000
    assert two["decision_account"] == "DECISION_ACCOUNT_SUSPENDED"
    assert two["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert one["puid"] != two["puid"]
    assert town.do(dsa.export, last) == ([], last)
    assert [len(each["statements"]) for each in dsa.batches([one] * 250)] == [100, 100, 50]


def test_the_category_is_chosen_or_what_the_table_says(town: Town) -> None:
    """It is kept with the decision, and the log commits to it; no other word is taken."""
    town.decide(town.case(), "limit", category="STATEMENT_CATEGORY_SELF_HARM")
    town.decide(town.case("spam"), "limit")
    with pytest.raises(Invalid):
        town.decide(town.case(), "limit", category="STATEMENT_CATEGORY_NONSENSE")
    found, _ = town.do(dsa.export, 0)
    assert [each["category"] for each in found] == [
        *("STATEMENT_CATEGORY_SELF_HARM", dsa.category_of("S1")),
    ]
    leaves = b"".join(each.content or b"" for each in town.do(lambda tx: list(audit.entries(tx))))
    assert b'"category":"STATEMENT_CATEGORY_SELF_HARM"' in leaves
    shell = typer.Typer()
    cli.add_to(shell, nullcontext, nullcontext)
    told = CliRunner().invoke(shell, ["dsa", "categories"]).stdout
    assert "S1  STATEMENT_CATEGORY_SCAMS_AND_FRAUD\n" in told
    assert "STATEMENT_CATEGORY_SELF_HARM\n" in told


def test_what_the_database_would_refuse_is_said() -> None:
    assert len(dsa.faults({})) >= 11
    known = dsa.words()
    for table in ("visibility", "provision", "account", "class", "source", "kind"):
        values = {value for each in known["values"].values() for value in each}
        assert set(known[table].values()) <= values, table
    assert dsa.faults({"puid": "a b", "decision_facts": "ask ada@example.org"})[-2:] == [
        "puid has other signs than letters, digits, - and _.",
        "decision_facts may name somebody.",
    ]
