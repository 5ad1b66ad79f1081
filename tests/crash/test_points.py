"""The power goes at every step of publishing, deleting, uploading and leaving, by name.

The steps are not listed here: each story is lived through, and told of each step it took
(`points.py`); then the server dies at them. After it is back, what was acknowledged is there once
and what was erased nowhere, as a whole; and whoever heard nothing and tries again gets what they
wanted. The ordinary run takes some of the steps, WHIMBREL_LONG=1 all of them."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `import yard`: importmode=importlib adds none

from ledger import Ledger, scratch_of
from yard import PATIENCE, Mortal, house, leave, picture, upload

from server import fetched

LONG = bool(os.environ.get("WHIMBREL_LONG"))
LOST = (OSError, httpx.TransportError)  # what a client sees of a server that dies


class Place(NamedTuple):
    """The server, what its files say, and whose tokens there are."""

    server: Mortal
    ledger: Ledger
    tokens: dict[str, str]
    ids: dict[str, str]

    def call(self, name: str, method: str, path: str, **values: Any) -> Any:
        return self.server.call(self.tokens[name], method, path, **values)

    def status(self, name: str, path: str) -> int:
        """What a GET is answered with."""
        try:
            self.call(name, "GET", path)
        except HTTPError as error:
            return error.code
        return 200

    def join(self, *names: str) -> None:
        self.tokens.update(self.server.people(*names))
        for name in names:
            me = self.call(name, "GET", "/api/v1/accounts/verify_credentials")
            self.ids[name] = me["id"]


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Ada writes, bob follows her."""
    folder = tmp_path_factory.mktemp("points")
    with house(request, request.param, folder / "data") as (server, ledger):
        here = Place(server, ledger, {}, {})
        here.join("ada", "bob")
        here.call("bob", "POST", f"/api/v1/accounts/{here.ids['ada']}/follow")
        ledger.settle()
        yield here


# ------------------------------------------------------------------------------ the stories


class Story:
    """Something that is asked for, and what must be so afterwards. One is lived through once."""

    def __init__(self, here: Place, number: int) -> None:
        self.here, self.number = here, number

    def begin(self) -> None:
        """What is there before."""

    def act(self) -> None:
        """Ask for it. Returns once that was acknowledged; asked again it does no harm."""

    def check(self) -> None:
        """It happened, all of it, once."""

    def whole(self) -> None:
        """It was not acknowledged: it happened, or it did not, and nothing between."""


class Publish(Story):
    """A post that names somebody and has a tag."""

    def act(self) -> None:
        self.text = f"@bob tide number{self.number} #tide{self.number}"
        answer = httpx.post(
            f"{self.here.server.url}/api/v1/statuses",
            json={"status": self.text},
            headers={
                "Authorization": f"Bearer {self.here.tokens['ada']}",
                "Idempotency-Key": f"key {self.number}",
            },
            timeout=PATIENCE,
        )
        answer.raise_for_status()
        self.post = answer.json()["id"]

    def check(self) -> None:
        here, number = self.here, self.number
        mine = here.call("ada", "GET", f"/api/v1/accounts/{here.ids['ada']}/statuses")
        assert [p["id"] for p in mine if f"number{number}" in p["content"]] == [self.post]
        for path in ("/api/v1/timelines/home", f"/api/v1/timelines/tag/tide{number}"):
            shown = here.call("bob", "GET", path)
            assert [p["id"] for p in shown if f"number{number}" in p["content"]] == [self.post]
        told = here.call("bob", "GET", "/api/v1/notifications")
        named = [n for n in told if (n.get("status") or {}).get("id") == self.post]
        assert [n["type"] for n in named] == ["mention"]
        found = here.call("bob", "GET", "/api/v2/search", q=f"number{number}")
        assert [p["id"] for p in found["statuses"]] == [self.post]


class Delete(Story):
    """A post with a picture, which somebody likes, goes with its picture."""

    def begin(self) -> None:
        here = self.here
        media = upload(here.server, here.tokens["ada"], picture(self.number))
        post = here.call(
            "ada",
            "POST",
            "/api/v1/statuses",
            status=f"@bob ebb number{self.number} #ebb{self.number}",
            media_ids=[media],
        )
        self.post, self.file = post["id"], post["media_attachments"][0]["url"]
        here.call("bob", "POST", f"/api/v1/statuses/{self.post}/favourite")
        self.shown = here.call("ada", "GET", f"/api/v1/statuses/{self.post}")
        self.objects = here.ledger.rows(
            "SELECT object FROM files JOIN media ON media.id = files.media"
            f" WHERE post = {int(self.post)}"
        )
        assert self.objects

    def act(self) -> None:
        try:
            self.here.call("ada", "DELETE", f"/api/v1/statuses/{self.post}?delete_media=true")
        except HTTPError as error:
            assert error.code == 404  # the try before had been heard

    def whole(self) -> None:
        if self.here.status("ada", f"/api/v1/statuses/{self.post}") == 200:
            again = self.here.call("ada", "GET", f"/api/v1/statuses/{self.post}")
            assert again == self.shown
            assert fetched(self.file)
        else:
            self.check()

    def check(self) -> None:
        here = self.here
        for name in ("ada", "bob"):
            assert here.status(name, f"/api/v1/statuses/{self.post}") == 404
        for path in (
            "/api/v1/timelines/home",
            "/api/v1/notifications",
            "/api/v1/favourites",
            f"/api/v1/timelines/tag/ebb{self.number}",
        ):
            assert f"number{self.number}" not in str(here.call("bob", "GET", path)), path
        found = here.call("bob", "GET", "/api/v2/search", q=f"number{self.number}")
        assert found["statuses"] == []
        with pytest.raises(HTTPError):
            fetched(self.file)
        for (object_,) in self.objects:
            assert not (here.server.data / "objects" / object_).exists()


