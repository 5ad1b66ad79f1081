"""Mastodon.py, unchanged from PyPI: people and what is between them, lists, filters, profiles."""

from typing import Any

import pytest
from client_town import Town, until
from mastodon.errors import MastodonAPIError, MastodonNotFoundError


def between(town: Town, who: str, whom: str) -> Any:
    """What `who` is to `whom`."""
    return getattr(town, who).account_relationships(town.id(whom))[0]


def home(town: Town, who: str) -> list[str]:
    """The ids of the newest of a home."""
    return [s.id for s in getattr(town, who).timeline_home(limit=40)]


def test_following(town: Town) -> None:
    """What one follows is at home at once, with what was there; and gone when one leaves."""
    before = town.ada.status_post("from before")
    made = town.bob.account_follow(town.id("ada"), reblogs=False, notify=True)
    assert (made.following, made.showing_reblogs, made.notifying) == (True, False, True)
    until(lambda: before.id in home(town, "bob"), "old posts at home")
    after = town.ada.status_post("from after")
    until(lambda: after.id in home(town, "bob"), "new posts at home")
    assert "bob" in [a.acct for a in town.cat.account_followers(town.id("ada"))]
    assert "ada" in [a.acct for a in town.cat.account_following(town.id("bob"))]
    assert between(town, "ada", "bob").followed_by
    assert not town.bob.account_unfollow(town.id("ada")).following
    until(lambda: before.id not in home(town, "bob"), "a home without them")
    town.bob.account_follow(town.id("ada"))
    assert not town.ada.account_remove_from_followers(town.id("bob")).followed_by
    assert not between(town, "bob", "ada").following


def test_a_locked_account(town: Town) -> None:
    """A locked account lets in whom it wants, and only they see what is for followers."""
    town.cat.account_update_credentials(locked=True)
    asked = town.dan.account_follow(town.id("cat"))
    assert (asked.following, asked.requested) == (False, True)
    town.eve.account_follow(town.id("cat"))
    assert between(town, "cat", "dan").requested_by
    assert sorted(a.acct for a in town.cat.follow_requests()) == ["dan", "eve"]
    assert town.cat.me().source.follow_requests_count == 2
    secret = town.cat.status_post("for friends", visibility="private")
    with pytest.raises(MastodonNotFoundError):
        town.dan.status(secret)
    assert town.cat.follow_request_authorize(town.id("dan")).followed_by
    assert not town.cat.follow_request_reject(town.id("eve")).followed_by
    assert town.cat.follow_requests() == []
    assert town.dan.status(secret).id == secret.id
    until(lambda: secret.id in home(town, "dan"), "the post at home")
    assert not between(town, "eve", "cat").requested
    with pytest.raises(MastodonNotFoundError):
        town.eve.status(secret)
    town.cat.account_update_credentials(locked=False)


def test_blocking(town: Town) -> None:
    """Whom one blocks does not follow any more and cannot answer; but their app still finds one."""
    town.eve.account_follow(town.id("fay"))
    made = town.fay.account_block(town.id("eve"))
    assert (made.blocking, made.followed_by) == (True, False)
    status = town.fay.status_post("not for eve")
    with pytest.raises(MastodonNotFoundError):
        town.eve.status_favourite(status)
    with pytest.raises(MastodonAPIError):
        town.eve.account_follow(town.id("fay"))
    assert [a.acct for a in town.fay.blocks()] == ["eve"]
    assert town.fay.account_lookup("eve").acct == "eve"
    assert not town.fay.account_unblock(town.id("eve")).blocking
    assert town.eve.status(status).id == status.id


def test_muting(town: Town) -> None:
    """Whom one mutes for an hour is silent at once, everywhere, and the app shows until when."""
    town.fay.account_follow(town.id("dan"))
    noise = town.dan.status_post("noise")
    until(lambda: noise.id in home(town, "fay"))
    made = town.fay.account_mute(town.id("dan"), notifications=False, duration=3600)
    assert (made.muting, made.muting_notifications) == (True, False)
    assert noise.id not in home(town, "fay")
    assert noise.id not in [s.id for s in town.fay.timeline_local()]
    muted = town.fay.mutes()[0]
    assert (muted.acct, muted.mute_expires_at is not None) == ("dan", True)
    assert not town.fay.account_unmute(town.id("dan")).muting
    assert noise.id in home(town, "fay")


def test_relationships(town: Town) -> None:
    """A page of people needs all relationships in one go, in the order asked for."""
    ids = [town.id(name) for name in ("fay", "ada", "bob")]
    found = town.eve.account_relationships([*ids, 12345])
    assert [str(each.id) for each in found] == ids
    assert town.eve.account_note_set(ids[0], "met at the pond").note == "met at the pond"
    assert town.eve.account_relationships(ids[0])[0].note == "met at the pond"


