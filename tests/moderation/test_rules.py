"""Classes and clocks: the table of the design, and that no deadline ever moves away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.core.settings import load
from whimbrel.moderation import rules
from whimbrel.moderation.rules import CLOCKS, DAY, HOUR, RANKING, class_of, due_of

CLASSES = st.sampled_from(RANKING)
MOMENTS = st.integers(min_value=0, max_value=1 << 44)


def test_the_table_is_that_of_the_design():
    """An hour for what the law or a life asks, and somebody called at once."""
    hours = {name: clock.act_by // HOUR for name, clock in CLOCKS.items()}
    assert hours == {"L0": 1, "V1": 1, "H1": 12, "N1": 12, "D1": 24, "U1": 24, "S1": 24, "A1": 168}
    pages = {name: clock.first_page for name, clock in CLOCKS.items()}
    assert pages == {
        "L0": 0,
        "V1": 0,
        "H1": 0,
        "N1": 0.5,
        "D1": 0.5,
        "U1": 0.75,
        "S1": 0.9,
        "A1": 0.75,
    }
    hides = {name for name, clock in CLOCKS.items() if clock.nobody.startswith("hide")}
    assert hides == {"L0", "V1", "H1", "N1"}
    assert {CLOCKS[name].nobody_at for name in hides} == {0.75}  # 45 minutes of an hour


def test_where_a_report_belongs():
    """Another server's word makes nothing urgent: a server of one's own would be a weapon."""
    for category in ("spam", "legal", "violation", "other"):
        flagged = class_of("flag", category)
        assert RANKING.index(flagged) >= RANKING.index("U1")
    assert class_of("user", "legal") == class_of("notice", "legal") == "D1"
    assert class_of("notice", "legal", intimate=True) == "N1"
    told = {each: class_of(each, "other") for each in ("authority", "host", "hash", "appeal")}
    assert told == {"authority": "L0", "host": "H1", "hash": "V1", "appeal": "A1"}


@given(CLASSES, MOMENTS, st.none() | MOMENTS, st.booleans())
def test_everything_has_a_deadline_within_what_its_class_may_have(klass, at, letter, doxxing):
    """What has none waits for ever; that is what happened at Parler."""
    due = due_of(klass, at, letter=letter, doxxing=doxxing)
    assert at <= due <= at + CLOCKS[klass].act_by


@given(st.lists(MOMENTS, min_size=1))
def test_merging_never_gives_more_time(dues):
    """The earliest deadline of all is what was promised to somebody."""
    assert all(rules.merged_due(dues) <= due for due in dues)


def test_a_letter_leaves_a_quarter_for_the_answer():
    """Acting in the last minute leaves none to write that it was done."""
    assert due_of("H1", 0) == 12 * HOUR  # without a deadline: 24 h, but 12 at most
    assert due_of("H1", 0, letter=8 * HOUR) == 6 * HOUR
    assert due_of("N1", 0, doxxing=True) == 4 * HOUR


@pytest.mark.parametrize("wrong", ["L0=2", "X9=1", "U1", "U1=0", "U1=169", "U1=soon"])
def test_settings_change_a_class_within_bounds(wrong, tmp_path):
    """An hour that the law sets cannot be made two by a typing error."""
    assert rules.times_of(("u1=12", "S1=0.5")) == {"U1": 12 * HOUR, "S1": HOUR // 2}
    assert due_of("U1", 0, times=rules.times_of(("U1=12",))) == 12 * HOUR
    file = tmp_path / "whimbrel.toml"
    file.write_text(f'moderation_times = ["{wrong}"]\n')
    with pytest.raises(Exception, match="CLASS=HOURS"):
        load(file=file)


@given(st.lists(st.integers(min_value=0, max_value=DAY)))
def test_how_long_a_case_takes_is_what_four_of_five_took(spans):
    """One case of a week must not push everything else out of its place."""
    p80 = rules.p80_of(spans, "U1")
    if len(spans) < rules.ENOUGH:
        assert p80 == CLOCKS["U1"].p80
    else:
        assert sum(span <= p80 for span in spans) >= len(spans) * 0.8
