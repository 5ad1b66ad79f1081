"""People as apps get them: keys that strict apps need, nothing that a suspended one should hide."""

import json

import msgspec
import pytest
from sqlalchemy import update

import people
from whimbrel.accounts import queries, serialize
from whimbrel.accounts.rules import Field
from whimbrel.accounts.tables import accounts, users


@pytest.fixture(autouse=True)
def fresh():
    """Each test's database begins anew with the same ids."""
    serialize.forget_rendered()


KEYS = {
    *("id", "username", "acct", "display_name", "locked", "bot", "discoverable", "indexable"),
    *("group", "created_at", "note", "url", "uri", "avatar", "avatar_static", "header"),
    *("header_static", "avatar_description", "header_description", "followers_count"),
    *("following_count", "statuses_count", "last_status_at", "hide_collections", "noindex"),
    *("emojis", "roles", "fields", "show_media", "show_media_replies", "show_featured"),
    "feature_approval",
}


def shown(tx, account):
    return json.loads(serialize.account(tx.instance, account))


def test_every_key_is_there(tx, ada):
    """Tusky refuses a whole timeline over one missing key."""
    account = queries.by_id(tx, ada.account)
    said = shown(tx, account)
    assert set(said) == KEYS
    assert said["id"] == str(ada.account)
    assert said["acct"] == "ada"
    assert said["url"] == "https://social.example/@ada"
    assert said["uri"] == f"https://social.example/ap/users/{ada.id}"
    assert said["created_at"] == "2026-11-25T00:00:00.000Z"
    assert said["last_status_at"] is None
    assert said["avatar"].endswith("/avatars/original/missing.png")
    assert said["header"].endswith("/headers/original/missing.png")


def test_counters_are_put_in_when_sent(tx, ada):
    """A cached account would show yesterday's followers, or need a rendering for each follow."""
    shown(tx, queries.by_id(tx, ada.account))
    queries.count(tx, ada.account, followers=3, following=2, statuses=1, last_status_at=tx.ms)
    said = shown(tx, queries.by_id(tx, ada.account))
    assert (said["followers_count"], said["following_count"], said["statuses_count"]) == (3, 2, 1)
    assert said["last_status_at"] == "2026-11-25"


def test_percent_signs_survive_the_template(tx):
    """`100%` in a name would break every page it stands on."""
    viewer = people.make(tx, "pct", display_name="100% %b %d", note="50% of https://x.example/%20a")
    account = queries.by_id(tx, viewer.account)
    assert shown(tx, account)["display_name"] == "100% %b %d"
    assert "50% of" in shown(tx, account)["note"]
    assert serialize.account_parts(tx.instance, account).replace(b"%%", b"").count(b"%b") == 4


def test_words_of_a_profile_are_html_and_harmless(tx):
    """A bio is the first place where somebody tries a script."""
    viewer = people.make(tx, "eve", note="<script>x</script> #Tag", display_name="<b>")
    account = msgspec.structs.replace(
        queries.by_id(tx, viewer.account), fields=(Field("Site", "https://a.example", 5),)
    )
    said = shown(tx, account)
    assert "<script" not in said["note"]
    assert 'href="https://social.example/tags/tag"' in said["note"]
    assert said["fields"][0]["value"].startswith('<a href="https://a.example"')
    assert said["fields"][0]["verified_at"] == "1970-01-01T00:00:00.005Z"


def test_a_suspended_account_says_almost_nothing(tx):
    """What got somebody suspended would stand on in every app."""
    viewer = people.make(tx, "eve", display_name="rude", note="ruder", avatar="token", locked=True)
    tx.run(
        update(accounts)
        .where(accounts.c.id == viewer.account)
        .values(suspended_at=1, silenced_at=1)
    )
    said = shown(tx, queries.by_id(tx, viewer.account))
    assert (said["display_name"], said["note"], said["fields"]) == ("", "", [])
    assert said["avatar"].endswith("missing.png")
    assert said["suspended"] is True
    assert said["limited"] is True
    assert said["locked"] is False


def test_a_new_revision_is_rendered_anew(tx, ada):
    """The old name would stay until the server restarts."""
    account = queries.by_id(tx, ada.account)
    shown(tx, account)
    changed = msgspec.structs.replace(account, display_name="Countess", rev=2)
    assert shown(tx, changed)["display_name"] == "Countess"


def test_people_of_other_servers_are_shown_with_their_domain_and_their_own_addresses(tx, ada):
    """Two people called ada would be one."""
    far = msgspec.structs.replace(
        queries.by_id(tx, ada.account), domain="far.example", uri="https://far.example/u/1", rev=2
    )
    said = shown(tx, far)
    assert said["acct"] == "ada@far.example"
    assert said["url"] == said["uri"] == "https://far.example/u/1"
    assert "roles" not in said


def test_only_oneself_gets_the_source(tx, ada):
    """An editor shows what was written, not the HTML; and the app learns the defaults."""
    tx.run(
        update(users)
        .where(users.c.account == ada.account)
        .values(visibility="unlisted", sensitive=True, language="pt")
    )
    tx.run(update(accounts).where(accounts.c.id == ada.account).values(note="I & me"))
    said = json.loads(serialize.credential(tx, ada))
    assert set(said) == KEYS | {"source", "role"}
    source = said["source"]
    assert source["note"] == "I & me"
    assert (source["privacy"], source["sensitive"], source["language"]) == ("unlisted", True, "pt")
    assert source["follow_requests_count"] == 0
    assert said["role"]["permissions"] == "0"


def test_staff_are_shown_like_anybody(tx):
    """Whoever attacks a server looks for its moderators first."""
    plain, staff = people.make(tx, "ada"), people.make(tx, "bob", role="admin")
    one, two = (shown(tx, queries.by_id(tx, viewer.account)) for viewer in (plain, staff))
    differ = {key for key in one if one[key] != two[key]}
    assert differ == {"id", "username", "acct", "url", "uri"}
