"""Mastodon.py, unchanged from PyPI: coming in, writing, reading, and what people do with both.

Each test is a thing that users of apps built on it do every day."""

import base64
import secrets
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from browser_walk import Browser, code_shown, sent_to
from client_town import Town, until
from mastodon import Mastodon
from mastodon.errors import (
    MastodonAPIError,
    MastodonIllegalArgumentError,
    MastodonNotFoundError,
    MastodonUnauthorizedError,
)

from server import Server

SCOPES = ["read", "write", "follow", "push"]
BACK = "http://127.0.0.1:9/back?of=app"


def app_of(server: Server, redirects: str | list[str] | None = None) -> Mastodon:
    """An app that has just registered."""
    client_id, secret = Mastodon.create_app(
        "Walker", SCOPES, redirects, "https://app.example", api_base_url=server.url
    )
    return Mastodon(client_id, secret, api_base_url=server.url)


# --- coming in -------------------------------------------------------------------------------


def test_signing_in_with_a_copied_code(town: Town) -> None:
    """Everybody of a command-line app or bot: the code is shown, pasted, and becomes a token."""
    app = app_of(town.server)
    url = app.auth_request_url(scopes=SCOPES, allow_http=True)
    token = app.log_in(code=code_shown(town.server, url, "ada"), scopes=SCOPES, allow_http=True)
    assert app.me().username == "ada"
    assert app.app_verify_credentials().name == "Walker"
    app.revoke_access_token(allow_http=True)
    late = Mastodon(access_token=token, api_base_url=town.server.url)
    with pytest.raises(MastodonUnauthorizedError):
        late.me()


def test_signing_in_by_redirect(town: Town) -> None:
    """A web app gets its code at its own address, with its state, once."""
    app = app_of(town.server, [BACK, "app://here"])
    url = app.auth_request_url(redirect_uris=BACK, scopes=SCOPES, state="s&t=1", allow_http=True)
    with Browser(town.server) as browser:
        page = browser.let_in(url, "bob")
        # The session is still there: an app asking again gets the question, not the sign-in form.
        again = browser.open(url)
        assert ("decision", "deny") in again.forms[-1].buttons
        refused = browser.submit(again, -1, decision="deny")
    assert page.address.startswith(BACK)
    told = sent_to(page)[1]
    assert (told["state"], told["of"]) == ("s&t=1", "app")
    assert sent_to(refused)[1]["error"] == "access_denied"
    app.log_in(code=told["code"], redirect_uri=BACK, scopes=SCOPES, allow_http=True)
    assert app.me().acct == "bob"
    with pytest.raises(Exception, match="invalid_grant"):
        app.log_in(code=told["code"], redirect_uri=BACK, scopes=SCOPES, allow_http=True)


def test_signing_in_to_a_phone_with_pkce(town: Town) -> None:
    """Phones have no secret to keep: the verifier proves that it is the same app, and force_login
    asks for the password although somebody is signed in already."""
    server = town.server
    app = app_of(server, "app://here")
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": app.client_id,
        "redirect_uri": "app://here",
        "response_type": "code",
        "scope": "read:accounts",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    url = f"{server.url}/oauth/authorize?"
    with Browser(server) as browser:
        browser.let_in(url + urlencode(asked), "cat")
        page = browser.let_in(url + urlencode({**asked, "force_login": "true"}), "dan")
    where, told = sent_to(page)
    assert where == "app://here"
    form = {
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "redirect_uri": "app://here",
        "code": told["code"],
    }
    wrong = httpx.post(f"{server.url}/oauth/token", data={**form, "code_verifier": "x" * 43})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    right = httpx.post(f"{server.url}/oauth/token", json={**form, "code_verifier": verifier})
    assert right.json()["scope"] == "read:accounts"
    phone = Mastodon(access_token=right.json()["access_token"], api_base_url=server.url)
    assert phone.me().acct == "dan"
    with pytest.raises(MastodonAPIError, match="outside the authorized scopes"):
        phone.status_post("not with these scopes")


def test_signing_up_from_an_app(live: Server) -> None:
    """A newcomer in an app sees what is wrong with the form, and may in once the mail is read."""
    app = app_of(live)
    with pytest.raises(MastodonIllegalArgumentError, match="letters"):
        app.create_account("a b", "a long enough password", "new@example.org", agreement=True)
    app.create_account("newcomer", "a long enough password", "new@example.org", agreement=True)
    with pytest.raises(MastodonAPIError, match="confirmed"):
        app.me()


# --- the instance ------------------------------------------------------------------------------


def test_what_apps_ask_first(town: Town) -> None:
    """An app that cannot read these does not even show the sign-in button."""
    new, old = town.ada.instance_v2(), town.ada.instance_v1()
    assert new.domain == old.uri == town.server.url.removeprefix("http://")
    assert new.configuration.statuses.max_characters >= 500
    assert new.configuration.urls.streaming.startswith("ws")
    assert town.ada.verify_minimum_version("4.0.0")
    assert town.ada.custom_emojis() == []
    assert town.ada.instance_nodeinfo().software.name == "whimbrel"
    assert town.ada.preferences()["posting:default:visibility"] == "public"
    assert town.ada.timeline_is_available("public", fail_hard=True)
    assert isinstance(town.ada.get_approx_server_time().year, int)


