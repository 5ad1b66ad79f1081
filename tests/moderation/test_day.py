"""A day at the desk: notes for the next shift, cases put off or found, pictures seen as a blur."""

import io

import pytest
from PIL import Image, ImageStat
from sqlalchemy import select

import people
from whimbrel.accounts import leave
from whimbrel.core.errors import Conflict, Forbidden, Invalid
from whimbrel.media.process.blurhash import blurhash
from whimbrel.media.process.blurred import SIZE, grey
from whimbrel.moderation import cases, notes, queue
from whimbrel.moderation.queries import notes as kept
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.rules import HOUR, MINUTE
from whimbrel.moderation.tables import case_notes


@pytest.fixture
def mod(tx):
    return people.make(tx, "mod", role="moderator")


def file(tx, by, about, category="other"):
    return report(tx, by, ReportForm(account_id=str(about.id), category=category))[0].case


def test_a_case_is_put_off_for_half_of_its_time_at_most(tx, ada, bob, mod):
    """Whoever puts off everything would miss everything."""
    case = file(tx, ada, bob)
    for minutes in (0, -5, 12 * 60 + 1):
        with pytest.raises(Invalid):
            cases.snooze(tx, mod, case, minutes)
    cases.claim(tx, mod, case)
    off = cases.snooze(tx, mod, case, 12 * 60)
    assert (off.claimed_by, off.due) == (None, off.received + 24 * HOUR)
    assert queue.first(tx, 9) == []
    assert [each.id for each in queue.standing(tx, mod)] == [case]
    tx.ms += 12 * HOUR
    assert [place.case.id for place in queue.first(tx, 9)] == [case]
    cases.claim(tx, people.make(tx, "other", role="moderator"), case)
    with pytest.raises(Conflict):
        cases.snooze(tx, mod, case, 5)
    with pytest.raises(Forbidden):
        cases.snooze(tx, ada, case, 5)


def test_an_order_comes_before_all_that_is_late(tx, ada, bob, eve, mod):
    """A backlog of a thousand must not hide the one thing that has an hour."""
    late = file(tx, ada, bob)
    tx.ms += 48 * HOUR
    order = file(tx, ada, eve)
    cases.escalate(tx, mod, order, "L0")
    private = file(tx, bob, ada)
    cases.escalate(tx, mod, private, "N1")
    assert [place.case.id for place in queue.first(tx, 9)] == [order, private, late]
    assert queue.next_for(tx, mod).id == order


def test_notes_are_for_the_staff_and_go_with_whom_they_are_about(tx, ada, bob, mod):
    """What is written about somebody is theirs to be forgotten."""
    case = file(tx, ada, bob)
    for wrong in (" ", "x" * (notes.TEXT_CHARS + 1)):
        with pytest.raises(Invalid):
            notes.add(tx, mod, case, wrong)
    with pytest.raises(Forbidden):
        notes.add(tx, ada, case, "hello")
    notes.add(tx, mod, case, "Ask Eve first.")
    tx.ms += MINUTE
    notes.add(tx, mod, case, "She says no.")
    assert [each.text for each in kept.of_case(tx, case, 9)] == ["She says no.", "Ask Eve first."]
    assert b"Eve" not in bytes(tx.rows(select(case_notes.c.content))[0][0])
    leave.erase(tx, bob.id)
    tx.keyring.shred(tx.shreds)
    assert [each.text for each in kept.of_case(tx, case, 9)] == ["", ""]


def test_cases_are_found_by_number_and_by_name(tx, ada, bob, mod):
    case = file(tx, ada, bob)
    for text in (str(case), " @bob ", "@bob@social.example"):
        assert [each.id for each in queue.find(tx, mod, text)] == [case], text
    for text in ("@nobody", "7", "what is this", "@"):
        assert queue.find(tx, mod, text) == [], text
    with pytest.raises(Forbidden):
        queue.find(tx, ada, str(case))


def test_a_blur_is_grey_and_like_the_picture_from_afar():
    """Whoever decides sees that something is there, light or dark, and no more."""
    picture = Image.new("RGB", (SIZE, SIZE), (20, 20, 60))
    picture.paste((250, 220, 200), (0, 0, SIZE, SIZE // 2))
    seen = Image.open(io.BytesIO(grey(blurhash(picture.tobytes(), SIZE, SIZE))))
    assert (seen.mode, seen.size) == ("L", (SIZE, SIZE))
    above, below = (
        ImageStat.Stat(seen.crop((0, top, SIZE, top + SIZE // 2))).mean[0] for top in (0, SIZE // 2)
    )
    assert above > below + 80


@pytest.mark.parametrize(
    "wrong", ["", "L6PZ", "L6PZfSi_.AyE_3t7t7R", "L6PZfSi_.AyE_3t7t7R*x", "é" * 28]
)
def test_what_is_no_blurhash_is_refused(wrong):
    with pytest.raises(ValueError, match="BlurHash"):
        grey(wrong)