def test_the_profile(town: Town, picture: bytes) -> None:
    """A profile is what its owner typed, for the editor, and safe HTML for everybody else."""
    changed = town.ada.account_update_credentials(
        display_name="Ada <3",
        note="I watch #birds with @bob",
        avatar=picture,
        avatar_mime_type="image/png",
        header=picture,
        header_mime_type="image/png",
        fields=[("site", "https://example.org"), ("bird", "curlew")],
        bot=True,
        discoverable=True,
        default_privacy="unlisted",
        default_sensitive=True,
        default_language="de",
    )
    assert changed.source.note == "I watch #birds with @bob"
    assert [f.name for f in changed.source.fields] == ["site", "bird"]
    assert (changed.source.privacy, changed.source.language) == ("unlisted", "de")
    seen = town.bob.account(town.id("ada"))
    assert (seen.display_name, seen.bot) == ("Ada <3", True)
    assert "/tags/birds" in seen.note
    assert seen.fields[0].value.startswith("<a href=")
    assert "missing" not in seen.avatar + seen.header
    preferences = town.ada.preferences()
    assert preferences["posting:default:sensitive"] is True
    assert town.ada.status_post("by my habits").visibility == "unlisted"
    town.ada.account_update_credentials(
        bot=False, default_privacy="public", default_sensitive=False
    )
    assert "missing" in town.ada.account_delete_avatar().avatar
    town.ada.account_delete_header()


def test_finding_people(town: Town) -> None:
    """Typing a name in an app finds people by its beginning, and by their whole address."""
    assert town.bob.account_lookup("ada").username == "ada"
    with pytest.raises(MastodonNotFoundError):
        town.bob.account_lookup("nobody_here")
    assert "dan" in [a.acct for a in town.bob.account_search("da")]
    host = town.server.url.removeprefix("http://")
    assert [a.acct for a in town.bob.account_search(f"@dan@{host}", resolve=True)] == ["dan"]


def test_searching(town: Town) -> None:
    """One field finds people, tags, one's own posts, and any post by its address."""
    status = town.dan.status_post("A bittern in the reeds #marshland")
    found = until(lambda: (r := town.dan.search("bittern")).statuses and r, "a post in the index")
    assert [s.id for s in found.statuses] == [status.id]
    tags = town.dan.search("marshl", result_type="hashtags", exclude_unreviewed=False).hashtags
    assert [t.name for t in tags] == ["marshland"]
    assert town.bob.search(status.url).statuses[0].id == status.id
    assert town.bob.search(f"{town.server.url}/@dan").accounts[0].acct == "dan"
    assert town.bob.search("bittern").statuses == []  # nobody else's, unless they said so
    assert len(tags[0].history) == 7
    assert town.dan.search("mrashland", result_type="accounts").accounts == []
    town.dan.status_delete(status)
    until(lambda: town.dan.search("bittern").statuses == [], "forgotten words")


def test_searching_more_exactly(town: Town) -> None:
    """Operators go through as they are typed; what one kept is found again, by its author too."""
    one = town.dan.status_post("Sanderlings on the beach", language="de")
    two = town.dan.status_post("sanderlings, again", in_reply_to_id=one, sensitive=True)

    def found(who: Any, words: str, **more: Any) -> list[str]:
        return [s.id for s in who.search(words, result_type="statuses", **more).statuses]

    until(lambda: len(found(town.dan, "sanderlings")) == 2, "both posts in the index")
    assert found(town.dan, "sanderlings -again") == [one.id]
    assert found(town.dan, '"the beach" from:me language:de') == [one.id]
    assert found(town.dan, "sanderlings is:reply") == [two.id]
    assert found(town.dan, "sanderlings -is:sensitive in:library") == [one.id]
    assert found(town.dan, "sanderlings before:2020-01-01") == []
    assert found(town.dan, "sanderlings", max_id=two) == [one.id]
    assert found(town.dan, "sanderlings", account_id=town.id("bob")) == []
    assert found(town.bob, "sanderlings from:dan") == []
    town.bob.status_bookmark(one)
    until(lambda: found(town.bob, "sanderlings from:@dan") == [one.id], "what bob kept")
    town.dan.account_update_credentials(indexable=True)
    until(lambda: len(found(town.bob, "sanderlings")) == 2, "posts of who allows it")
    town.dan.account_update_credentials(indexable=False)
    until(lambda: found(town.bob, "sanderlings") == [one.id], "and no longer")