class Upload(Story):
    """A picture, and the post that shows it."""

    def act(self) -> None:
        here = self.here
        media = upload(here.server, here.tokens["ada"], picture(self.number))
        post = here.call(
            "ada", "POST", "/api/v1/statuses", status=f"pic {self.number}", media_ids=[media]
        )
        self.post, self.file = post["id"], post["media_attachments"][0]["url"]

    def whole(self) -> None:
        """What it was converting has failed, and its plain file is nowhere."""
        assert scratch_of(self.here.server.data) == []

    def check(self) -> None:
        assert self.here.status("bob", f"/api/v1/statuses/{self.post}") == 200
        assert fetched(self.file)
        assert scratch_of(self.here.server.data) == []


class Leave(Story):
    """Somebody who wrote, liked, followed and was followed closes the account."""

    def begin(self) -> None:
        here, self.name = self.here, f"eve{self.number}"
        here.join(self.name)
        self.id = here.ids[self.name]
        here.call(self.name, "POST", f"/api/v1/accounts/{here.ids['ada']}/follow")
        here.call("bob", "POST", f"/api/v1/accounts/{self.id}/follow")
        media = upload(here.server, here.tokens[self.name], picture(self.number))
        post = here.call(
            self.name, "POST", "/api/v1/statuses", status="@bob farewell", media_ids=[media]
        )
        self.post, self.file = post["id"], post["media_attachments"][0]["url"]
        tide = here.call("bob", "POST", "/api/v1/statuses", status=f"tide {self.number}")["id"]
        here.call(self.name, "POST", f"/api/v1/statuses/{tide}/favourite")
        here.call(self.name, "POST", f"/api/v1/statuses/{tide}/reblog")
        self.tide = tide

    def act(self) -> None:
        if self.here.status(self.name, "/api/v1/accounts/verify_credentials") == 200:
            leave(self.here.server, self.name)

    def whole(self) -> None:
        here = self.here
        if here.status(self.name, "/api/v1/accounts/verify_credentials") == 200:
            assert here.status("bob", f"/api/v1/accounts/{self.id}") == 200
            assert here.status("bob", f"/api/v1/statuses/{self.post}") == 200
            assert fetched(self.file)
        else:
            self.check()

    def check(self) -> None:
        here = self.here
        assert here.status(self.name, "/api/v1/accounts/verify_credentials") == 401
        assert here.status("bob", f"/api/v1/accounts/{self.id}") in (404, 410)
        assert here.status("bob", f"/api/v1/statuses/{self.post}") == 404
        with pytest.raises(HTTPError):
            fetched(self.file)
        tide = here.call("bob", "GET", f"/api/v1/statuses/{self.tide}")
        assert (tide["favourites_count"], tide["reblogs_count"]) == (0, 0)
        assert here.ledger.left_of(int(self.id)) == {}


STORIES: dict[str, tuple[type[Story], tuple[str, ...]]] = {
    # with steps that it must have told of, lest nothing be tried unnoticed
    "publish": (
        Publish,
        ("written:acted", "timelines.fanout.add_to_homes:PostPublished:committed"),
    ),
    "delete": (Delete, ("delete:committed", "delete:shredded", "file:removed")),
    "upload": (Upload, ("begin:acted", "media:sealed", "_record:committed")),
    "leave": (Leave, ("_erase:committed", "_erase:shredded")),
}


@pytest.mark.parametrize("what", STORIES)
def test_the_power_may_go_at_any_step(place: Place, what: str) -> None:
    """An erasure that stopped half-way, or a post that was acknowledged and is not there."""
    kind, certain = STORIES[what]
    numbers = iter(range(list(STORIES).index(what) * 1000 + 1, 10**6))
    told = []
    for _ in range(2):  # what happens once a day is no step of it
        story = kind(place, next(numbers))
        story.begin()
        place.ledger.settle()
        place.server.steps()
        story.act()
        place.ledger.settle()
        story.check()
        told.append(place.server.steps())
    steps = [step for step in told[1] if step in told[0]]
    missing = [step for step in certain if not any(taken.endswith(step) for taken in steps)]
    assert not missing, steps
    tried = steps if LONG else [s for s in steps if any(s.endswith(c) for c in certain[-1:])]
    for step in tried:
        _lives_through(place, kind(place, next(numbers)), step)
    place.ledger.audit()
    if LONG:
        sys.stdout.write(f"\n{what}: died at each of {len(tried)} steps\n")


def _lives_through(place: Place, story: Story, step: str) -> None:
    """A death at this step, and what comes after it."""
    story.begin()
    place.ledger.settle()
    place.server.dies_at(step)
    heard = True
    try:
        story.act()
    except LOST:
        heard = False
    assert place.server.is_dead(), f"it never came to {step}"
    place.server.start()
    try:
        place.ledger.settle()
        if not heard:
            story.whole()
            story.act()
            place.ledger.settle()
        story.check()
    except BaseException as error:
        error.add_note(f"it died at {step}")
        raise
