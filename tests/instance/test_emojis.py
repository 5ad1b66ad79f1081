"""The server's own little pictures: in posts and names once they are there, and then no more."""

import json

import pytest
from conversations import shown, uploaded

from app import Client
from whimbrel.accounts import emojis as worn
from whimbrel.accounts import profile, serialize
from whimbrel.accounts.events import EmojisChanged
from whimbrel.accounts.queries import by_id
from whimbrel.accounts.rules import Emoji
from whimbrel.core.engines import Query
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import iso, millis, time_of
from whimbrel.federation.vocabulary.actor import emoji
from whimbrel.instance import api, emojis
from whimbrel.media import queries as media
from whimbrel.media.tables import media as uploads
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, PollDraft


@pytest.fixture
def picture(tx, ada):
    """An upload in the server's own name."""
    return in_its_name(tx, ada)


def in_its_name(tx, ada):
    id_ = uploaded(tx, ada)
    tx.run(Query(uploads.update().where(uploads.c.id == id_).values(account=emojis.NOBODY)))
    return id_


def face(tx, who):
    return json.loads(serialize.account(tx.instance, by_id(tx, who.id)))


def settle(tx):
    """What the outbox would do, twice over."""
    for _ in range(2):
        worn.renew(tx, EmojisChanged())


def test_a_name_shows_it_from_the_next_profile_on(tx, ada, picture):
    """Apps draw `:tern:` in a name only when the account says where the picture is."""
    emojis.add(tx, "tern", picture, "Birds")
    assert EmojisChanged() in tx.emitted
    changes = profile.Changes(display_name="Ada :tern:", note="a :gull:")
    profile.update(tx, ada, changes)
    (told,) = face(tx, ada)["emojis"]
    assert (told["shortcode"], told["category"], told["visible_in_picker"]) == (
        *("tern", "Birds"),
        True,
    )
    assert told["url"] == told["static_url"]
    profile.update(tx, ada, profile.Changes(display_name="Ada"))
    assert face(tx, ada)["emojis"] == []


def test_other_servers_are_told_since_when_it_looks_like_that(tx, ada, picture):
    """They keep a picture until they hear of a newer one."""
    emojis.add(tx, "tern", picture)
    profile.update(tx, ada, profile.Changes(display_name=":tern:"))
    (worn_by_her,) = by_id(tx, ada.id).emojis
    said = emoji(tx.instance, worn_by_her)
    assert said["updated"] == iso(millis(time_of(picture)))
    old = emoji(tx.instance, Emoji("tern", "token", "tern.png"))  # kept before that was
    assert "updated" not in old


def test_whoever_wrote_it_before_it_was_there_gets_it(tx, ada, bob, picture):
    """People write a shortcode they know from elsewhere; it must not wait for their next edit."""
    profile.update(tx, ada, profile.Changes(display_name=":tern:"))
    post = publish(tx, bob, Draft(text="a :tern:"))
    assert face(tx, ada)["emojis"] == shown(tx, bob, post.id)["emojis"] == []
    emojis.add(tx, "tern", picture)
    settle(tx)
    told = face(tx, ada)["emojis"]
    assert [each["shortcode"] for each in told] == ["tern"]
    assert shown(tx, bob, post.id)["emojis"] == told


@pytest.mark.parametrize("end", [emojis.remove, emojis.disable])
def test_it_is_gone_everywhere(tx, ada, picture, end):
    """A picture that must not be shown any more is shown nowhere, in no name and no old post."""
    emojis.add(tx, "tern", picture)
    profile.update(tx, ada, profile.Changes(display_name=":tern:"))
    post = publish(tx, ada, Draft(text=":tern:"))
    assert shown(tx, ada, post.id)["account"]["emojis"]
    end(tx, "tern")
    settle(tx)
    status = shown(tx, ada, post.id)
    assert status["emojis"] == status["account"]["emojis"] == []
    assert bool(media.by_ids(tx, [picture])) is (end is emojis.disable)


def test_one_that_was_disabled_comes_back(tx, picture):
    """Disabling is for thinking it over."""
    emojis.add(tx, "tern", picture)
    emojis.disable(tx, "tern")
    assert [each.disabled for each in emojis.everyone(tx)] == [True]
    emojis.disable(tx, "tern", False)
    assert [each.disabled for each in emojis.everyone(tx)] == [False]


def test_every_poll_option_may_have_one(tx, ada, picture):
    """An app that draws options looks at the poll's own list."""
    emojis.add(tx, "tern", picture)
    poll = PollDraft(options=("a :tern:", "b"), expires_in=600)
    made = publish(tx, ada, Draft(text="?", poll=poll))
    assert [each["shortcode"] for each in shown(tx, ada, made.id)["poll"]["emojis"]] == ["tern"]


@pytest.mark.parametrize("code", ["", "x", "a-b", "é" * 3, "x" * 65, "a b", ":a"])
def test_a_shortcode_is_one_that_posts_can_name(tx, picture, code):
    """A picture that nobody can write helps nobody."""
    with pytest.raises(Invalid):
        emojis.add(tx, code, picture)


def test_a_name_is_given_once(tx, ada, picture):
    """A second picture under the same name would change what people wrote."""
    emojis.add(tx, "tern", picture)
    with pytest.raises(Invalid):
        emojis.add(tx, "tern", in_its_name(tx, ada))
    for act in (emojis.remove, emojis.disable):
        with pytest.raises(NotFound):
            act(tx, "gull")


def test_all_of_many_accounts_are_renewed(tx, ada, bob, eve, monkeypatch):
    """A large server is gone through slice by slice, and nobody is left out."""
    monkeypatch.setattr(worn, "SLICE", 2)
    before = [by_id(tx, who.id).rev for who in (ada, bob, eve)]
    event = EmojisChanged()
    while event is not None:
        done = len(tx.emitted)
        worn.renew(tx, event)
        event = tx.emitted[-1] if len(tx.emitted) > done else None
    assert [by_id(tx, who.id).rev for who in (ada, bob, eve)] == [rev + 1 for rev in before]


def test_as_apps_list_them(db, tmp_path):
    """The picker of an app is filled from here, without a token."""
    with Client(db, tmp_path, api.ROUTES, "ada") as client:
        assert client.get("/api/v1/custom_emojis") == []

        def fill(tx):
            emojis.add(tx, "tern", in_its_name(tx, client.people["ada"]), "Birds")
            emojis.add(tx, "gull", in_its_name(tx, client.people["ada"]))
            emojis.disable(tx, "gull")

        client.do(fill)
        (tern,) = client.get("/api/v1/custom_emojis")
        assert set(tern) == {"shortcode", "url", "static_url", "visible_in_picker", "category"}
