"""What is no note, and notes as odd servers write them."""

from typing import Any

import pytest

from whimbrel.core.errors import Malformed
from whimbrel.federation.incoming import read_note
from whimbrel.federation.reading import PUBLIC

EVE = "https://far.example/users/eve"
LINK = "https://far.example/there"


def read(kind: str, /, **more: Any) -> Any:
    base = {"id": f"{EVE}/1", "type": kind, "attributedTo": EVE, "to": PUBLIC, "url": LINK}
    return read_note({**base, **more})


def test_a_long_article_is_led_to_in_its_own_words():
    """Who follows a blog learns what an article is about, and reads it there."""
    long = f"<p>{'word ' * 4000}</p>"
    shown = read("Article", name="Tea", summary="About <b>tea</b>", content=long).html
    assert shown.startswith("<p>Tea</p>")
    assert "About <b>tea</b>" in shown
    assert f'href="{LINK}"' in shown
    assert "word" not in shown
    preview = {"type": "Note", "content": "<p>In short</p>"}
    assert "In short" in read("Article", name="Tea", preview=preview, content=long).html
    nameless = read("Article", content=long).html
    assert "word word" in nameless
    assert len(nameless) < 1000
    assert read("Page", name="Tea", content="<p>Short</p>").html.count("<p>") == 3
    with pytest.raises(Malformed):
        read("Article")


def test_a_film_is_its_makers_and_has_a_picture():
    """Of a channel and a person, the person is answered; Markdown is not read as HTML."""
    icons = [
        {"type": "Image", "url": f"https://far.example/{width}.jpg", "width": width}
        for width in (280, 850, 120)
    ]
    made = [{"type": "Group", "id": f"{EVE}/channel"}, {"type": "Person", "id": EVE}]
    text = "**Tea** <script>x</script>\n\nand [more](https://e.example)"
    film = read(
        "Video",
        name="Film",
        icon=icons,
        attributedTo=made,
        content=text,
        mediaType="text/markdown",
        language={"identifier": "fr", "name": "French"},
    )
    assert (film.author, film.language) == (EVE, "fr")
    assert [each.source for each in film.media] == ["https://far.example/850.jpg"]
    assert "<strong>Tea</strong>" in film.html
    assert "<script" not in film.html
    assert 'href="https://e.example"' in film.html


def test_an_event_says_when_and_where():
    """As it is told there: a time of another country is of no use to who goes."""
    place = {"type": "Place", "name": "Town <hall>"}
    shown = read("Event", name="Fair", startTime="2026-12-01T19:00:00+01:00", location=place).html
    assert "<p>2026-12-01 19:00 · Town &lt;hall&gt;</p>" in shown
    odd = read("Event", name="Fair", startTime="soon", location=[7, {}], mediaType=[]).html
    assert odd.startswith("<p>Fair</p><p><a")


def test_texts_in_several_languages():
    """One of them is shown, and said to be in its own language."""
    note = read("Note", contentMap={"und": 7, "de": "<p>Tee</p>", "en": "<p>Tea</p>"})
    assert (note.html, note.language) == ("<p>Tee</p>", "de")
    both = {"de": "<p>Tee</p>", "en": "<p>Tea</p>"}
    note = read("Note", content="<p>Tea</p>", contentMap=both, summaryMap={"en": "Drinks"})
    assert (note.html, note.language, note.spoiler) == ("<p>Tea</p>", "en", "Drinks")
    assert read("Article", nameMap={"fr": "Thé"}, content="x").html.startswith("<p>Thé</p>")


def test_polls_in_odd_shapes():
    """What can be voted in is a poll, until the earlier of its ends; the rest is read."""
    two = [{"name": "Tea"}, {"nameMap": {"en": "Coffee"}, "replies": {"totalItems": "9"}}]
    ends = {"endTime": "2100-01-01T00:00:00Z", "closed": "2026-01-01T00:00:00Z"}
    poll = read("Question", oneOf=two, votersCount=-3, **ends).poll
    assert (poll.options, poll.counts, poll.voters) == (("Tea", "Coffee"), (0, 0), 0)
    assert poll.until == 1767225600000
    assert read("Question", anyOf=two, oneOf=[]).poll.multiple
    assert read("Question", oneOf=two, closed=True).poll.closed
    for odd in (two[0], [{"name": "Tea"}] * 2, [{"name": "Tea"}, {"name": ""}]):
        asked = read("Question", oneOf=odd, content="?")
        assert asked.poll is None
        assert "Tea" in asked.html
