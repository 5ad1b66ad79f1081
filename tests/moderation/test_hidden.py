"""A post that is hidden: gone for everybody but its author, with its files, and back as it was."""

from typing import Any

import pytest
import stories
from staff import Desk

from whimbrel.core.errors import Invalid
from whimbrel.media import queries as media
from whimbrel.moderation import acts, api
from whimbrel.moderation.queries import people as known
from whimbrel.posts import api as posts
from whimbrel.posts import withhold
from whimbrel.posts.delete import delete
from whimbrel.posts.edit import edit
from whimbrel.posts.events import PostDeleted, PostTouched, PostWithheld
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility
from whimbrel.timelines import api as timelines
from whimbrel.timelines import fanout, homes

LISTS = (
    *("/api/v1/timelines/home", "/api/v1/timelines/public", "/api/v1/timelines/tag/waders"),
    *("/api/v1/accounts/{bob}/statuses", "/api/v1/bookmarks", "/api/v1/favourites"),
    "/api/v1/notifications",
)


def found(desk: Desk, name: str, post: int) -> set[str]:
    """Where somebody comes upon it."""
    seen = set()
    for path in LISTS:
        answer = desk.ask("GET", path.format(bob=desk.id("bob")), name)
        if f'"{post}"' in answer.text:
            seen.add(path)
    if desk.ask("GET", f"/api/v1/statuses/{post}", name).status_code == 200:
        seen.add("itself")
    return seen


def count_of(desk: Desk, post: int) -> int:
    """How many posts Bob is said to have."""
    told = desk.get(f"/api/v1/statuses/{post}", "bob")
    return int(told["account"]["statuses_count"])


def test_nobody_comes_upon_it_anywhere_and_then_everybody_does_again(db, tmp_path):
    """One list that forgets to ask would make the measure worthless."""
    with Desk(db, tmp_path, [*api.ROUTES, *timelines.ROUTES, *posts.ROUTES], "ada", "bob") as desk:
        ada, bob = desk.people["ada"], desk.people["bob"]

        def begin(tx: Any) -> int:
            for each in (ada, bob):
                homes.rebuild(tx, each)
            stories.follow(tx, ada, bob)
            post = publish(tx, bob, Draft(text="@ada #waders"))
            for event in tuple(tx.emitted):
                if type(event).__name__ == "PostPublished":
                    fanout.add_to_homes(tx, event)
            return post.id

        post = desk.do(begin)
        for deed in ("favourite", "bookmark"):
            desk.sent("POST", f"/api/v1/statuses/{post}/{deed}", "ada")
        before = {name: found(desk, name, post) for name in ("ada", "bob")}
        assert len(before["ada"]) >= 6 and "itself" in before["bob"]
        count = count_of(desk, post)
        assert desk.do(withhold.withhold, post)
        assert found(desk, "ada", post) == set()
        assert "itself" in found(desk, "bob", post)
        assert desk.get(f"/api/v1/statuses/{post}", "bob")["visibility"] == "direct"
        assert count_of(desk, post) == count - 1
        assert desk.do(withhold.restore, post)
        assert {name: found(desk, name, post) for name in ("ada", "bob")} == before
        assert count_of(desk, post) == count


def test_apps_that_know_no_labels_fold_what_has_one(db, tmp_path):
    """What the staff says of a post would be read by nobody who uses an older app."""
    with Desk(db, tmp_path, [*api.ROUTES, *timelines.ROUTES, *posts.ROUTES], "ada", "bob") as desk:
        bob = desk.people["bob"]
        post = desk.do(lambda tx: publish(tx, bob, Draft(text="What a wound")).id)
        path = f"/api/v1/statuses/{post}"
        assert desk.get(path, "ada")["filtered"] == []
        assert desk.do(withhold.label, post, "graphic")
        told = desk.get(path, "ada")
        (result,) = told["filtered"]
        about = result["filter"]
        assert (about["title"], about["filter_action"]) == ("Violence or wounds", "warn")
        assert {"home", "public", "thread"} <= set(about["context"]) and int(about["id"]) < 0
        assert told["spoiler_text"] == "Violence or wounds" and told["sensitive"]
        assert desk.get(path, "bob")["filtered"] == [], "nobody's own posts are filtered for them"
        assert "filtered" not in desk.get(path), "strangers have no filters"
        (public,) = desk.get("/api/v1/timelines/public", "ada")
        assert public["filtered"] == told["filtered"]
        own = desk.sent("POST", "/api/v2/filters", "ada", title="mine", context=["public"])
        desk.sent("POST", f"/api/v2/filters/{own['id']}/keywords", "ada", keyword="wound")
        (public,) = desk.get("/api/v1/timelines/public", "ada")
        names = [each["filter"]["title"] for each in public["filtered"]]
        assert names == ["Violence or wounds", "mine"]
        desk.do(withhold.label, post, None)
        assert desk.get(path, "ada")["filtered"] == []


@pytest.mark.parametrize("level", list(Visibility)[:4])
def test_it_comes_back_for_whom_it_was(tx, ada, bob, level):
    """A post for friends that comes back for everybody would be a leak of our making."""
    post = stories.write(tx, bob, visibility=level, named=(ada,))
    assert withhold.withhold(tx, post) and not withhold.withhold(tx, post)
    (event,) = [each for each in tx.emitted if isinstance(each, PostWithheld)]
    assert (event.visibility, event.author) == (int(level), bob.id)
    with pytest.raises(Invalid):
        edit(tx, bob, post, Draft(text="other"))
    assert withhold.restore(tx, post) and not withhold.restore(tx, post)
    assert isinstance(tx.emitted[-1], PostTouched)
    withhold.withhold(tx, post)
    delete(tx, bob, post)
    (gone,) = [each for each in tx.emitted if isinstance(each, PostDeleted)]
    assert gone.visibility == int(level), "who has a copy elsewhere hears of its end"


def test_its_files_stay_away_when_a_suspension_ends(tx, bob):
    """Ending one measure must not end another."""
    post = stories.write(tx, bob)
    asked: list[tuple[int, bool]] = []
    person = known.one(tx, bob.id)
    withhold.withhold(tx, post)
    acts.perform(tx, "suspend", person, [])
    real = media.withhold_on

    def noticed(tx: Any, about: int, on: bool) -> None:
        asked.append((about, on))
        real(tx, about, on)

    patch = pytest.MonkeyPatch()
    patch.setattr(media, "withhold_on", noticed)
    acts.unsuspend(tx, person.account)
    patch.undo()
    assert asked == [(post, True)]
