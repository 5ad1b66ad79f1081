"""Groups: twelve who like a post are one line, however one reads; nothing is told that one may not
see."""

import asyncio
import re
import secrets

import msgspec
import pytest
import stories

import people
from app import Client
from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import NotFound
from whimbrel.posts.rules import Visibility
from whimbrel.timelines import api, group, markers, policy
from whimbrel.timelines.queries import requests
from whimbrel.timelines.rules import SPAN, Group, Wanted, Window, group_key, group_of
from whimbrel.timelines.tables import notifications

ALL = Wanted()
PAGE = Window(most=40)
DAY = SPAN * 2


@pytest.fixture(autouse=True)
def midday(clock):
    """All that happens in a test happens in one half of a day, unless it says otherwise."""
    clock.now = clock.now.replace(hour=13, minute=0)


def note(tx, receiver, actor, kind="favourite", post=None, ago=0):
    """A notification of a moment before, or `ago` (ids) earlier; its id."""
    id_ = stories.tick(tx) - ago
    row = {"id": id_, "account": receiver.id, "kind": kind, "actor": actor.id, "post": post}
    tx.run(Query(insert(notifications)), key=secrets.token_hex(8), subject=None, **row)
    return id_


def crowd(tx, many):
    return [people.make(tx, f"fan{n}") for n in range(many)]


def read(tx, viewer, window=PAGE, wanted=ALL, partial=False):
    return msgspec.json.decode(group.page(tx, viewer, window, wanted, partial).body)


def lines(tx, viewer, window=PAGE, wanted=ALL):
    """(type, number, status) of each group."""
    return [
        (each["type"], each["notifications_count"], each.get("status_id"))
        for each in read(tx, viewer, window, wanted)["notification_groups"]
    ]


@pytest.mark.parametrize(
    ("kind", "post", "key"),
    [
        ("favourite", 7, f"favourite-7-{3}"),
        ("follow", None, "follow-3"),
        ("admin.sign_up", None, "admin.sign_up-3"),
        ("mention", 7, f"ungrouped-{SPAN * 3 + 5}"),
    ],
)
def test_a_key_says_which_group(kind, post, key):
    """Apps send back what they were told."""
    id_ = SPAN * 3 + 5
    assert group_key(kind, post, id_) == key
    found = group_of(key)
    assert found.low <= id_ < found.high
    if not key.startswith("ungrouped"):
        assert found == Group(kind, post, SPAN * 3, SPAN * 4)


@pytest.mark.parametrize(
    "key",
    [
        *("", "x", "favourite", "favourite-", "mention-1-2", "favourite-1-2-3", "ungrouped-1-2"),
        *("favourite-x-1", "ungrouped--1", "ungrouped-²", f"ungrouped-{1 << 63}"),
        *(f"follow-{'9' * 30}", f"favourite-{1 << 63}-1", "favourite-1-" + "9" * 5000),
    ],
)
def test_nonsense_is_no_group(key):
    """Whatever somebody types, it is not found, and nothing breaks."""
    assert group_of(key) is None


