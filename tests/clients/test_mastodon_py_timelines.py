"""Mastodon.py, unchanged from PyPI: long timelines in both directions, notifications, streams."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from client_town import Town, until
from mastodon import Mastodon, StreamListener

MANY = 65


@pytest.fixture(scope="module")
def posts(town: Town) -> list[str]:
    """The ids of gus's many posts, newest first, all of them in hal's home."""
    town.hal.account_follow(town.id("gus"))
    call = town.server.call
    with ThreadPoolExecutor(4) as crew:
        made = crew.map(
            lambda i: call(
                town.tokens["gus"], "POST", "/api/v1/statuses", status=f"{i} #countdown"
            ),
            range(MANY),
        )
        ids = sorted((str(each["id"]) for each in made), key=int, reverse=True)
    until(lambda: _ids(town.hal.timeline_home(limit=1)) == ids[:1], "the newest at home")
    until(lambda: len(town.hal.fetch_remaining(town.hal.timeline_home(limit=40))) >= MANY)
    return ids


def _ids(page: Any) -> list[str]:
    return [str(each.id) for each in page or ()]


# --- pages -------------------------------------------------------------------------------------


def test_to_the_end_of_a_timeline(town: Town, posts: list[str]) -> None:
    """Who scrolls down sees each post once, whatever timeline it is and however big the pages."""
    tag = town.hal.timeline_hashtag("countdown", limit=7)
    assert _ids(town.hal.fetch_remaining(tag)) == posts
    account = town.hal.account_statuses(town.id("gus"), limit=25)
    assert _ids(town.hal.fetch_remaining(account)) == posts
    assert _ids(town.hal.fetch_remaining(town.hal.timeline_home(limit=40))) == posts
    local = town.hal.timeline_local(since_id=int(posts[-1]) - 1, limit=40)
    assert _ids(town.hal.fetch_remaining(local))[:MANY] == posts


def test_back_up_a_timeline(town: Town, posts: list[str]) -> None:
    """Who comes back from below sees the page just above, not the newest: nothing is skipped."""
    page = town.hal.timeline_home(max_id=posts[49], limit=10)
    assert _ids(page) == posts[50:60]
    above = town.hal.fetch_previous(page)
    assert _ids(above) == posts[40:50]
    assert _ids(town.hal.fetch_previous(above)) == posts[30:40]
    assert _ids(town.hal.fetch_next(above)) == posts[50:60]
    assert _ids(town.hal.timeline_home(since_id=posts[30], limit=10)) == posts[:10]
    assert _ids(town.hal.timeline_home(min_id=posts[30], limit=10)) == posts[20:30]
    newest = town.hal.timeline_home(limit=5)
    assert not town.hal.fetch_previous(newest)


def test_pages_by_date(town: Town, posts: list[str]) -> None:
    """Bots ask for what came since a moment; the library makes an id of it."""
    moment = town.hal.status(posts[-1]).created_at
    found = town.hal.timeline_home(min_id=moment.replace(microsecond=0), limit=1)
    assert _ids(found) == posts[-1:]
    assert _ids(town.hal.timeline_home(max_id=moment.replace(microsecond=0))) == []


def test_pages_of_people_and_marks(town: Town, posts: list[str]) -> None:
    """Lists whose cursors are nobody's ids page by Link alone, and go by the act, not the post."""
    for name in ("hal", "ivy", "jon", "kit", "leo"):
        getattr(town, name).status_favourite(posts[0])
        if name != "hal":
            getattr(town, name).account_follow(town.id("gus"))
    likers = town.gus.status_favourited_by(posts[0])
    assert [a.acct for a in likers] == ["leo", "kit", "jon", "ivy", "hal"]
    followers = town.gus.account_followers(town.id("gus"), limit=2)
    found = town.gus.fetch_remaining(followers)
    assert [a.acct for a in found] == ["leo", "kit", "jon", "ivy", "hal"]
    for post in (posts[3], posts[1], posts[2]):
        town.ivy.status_favourite(post)
        town.ivy.status_bookmark(post)
    for pages in (town.ivy.favourites, town.ivy.bookmarks):
        first = pages(limit=2)
        assert _ids(first) == [posts[2], posts[1]]
        second = town.ivy.fetch_next(first)
        assert _ids(second)[0] == posts[3]
        assert _ids(town.ivy.fetch_previous(second)) == [posts[2], posts[1]]


