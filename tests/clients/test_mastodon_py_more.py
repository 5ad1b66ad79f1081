"""Mastodon.py, unchanged from PyPI: grouped and held notifications, conversations, hashtags, posts
that wait and posts that changed, suggestions; and which of its methods are called at all."""

import inspect
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from client_town import Town, until
from mastodon import CallbackStreamListener, Mastodon
from mastodon.errors import MastodonAPIError, MastodonNotFoundError

# What there is nothing for here, and why.
NOT_HERE = {
    **dict.fromkeys(
        ("search_v1", "follows", "reports", "admin_accounts_v1", "status_card"),
        "gone from current Mastodon; the newer form is called",
    ),
    **dict.fromkeys(
        ("await_async_refresh", "get_async_refresh_info", "get_async_refresh_status"),
        "nothing is refreshed behind an answer (tier C)",
    ),
    **dict.fromkeys(
        (
            *("clear_caches", "decode_blurhash", "filters_apply", "get_pagination_info"),
            *("get_status_length", "get_supported_version", "pagination_iterator"),
            *("pagination_page_iterator", "persistable_login_credentials", "set_language"),
            *("push_subscription_decrypt_push", "retrieve_mastodon_version"),
            "stream_open_websocket",
        ),
        "asks no server",
    ),
    **dict.fromkeys(
        (
            "toot",
            "timeline",
            "instance",
            "account_verify_credentials",
            "instance_health",
        ),
        "another name of a method that is called",
    ),
    "admin_accounts": "another name of a method that is called",
    "admin_account_reject": "needs somebody who waits to be let in; tests/moderation",
    "email_resend_confirmation": "needs an account that is not confirmed; test_signup.py",
    "oauth_userinfo": "needs the scope of signing in elsewhere; tests/accounts/test_oauth.py",
    "oauth_authorization_server_info": "asked by its log-in, in test_mastodon_py.py",
}


def test_every_method_is_called_somewhere() -> None:
    """A method nobody calls is a route that only its own author has tried."""
    methods = {
        name for name, _ in inspect.getmembers(Mastodon, callable) if not name.startswith("_")
    }
    here = Path(__file__).parent
    called = re.compile(r"\.(\w+)\(|listening\([\w.]+\.(stream_\w+)\b")  # `listening` calls it
    words = {
        word
        for path in here.glob("*.py")
        for found in called.findall(path.read_text())
        for word in found
    }
    silent = methods - words - NOT_HERE.keys()
    assert sorted(silent) == [], "call it, or say in NOT_HERE why not"
    assert sorted(words & NOT_HERE.keys()) == [], "these are called after all"


def test_grouped_notifications(town: Town) -> None:
    """All who liked a post are one line, with everybody in it, and go together."""
    status = town.jon.status_post("liked by two")
    for fan in (town.kit, town.leo):
        fan.status_favourite(status)

    def likes():
        found = town.jon.grouped_notifications(grouped_types=["favourite"])
        groups = [g for g in found.notification_groups if g.type == "favourite"]
        return [g for g in groups if g.status_id == status.id and g.notifications_count == 2]

    (group,) = until(likes, "a group of two")
    assert town.jon.unread_grouped_notifications_count() >= 1
    one = town.jon.grouped_notification(group.group_key)
    assert [each.id for each in one.statuses] == [status.id]
    people = town.jon.grouped_notification_accounts(group.group_key)
    assert {each.acct for each in people} == {"kit", "leo"}
    town.jon.dismiss_grouped_notification(group.group_key)
    assert likes() == []


def several(town: Town, verb: str, *requests: Any) -> None:
    """Decide about several at once. (The library writes `id[][]`, which names nobody.)"""
    path = f"/api/v1/notifications/requests/{verb}"
    town.server.call(town.tokens["hal"], "POST", path, id=[each.id for each in requests])


def test_held_notifications(town: Town) -> None:
    """Strangers wait outside, one by one or several at once, until they are let in."""
    policy = town.hal.update_notifications_policy(for_not_following="filter")
    assert policy.for_not_following == "filter"
    for name in ("ivy", "jon", "kit"):
        getattr(town, name).status_post(f"@hal hello from {name}")
    waiting = until(
        lambda: [each for each in [town.hal.notification_requests()] if len(each) == 3], "three"
    )
    by_name = {each.account.acct: each for each in waiting[0]}
    assert town.hal.notification_request(by_name["ivy"]).last_status.account.acct == "ivy"
    town.hal.accept_notification_request(by_name["ivy"])
    town.hal.dismiss_notification_request(by_name["jon"])
    several(town, "accept", by_name["kit"])
    until(town.hal.notifications_merged, "the end of letting in")
    assert town.hal.notification_requests() == []
    seen = {each.account.acct for each in town.hal.notifications(types=["mention"])}
    assert {"ivy", "kit"} <= seen
    assert "jon" not in seen
    town.leo.status_post("@hal hello from leo")
    until(lambda: town.hal.notification_requests(), "one more")
    several(town, "dismiss", *town.hal.notification_requests())
    assert town.hal.notification_requests() == []
    town.hal.update_notifications_policy(for_not_following="accept")
    assert town.hal.notifications_policy().for_not_following == "accept"