def test_what_is_about_the_same_is_one_line(tx):
    """In the form that apps expect, the newest first."""
    ada = people.make(tx, "ada")
    one, other = stories.write(tx, ada), stories.write(tx, ada)
    fans = crowd(tx, 10)
    for fan in fans:
        note(tx, ada, fan, post=one)
    note(tx, ada, fans[0], "reblog", one)
    note(tx, ada, fans[1], post=other)
    mentions = [note(tx, ada, fans[2], "mention", other) for _ in range(2)]
    note(tx, ada, fans[3], "follow")
    follow = note(tx, ada, fans[4], "follow")
    assert lines(tx, ada) == [
        ("follow", 2, None),
        ("mention", 1, str(other)),
        ("mention", 1, str(other)),
        ("favourite", 1, str(other)),
        ("reblog", 1, str(one)),
        ("favourite", 10, str(one)),
    ]
    found = read(tx, ada)
    first, second, *_, last = found["notification_groups"]
    assert second["group_key"] == f"ungrouped-{mentions[1]}"
    assert first["most_recent_notification_id"] == follow
    assert first["page_max_id"] == str(follow) > first["page_min_id"]
    assert set(first) == {
        *("group_key", "notifications_count", "type", "most_recent_notification_id"),
        *("page_min_id", "page_max_id", "latest_page_notification_at", "sample_account_ids"),
    }
    assert last["sample_account_ids"] == [str(fan.id) for fan in fans[:1:-1]], "eight, newest first"
    assert {each["id"] for each in found["statuses"]} == {str(one), str(other)}
    named = {id_ for each in found["notification_groups"] for id_ in each["sample_account_ids"]}
    assert {each["id"] for each in found["accounts"]} == named
    assert "partial_accounts" not in found


def test_pictures_are_enough_for_most(tx):
    """With `partial_avatars` only the newest of each group comes whole."""
    ada = people.make(tx, "ada")
    post = stories.write(tx, ada)
    for fan in crowd(tx, 3):
        note(tx, ada, fan, post=post)
    found = read(tx, ada, partial=True)
    assert [each["acct"] for each in found["accounts"]] == ["fan2"]
    assert [each["acct"] for each in found["partial_accounts"]] == ["fan1", "fan0"]
    assert set(found["partial_accounts"][0]) == {
        *("id", "acct", "url", "avatar", "avatar_static", "locked", "bot")
    }


def test_half_a_day_makes_another_group(tx):
    """Or a post that is liked for years would be one line that never moves down."""
    ada, (fan, other) = people.make(tx, "ada"), crowd(tx, 2)
    post = stories.write(tx, ada)
    note(tx, ada, fan, post=post)
    note(tx, ada, other, post=post, ago=DAY)
    assert lines(tx, ada) == [("favourite", 1, str(post)), ("favourite", 1, str(post))]


def test_only_wanted_kinds_are_grouped(tx):
    """An app that draws favourites one by one says so."""
    ada = people.make(tx, "ada")
    post = stories.write(tx, ada)
    fans = crowd(tx, 2)
    for fan in fans:
        note(tx, ada, fan, post=post)
        note(tx, ada, fan, "follow")
    wanted = Wanted(grouped=("follow",))
    assert [line[:2] for line in lines(tx, ada, wanted=wanted)] == [
        ("follow", 2),
        ("favourite", 1),
        ("favourite", 1),
    ]
    assert [line[0] for line in lines(tx, ada, wanted=Wanted(kinds=("follow",)))] == ["follow"]
    assert [e[0] for e in lines(tx, ada, wanted=Wanted(not_kinds=("follow",)))] == ["favourite"]
    of_one = Wanted(actor=fans[0].id)
    assert [line[:2] for line in lines(tx, ada, wanted=of_one)] == [
        ("follow", 1),
        ("favourite", 1),
    ]


def test_a_page_is_full_although_one_post_is_very_popular(tx):
    """Three hundred favourites must not be the only line, nor be miscounted."""
    ada, (fan, last) = people.make(tx, "ada"), crowd(tx, 2)
    posts = [stories.write(tx, ada) for _ in range(4)]
    for post in posts[1:]:
        note(tx, ada, fan, post=post, ago=1 << 30)
    for _ in range(300):
        note(tx, ada, fan, post=posts[0])
    found = lines(tx, ada, Window(most=3))
    assert [line[1] for line in found] == [300, 1, 1]
    newest = note(tx, ada, last, post=posts[0])
    (line,) = lines(tx, ada, Window(low=newest - 1, most=3))
    assert line == ("favourite", 301, str(posts[0])), "one is new, and it says of how many"
    (sample,) = read(tx, ada, Window(low=newest - 1, most=3))["notification_groups"]
    assert sample["sample_account_ids"] == [str(last.id), str(fan.id)]
    assert sample["page_min_id"] == sample["page_max_id"] == str(newest)