def test_what_is_shown_of_an_account(town: Town) -> None:
    """A profile's tabs: posts, posts and replies, media, boosts or none."""
    root = town.jon.status_post("mine")
    reply = town.jon.status_reply(town.ivy.status_post("hers"), "to her")
    boost = town.jon.status_reblog(town.ivy.status_post("boosted"))
    jon = town.id("jon")
    assert _ids(town.hal.account_statuses(jon)) == [boost.id, reply.id, root.id]
    assert _ids(town.hal.account_statuses(jon, exclude_replies=True)) == [boost.id, root.id]
    assert _ids(town.hal.account_statuses(jon, exclude_reblogs=True)) == [reply.id, root.id]
    assert _ids(town.hal.account_statuses(jon, only_media=True)) == []
    town.jon.status_post("also #mine")
    assert len(town.hal.account_statuses(jon, tagged="mine")) == 1


# --- notifications -----------------------------------------------------------------------------


def _told(town: Town, who: str, kind: str, found: Callable[[Any], bool]) -> Any:
    """The notification of that kind which is the one."""
    return until(
        lambda: next(filter(found, getattr(town, who).notifications(types=[kind])), None),
        f"{kind} to {who}",
    )


def test_notifications_of_every_kind(town: Town) -> None:
    """Somebody is told what happened to them, by whom, with the post, and only once."""
    town.gus.notifications_clear()
    status = town.gus.status_post("tell me")
    mention = town.hal.status_post("@gus hello")
    told = _told(town, "gus", "mention", lambda n: n.status.id == mention.id)
    assert (told.account.acct, told.status.account.acct) == ("hal", "hal")
    town.hal.status_favourite(status)
    assert _told(town, "gus", "favourite", lambda n: n.status.id == status.id).account.acct == "hal"
    town.ivy.status_reblog(status)
    assert _told(town, "gus", "reblog", lambda n: n.status.id == status.id).account.acct == "ivy"
    town.gus.status_update(status, "tell me more")
    assert _told(town, "ivy", "update", lambda n: n.status.id == status.id).account.acct == "gus"
    town.kit.account_follow(town.id("leo"), notify=True)
    assert _told(town, "leo", "follow", lambda n: n.account.acct == "kit").id
    news = town.leo.status_post("news")
    assert _told(town, "kit", "status", lambda n: n.status.id == news.id).account.acct == "leo"
    town.leo.account_update_credentials(locked=True)
    town.jon.account_follow(town.id("leo"))
    assert _told(town, "leo", "follow_request", lambda n: n.account.acct == "jon").id
    town.leo.follow_request_authorize(town.id("jon"))
    town.leo.account_update_credentials(locked=False)
    kinds = [n.type for n in town.gus.notifications()]
    assert sorted(kinds) == ["favourite", "mention", "reblog"]
    assert "mention" not in [n.type for n in town.gus.notifications(exclude_types=["mention"])]
    only = town.gus.notifications(account_id=town.id("ivy"))
    assert [n.type for n in only] == ["reblog"]


def test_one_notification_less(town: Town) -> None:
    """What is dismissed stays away; what is read is counted no more."""
    town.gus.notifications_clear()
    assert town.gus.notifications() == []
    town.hal.status_post("@gus one")
    town.hal.status_post("@gus two")
    until(lambda: len(town.gus.notifications()) == 2)
    newest, older = town.gus.notifications()
    assert town.gus.notifications_unread_count().count == 2
    assert town.gus.notifications(id=newest).id == newest.id
    town.gus.notifications_dismiss(newest)
    assert _ids(town.gus.notifications()) == [older.id]
    town.gus.markers_set("notifications", older.id)
    assert town.gus.notifications_unread_count().count == 0


def test_a_deleted_post_takes_its_notification(town: Town) -> None:
    """Nobody's app opens a notification about something that is no longer there."""
    status = town.hal.status_post("@ivy oops")
    _told(town, "ivy", "mention", lambda n: n.status.id == status.id)
    town.hal.status_delete(status)
    mentions = lambda: town.ivy.notifications(types=["mention"])  # noqa: E731
    until(lambda: all(n.status.id != status.id for n in mentions()), "a list without it")


