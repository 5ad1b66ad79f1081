"""Ids: sorted by time, never twice, and nonsense from outside is a clean miss."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from whimbrel.core.ids import MAX_ID, id_of, iso, millis, moment, new_id, time_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_many_of_one_moment_never_meet():
    """A thousand people are notified in one transaction: two alike would undo all of it."""
    made = [new_id(NOW) for _ in range(50_000)]
    assert len(set(made)) == len(made)
    assert max(time_of(one) for one in made) - NOW < timedelta(seconds=1)


def test_what_is_newer_sorts_after():
    """Apps order by id alone."""
    later = [new_id(NOW + timedelta(milliseconds=100 * step)) for step in range(100)]
    assert later == sorted(later)


@given(st.text(max_size=30))
def test_nonsense_is_an_id_that_no_row_has(text):
    """An id from a client may be anything; it must end in 404 and never in 500."""
    assert -1 <= id_of(text) <= MAX_ID


@given(st.integers(0, MAX_ID))
def test_an_id_comes_back_as_it_went(number):
    """Apps keep ids as text."""
    assert id_of(str(number)) == number


@given(st.integers(0, 1 << 44))
def test_times_are_written_to_the_millisecond(ms):
    """Apps parse one form only."""
    assert millis(moment(ms)) == ms
    assert iso(ms).endswith(f".{ms % 1000:03d}Z")