def test_pages_meet(tx):
    """Reading down and back up shows every notification once."""
    ada, fans = people.make(tx, "ada"), crowd(tx, 3)
    posts = [stories.write(tx, ada) for _ in range(6)]
    ids = [note(tx, ada, fan, post=post) for post in posts for fan in fans]
    seen, high = [], (1 << 63) - 1
    while True:
        page = group.page(tx, ada, Window(high=high, most=2), ALL, False)
        if not page.size:
            break
        seen.append((page.newest, page.oldest, page.size))
        high = page.oldest
    assert [size for *_, size in seen] == [2, 2, 2]
    assert seen[0][0] == ids[-1] and seen[-1][1] == ids[0]
    up = group.page(tx, ada, Window(low=seen[-1][0], most=2, ascending=True), ALL, False)
    assert (up.newest, up.oldest) == seen[1][:2]
    assert group.page(tx, ada, Window(low=ids[-1], most=2, ascending=True), ALL, False).size == 0


def test_what_one_may_not_see_is_not_told(tx):
    """Neither the post nor how many like it; and of the muted and suspended nothing."""
    ada, eve = people.make(tx, "ada"), people.make(tx, "eve")
    (fan,) = crowd(tx, 1)
    mine, secret = stories.write(tx, ada), stories.write(tx, eve, visibility=Visibility.PRIVATE)
    note(tx, ada, eve, "status", secret)
    note(tx, ada, fan, post=mine)
    gone = people.make(tx, "gone", suspended_at=1)
    note(tx, ada, gone, post=mine)
    assert lines(tx, ada) == [("favourite", 1, str(mine))]
    stories.mute(tx, ada, fan)
    assert lines(tx, ada) == []
    assert read(tx, ada) == {"accounts": [], "statuses": [], "notification_groups": []}
    assert group.unread(tx, ada, 100, ALL) == 0


def test_one_group_by_itself(tx):
    """Read, its people, dismissed; somebody else's is not found."""
    ada, eve = people.make(tx, "ada"), people.make(tx, "eve")
    fans, post = crowd(tx, 9), stories.write(tx, ada)
    ids = [note(tx, ada, fan, post=post) for fan in fans]
    mention = note(tx, ada, eve, "mention", post)
    of_fans, single = (
        group_of(group_key("favourite", post, ids[0])),
        group_of(f"ungrouped-{mention}"),
    )
    found = msgspec.json.decode(group.one(tx, ada, of_fans))
    (line,) = found["notification_groups"]
    assert (line["notifications_count"], line["page_min_id"]) == (9, str(ids[0]))
    assert line == read(tx, ada)["notification_groups"][1]
    assert len(found["accounts"]) == 8
    everybody = msgspec.json.decode(group.people(tx, ada, of_fans))
    assert [each["acct"] for each in everybody] == [f"fan{n}" for n in range(8, -1, -1)]
    (line,) = msgspec.json.decode(group.one(tx, ada, single))["notification_groups"]
    assert line["type"] == "mention"
    for read_one in (group.one, group.people):
        for which in (of_fans, single):
            with pytest.raises(NotFound):
                read_one(tx, eve, which)
        with pytest.raises(NotFound):
            read_one(tx, ada, None)
    group.dismiss(tx, eve, of_fans)
    group.dismiss(tx, ada, None)
    assert len(lines(tx, ada)) == 2
    group.dismiss(tx, ada, single)
    assert [line[0] for line in lines(tx, ada)] == ["favourite"]
    group.dismiss(tx, ada, of_fans)
    assert lines(tx, ada) == []


