"""The numbers of the front page: counted, as text, in days, for the staff only."""

from datetime import timedelta

import msgspec
import pytest
import stories

import people
from whimbrel.accounts.queries import entry
from whimbrel.core.errors import Forbidden, Invalid
from whimbrel.moderation.measures import (
    DIMENSIONS,
    MEASURES,
    Asked,
    dimensions,
    measures,
    retention,
)
from whimbrel.moderation.report import ReportForm, report
from whimbrel.posts.queries import tags
from whimbrel.posts.rules import Mark


@pytest.fixture
def mod(tx):
    return people.make(tx, "mod", role="moderator")


def _asked(tx, *keys, back=1, **more):
    return Asked(keys=list(keys), start_at=tx.now - timedelta(days=back), end_at=tx.now, **more)


def test_every_measure_is_counted_in_text(tx, mod, ada, bob):
    """Moderators' apps decode strictly: totals are text, and each day is there."""
    post = stories.write(tx, ada)
    stories.write(tx, bob, reply_to=post)
    stories.mark(tx, bob, post, Mark.FAVOURITE)
    report(tx, ada, ReportForm(account_id=str(bob.id)))
    which = {name: {"id": "7", "domain": "far.example"} for name in MEASURES}
    told = {one["key"]: one for one in measures(tx, mod, _asked(tx, *MEASURES, "odd", which=which))}
    assert set(told) == set(MEASURES)
    for one in told.values():
        assert set(one) == {"key", "unit", "total", "previous_total", "data"}
        assert [set(day) for day in one["data"]] == [{"date", "value"}] * 2
        assert isinstance(one["total"], str)
    assert told["new_users"]["total"] == "3"
    assert told["opened_reports"]["total"] == "1"
    assert told["resolved_reports"]["total"] == "0"
    assert told["interactions"]["total"] == "2"
    assert told["instance_accounts"]["total"] == "0"


def test_who_was_here_is_counted_once_a_day(tx, mod, ada, clock):
    """Two browsers of one person are one person, and nobody's name is kept with it."""
    clock.step(days=1)
    tomorrow = msgspec.structs.replace(ada)
    tx.ms += 86_400_000
    entry.write_use(tx, tomorrow.account, None, None)
    entry.write_use(tx, tomorrow.account, None, None)
    (told,) = measures(tx, mod, _asked(tx, "active_users", back=0))
    assert (told["total"], told["previous_total"]) == ("1", "0")


def test_every_dimension_says_something(tx, mod, ada):
    """Sizes and versions are there on both databases."""
    post = stories.write(tx, ada, language="pt")
    tags.put(tx, post, ["cats"])
    which = {name: {"id": "cats", "domain": "far.example"} for name in DIMENSIONS}
    told = {
        one["key"]: one["data"]
        for one in dimensions(tx, mod, _asked(tx, *DIMENSIONS, "sources", which=which))
    }
    assert set(told) == set(DIMENSIONS)
    assert told["tag_languages"] == [{"key": "pt", "human_key": "pt", "value": "1"}]
    (uses,) = measures(tx, mod, _asked(tx, "tag_uses", which={"tag_uses": {"id": "Cats"}}))
    assert uses["total"] == "1"
    assert told["languages"] == [{"key": "en", "human_key": "en", "value": "2"}]
    assert told["servers"] == [
        {"key": "social.example", "human_key": "social.example", "value": "1"}
    ]
    assert int(told["space_usage"][0]["value"]) > 0
    assert told["space_usage"][1]["value"] == "0"
    assert [one["key"] for one in told["software_versions"]][:2] == ["whimbrel", "python"]


def test_who_stays_is_told_by_day_and_month(tx, mod, ada):
    """Of three who joined today three are here today; before, nobody was."""
    told = retention(tx, mod, _asked(tx))
    assert [cohort["frequency"] for cohort in told] == ["day", "day"]
    assert [len(cohort["data"]) for cohort in told] == [2, 1]
    assert (told[1]["data"][0]["value"], told[1]["data"][0]["rate"]) == ("2", 1.0)
    (month,) = retention(tx, mod, _asked(tx, frequency="month"))
    assert month["period"] == "2026-11-01T00:00:00.000Z"
    assert month["data"][0]["value"] == "2"


def test_only_for_the_staff_and_only_of_a_span(tx, mod, ada):
    """A user learns no numbers; nonsense is refused, and no history is counted whole."""
    for reading in (measures, dimensions, retention):
        with pytest.raises(Forbidden):
            reading(tx, ada, _asked(tx, "new_users"))
        with pytest.raises(Invalid):
            reading(tx, mod, Asked(keys=["new_users"]))
        with pytest.raises(Invalid):
            reading(tx, mod, _asked(tx, "new_users", back=-2))
    with pytest.raises(Invalid):
        retention(tx, mod, _asked(tx, frequency="hour"))
    (told,) = measures(tx, mod, _asked(tx, "new_users", back=10_000))
    assert len(told["data"]) == 366