# --- writing -----------------------------------------------------------------------------------


def test_a_post_with_a_picture(town: Town, picture: bytes) -> None:
    """The picture is described before and after posting, and everybody gets the same file."""
    media = town.ada.media_post(picture, "image/png", "a box", focus=(0.5, -0.5))
    assert (media.type, media.description) == ("image", "a box")
    assert media.meta.original.width == 96
    assert town.ada.media_update(media, description="a red box").description == "a red box"
    status = town.ada.status_post("look", media_ids=[media], sensitive=True, spoiler_text="box")
    assert [m.id for m in status.media_attachments] == [media.id]
    assert (status.sensitive, status.spoiler_text) == (True, "box")
    seen = town.bob.status(status).media_attachments[0]
    assert seen.description == "a red box"
    assert abs(seen.meta.focus.x - 0.5) < 0.01
    assert httpx.get(seen.url).headers["content-type"].startswith("image/")
    assert httpx.get(seen.preview_url).status_code == 200
    assert seen.blurhash
    assert status.id in [s.id for s in town.bob.account_statuses(town.ada.me(), only_media=True)]


def test_a_post_with_a_film(town: Town, film: bytes) -> None:
    """A film is converted for a while: the app asks until there is an address, then posts it."""
    media = town.ada.media_post(film, "video/mp4", "a second")
    assert media.url is None
    ready = until(lambda: (now := town.ada.media(media)).url and now, "a converted film")
    assert ready.type in ("video", "gifv")
    before = httpx.get(ready.url, headers={"Range": "bytes=0-9"})
    status = town.ada.status_post("", media_ids=ready)
    (posted,) = status.media_attachments
    assert posted.id == media.id
    after = httpx.get(posted.url, headers={"Range": "bytes=0-9"})
    for part in (before, after):
        assert (part.status_code, len(part.content)) == (206, 10)


def test_no_film_and_no_picture(town: Town) -> None:
    """A broken file is refused with words an app can show."""
    with pytest.raises(MastodonAPIError) as refused:
        town.ada.media_post(b"no picture at all", "image/png")
    assert refused.value.args[1] == 422
    assert refused.value.args[3]


def test_the_words_of_a_post(town: Town) -> None:
    """Mentions, tags and links come out as apps recognise them, and ids as they sort and date them:
    an app that finds no `mentions` row for a link opens a browser instead of a profile."""
    text = "Hello @bob and @nobody_here, #BirdWatching at https://example.org/a-rather-long-address"
    status = town.ada.status_post(text, language="en")
    assert [m.acct for m in status.mentions] == ["bob"]
    assert status.mentions[0].url in status.content
    assert [t.name for t in status.tags] == ["birdwatching"]
    assert status.tags[0].url in status.content
    assert 'class="invisible"' in status.content
    assert (status.language, status.visibility) == ("en", "public")
    assert status.application.name  # a token's app is told to its own author
    assert abs(int(status.id) / 65536 / 1000 - status.created_at.timestamp()) < 2
    assert status.url == f"{town.server.url}/@ada/{status.id}"
    assert status.uri == f"{town.server.url}/ap/users/{status.account.id}/statuses/{status.id}"
    assert status.account.statuses_count > 0
    assert status.filtered == []


def test_replies_make_a_thread(town: Town) -> None:
    """A conversation reads the same from its middle, for who is signed in and who is not."""
    root = town.ada.status_post("root")
    reply = town.bob.status_reply(root, "first")
    assert [m.acct for m in reply.mentions] == ["ada"]
    assert (reply.in_reply_to_id, reply.in_reply_to_account_id) == (root.id, root.account.id)
    last = town.cat.status_reply(reply, "second")
    stranger = Mastodon(api_base_url=town.server.url)
    for reader in (town.ada, stranger):
        around = reader.status_context(reply)
        assert [s.id for s in around.ancestors] == [root.id]
        assert [s.id for s in around.descendants] == [last.id]
    assert town.ada.status(root).replies_count == 1


def test_who_sees_what(town: Town) -> None:
    """A post for followers or for one person alone is for a stranger as if it were not there."""
    until(lambda: town.fay.account_follow(town.ada.me()).following)
    private = town.ada.status_post("followers", visibility="private")
    direct = town.ada.status_post("@bob alone", visibility="direct")
    quiet = town.ada.status_post("quiet", visibility="unlisted")
    assert town.fay.status(private).visibility == "private"
    assert town.bob.status(direct).visibility == "direct"
    assert town.eve.status(quiet).visibility == "unlisted"
    for reader, hidden in ((town.eve, private), (town.eve, direct), (town.fay, direct)):
        for ask in (reader.status, reader.status_context, reader.status_favourite):
            with pytest.raises(MastodonNotFoundError):
                ask(hidden.id)
    assert quiet.id not in [s.id for s in town.eve.timeline_local()]
    assert [s.id for s in town.eve.statuses([quiet.id, private.id])] == [quiet.id]
    with pytest.raises(MastodonAPIError):
        town.fay.status_reblog(private.id)
    own = town.ada.status_reblog(private.id)
    assert own.reblog.id == private.id


