"""Trends: what is counted, how it fades, who sees it before whom, and that nothing else gets in."""

import msgspec
import pytest
from sqlalchemy import select, update

import people
from whimbrel.accounts.events import StaffActed
from whimbrel.accounts.rules import STRANGER
from whimbrel.accounts.tables import accounts
from whimbrel.core.errors import Forbidden, NotFound
from whimbrel.discovery import rules, trends
from whimbrel.discovery.events import TrendsDue
from whimbrel.discovery.tables import tag_days
from whimbrel.posts import marks
from whimbrel.posts.delete import delete
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Mark, Visibility

HOUR = 3_600_000


@pytest.fixture
def crowd(tx):
    """Six people who want to be found."""
    return [people.make(tx, f"c{at}") for at in range(6)]


@pytest.fixture(autouse=True)
def unreviewed(tx):
    """Nobody looks at trends first, unless a test says so."""
    review(tx, on=False)


def review(tx, *, on):
    tx.instance = msgspec.structs.replace(tx.instance, trends_review=on)


def count(tx):
    """A tick of the clock, twice, as after a crash; on until it waits."""
    trends.start(tx)
    event = tx.emitted[-1]
    for _ in range(6):
        trends.tick(tx, event)
    return event


def said(tx, who, text, **more):
    return publish(tx, who, Draft(text=text, **more)).id


def tags(tx, viewer=STRANGER, offset=0, most=10):
    return [tag.name for tag in trends.of_tags(tx, viewer, offset, most)]


def liked(tx, post, by):
    for who in by:
        marks.mark(tx, who, post, Mark.FAVOURITE)


