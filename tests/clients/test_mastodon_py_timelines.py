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
    """The ids of max's many posts, newest first, all of them in ned's home."""
    town.ned.account_follow(town.id("max"))
    call = town.server.call
    with ThreadPoolExecutor(4) as crew:
        made = crew.map(
            lambda i: call(
                town.tokens["max"], "POST", "/api/v1/statuses", status=f"{i} #countdown"
            ),
            range(MANY),
        )
        ids = sorted((str(each["id"]) for each in made), key=int, reverse=True)
    until(lambda: _ids(town.ned.timeline_home(limit=1)) == ids[:1], "the newest at home")
    until(lambda: len(town.ned.fetch_remaining(town.ned.timeline_home(limit=40))) >= MANY)
    return ids


def _ids(page: Any) -> list[str]:
    return [str(each.id) for each in page or ()]


# --- pages -------------------------------------------------------------------------------------


def test_to_the_end_of_a_timeline(town: Town, posts: list[str]) -> None:
    """Who scrolls down sees each post once, whatever timeline it is and however big the pages."""
    tag = town.ned.timeline_hashtag("countdown", limit=7)
    assert _ids(town.ned.fetch_remaining(tag)) == posts
    account = town.ned.account_statuses(town.id("max"), limit=25)
    assert _ids(town.ned.fetch_remaining(account)) == posts
    assert _ids(town.ned.fetch_remaining(town.ned.timeline_home(limit=40))) == posts
    local = town.ned.timeline_local(since_id=int(posts[-1]) - 1, limit=40)
    assert _ids(town.ned.fetch_remaining(local))[:MANY] == posts


def test_back_up_a_timeline(town: Town, posts: list[str]) -> None:
    """Who comes back from below sees the page just above, not the newest: nothing is skipped."""
    page = town.ned.timeline_home(max_id=posts[49], limit=10)
    assert _ids(page) == posts[50:60]
    above = town.ned.fetch_previous(page)
    assert _ids(above) == posts[40:50]
    assert _ids(town.ned.fetch_previous(above)) == posts[30:40]
    assert _ids(town.ned.fetch_next(above)) == posts[50:60]
    assert _ids(town.ned.timeline_home(since_id=posts[30], limit=10)) == posts[:10]
    assert _ids(town.ned.timeline_home(min_id=posts[30], limit=10)) == posts[20:30]
    newest = town.ned.timeline_home(limit=5)
    assert not town.ned.fetch_previous(newest)


def test_pages_by_date(town: Town, posts: list[str]) -> None:
    """Bots ask for what came since a moment; the library makes an id of it."""
    moment = town.ned.status(posts[-1]).created_at
    found = town.ned.timeline_home(min_id=moment.replace(microsecond=0), limit=1)
    assert _ids(found) == posts[-1:]
    assert _ids(town.ned.timeline_home(max_id=moment.replace(microsecond=0))) == []


def test_pages_of_people_and_marks(town: Town, posts: list[str]) -> None:
    """Lists whose cursors are nobody's ids page by Link alone, and go by the act, not the post."""
    for name in ("ned", "ole", "pam", "rob", "sue"):
        getattr(town, name).status_favourite(posts[0])
        if name != "ned":
            getattr(town, name).account_follow(town.id("max"))
    likers = town.max.status_favourited_by(posts[0])
    assert [a.acct for a in likers] == ["sue", "rob", "pam", "ole", "ned"]
    followers = town.max.account_followers(town.id("max"), limit=2)
    found = town.max.fetch_remaining(followers)
    assert [a.acct for a in found] == ["sue", "rob", "pam", "ole", "ned"]
    for post in (posts[3], posts[1], posts[2]):
        town.ole.status_favourite(post)
        town.ole.status_bookmark(post)
    for pages in (town.ole.favourites, town.ole.bookmarks):
        first = pages(limit=2)
        assert _ids(first) == [posts[2], posts[1]]
        second = town.ole.fetch_next(first)
        assert _ids(second)[0] == posts[3]
        assert _ids(town.ole.fetch_previous(second)) == [posts[2], posts[1]]


def test_what_is_shown_of_an_account(town: Town) -> None:
    """A profile's tabs: posts, posts and replies, media, boosts or none."""
    root = town.pam.status_post("mine")
    reply = town.pam.status_reply(town.ole.status_post("hers"), "to her")
    boost = town.pam.status_reblog(town.ole.status_post("boosted"))
    pam = town.id("pam")
    assert _ids(town.ned.account_statuses(pam)) == [boost.id, reply.id, root.id]
    assert _ids(town.ned.account_statuses(pam, exclude_replies=True)) == [boost.id, root.id]
    assert _ids(town.ned.account_statuses(pam, exclude_reblogs=True)) == [reply.id, root.id]
    assert _ids(town.ned.account_statuses(pam, only_media=True)) == []
    town.pam.status_post("also #mine")
    assert len(town.ned.account_statuses(pam, tagged="mine")) == 1


# --- notifications -----------------------------------------------------------------------------


def _told(town: Town, who: str, kind: str, found: Callable[[Any], bool]) -> Any:
    """The notification of that kind which is the one."""
    return until(
        lambda: next(filter(found, getattr(town, who).notifications(types=[kind])), None),
        f"{kind} to {who}",
    )


