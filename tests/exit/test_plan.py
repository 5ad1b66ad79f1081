"""How long leaving takes, and what stays behind."""

import asyncio
import json
import shutil
from math import inf
from pathlib import Path

import media_samples
import pytest
from houses import settle
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from typer.testing import CliRunner

from whimbrel.app.cli import app
from whimbrel.core.errors import Invalid
from whimbrel.exit import laying
from whimbrel.exit.count import count
from whimbrel.exit.measure import measure
from whimbrel.exit.plan import Amount, Kind, Rates, eta, hours, plan, said
from whimbrel.exit.queries import rows
from whimbrel.media.tables import media

LINKS = (1e8, 1e9, 2.5e9, 5e9, 1e10, 2.5e10)
TABLE = {  # hours, as they were worked out by hand for the design
    100e9: (2.8, 0.3, 0.1, 0.1, 0.0, 0.0),
    1e12: (28, 2.8, 1.1, 0.6, 0.3, 0.1),
    10e12: (278, 28, 11, 5.6, 2.8, 1.1),
    57e12: (1583, 158, 63, 32, 16, 6.3),
    70e12: (1944, 194, 78, 39, 19, 7.8),
}
amounts = st.builds(Amount, st.integers(0, 10**10), st.integers(0, 10**16))
rates = st.builds(Rates, *[st.floats(1e3, 1e12), st.floats(1e3, 1e11), st.floats(1, 1e6)])
classes = st.tuples(amounts, amounts, amounts).map(
    lambda some: list(zip((Kind.KEYS, Kind.RECENT, Kind.OLDER), some, strict=True))
)
ROUNDING = 1 + 1e-9


@pytest.mark.parametrize("size", TABLE)
def test_hours_at_four_fifths_of_a_link(size: float):
    found = [eta(Amount(0, int(size)), Rates(link=link)).hours for link in LINKS]
    assert tuple(round(each, 1) if each < 9.95 else round(each) for each in found) == TABLE[size]


def test_objects_are_a_limit_of_their_own():
    """A hundred million tiny files take thirty hours at 926 a second, whatever the link."""
    assert eta(Amount(10**8, 0), Rates(link=1e12, objects=926)).hours == pytest.approx(30, rel=1e-3)


@given(classes, rates, amounts, st.floats(0.1, 1e4))
def test_more_takes_longer_and_leaves_more(some, rate, more, deadline):
    """A plan that got shorter by adding something would be wrong somewhere."""
    kind, amount = some[1]
    grown = Amount(amount.objects + more.objects, amount.bytes + more.bytes)
    less, plenty = (
        plan(each, rate, deadline) for each in (some, [some[0], (kind, grown), some[2]])
    )
    assert less.hours <= plenty.hours * ROUNDING
    assert less.left.bytes <= plenty.left.bytes * ROUNDING + 10
    assert less.left.objects <= plenty.left.objects * ROUNDING + 10
    assert less.lines[0].left == plenty.lines[0].left  # what goes first does not wait


@given(classes, rates, st.floats(1, 100), st.floats(0.1, 1e4))
def test_faster_is_never_longer(some, rate, times, deadline):
    """By the link, by the disk or by objects alike."""
    before = plan(some, rate, deadline)
    for name in ("link", "bytes", "objects"):
        faster = {"link": rate.link, "bytes": rate.bytes, "objects": rate.objects}
        faster[name] *= times
        after = plan(some, Rates(**faster), deadline)
        assert after.hours <= before.hours * ROUNDING
        assert after.left.bytes <= before.left.bytes * ROUNDING + 10


@given(classes, rates, st.floats(0.1, 1e4))
def test_what_is_taken_is_there_in_time(some, rate, deadline):
    """What is promised before the deadline is possible before it, and nothing is lost count of."""
    made = plan(some, rate, deadline)
    taken = Amount(made.total.objects - made.left.objects, made.total.bytes - made.left.bytes)
    assert min(taken.objects, taken.bytes) >= 0
    assert eta(taken, rate).hours <= deadline * ROUNDING
    assert made.fits == (made.left == Amount())
    cut = [line for line in made.lines if line.left != Amount()]
    assert all(line.left == line.amount for line in cut[1:])  # the order holds


def test_a_plan_that_does_not_fit_cuts_the_oldest():
    some = [(Kind.KEYS, Amount(1, 10**6)), (Kind.RECENT, Amount(10, 10**12))]
    some.append((Kind.OLDER, Amount(100, 9 * 10**12)))
    made = plan(some, Rates(link=1e9), deadline=10)
    assert made.fits is False and made.hours == pytest.approx(27.8, rel=0.01)
    assert [line.left.bytes for line in made.lines[:2]] == [0, 0]
    assert made.lines[2].left.bytes == pytest.approx(6.4e12, rel=0.01)