def test_how_many_lines_are_new(tx):
    """The number on the bell is that of the lines behind it."""
    ada, fans = people.make(tx, "ada"), crowd(tx, 3)
    post = stories.write(tx, ada)
    first = note(tx, ada, fans[0], "mention", post)
    for fan in fans:
        note(tx, ada, fan, post=post)
        note(tx, ada, fan, "follow")
    assert group.unread(tx, ada, 100, ALL) == 3
    assert group.unread(tx, ada, 2, ALL) == 2
    assert group.unread(tx, ada, 100, Wanted(grouped=())) == 7
    markers.move(tx, ada, {"notifications": first})
    assert group.unread(tx, ada, 100, ALL) == 2


def test_bytes_at_hand_are_never_out_of_date(tx):
    """A page is kept by all that it is made of: a new name, a mark or one more shows at once."""
    ada, fans = people.make(tx, "ada"), crowd(tx, 2)
    post = stories.write(tx, ada)
    note(tx, ada, fans[0], post=post)
    assert read(tx, ada) == read(tx, ada)
    note(tx, ada, fans[1], post=post)
    assert lines(tx, ada) == [("favourite", 2, str(post))]


def test_a_page_costs_a_few_statements(db):
    """One when everything is at hand: what was told, with what it is about. Then one for the words
    and one for what a page does not reach of a group."""

    def make(tx):
        ada, fans = people.make(tx, "ada"), crowd(tx, 3)
        for _ in range(3):
            post = stories.write(tx, ada)
            for fan in fans:
                note(tx, ada, fan, post=post)
        return ada

    def cost(tx, most):
        read(tx, ada, Window(most=most))
        return tx.queries

    ada = db.write_sync(make)
    assert asyncio.run(db.read(cost, 40)) <= 2
    assert asyncio.run(db.read(cost, 40)) == 1
    assert asyncio.run(db.read(cost, 2)) <= 3


def test_over_http(db, tmp_path):
    """With Link, with held-back ones on demand, in both versions of the API."""
    with Client(db, tmp_path, api.ROUTES, "ada", "eve") as client:
        ada, eve = client.people["ada"], client.people["eve"]
        posts = [client.do(stories.write, ada) for _ in range(3)]
        for post in posts:
            client.do(note, ada, eve, post=post)
        answer = client.ask("GET", "/api/v2/notifications?limit=2", "ada")
        assert len(answer.json()["notification_groups"]) == 2
        older = re.search(r'<https://social\.example([^>]+)>; rel="next"', answer.headers["link"])
        groups = client.get(older[1], "ada")["notification_groups"]
        assert [each["status_id"] for each in groups] == [str(posts[0])]
        key = groups[0]["group_key"]
        assert client.get("/api/v2/notifications/unread_count", "ada") == {"count": 3}
        (one,) = client.get(f"/api/v2/notifications/{key}", "ada")["notification_groups"]
        assert one["group_key"] == key
        (fan,) = client.get(f"/api/v2/notifications/{key}/accounts", "ada")
        assert fan["acct"] == "eve"
        (first,) = client.get(f"/api/v1/notifications?max_id={int(one['page_max_id']) + 1}", "ada")
        assert first["group_key"] == key
        assert client.ask("POST", f"/api/v2/notifications/{key}/dismiss", "ada").json() == {}
        assert client.ask("GET", f"/api/v2/notifications/{key}", "ada").status_code == 404
        client.do(policy.change, ada, {"for_not_following": "filter"})
        client.do(held, ada, eve, posts[2])
        for path in ("/api/v1/notifications", "/api/v2/notifications"):
            plain = client.get(path, "ada")
            all_of = client.get(f"{path}?include_filtered=true", "ada")
            hers = client.get(f"{path}?account_id={eve.id}", "ada")
            mentions = [
                [each["type"] for each in found if each["type"] == "mention"]
                for found in (
                    each if isinstance(each, list) else each["notification_groups"]
                    for each in (plain, all_of, hers)
                )
            ]
            assert mentions == [[], ["mention"], ["mention"]], path


def held(tx, receiver, actor, post):
    requests.hold(tx, [receiver.id], "mention", actor.id, post, "mention:1")