def test_notifications_of_every_kind(town: Town) -> None:
    """Somebody is told what happened to them, by whom, with the post, and only once."""
    town.max.notifications_clear()
    status = town.max.status_post("tell me")
    mention = town.ned.status_post("@max hello")
    told = _told(town, "max", "mention", lambda n: n.status.id == mention.id)
    assert (told.account.acct, told.status.account.acct) == ("ned", "ned")
    town.ned.status_favourite(status)
    assert _told(town, "max", "favourite", lambda n: n.status.id == status.id).account.acct == "ned"
    town.ole.status_reblog(status)
    assert _told(town, "max", "reblog", lambda n: n.status.id == status.id).account.acct == "ole"
    town.max.status_update(status, "tell me more")
    assert _told(town, "ole", "update", lambda n: n.status.id == status.id).account.acct == "max"
    town.rob.account_follow(town.id("sue"), notify=True)
    assert _told(town, "sue", "follow", lambda n: n.account.acct == "rob").id
    news = town.sue.status_post("news")
    assert _told(town, "rob", "status", lambda n: n.status.id == news.id).account.acct == "sue"
    town.sue.account_update_credentials(locked=True)
    town.pam.account_follow(town.id("sue"))
    assert _told(town, "sue", "follow_request", lambda n: n.account.acct == "pam").id
    town.sue.follow_request_authorize(town.id("pam"))
    town.sue.account_update_credentials(locked=False)
    kinds = [n.type for n in town.max.notifications()]
    assert sorted(kinds) == ["favourite", "mention", "reblog"]
    assert "mention" not in [n.type for n in town.max.notifications(exclude_types=["mention"])]
    only = town.max.notifications(account_id=town.id("ole"))
    assert [n.type for n in only] == ["reblog"]


def test_one_notification_less(town: Town) -> None:
    """What is dismissed stays away; what is read is counted no more."""
    town.max.notifications_clear()
    assert town.max.notifications() == []
    town.ned.status_post("@max one")
    town.ned.status_post("@max two")
    until(lambda: len(town.max.notifications()) == 2)
    newest, older = town.max.notifications()
    assert town.max.notifications_unread_count().count == 2
    assert town.max.notifications(id=newest).id == newest.id
    town.max.notifications_dismiss(newest)
    assert _ids(town.max.notifications()) == [older.id]
    town.max.markers_set("notifications", older.id)
    assert town.max.notifications_unread_count().count == 0


def test_a_deleted_post_takes_its_notification(town: Town) -> None:
    """Nobody's app opens a notification about something that is no longer there."""
    status = town.ned.status_post("@ole oops")
    _told(town, "ole", "mention", lambda n: n.status.id == status.id)
    town.ned.status_delete(status)
    mentions = lambda: town.ole.notifications(types=["mention"])  # noqa: E731
    until(lambda: all(n.status.id != status.id for n in mentions()), "a list without it")


def test_pages_of_notifications(town: Town, posts: list[str]) -> None:
    """A busy evening's notifications page both ways like any timeline."""
    town.max.notifications_clear()
    for post in posts[:9]:
        town.rob.status_reblog(post)
    until(lambda: len(town.max.notifications(types=["reblog"])) == 9)
    page = town.max.notifications(limit=4)
    rest = town.max.fetch_remaining(page)
    assert len(set(_ids(rest))) == 9
    second = town.max.fetch_next(page)
    assert _ids(second) == _ids(rest)[4:8]
    assert _ids(town.max.fetch_previous(second)) == _ids(page)


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
    town.ned.account_follow(town.id("max"))
    town.ned.update_notifications_policy(for_private_mentions="accept")
    with listening(town.ned.stream_user) as ear:
        status = town.max.status_post("live")
        assert ear.wait("update", status.id).account.acct == "max"
        town.max.status_update(status, "livelier")
        assert "livelier" in ear.wait("status.update", status.id).content
        mention = town.ole.status_post("@ned hey", visibility="direct")
        told = ear.wait("notification", mention.id)
        assert (told.type, told.account.acct) == ("mention", "ole")
        town.max.status_delete(status)
        ear.wait("delete", status.id)
        hidden = town.ole.status_post("not for ned", visibility="private")
        last = town.max.status_post("the last")
        ear.wait("update", last.id)
        assert all(_about(data) != hidden.id for _, data in ear.heard)


def test_public_streams(town: Town) -> None:
    """Who looks at the public or a tag's timeline sees it move, and nothing private."""
    app: Mastodon = town.rob
    with (
        listening(app.stream_public) as public,
        listening(app.stream_local) as local,
        listening(app.stream_hashtag, "live") as tag,
    ):
        private = town.max.status_post("psst #live", visibility="private")
        status = town.max.status_post("hear #LIVE")
        for ear in (public, local, tag):
            assert ear.wait("update", status.id).tags[0].name == "live"
        other = town.max.status_post("no tag")
        local.wait("update", other.id)
        town.max.status_delete(status)
        for ear in (public, local, tag):
            ear.wait("delete", status.id)
            assert all(_about(data) != private.id for _, data in ear.heard)
        assert all(_about(data) != other.id for _, data in tag.heard)


def test_streams_of_lists_and_notifications(town: Town) -> None:
    """A column with a list, or with notifications alone, moves by itself as well."""
    assert town.ole.stream_healthy()
    town.ole.account_follow(town.id("pam"))
    made = town.ole.list_create("live")
    town.ole.list_accounts_add(made, [town.id("pam")])
    with (
        listening(town.ole.stream_list, made.id) as ear,
        listening(town.ole.stream_user_notifications) as told,
    ):
        status = town.pam.status_post("to the list, and to @ole")
        ear.wait("update", status.id)
        assert told.wait("notification", status.id).type == "mention"
    assert [name for name, _ in told.heard] == ["notification"]
