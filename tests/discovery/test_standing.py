"""What moderators say of tags: who may, of which, and what comes of it."""

import pytest
from sqlalchemy import select

import people
from whimbrel.accounts.circles import Window
from whimbrel.accounts.rules import STRANGER
from whimbrel.core.errors import Forbidden, Invalid, NotFound
from whimbrel.core.ids import MAX_ID
from whimbrel.discovery import standing, tags, trends
from whimbrel.discovery.standing import Form
from whimbrel.posts import schedule
from whimbrel.posts.delete import delete
from whimbrel.posts.edit import edit
from whimbrel.posts.events import TagsGone
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import tags as words
from whimbrel.posts.rules import Draft, Visibility
from whimbrel.posts.tables import tag_shelves
from whimbrel.posts.tables import tags as rows

CLOSED = Form(usable=False)
ALL = Window(0, MAX_ID, False, 100)


@pytest.fixture
def mod(tx):
    return people.make(tx, "mod", role="moderator")


def said(tx, who, text, **more):
    return publish(tx, who, Draft(text=text, **more))


def refused(tx, wanted):
    """As the database would: nothing of it is left."""
    tx.savepoint("refused")
    with pytest.raises(Invalid, match="Text contained a disallowed hashtag: eel"):
        wanted()
    tx.roll_back_to("refused")


def names(tx, mod, window=ALL):
    return [each.tag.name for each in standing.every(tx, mod, window)[1]]


def test_only_moderators_speak_of_tags(tx, ada, mod):
    """Whoever dislikes a tag would close it for all."""
    said(tx, ada, "#eel")
    for ask in (
        lambda who: standing.every(tx, who, ALL),
        lambda who: standing.one(tx, who, "eel"),
        lambda who: standing.change(tx, who, "eel", CLOSED),
    ):
        with pytest.raises(Forbidden):
            ask(ada)
        ask(mod)


def test_a_word_from_a_letter_is_nobodys_business(tx, tick, ada, mod):
    """A moderator would read in the list what people write to each other."""
    for level in Visibility:
        tick()
        said(tx, ada, f"#{level.name}", visibility=level)
    assert names(tx, mod) == ["unlisted", "public"]
    for word in ("private", "direct", "nothing", "no tag", ""):
        with pytest.raises(NotFound):
            standing.one(tx, mod, word)
        with pytest.raises(NotFound):
            standing.change(tx, mod, word, CLOSED)
    ids, _ = standing.every(tx, mod, ALL)
    assert names(tx, mod, Window(0, ids[0], False, 100)) == ["public"]
    assert names(tx, mod, Window(ids[1], MAX_ID, True, 1)) == ["unlisted"]


def test_nobody_writes_with_a_closed_tag(tx, ada, bob, mod):
    """Nor edits it in, nor schedules it; what has it already stays, and others' posts may come."""
    old = said(tx, ada, "#Eel")
    other = said(tx, bob, "#cod")
    assert standing.change(tx, mod, "eel", CLOSED).usable is False
    for wanted in (
        lambda: said(tx, ada, "#cod and #EEL"),
        lambda: edit(tx, bob, other.id, Draft(text="#eel")),
        lambda: schedule.schedule(tx, bob, Draft(text="#eel"), tx.now.replace(year=2027)),
    ):
        refused(tx, wanted)
    assert words.of_post(tx, old.id)
    standing.change(tx, mod, "eel", Form(usable=True))
    said(tx, ada, "#eel")


def test_what_was_said_outlives_the_last_post(tx, ada, mod):
    """One would delete the post with a closed tag and be free to write it again; and a tag of
    which nothing is said any more goes as any does."""
    post = said(tx, ada, "#eel #cod")
    standing.change(tx, mod, "eel", Form(usable=False, listable=False))
    standing.change(tx, mod, "cod", Form(listable=True))
    delete(tx, ada, post.id)
    assert names(tx, mod) == ["eel"]
    refused(tx, lambda: said(tx, ada, "#eel"))
    standing.change(tx, mod, "eel", Form(usable=True))
    assert names(tx, mod) == ["eel"]
    before = len(tx.emitted)
    assert standing.change(tx, mod, "eel", Form(listable=True)).listable
    assert any(isinstance(each, TagsGone) for each in tx.emitted[before:])
    assert tx.rows(select(rows.c.id)) == []


def test_a_closed_tag_does_not_trend(tx, ada, mod):
    """What moderators let trend before it does, does; closed, it is not shown after all."""
    for at in range(4):
        said(tx, people.make(tx, f"c{at}", discoverable=True), "#eel")
    found = standing.change(tx, mod, "eel", Form(trendable=True))
    assert (found.review, found.usable, found.listable) == (1, True, True)
    trends.start(tx)
    trends.tick(tx, tx.emitted[-1])
    assert [tag.name for tag in trends.of_tags(tx, STRANGER, 0, 10)] == ["eel"]
    assert standing.change(tx, mod, "eel", Form()).review == 1
    standing.change(tx, mod, "eel", CLOSED)
    assert trends.of_tags(tx, STRANGER, 0, 10) == []
    assert [each.usable for each in trends.tags_to_review(tx, mod, 0, 10)] == [False]


def test_how_a_tag_is_written(tx, ada, mod):
    """Read aloud, #catsofthesea is no words. It stays one tag, found by either spelling, also
    once its shelf has other keys."""
    post = said(tx, ada, "#catsofthesea")
    written = standing.change(tx, mod, "catsofthesea", Form(display_name="#CatsOfTheSea"))
    assert written.tag.name == "CatsOfTheSea"
    (tag,) = words.of_post(tx, post.id)
    shelf, slot = tx.row(select(tag_shelves.c.shelf, tag_shelves.c.slot))
    words.rekey(tx, words.Left(shelf, slot))
    for name in ("catsofthesea", "CATSofthesea"):
        assert tags.show(tx, ada, name).name == "CatsOfTheSea"
    assert words.names_of(tx, [tag]) == {tag: "catsofthesea"}
    for wrong in ("CatsOfTheLake", "", "Cats Of The Sea"):
        with pytest.raises(Invalid, match="Display name must be the same word"):
            standing.change(tx, mod, "catsofthesea", Form(display_name=wrong))
    standing.change(tx, mod, "catsofthesea", Form(display_name="catsofthesea"))
    assert tags.show(tx, ada, "catsofthesea").name == "catsofthesea"
