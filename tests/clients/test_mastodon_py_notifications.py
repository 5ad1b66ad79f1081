"""Mastodon.py, unchanged from PyPI: groups, policies, requests and conversations."""

from collections.abc import Callable
from typing import Any

import pytest
from client_town import Town, until


def _said(town: Town, who: str, text: str, **how: Any) -> Any:
    return getattr(town, who).status_post(text, **how)


def _lines(result: Any, kind: str) -> list[Any]:
    return [each for each in result.notification_groups if each.type == kind]


def test_groups(town: Town) -> None:
    """Three who like a post are one line: read, opened, dismissed."""
    post = _said(town, "ada", "a cake")
    fans = ("bob", "cat", "dan")
    for name in fans:
        getattr(town, name).status_favourite(post)

    def line() -> Any:
        found = _lines(town.ada.grouped_notifications(types=["favourite"]), "favourite")
        ours = [each for each in found if str(each.status_id) == str(post.id)]
        return ours[0] if ours and ours[0].notifications_count == 3 else None

    group = until(line, "three in one line")
    assert len(group.sample_account_ids) == 3
    page = town.ada.grouped_notifications(types=["favourite"], expand_accounts="partial_avatars")
    assert str(post.id) in [str(status.id) for status in page.statuses]
    assert len(page.accounts) + len(page.partial_accounts) >= 3
    apart = town.ada.grouped_notifications(types=["favourite"], grouped_types=["follow"])
    assert len(_lines(apart, "favourite")) >= 3
    one = town.ada.grouped_notification(group.group_key)
    assert [each.group_key for each in one.notification_groups] == [group.group_key]
    people = town.ada.grouped_notification_accounts(group.group_key)
    assert {each.username for each in people} == set(fans)
    assert town.ada.unread_grouped_notifications_count() >= 1
    assert town.ada.notifications(types=["favourite"])[0].group_key == group.group_key
    town.ada.dismiss_grouped_notification(group.group_key)
    assert line() is None


def test_pages_of_groups(town: Town) -> None:
    """The Link header of a page that is no array leads on, too."""
    made: list[str] = []
    town.cat.account_follow(town.id("bob"))

    def first() -> Any:
        page = town.cat.grouped_notifications(types=["mention"], limit=2)
        return page if made[-1] in [str(status.id) for status in page.statuses] else None

    page, seen = None, []
    for n in range(5):  # one after another: they are told as they are worked off
        made.append(str(_said(town, "bob", f"page {n} @cat").id))
        page = until(first, "the newest mention")
    while page and page.notification_groups:
        seen += [str(each.status_id) for each in page.notification_groups]
        page = town.cat.fetch_next(page)
    assert seen[:5] == made[::-1]


@pytest.fixture
def closed(town: Town) -> Any:
    """Eve wants to hear of those she follows; everybody again afterwards."""
    town.eve.update_notifications_policy(for_not_following="filter")
    yield
    town.eve.update_notifications_policy(for_not_following="accept")


def test_a_policy_and_who_waits_behind_it(town: Town, closed: None) -> None:
    """Held back, looked at, let in or sent away."""
    for name in ("fay", "dan", "bob"):
        _said(town, name, "let me in @eve")
    requests = until(
        lambda: (found := town.eve.notification_requests()) and len(found) >= 3 and found,
        "three requests",
    )
    by_name = {each.account.username: each for each in requests}
    policy = town.eve.notifications_policy()
    assert policy.for_not_following == "filter"
    assert policy.summary.pending_requests_count >= 3
    assert "let me in" in by_name["fay"].last_status.content
    assert town.eve.notification_request(by_name["fay"]).id == by_name["fay"].id
    held = town.eve.notifications(account_id=town.id("fay"), types=["mention"])
    assert len(held) == 1

    def told(name: str) -> list[Any]:
        return [each for each in town.eve.notifications() if each.account.username == name]

    assert told("fay") == []
    town.eve.accept_notification_request(by_name["fay"])
    assert town.eve.notifications_merged() is True
    assert len(told("fay")) == 1
    town.eve.dismiss_notification_request(by_name["dan"])
    town.eve.dismiss_multiple_notification_requests([by_name["bob"]])
    assert town.eve.notification_requests() == []
    assert told("dan") == told("bob") == []
    _said(town, "dan", "again @eve")
    (again,) = until(lambda: list(town.eve.notification_requests()), "dan knocks again")
    town.eve.accept_multiple_notification_requests([again])
    assert len(told("dan")) == 1


def _talk(town: Town, who: str, found: Callable[[Any], bool]) -> Any:
    """The conversation of somebody's of which this holds, once there is one."""
    app = getattr(town, who)
    return until(lambda: next((each for each in app.conversations() if found(each)), None), who)


def test_conversations(town: Town) -> None:
    """Both have it, each with the other in it; reading, deleting, answering show."""
    town.kit.account_follow(town.id("leo"))
    town.leo.account_follow(town.id("kit"))
    first = _said(town, "kit", "@leo a word?", visibility="direct")
    his = _talk(town, "leo", lambda each: each.last_status and each.last_status.id == first.id)
    assert his.unread is True
    assert [each.username for each in his.accounts] == ["kit"]
    assert town.leo.conversations_read(his).unread is False
    answer = town.leo.status_reply(first, "yes", visibility="direct")
    hers = _talk(town, "kit", lambda each: each.last_status and each.last_status.id == answer.id)
    assert hers.unread is True
    town.leo.status_delete(answer)
    back = _talk(town, "kit", lambda each: each.last_status and each.last_status.id == first.id)
    assert back.id == hers.id