def test_marks(town: Town) -> None:
    """Boosting, liking and keeping answer with the post as it is then, twice the same."""
    status = town.ada.status_post("worth it")
    for _ in range(2):
        liked = town.bob.status_favourite(status)
        assert (liked.favourited, liked.favourites_count) == (True, 1)
        assert town.bob.status_bookmark(status).bookmarked
    boost = town.bob.status_reblog(status)
    assert (boost.reblog.id, boost.reblog.reblogged, boost.id != status.id) == (
        status.id,
        True,
        True,
    )
    assert boost.reblog.reblogs_count == 1
    assert [a.acct for a in town.ada.status_favourited_by(status)] == ["bob"]
    assert [a.acct for a in town.ada.status_reblogged_by(status)] == ["bob"]
    assert town.bob.favourites()[0].id == town.bob.bookmarks()[0].id == status.id
    assert town.bob.status_unfavourite(status).favourites_count == 0
    assert not town.bob.status_unbookmark(status).bookmarked
    undone = town.bob.status_unreblog(status)
    assert (undone.id, undone.reblogged, undone.reblogs_count) == (status.id, False, 0)
    assert status.id not in [s.id for s in town.bob.favourites()]
    assert town.ada.status_mute(status).muted
    assert not town.ada.status_unmute(status).muted


def test_pinned_posts(town: Town) -> None:
    """What somebody put on top of a profile is what an app shows there; nothing of others."""
    status = town.ada.status_post("on top")
    assert town.ada.status_pin(status).pinned
    assert [s.id for s in town.bob.account_statuses(town.ada.me(), pinned=True)] == [status.id]
    with pytest.raises(MastodonAPIError):
        town.bob.status_pin(status)
    assert not town.ada.status_unpin(status).pinned


def test_editing(town: Town, picture: bytes) -> None:
    """An edited post shows that it is, keeps its id and its pictures, and nobody else edits it."""
    media = town.ada.media_post(picture, "image/png", "before")
    status = town.ada.status_post("first words", media_ids=media, spoiler_text="careful")
    source = town.ada.status_source(status)
    assert (source.text, source.spoiler_text) == ("first words", "careful")
    attributes = town.ada.generate_media_edit_attributes(media.id, description="after")
    edited = town.ada.status_update(status, "other words", "", media_attributes=[attributes])
    assert (edited.id, edited.spoiler_text) == (status.id, "")
    assert edited.edited_at
    assert "other words" in town.bob.status(status).content
    assert edited.media_attachments[0].description == "after"
    with pytest.raises(MastodonAPIError):
        town.bob.status_update(status, "not mine")


def test_deleting_and_writing_again(town: Town, picture: bytes) -> None:
    """Delete & redraft: the answer has the words as typed, and the picture can be posted again."""
    media = town.ada.media_post(picture, "image/png", "kept")
    status = town.ada.status_post("see @bob #this", media_ids=media)
    gone = town.ada.status_delete(status)
    assert (gone.id, gone.text) == (status.id, "see @bob #this")
    assert [m.id for m in gone.media_attachments] == [media.id]
    for ask in (town.ada.status, town.bob.status, town.ada.status_delete):
        with pytest.raises(MastodonNotFoundError):
            ask(status.id)
    again = town.ada.status_post("see @bob #that", media_ids=gone.media_attachments)
    assert again.media_attachments[0].description == "kept"
    address = again.media_attachments[0].url
    town.ada.status_delete(again, delete_media=True)
    assert httpx.get(address).status_code == 404


def test_polls(town: Town) -> None:
    """One vote each, numbers hidden where the author wants it, and no vote twice."""
    wanted = town.ada.make_poll(["tea", "coffee"], 3600, multiple=False, hide_totals=True)
    poll = town.ada.status_post("Which?", poll=wanted).poll
    assert [o.title for o in poll.options] == ["tea", "coffee"]
    assert town.bob.poll(poll).options[0].votes_count is None
    voted = town.bob.poll_vote(poll, 1)
    assert (voted.voted, voted.own_votes) == (True, [1])
    with pytest.raises(MastodonAPIError):
        town.bob.poll_vote(poll, 0)
    with pytest.raises(MastodonAPIError):
        town.ada.poll_vote(poll, 0)
    many = town.ada.make_poll(["a", "b", "c"], 3600, multiple=True)
    poll = town.ada.status_post("Any?", poll=many).poll
    town.bob.poll_vote(poll, [0, 2])
    now = town.cat.poll(poll)
    assert ([o.votes_count for o in now.options], now.voters_count) == ([1, 0, 1], 1)


def test_the_same_key_is_the_same_post(town: Town) -> None:
    """A phone that lost the answer sends its post once more; keys are each person's own."""
    key = secrets.token_hex(8)
    first: Any = town.ada.status_post("once", idempotency_key=key)
    assert town.ada.status_post("once", idempotency_key=key).id == first.id
    assert town.bob.status_post("once", idempotency_key=key).id != first.id