def test_conversations(town: Town) -> None:
    """What is said between two is one conversation, read once and for all."""
    town.ivy.account_follow(town.id("gus"))  # of strangers nothing comes unasked
    heard: list[Any] = []
    listener = CallbackStreamListener(conversation_handler=heard.append)
    stream = town.ivy.stream_direct(listener, run_async=True)
    until(stream.is_receiving, "the stream")
    first = town.gus.status_post("@ivy between us", visibility="direct")
    until(lambda: heard, "the conversation in the stream")
    stream.close()
    (talk,) = until(lambda: town.ivy.conversations(), "a conversation")
    assert (talk.unread, talk.last_status.id) == (True, first.id)
    assert [each.acct for each in talk.accounts] == ["gus"]
    assert not town.ivy.conversations_read(talk).unread
    assert not town.ivy.conversations()[0].unread


def test_hashtags(town: Town) -> None:
    """A followed hashtag brings posts of strangers home; a featured one stands on the profile."""
    tag = town.gus.tag_follow("oystercatcher")
    assert (tag.name, tag.following) == ("oystercatcher", True)
    assert [each.name for each in town.gus.followed_tags()] == ["oystercatcher"]
    status = town.leo.status_post("an #oystercatcher")
    until(lambda: status.id in [each.id for each in town.gus.timeline_home()], "the post at home")
    assert not town.gus.tag_unfollow("oystercatcher").following
    assert not town.gus.tag("oystercatcher").following
    assert "oystercatcher" in [each.name for each in town.leo.featured_tag_suggestions()]
    made = town.leo.featured_tag_create("oystercatcher")
    assert [each.name for each in town.leo.featured_tags()] == ["oystercatcher"]
    assert [each.name for each in town.gus.account_featured_tags(town.id("leo"))] == [made.name]
    town.leo.featured_tag_delete(made)
    assert town.leo.tag_feature("oystercatcher").featuring
    assert not town.leo.tag_unfeature("oystercatcher").featuring
    assert isinstance(list(town.gus.trending_tags()), list)
    assert isinstance(list(town.gus.trending_statuses()), list)


def test_posts_that_wait(town: Town) -> None:
    """Written now, published later, put off and called off."""
    at = datetime.now(UTC) + timedelta(hours=2)
    waiting = town.kit.status_post("later", scheduled_at=at)
    assert waiting.params.text == "later"
    assert [each.id for each in town.kit.scheduled_statuses()] == [waiting.id]
    later = town.kit.scheduled_status_update(waiting, at + timedelta(hours=1))
    assert later.scheduled_at > waiting.scheduled_at
    assert town.kit.scheduled_status(waiting).id == waiting.id
    town.kit.scheduled_status_delete(waiting)
    with pytest.raises(MastodonNotFoundError):
        town.kit.scheduled_status(waiting)
    with pytest.raises(MastodonAPIError):
        town.kit.status_post("too soon", scheduled_at=datetime.now(UTC) + timedelta(seconds=30))


def test_posts_that_changed(town: Town) -> None:
    """What was said before an edit stays readable as long as the post."""
    status = town.kit.status_post("before")
    town.kit.status_update(status, "after")
    history = town.leo.status_history(status)
    assert [re.sub("<[^>]+>", "", each.content) for each in history] == ["before", "after"]


def test_finding_company(town: Town) -> None:
    """Whom one could follow, whom one recommends, whom one never wants to hear of."""
    town.gus.account_follow(town.id("kit"))
    town.kit.account_follow(town.id("leo"))
    assert [each.acct for each in town.gus.accounts([town.id("kit")])] == ["kit"]
    assert town.gus.account_endorse(town.id("kit")).endorsed
    assert [each.acct for each in town.gus.endorsements()] == ["kit"]
    assert not town.gus.account_unendorse(town.id("kit")).endorsed
    suggested = town.gus.suggestions_v2()
    assert all(each.account.id != town.id("kit") for each in suggested)
    for each in suggested[:1]:
        town.gus.suggestion_delete(each.account)
        assert each.account.id not in [s.account.id for s in town.gus.suggestions_v2()]
    assert isinstance(list(town.gus.directory(local=True)), list)
    town.gus.domain_block("far.example")
    assert list(town.gus.domain_blocks()) == ["far.example"]
    town.gus.domain_unblock("far.example")
    assert list(town.gus.domain_blocks()) == []


def test_a_profile_as_it_was_written(town: Town) -> None:
    """An editor shows the words, not what became of them."""
    changed = town.leo.profile_update(note="likes **terns**")
    assert changed.note == "likes **terns**"
    assert town.leo.profile().note == "likes **terns**"
    made = town.leo.create_filter_v2("no gulls", ["home"], "hide", keywords_attributes=[])
    assert town.leo.filter_v2(made).title == "no gulls"
    town.leo.delete_filter_v2(made)
    mine = town.leo.status_post("to be read by everybody")
    assert mine.id in [each.id for each in town.leo.timeline_public(local=True)]
    assert [each.id for each in town.leo.search_v2("@leo", result_type="accounts").accounts]