def test_what_is_typed_is_read():
    found = said(["bytes=70TB", "objects=100M", "link=2.5Gbit/s"])
    assert found == {"bytes": 70e12, "objects": 1e8, "link": 2.5e9}
    assert [hours(text) for text in ("30h", "90m", "2d")] == [30, 1.5, 48]
    for wrong in ("bytes=70bit", "link=0bit", "link=10GB", "bytes=-1B", "size=1B", "objects=1e9"):
        with pytest.raises(Invalid):
            said([wrong])
    with pytest.raises(Invalid):
        said(["link=1Gbit", "link=2Gbit"])
    for wrong in ("30", "0h", "h", "1w", "-3h"):
        with pytest.raises(Invalid):
            hours(wrong)


def test_what_is_here_is_counted_by_what_it_is(house, clock):
    """A picture counts once as itself, and never under what is made anew or is not ours."""
    here = house("here")
    ada, *_ = here.write(settle)
    slot = here.write(rows.slots, [ada.id])[ada.id]
    picture = here.picture(ada.id, slot, media_samples.jpeg())

    def counted():
        found = here.tell(count)
        return {**dict(found.leaves), "derived": found.derived, "copied": found.copied}

    first = counted()
    assert first[Kind.RECENT].objects == 1 and first[Kind.RECENT].bytes > 0
    assert first["derived"].objects >= 1 and first["copied"] == first[Kind.OLDER] == Amount()
    assert first[Kind.KEYS].bytes >= (here.folder / "keyring.bin").stat().st_size
    assert first[Kind.DATABASE].bytes > 10_000
    many = first[Kind.RECENT].objects + first["derived"].objects

    clock.step(days=31)
    assert counted()[Kind.OLDER] == first[Kind.RECENT]
    here.write(lambda tx: tx.run(update(media).values(purpose="avatar")))
    assert counted()[Kind.WORN].objects == many
    here.write(lambda tx: tx.run(update(media).values(source=b"elsewhere")))
    last = counted()
    assert last["copied"].objects == many and last[Kind.WORN] == Amount()
    assert picture


def test_rates_are_measured_and_nothing_is_left(tmp_path: Path):
    found = asyncio.run(measure(tmp_path, 0.02))
    assert 0 < found.objects < inf and 0 < found.bytes < inf
    assert not list(tmp_path.iterdir())


def test_a_simulation_says_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Parler's size over ten gigabits: the link alone would take nineteen hours."""
    monkeypatch.setattr(laying, "SECONDS", 0.02)
    monkeypatch.chdir(tmp_path)
    asked = ["exit", "plan", "--simulate", "bytes=70TB", "objects=100M", "link=10Gbit"]
    asked += ["--data", str(tmp_path / "none")]
    told = CliRunner().invoke(app, asked)
    assert told.exit_code == 0 and "By the link: 19 h at 80 % of 10 Gbit/s." in told.stdout
    assert f"Measured on this machine, in {tmp_path}" in told.stdout
    late = CliRunner().invoke(app, [*asked, "--deadline", "1m", "--json"])
    made = json.loads(late.stdout)
    assert late.exit_code == 1 and made["plan"]["fits"] is False
    assert made["plan"]["total"] == {"objects": 10**8, "bytes": 70 * 10**12}
    assert not (tmp_path / "none").exists()


def test_the_command_counts_what_is_here(sqlite_template: Path, tmp_path: Path, monkeypatch):
    """An empty server fits into any night; who measures leaves nothing in its folder."""
    monkeypatch.setattr(laying, "SECONDS", 0.02)
    shutil.copy(sqlite_template, tmp_path / "whimbrel.db")
    asked = ["exit", "plan", "link=1Gbit", "--deadline", "30h", "--data", str(tmp_path)]
    told = CliRunner().invoke(app, asked)
    assert told.exit_code == 0 and "h at 80 % of 1 Gbit/s" in told.stdout, told.output
    assert [kind for kind in Kind if kind in told.stdout] == [*Kind][:-2]
    assert "It fits" in told.stdout and not list(tmp_path.glob("measure-*"))


def test_what_is_counted_cannot_be_said(tmp_path: Path):
    for asked in (["bytes=1TB"], ["--simulate", "bytes=1TB"], ["--deadline", "soon"]):
        told = CliRunner().invoke(app, ["exit", "plan", *asked, "--data", str(tmp_path)])
        assert isinstance(told.exception, Invalid)
