"""Announcements: everybody reads them in time, puts them away, and puts an emoji under them."""

import pytest

import people
from app import Client
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.instance import announcements, api
from whimbrel.instance.announcements import moment_of
from whimbrel.instance.events import (
    AnnouncementDue,
    AnnouncementPublished,
    AnnouncementReacted,
    AnnouncementRetracted,
)
from whimbrel.instance.pictographs import is_emoji

HOUR = 3_600_000  # ms
KEYS = {
    *("id", "content", "starts_at", "ends_at", "all_day", "published_at", "updated_at", "read"),
    *("mentions", "statuses", "tags", "emojis", "reactions"),
}


def now(tx):
    return [shown.announcement.id for shown in announcements.current(tx, NOBODY)]


NOBODY = people.Viewer(account=1)


def test_it_is_read_in_its_time(db, clock):
    """Published later, it is not to be seen before; what it is about over, it goes by itself."""

    def publish(tx):
        made = announcements.publish(
            tx, "party", starts_at=tx.ms, ends_at=tx.ms + 2 * HOUR, publish_at=tx.ms + HOUR
        )
        due = AnnouncementDue(announcement=made.id)
        assert tx.emitted == [due, due]
        assert now(tx) == []
        return made.id

    def settled(tx):
        announcements.settle(tx, AnnouncementDue(announcement=id_))
        return tx.emitted, now(tx)

    id_ = db.write_sync(publish)
    assert db.write_sync(settled) == ([], [])
    clock.step(hours=1)
    for _ in range(2):
        assert db.write_sync(settled) == ([AnnouncementPublished(announcement=id_)], [id_])
    clock.step(hours=1)
    assert db.write_sync(settled) == ([AnnouncementRetracted(announcement=id_)], [])


def test_taking_one_back(tx, ada):
    """A mistake is gone for everybody, with what was done about it."""
    made = announcements.publish(tx, "wrong")
    announcements.dismiss(tx, ada, made.id)
    announcements.react(tx, ada, made.id, "👍")
    announcements.retract(tx, made.id)
    assert now(tx) == []
    assert tx.emitted == [
        AnnouncementPublished(announcement=made.id),
        AnnouncementReacted(announcement=made.id, name="👍"),
        AnnouncementRetracted(announcement=made.id),
    ]
    for act in (announcements.dismiss, lambda *about: announcements.react(*about, "👍")):
        with pytest.raises(NotFound):
            act(tx, ada, made.id)
    with pytest.raises(NotFound):
        announcements.retract(tx, made.id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": " "},
        {"text": "x" * 5001},
        {"text": "x", "ends_at": 2**41},
        {"text": "x", "starts_at": 2**41, "ends_at": 2**41 - 1},
        {"text": "x", "starts_at": 1, "ends_at": 2},
        {"text": "x", "all_day": True, "starts_at": 2**41},
    ],
)
def test_nonsense_is_refused(tx, wrong):
    """Before everybody reads it."""
    with pytest.raises(Invalid):
        announcements.publish(tx, **wrong)
    assert tx.emitted == []


def test_times_as_they_are_typed():
    """An operator's clock is not the server's: what has an offset keeps it, the rest is UTC."""
    assert moment_of("1970-01-01T01:00") == HOUR
    assert moment_of("1970-01-01T01:00+01:00") == 0
    assert moment_of("1970-01-02") == 24 * HOUR
    with pytest.raises(Invalid):
        moment_of("tomorrow")


def test_nine_different_emojis_are_one_too_many(tx, ada, bob):
    """An announcement would drown under them; one more of the same is welcome."""
    id_ = announcements.publish(tx, "hello").id
    for name in "🐦🦆🦅🦉🦜🐧🐔🦢":
        announcements.react(tx, ada, id_, name)
    with pytest.raises(Invalid):
        announcements.react(tx, bob, id_, "🦚")
    announcements.react(tx, bob, id_, "🐦")
    announcements.react(tx, bob, id_, "🐦")
    (shown,) = announcements.current(tx, bob)
    assert ("🐦", 2, True) in shown.reactions
    assert ("🦆", 1, False) in shown.reactions
    announcements.unreact(tx, bob, id_, "🐦")
    with pytest.raises(NotFound):
        announcements.unreact(tx, bob, id_, "🐦")


@pytest.mark.parametrize("name", ["tern", "", "a\0b", "\udcff", "x" * 5000, "'; --"])
def test_nonsense_under_it_is_refused(tx, ada, name):
    """PostgreSQL takes no NUL and no half character: neither may get that far."""
    id_ = announcements.publish(tx, "hello").id
    with pytest.raises(Invalid):
        announcements.react(tx, ada, id_, name)
    with pytest.raises(NotFound):
        announcements.unreact(tx, ada, id_, name)


@pytest.mark.parametrize(
    "text", ["👍", "👍🏽", "❤️", "❤", "👩‍👩‍👧‍👦", "🇵🇹", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈", "🪿", "☕"]
)
def test_emojis_are_known(text):
    """What a keyboard offers must not be refused."""
    assert is_emoji(text)


@pytest.mark.parametrize(
    "text", ["", "a", "ab", "👍👍", "🇵", "①", "#", "1", "‍", "👍‍", "<b>", "👍" * 20, "🏽🏽"]
)
def test_words_are_no_emojis(text):
    """Somebody would write under an announcement what everybody has to read."""
    assert not is_emoji(text)


def test_as_apps_read_them(db, tmp_path):
    """Strict decoders count on every key; links, tags and people are found in the words."""
    with Client(db, tmp_path, api.ROUTES, "ada", "bob") as client:
        words = "Hi @ada, #Birds at https://social.example/@ada/77 👋"
        id_ = client.do(announcements.publish, words).id
        path = "/api/v1/announcements"
        (told,) = client.get(path, "bob")
        assert set(told) == KEYS
        assert (told["id"], told["read"], told["reactions"]) == (str(id_), False, [])
        assert [each["acct"] for each in told["mentions"]] == ["ada"]
        assert told["tags"] == [{"name": "birds", "url": "https://social.example/tags/birds"}]
        assert told["statuses"] == [{"id": "77", "url": "https://social.example/@ada/77"}]
        assert 'class="u-url mention"' in told["content"]
        mine = f"{path}/{id_}/reactions/🐦"
        assert client.ask("PUT", mine, "bob").json() == {}
        (told,) = client.get(path, "bob")
        assert told["reactions"] == [{"name": "🐦", "count": 1, "me": True}]
        assert client.get(path, "ada")[0]["reactions"][0]["me"] is False
        assert client.ask("PUT", f"{path}/{id_}/reactions/bird", "bob").status_code == 422
        assert client.ask("DELETE", mine, "ada").status_code == 404
        assert client.ask("DELETE", mine, "bob").json() == {}
        assert client.ask("POST", f"{path}/{id_}/dismiss", "bob").json() == {}
        assert client.get(path, "bob") == []
        assert client.get(path, "bob", params={"with_dismissed": "true"})[0]["read"] is True
        assert len(client.get(path, "ada")) == 1
        assert client.ask("GET", path).status_code == 401
        assert client.ask("POST", f"{path}/77/dismiss", "bob").status_code == 404