def test_pages_of_notifications(town: Town, posts: list[str]) -> None:
    """A busy evening's notifications page both ways like any timeline."""
    town.gus.notifications_clear()
    for post in posts[:9]:
        town.kit.status_reblog(post)
    until(lambda: len(town.gus.notifications(types=["reblog"])) == 9)
    page = town.gus.notifications(limit=4)
    rest = town.gus.fetch_remaining(page)
    assert len(set(_ids(rest))) == 9
    second = town.gus.fetch_next(page)
    assert _ids(second) == _ids(rest)[4:8]
    assert _ids(town.gus.fetch_previous(second)) == _ids(page)


# --- streams -----------------------------------------------------------------------------------


class Ear(StreamListener):
    """Keeps what it heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.open = threading.Event()

    def handle_heartbeat(self) -> None:
        self.open.set()

    def on_any_event(self, name: str, data: Any = None) -> None:
        self.heard.append((name, data))

    def wait(self, kind: str, id_: str) -> Any:
        """The event of that kind about that post or notification's post."""
        return until(
            lambda: next((d for name, d in self.heard if name == kind and _about(d) == id_), None),
            f"{kind} of {id_}; heard {[name for name, _ in self.heard]}",
        )


def _about(data: Any) -> str:
    if hasattr(data, "type") and hasattr(data, "status"):
        return str(data.status.id) if data.status else str(data.account.id)
    return str(getattr(data, "id", data))


@contextmanager
def listening(start: Callable[..., Any], *args: Any, **more: Any) -> Iterator[Ear]:
    """An ear on a stream for as long as the block lasts."""
    ear = Ear()
    handle = start(*args, ear, run_async=True, **more)
    assert ear.open.wait(15), "the stream never said anything"
    try:
        yield ear
    finally:
        # The library's `close` waits for the next byte; ending the socket wakes it at once.
        handle.closed = True
        with suppress(OSError):
            handle.connection.raw.connection.sock.shutdown(socket.SHUT_RDWR)
        handle.join(5)


def test_the_users_stream(town: Town) -> None:
    """Who has the app open sees posts, edits, deletions and notifications come without asking."""
    town.hal.account_follow(town.id("gus"))
    with listening(town.hal.stream_user) as ear:
        status = town.gus.status_post("live")
        assert ear.wait("update", status.id).account.acct == "gus"
        town.gus.status_update(status, "livelier")
        assert "livelier" in ear.wait("status.update", status.id).content
        mention = town.ivy.status_post("@hal hey", visibility="direct")
        told = ear.wait("notification", mention.id)
        assert (told.type, told.account.acct) == ("mention", "ivy")
        town.gus.status_delete(status)
        ear.wait("delete", status.id)
        hidden = town.ivy.status_post("not for hal", visibility="private")
        last = town.gus.status_post("the last")
        ear.wait("update", last.id)
        assert all(_about(data) != hidden.id for _, data in ear.heard)


def test_public_streams(town: Town) -> None:
    """Who looks at the public or a tag's timeline sees it move, and nothing private."""
    app: Mastodon = town.kit
    with (
        listening(app.stream_public) as public,
        listening(app.stream_local) as local,
        listening(app.stream_hashtag, "live") as tag,
    ):
        private = town.gus.status_post("psst #live", visibility="private")
        status = town.gus.status_post("hear #LIVE")
        for ear in (public, local, tag):
            assert ear.wait("update", status.id).tags[0].name == "live"
        other = town.gus.status_post("no tag")
        local.wait("update", other.id)
        town.gus.status_delete(status)
        for ear in (public, local, tag):
            ear.wait("delete", status.id)
            assert all(_about(data) != private.id for _, data in ear.heard)
        assert all(_about(data) != other.id for _, data in tag.heard)


def test_streams_of_lists_and_notifications(town: Town) -> None:
    """A column with a list, or with notifications alone, moves by itself as well."""
    assert town.ivy.stream_healthy()
    town.ivy.account_follow(town.id("jon"))
    made = town.ivy.list_create("live")
    town.ivy.list_accounts_add(made, [town.id("jon")])
    with (
        listening(town.ivy.stream_list, made.id) as ear,
        listening(town.ivy.stream_user_notifications) as told,
    ):
        status = town.jon.status_post("to the list, and to @ivy")
        ear.wait("update", status.id)
        assert told.wait("notification", status.id).type == "mention"
    assert [name for name, _ in told.heard] == ["notification"]