def test_a_tag_that_many_use_today(tx, crowd):
    """Three people make a trend, one who shouts does not."""
    for who in crowd[:3]:
        said(tx, who, "#eel")
    for _ in range(5):
        said(tx, crowd[0], "#ad")
    count(tx)
    (eel,) = trends.of_tags(tx, STRANGER, 0, 10)
    assert eel.name == "eel"
    assert eel.history[0] == rules.Day(tx.ms // rules.DAY, 3, 3)
    assert eel.history[1].uses == 0


def test_a_tag_is_written_as_people_write_it(tx, crowd):
    """A row of words without a capital is hard to read, and read aloud as noise."""
    for who in crowd[:3]:
        said(tx, who, "a walk #BirdWatch #tides")
    count(tx)
    assert sorted(tags(tx)) == ["BirdWatch", "tides"]


@pytest.mark.parametrize("level", [level for level in Visibility if level != Visibility.PUBLIC])
def test_what_is_not_public_does_not_count(tx, crowd, level):
    """Words from letters would be shown to all."""
    for who in crowd:
        said(tx, who, "#eel", visibility=level)
    count(tx)
    assert tags(tx) == []
    assert tx.rows(select(tag_days.c.uses).where(tag_days.c.uses > 0)) == []


@pytest.mark.parametrize(
    "hidden", [{"discoverable": False}, {"silenced_at": 1}, {"suspended_at": 1}], ids=str
)
def test_who_is_not_to_be_found_does_not_count(tx, crowd, hidden):
    """Neither their tags nor their posts."""
    for who in crowd:
        post = said(tx, who, "#eel")
    liked(tx, post, crowd[:5])
    tx.run(update(accounts).values(hidden))
    count(tx)
    assert tags(tx) == []
    assert trends.of_posts(tx, 0, 10) == []


def test_the_strongest_comes_first_and_fades(tx, tick, crowd):
    """Yesterday's news would stay at the top for ever."""
    for who in crowd[:3]:
        said(tx, who, "#eel #cod")
    for who in crowd[3:5]:
        said(tx, who, "#cod")
    count(tx)
    assert tags(tx) == ["cod", "eel"]
    assert tags(tx, offset=1) == ["eel"]
    tick(10 * HOUR)
    count(tx)
    assert tags(tx) == ["cod", "eel"]  # today is still more than yesterday
    tick(24 * HOUR)
    count(tx)
    assert tags(tx) == []


def test_what_is_always_there_is_no_trend(tx, tick, crowd):
    """As many as yesterday is nothing new."""
    for _ in range(2):
        for who in crowd[:4]:
            said(tx, who, "#monday")
        count(tx)
        tick(24 * HOUR)
    tick(-2 * HOUR)
    count(tx)
    assert tags(tx) == []


def test_what_is_deleted_counts_no_more(tx, crowd):
    """Counted anew whenever the tag is used again."""
    posts = [said(tx, who, "#eel") for who in crowd[:4]]
    count(tx)
    delete(tx, crowd[0], posts[0], delete_media=True)
    said(tx, crowd[1], "#eel")
    count(tx)
    assert trends.of_tags(tx, STRANGER, 0, 10)[0].history[0][1:] == (4, 3)


def test_posts_that_many_like(tx, tick, crowd):
    """The most liked comes first; what is old, covered or an answer does not come at all."""
    some, more = said(tx, crowd[0], "some"), said(tx, crowd[0], "more")
    covered = said(tx, crowd[0], "covered", spoiler="x")
    answer = said(tx, crowd[0], "answer", reply_to=some)
    friends = said(tx, crowd[0], "friends", visibility=Visibility.UNLISTED)
    liked(tx, some, crowd[1:4])
    for post in (more, covered, answer, friends):
        liked(tx, post, crowd[1:6])
    count(tx)
    assert trends.of_posts(tx, 0, 10) == [more, some]
    assert trends.of_posts(tx, 1, 10) == [some]
    delete(tx, crowd[0], more, delete_media=True)
    assert trends.of_posts(tx, 0, 10) == [some]
    tick(4 * rules.DAY)
    count(tx)
    assert trends.of_posts(tx, 0, 10) == []


def test_likes_taken_back(tx, crowd):
    """A crowd that comes and goes leaves nothing."""
    post = said(tx, crowd[0], "some")
    liked(tx, post, crowd[1:4])
    count(tx)
    for who in crowd[1:4]:
        marks.unmark(tx, who, post, Mark.FAVOURITE)
    count(tx)
    assert trends.of_posts(tx, 0, 10) == []


def test_many_posts_are_counted_slice_by_slice(tx, crowd, monkeypatch):
    """A day of a large server must not hold the writer; the clock goes on at once."""
    monkeypatch.setattr(trends, "SLICE", 2)
    for who in crowd[:5]:
        said(tx, who, "#eel")
    trends.start(tx)
    event = tx.emitted[-1]
    trends.tick(tx, event)
    assert tags(tx) == []
    for _ in range(4):
        trends.tick(tx, event)
    assert trends.of_tags(tx, STRANGER, 0, 10)[0].history[0].uses == 5


def test_there_is_one_clock(tx):
    """Each start would add one that ticks for ever."""
    trends.start(tx)
    old = tx.emitted[-1]
    trends.start(tx)
    new = tx.emitted[-1]
    assert old != new
    before = len(tx.emitted)
    trends.tick(tx, old)
    assert len(tx.emitted) == before
    trends.tick(tx, new)
    assert tx.emitted[before:] == [TrendsDue(turn=new.turn)]


def test_a_moderator_looks_first(tx, crowd):
    """What a troll army pushes would greet every newcomer."""
    mod = people.make(tx, "mod", role="moderator")
    review(tx, on=True)
    for who in crowd[:3]:
        post = said(tx, who, "#eel #cod")
    liked(tx, post, crowd[:5])
    count(tx)
    assert tags(tx) == [] and trends.of_posts(tx, 0, 10) == []
    assert {(each.tag.name, each.review) for each in trends.tags_to_review(tx, mod, 0, 10)} == {
        ("eel", None),
        ("cod", None),
    }
    assert trends.posts_to_review(tx, mod, 0, 10) == {post: None}
    assert trends.review_tag(tx, mod, "eel", shown=True).review == 1
    assert trends.review_tag(tx, mod, "cod", shown=False).review == 0
    assert trends.review_post(tx, mod, post, shown=True) == 1
    noted = [each for each in tx.emitted if isinstance(each, StaffActed)]
    assert [(each.action, each.kind, each.by) for each in noted] == [
        *(("approve", "tag", mod.id), ("reject", "tag", mod.id), ("approve", "status", mod.id)),
    ]
    assert tags(tx) == ["eel"]
    assert trends.of_posts(tx, 0, 10) == [post]
    count(tx)
    assert tags(tx) == ["eel"]
    review(tx, on=False)
    assert tags(tx) == ["eel"]
    trends.review_post(tx, mod, post, shown=False)
    assert trends.of_posts(tx, 0, 10) == []


def test_only_moderators_review(tx, crowd, ada):
    """Whoever wants their own tag shown would just say so."""
    mod = people.make(tx, "mod", role="moderator")
    for ask in (
        lambda who: trends.tags_to_review(tx, who, 0, 10),
        lambda who: trends.posts_to_review(tx, who, 0, 10),
        lambda who: trends.review_tag(tx, who, "eel", shown=True),
        lambda who: trends.review_post(tx, who, 5, shown=True),
    ):
        with pytest.raises(Forbidden):
            ask(ada)
    with pytest.raises(NotFound):
        trends.review_tag(tx, mod, "eel", shown=True)
    with pytest.raises(NotFound):
        trends.review_post(tx, mod, 5, shown=True)
