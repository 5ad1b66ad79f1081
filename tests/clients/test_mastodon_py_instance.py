"""Mastodon.py asks what a server says about itself, while its operator writes it."""

import datetime
from urllib.error import HTTPError

import pytest
from client_town import Town, until
from mastodon.errors import MastodonNotFoundError

from server import Server


def operator(live: Server, *words: str) -> str:
    """What a command beside the running server prints."""
    return live.cli(*words).strip()


def test_rules_and_texts(live: Server, town: Town, tmp_path) -> None:
    """The official apps show them before somebody signs up."""
    path = tmp_path / "text.md"
    path.write_text("We *like* birds.")
    operator(live, "instance", "rules", "add", "Be kind", "--hint", "Really")
    operator(live, "instance", "rules", "translate", "1", "de", "Sei nett")
    for kind in ("description", "terms"):
        operator(live, "instance", kind, "set", str(path))
    app = town.ada
    (rule,) = app.instance_rules()
    assert (rule.text, rule.hint, rule.translations["de"].text) == ("Be kind", "Really", "Sei nett")
    assert [each.id for each in app.instance_v2().rules] == [rule.id]
    assert [each.id for each in app.instance_v1().rules] == [rule.id]
    assert app.instance_extended_description().content == "<p>We <em>like</em> birds.</p>"
    terms = app.instance_terms_of_service()
    assert terms.effective
    assert app.instance_terms_of_service(terms.effective_date).content == terms.content
    with pytest.raises(MastodonNotFoundError):
        app.instance_terms_of_service(datetime.date(2020, 1, 1))
    told = app.instance_v2()
    assert told.configuration.urls.terms_of_service.endswith("/terms-of-service")
    assert told.configuration.urls.privacy_policy is None
    reported = app.report(town.bob.me(), rule_ids=[rule.id])
    assert reported.rule_ids == [str(rule.id)]


def test_numbers(town: Town) -> None:
    """Directories of servers count by these; a server without federation knows no other."""
    town.ada.status_post("one more")
    weeks = town.ada.instance_activity()
    assert len(weeks) == 12
    assert int(weeks[0].statuses) > 0
    assert int(weeks[0].registrations) >= 12
    assert int(weeks[-1].statuses) == 0
    assert town.ada.instance_peers() == []
    assert "English" in {each.name for each in town.ada.instance_languages()}
    assert town.ada.instance_translation_languages() == {}
    for act in (town.ada.instance_domain_blocks, lambda: town.ada.status_translate(1)):
        with pytest.raises(MastodonNotFoundError):
            act()


def test_an_announcement(live: Server, town: Town) -> None:
    """Published by a command, read in every app, put away in one."""
    number = operator(live, "announcement", "publish", "Party on #saturday, @ada")
    try:
        (told,) = [each for each in town.bob.announcements() if str(each.id) == number]
        assert (told.read, told.tags[0]["name"], told.mentions[0].acct) == (
            False,
            "saturday",
            "ada",
        )
        town.bob.announcement_reaction_create(told, "🎉")
        (seen,) = town.ada.announcements()[0].reactions
        assert (seen.name, seen.count, seen.me) == ("🎉", 1, False)
        town.bob.announcement_reaction_delete(told, "🎉")
        assert town.ada.announcements()[0].reactions == []
        town.bob.announcement_dismiss(told)
        assert town.bob.announcements() == []
    finally:
        operator(live, "announcement", "retract", number)
    assert town.ada.announcements() == []


def test_an_emoji(live: Server, town: Town, picture: bytes, tmp_path) -> None:
    """Added beside the running server, it comes into names and posts that were there before."""
    path = tmp_path / "tern.png"
    path.write_bytes(picture)
    kit = town.kit
    kit.account_update_credentials(display_name="Kit :tern:")
    post = kit.status_post("a :tern:")
    operator(live, "emoji", "add", "tern", str(path))
    try:
        (tern,) = kit.custom_emojis()
        assert (tern.shortcode, tern.visible_in_picker) == ("tern", True)
        assert until(lambda: kit.me().emojis)[0].url == tern.url
        assert until(lambda: kit.status(post).emojis)[0].url == tern.url
        assert kit.session.get(tern.url).headers["content-type"].startswith("image/")
    finally:
        operator(live, "emoji", "remove", "tern")
    assert kit.custom_emojis() == []
    assert until(lambda: not kit.status(post).emojis and not kit.me().emojis)
    assert kit.session.get(tern.url).status_code == 404
    kit.account_update_credentials(display_name="Kit")


def test_who_signed_in(live: Server, town: Town) -> None:
    """Other services let people sign in with their account here, in OpenID Connect's words."""
    token = operator(live, "token", "create", "ada", "--scopes", "profile")
    for method in ("GET", "POST"):  # Mastodon.py itself asks over https only
        told = live.call(token, method, "/oauth/userinfo")
        assert (told["iss"], told["preferred_username"]) == (f"{live.url}/", "ada")
        assert told["profile"] == f"{live.url}/@ada"
        assert told["sub"] == town.ada.me().uri
    with pytest.raises(HTTPError):
        live.call(town.tokens["bob"], "GET", "/oauth/userinfo")


def test_what_there_is_not(town: Town) -> None:
    """Apps ask in December, and must neither fail nor wait for ever."""
    assert town.ada.annual_reports().annual_reports == []
    assert town.ada.annual_report_state(2026).state == "ineligible"
    town.ada.annual_report_generate(2026)
    for act in (lambda: town.ada.annual_report_read(2026), lambda: town.ada.annual_report(2026)):
        with pytest.raises(MastodonNotFoundError):
            act()
