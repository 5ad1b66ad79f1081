"""What the staff says of a post, and what each reader wants to become of that: in `filtered`, which
apps know that know no labels, in the warning, and on the pages."""

from typing import Any

import msgspec
import pytest
import stories

from whimbrel.accounts import preferences
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx
from whimbrel.posts import views, withhold
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft
from whimbrel.timelines import filters, reads, serialize
from whimbrel.timelines.filters import FilterForm, KeywordForm
from whimbrel.timelines.rules import Window


def labelled(tx: Tx, author: Viewer, label: Any = "graphic", **facts: Any) -> int:
    """A post of which the staff says something."""
    post = stories.write(tx, author, "the wound", **facts)
    assert withhold.label(tx, post, label)
    return post


def shown(tx: Tx, viewer: Viewer) -> Any:
    """The newest public post, as the viewer's app gets it."""
    rows = reads.public(tx, viewer, Window())
    return msgspec.json.decode(serialize.shown(tx, viewer, rows, "public").body)[0]


def actions(status: Any) -> list[tuple[str, str]]:
    caught = [each["filter"] for each in status["filtered"]]
    return [(each["title"], each["filter_action"]) for each in caught]


LABEL = "Violence or wounds"


def test_each_reader_chooses_for_themselves(tx: Any, ada: Viewer, bob: Viewer, eve: Viewer) -> None:
    """Warned of, hidden, or shown as if nothing had been said; for who wrote it nothing changes,
    and a choice about one label says nothing of another."""
    labelled(tx, ada)
    for _ in range(2):  # made anew, and from what is kept
        for who in (bob, eve):
            told = shown(tx, who)
            assert (told["spoiler_text"], told["sensitive"]) == (LABEL, True)
            assert actions(told) == [(LABEL, "warn")]
    filters.choose_labels(tx, bob, {"graphic": "show", "adult": "hide"})
    filters.choose_labels(tx, eve, {"graphic": "hide"})
    for _ in range(2):
        told = shown(tx, bob)
        assert (told["spoiler_text"], told["sensitive"], told["filtered"]) == ("", False, [])
        told = shown(tx, eve)
        assert told["spoiler_text"] == LABEL
        assert actions(told) == [(LABEL, "hide")]
        assert shown(tx, ada)["filtered"] == []
    assert preferences.of(tx, bob).labels == {"graphic": "show", "adult": "hide"}
    filters.choose_labels(tx, bob, {"graphic": "warn"})
    assert actions(shown(tx, bob)) == [(LABEL, "warn")]
    with pytest.raises(Invalid):
        filters.choose_labels(tx, bob, {"graphic": "erase"})


def test_filters_of_ones_own_stay_what_they_are(tx: Any, ada: Viewer, bob: Viewer) -> None:
    """They are told behind the label, or alone; and the author's own warning stays."""
    post = publish(tx, ada, Draft(text="a wound", spoiler="careful")).id
    withhold.label(tx, post, "graphic")
    words = [KeywordForm(keyword="wound", whole_word=True)]
    form = FilterForm(title="blood", context=["public"], keywords_attributes=words)
    filters.create(tx, bob, form)
    assert actions(shown(tx, bob)) == [(LABEL, "warn"), ("blood", "warn")]
    assert shown(tx, bob)["spoiler_text"] == f"{LABEL}: careful"
    filters.choose_labels(tx, bob, {"graphic": "hide"})
    assert actions(shown(tx, bob)) == [(LABEL, "hide"), ("blood", "warn")]
    filters.choose_labels(tx, bob, {"graphic": "show"})
    assert actions(shown(tx, bob)) == [("blood", "warn")]
    assert shown(tx, bob)["spoiler_text"] == "careful"


def test_pages_leave_out_what_somebody_hides(tx: Any, ada: Viewer, bob: Viewer) -> None:
    """And only that: a warning is there once."""
    labelled(tx, ada)

    def page() -> list[Any]:
        rows = reads.public(tx, bob, Window())
        return views.statuses(serialize.shown(tx, bob, rows, "public").body)

    (told,) = page()
    assert told["spoiler_text"] == LABEL
    filters.choose_labels(tx, bob, {"graphic": "hide"})
    assert page() == []
    filters.choose_labels(tx, bob, {"graphic": "show"})
    assert page()[0]["spoiler_text"] == ""