def test_lists(town: Town) -> None:
    """A list shows its members' posts; members are people one follows."""
    made = town.bob.list_create("birds", replies_policy="none")
    assert (town.bob.list(made).title, made.replies_policy) == ("birds", "none")
    with pytest.raises(MastodonAPIError):
        town.bob.list_accounts_add(made, [town.id("eve")])
    town.bob.account_follow(town.id("eve"))
    town.bob.list_accounts_add(made, [town.id("eve")])
    assert [a.acct for a in town.bob.list_accounts(made)] == ["eve"]
    assert [each.id for each in town.bob.account_lists(town.id("eve"))] == [made.id]
    status = town.eve.status_post("for the list")
    until(lambda: status.id in [s.id for s in town.bob.timeline_list(made)], "a post on the list")
    assert town.bob.list_update(made, "waders", exclusive=True).exclusive
    assert "waders" in [each.title for each in town.bob.lists()]
    town.bob.list_accounts_delete(made, [town.id("eve")])
    assert town.bob.list_accounts(made) == []
    with pytest.raises(MastodonNotFoundError):
        town.ada.list(made)
    town.bob.list_delete(made)
    assert town.bob.lists() == []


def test_filters(town: Town) -> None:
    """What somebody does not want to see is marked, or not there, as the filter says."""
    keywords: Any = [{"keyword": "cuckoo", "whole_word": True}]
    made = town.bob.create_filter_v2(
        "no cuckoos", ["home", "public", "thread"], "warn", keywords_attributes=keywords
    )
    status = town.eve.status_post("A cuckoo calls")
    other = town.eve.status_post("A cuckoos call")
    page = {s.id: s.filtered for s in town.bob.timeline_local()}
    assert [f.filter.title for f in page[status.id]] == ["no cuckoos"]
    assert page[status.id][0].keyword_matches == ["cuckoo"]
    assert page[other.id] == []
    assert town.ada.status(status).filtered == []
    changed = town.bob.update_filter_v2(made.id, title="quiet", expires_in=600)
    assert (changed.title, changed.expires_at is not None) == ("quiet", True)
    added = town.bob.add_filter_keyword_v2(made, "gowk")
    assert {k.keyword for k in town.bob.filter_keywords_v2(made)} == {"cuckoo", "gowk"}
    town.bob.delete_filter_keyword_v2(added)
    entry = town.bob.add_filter_status_v2(made, status)
    assert town.bob.filter_statuses_v2(made)[0].id == entry.id
    assert town.bob.filter_status_v2(entry).status_id == status.id
    town.bob.delete_filter_status_v2(entry)
    assert [f.phrase for f in town.bob.filters()] == ["cuckoo"]
    town.bob.delete_filter_v2(made)
    assert town.bob.filters_v2() == []
    old = town.bob.filter_create("rook", ["home"], whole_word=False)
    assert town.bob.filter(old).phrase == "rook"
    assert town.bob.filter_update(old, "rooks", ["home"]).phrase == "rooks"
    town.bob.filter_delete(old)
    assert town.bob.filters() == []


def test_markers(town: Town) -> None:
    """Reading goes on where it ended, on another device too."""
    status = town.ada.status_post("read up to here")
    town.bob.markers_set(["home", "notifications"], [status.id, 7])
    found = town.bob.markers_get(["home", "notifications"])
    assert found["home"].last_read_id == status.id
    assert found["notifications"].version >= 1
    assert town.eve.markers_get(["home"]) == {}


def test_reports(town: Town) -> None:
    """Somebody who is harassed can say so from any app."""
    status = town.eve.status_post("something nasty")
    made = town.bob.report(town.id("eve"), [status], "nasty", category="violation")
    assert (made.comment, made.category, made.action_taken) == ("nasty", "violation", False)
    assert [str(each) for each in made.status_ids] == [status.id]
    assert made.target_account.acct == "eve"


def test_push(town: Town) -> None:
    """A phone subscribes, changes what it wants to be woken for, and leaves."""
    with pytest.raises(MastodonNotFoundError):
        town.fay.push_subscription()
    _, public = town.fay.push_subscription_generate_keys()
    made = town.fay.push_subscription_set(
        "https://push.example/of/fay", public, mention_events=True, follow_events=False
    )
    assert (made.endpoint, made.alerts.mention) == ("https://push.example/of/fay", True)
    assert made.server_key
    assert made.server_key == town.fay.instance_v2().configuration.vapid.public_key
    assert town.fay.push_subscription_update(poll_events=True).alerts.poll
    assert town.fay.push_subscription().id == made.id
    town.fay.push_subscription_delete()
    with pytest.raises(MastodonNotFoundError):
        town.fay.push_subscription()


def test_familiar_followers(town: Town) -> None:
    """Whom one follows among those who follow somebody: the reason to trust a stranger."""
    town.eve.account_follow(town.id("bob"))
    town.bob.account_follow(town.id("ada"))
    (told,) = town.eve.account_familiar_followers(town.id("ada"))
    assert str(told.id) == str(town.id("ada"))
    assert "bob" in [each.username for each in told.accounts]
