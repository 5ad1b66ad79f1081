"""Notifications: everybody hears what concerns them once, and nothing else."""

import msgspec
import pytest
import stories
from sqlalchemy import select

import people
from whimbrel.accounts import domains, strikes
from whimbrel.accounts.events import (
    AccountCreated,
    AccountErased,
    AccountWarned,
    Blocked,
    DomainBlocked,
    FollowAsked,
    Followed,
    Reported,
    TiesSevered,
    Unfollowed,
)
from whimbrel.accounts.queries import by_ids, graph
from whimbrel.accounts.queries.graph import Wish
from whimbrel.app import noted
from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import new_id
from whimbrel.moderation.report import ReportForm, report
from whimbrel.posts.events import (
    Favourited,
    PollEnds,
    PostDeleted,
    PostEdited,
    PostPublished,
    Unfavourited,
)
from whimbrel.posts.rules import Mark, Visibility
from whimbrel.posts.tables import marks, mentions, polls, posts, thread_mutes, votes
from whimbrel.timelines import group, markers, notify, serialize
from whimbrel.timelines.events import Notified, NotifySlice
from whimbrel.timelines.queries import notifications as queries
from whimbrel.timelines.queries import told as pages
from whimbrel.timelines.rules import Wanted, Window
from whimbrel.timelines.tables import held_notifications, notifications

ALL = {"kinds": [], "not_kinds": [], "actor": None}
NEWEST = Window(most=40)


def told(tx, viewer, **wanted):
    """(kind, actor, post) of what somebody was told, newest first."""
    rows = pages.page(tx, viewer.id, NEWEST, **{**ALL, **wanted})
    page = [pages.Told._make(row) for row in rows]
    people = by_ids(tx, {each.actor for each in page})
    return [(each.kind, people[each.actor].username, each.post) for each in page]


def handle(tx, handler, event):
    """Twice, as after a crash."""
    handler(tx, event)
    handler(tx, event)


def published(tx, author, **facts):
    post = stories.write(tx, author, **facts)
    event = PostPublished(post=post, author=author.id, boost_of=facts.get("boost_of"))
    handle(tx, notify.tell_of_post, event)
    return post


def test_who_is_named_hears_of_it_once(tx, ada, bob, eve):
    """A job that runs again must not ring twice; one's own name is no news."""
    post = published(tx, ada, named=(ada, bob))
    assert told(tx, bob) == [("mention", "ada", post)]
    assert told(tx, ada) == told(tx, eve) == []
    assert [event.account for event in tx.emitted if isinstance(event, Notified)] == [bob.id]


def test_nobody_hears_of_what_they_may_not_see(tx, ada, bob):
    """The text of a notification would be a way around every rule; here the naming is forged."""
    post = stories.write(tx, ada, visibility=Visibility.PRIVATE)
    stories.follow(tx, bob, ada, notify=True)
    handle(tx, notify.tell_of_post, PostPublished(post=post, author=ada.id))
    assert told(tx, bob) == [("status", "ada", post)]
    stranger = people.make(tx, "stranger")
    handle(tx, notify.tell_of_favourite, Favourited(post=post, author=stranger.id, account=bob.id))
    assert told(tx, stranger) == []


@pytest.mark.parametrize("how", ["blocks", "is blocked", "mutes", "mutes the thread"])
def test_who_does_not_want_to_hear_does_not(tx, ada, bob, how):
    """Or the block would be of no use where it is needed most."""
    post = stories.write(tx, bob)
    if how == "blocks":
        stories.block(tx, bob, ada)
    elif how == "is blocked":
        stories.block(tx, ada, bob)
    elif how == "mutes":
        stories.mute(tx, bob, ada)
    else:
        tx.run(Query(insert(thread_mutes)), account=bob.id, thread=post)
    handle(tx, notify.tell_of_favourite, Favourited(post=post, author=bob.id, account=ada.id))
    published(tx, ada, named=(bob,), reply_to=post)
    published(tx, ada, boost_of=post)
    if how != "mutes the thread":
        handle(tx, notify.tell_of_follow, Followed(follower=ada.id, followee=bob.id))
    assert tx.rows(select(notifications.c.kind)) == []


def test_a_mute_can_leave_notifications_alone(tx, ada, bob):
    """`notifications=false` hides posts only; and a mute hides what was told before."""
    stories.mute(tx, bob, ada, notifications=False)
    post = published(tx, ada, named=(bob,))
    assert told(tx, bob) == [("mention", "ada", post)]
    eve = people.make(tx, "eve")
    published(tx, eve, named=(bob,))
    stories.mute(tx, bob, eve)
    assert told(tx, bob) == [("mention", "ada", post)]


def test_the_silenced_reach_only_their_followers(tx, bob, eve):
    """A moderator limited Mallory: strangers are left in peace."""
    mallory = people.make(tx, "mallory", silenced_at=1)
    stories.follow(tx, eve, mallory)
    published(tx, mallory, named=(bob, eve))
    assert told(tx, bob) == []
    assert len(told(tx, eve)) == 1


def test_favourites_and_boosts_are_told_and_taken_back(tx, ada, bob):
    """Somebody who likes, unlikes and likes again rings twice, not for ever."""
    post = stories.write(tx, ada)
    liked = Favourited(post=post, author=ada.id, account=bob.id)
    handle(tx, notify.tell_of_favourite, liked)
    boost = published(tx, bob, boost_of=post)
    assert sorted(told(tx, ada)) == [("favourite", "bob", post), ("reblog", "bob", post)]
    assert told(tx, bob) == []
    unliked = Unfavourited(post=post, author=ada.id, account=bob.id)
    handle(tx, notify.forget_favourite, unliked)
    gone = PostDeleted(post=boost, author=bob.id, uri="", visibility=0, local=True, boost_of=post)
    handle(tx, notify.forget_boost, gone)
    assert told(tx, ada) == []
    handle(tx, notify.tell_of_favourite, Favourited(post=post, author=ada.id, account=ada.id))
    assert told(tx, ada) == []


def test_follows_and_asking(tx, ada, bob):
    """A request that is granted turns from a question into news."""
    handle(tx, notify.tell_of_asking, FollowAsked(follower=bob.id, followee=ada.id))
    assert told(tx, ada) == [("follow_request", "bob", None)]
    handle(tx, notify.tell_of_follow, Followed(follower=bob.id, followee=ada.id))
    assert told(tx, ada) == [("follow", "bob", None)]
    handle(tx, notify.forget_follow, Unfollowed(follower=bob.id, followee=ada.id))
    assert told(tx, ada) == []


def test_blocking_clears_what_was_told(tx, ada, bob):
    """Nobody keeps looking at whom they block."""
    published(tx, ada, named=(bob,))
    handle(tx, notify.forget_blocked, Blocked(account=bob.id, target=ada.id))
    assert told(tx, bob) == []


def test_a_bell_rings_at_each_post_that_is_no_boost_or_reply(tx, ada, bob, eve):
    """`notify=true` of a follow; a mention rings once, not twice."""
    stories.follow(tx, bob, ada, notify=True)
    stories.follow(tx, eve, ada)
    post = published(tx, ada)
    thread = published(tx, ada, reply_to_author=ada.id)
    named = published(tx, ada, named=(bob,))
    published(tx, ada, reply_to_author=eve.id)
    published(tx, ada, visibility=Visibility.DIRECT)
    published(tx, ada, boost_of=stories.write(tx, eve))
    assert sorted(told(tx, bob)) == [
        ("mention", "ada", named),
        ("status", "ada", post),
        ("status", "ada", thread),
    ]


def test_many_bells_ring_slice_by_slice(tx, ada, monkeypatch):
    """No job holds the writer for long."""
    monkeypatch.setattr(queries, "SLICE", 2)
    monkeypatch.setattr(queries, "_SUBSCRIBED", Query(queries._SUBSCRIBED.statement.limit(2)))
    readers = [people.make(tx, f"reader{n}") for n in range(5)]
    for reader in readers:
        stories.follow(tx, reader, ada, notify=True)
    post = published(tx, ada)
    assert stories.drain(tx, NotifySlice, notify.tell_slice) == 2
    assert all(told(tx, reader) == [("status", "ada", post)] for reader in readers)


def test_who_boosted_hears_of_an_edit_and_the_newly_named_too(tx, ada, bob, eve):
    """What carries one's name should not change unnoticed. Each revision is told once."""
    post = published(tx, ada, named=(eve,))
    row = {"account": bob.id, "post": post, "kind": int(Mark.BOOST), "at": tx.ms}
    tx.run(Query(insert(marks)), id=stories.tick(tx), **row)
    handle(tx, notify.tell_of_edit, PostEdited(post=post, author=ada.id))
    assert told(tx, bob) == [("update", "ada", post)]
    tx.run(posts.update().values(rev=2))
    tx.run(Query(insert(mentions)), post=post, account=bob.id)
    handle(tx, notify.tell_of_edit, PostEdited(post=post, author=ada.id))
    assert sorted(told(tx, bob)) == [
        ("mention", "ada", post),
        ("update", "ada", post),
        ("update", "ada", post),
    ]
    assert told(tx, eve) == [("mention", "ada", post)]


def test_the_end_of_a_poll_is_told_to_voters_and_its_author(tx, ada, bob, eve):
    """The author is told, too: the only news about oneself."""
    post, poll = stories.write(tx, ada), new_id(tx.now)
    tx.run(Query(insert(polls, ("id", "post", "counts"))), id=poll, post=post, counts="[2,0]")
    for choice in (0, 1):
        tx.run(Query(insert(votes)), poll=poll, account=bob.id, choice=choice)
    handle(tx, notify.tell_of_poll, PollEnds(poll=poll, post=post))
    assert told(tx, bob) == told(tx, ada) == [("poll", "ada", post)]
    assert told(tx, eve) == []


def test_others_accounts_are_not_told(tx, ada):
    """Who lives on another server is told by that server."""
    remote = people.make(tx, "remote")
    tx.run(people.users.delete().where(people.users.c.account == remote.id))
    published(tx, ada, named=(remote,))
    assert tx.rows(select(notifications.c.id)) == []


def test_a_page_can_be_narrowed_down_and_dismissed(tx, ada, bob, eve):
    """As the tabs of apps do it; nobody dismisses for others."""
    post = published(tx, ada, named=(bob,))
    handle(tx, notify.tell_of_follow, Followed(follower=eve.id, followee=bob.id))
    assert told(tx, bob, kinds=["follow", "unheard_of"]) == [("follow", "eve", None)]
    assert told(tx, bob, not_kinds=["follow"]) == [("mention", "ada", post)]
    assert told(tx, bob, actor=eve.id) == [("follow", "eve", None)]
    assert pages.unread(tx, bob.id, 100) == 2
    newest = max(row[0] for row in tx.rows(select(notifications.c.id)))
    markers.move(tx, bob, {"notifications": newest})
    assert pages.unread(tx, bob.id, 100) == 0
    with pytest.raises(NotFound):
        notify.dismiss(tx, ada, newest)
    notify.dismiss(tx, bob, newest)
    assert len(told(tx, bob)) == 1
    notify.clear(tx, bob)
    assert told(tx, bob) == []


def test_as_apps_read_it(tx, ada, bob):
    """Mastodon's Notification: a string id, the whole account, the status where there is one."""
    post = published(tx, ada, named=(bob,))
    handle(tx, notify.tell_of_follow, Followed(follower=ada.id, followee=bob.id))
    page = pages.page(tx, bob.id, NEWEST, **ALL)
    before = tx.queries
    shown = msgspec.json.decode(serialize.notifications(tx, bob, page).body)
    assert tx.queries <= before + 2
    by_kind = {each["type"]: each for each in shown}
    mention, follow = by_kind["mention"], by_kind["follow"]
    assert mention["status"]["id"] == str(post)
    assert mention["account"]["acct"] == "ada"
    assert mention["group_key"] == f"ungrouped-{mention['id']}"
    assert "status" not in follow
    assert follow["created_at"].endswith("Z")
    one = msgspec.json.decode(serialize.notification(tx, bob, int(mention["id"])))
    assert one == mention
    with pytest.raises(NotFound):
        serialize.notification(tx, ada, int(mention["id"]))


def test_the_staff_hears_of_the_new_and_of_reports(tx, ada, bob):
    """And nobody else does: who reported whom is nobody's business."""
    boss, mod = people.make(tx, "boss", role="admin"), people.make(tx, "mod", role="moderator")
    handle(tx, notify.tell_of_sign_up, AccountCreated(account=bob.id))
    event = Reported(report=7, account=bob.id, target=ada.id)
    handle(tx, notify.tell_of_report, event)
    handle(tx, notify.tell_of_report, Reported(report=8, account=boss.id, target=ada.id))
    for one in (boss, mod):
        mine = sorted(told(tx, one))
        assert mine[0] == ("admin.report", "bob", None)
        assert mine[-1] == ("admin.sign_up", "bob", None)
    assert (len(told(tx, boss)), len(told(tx, mod))) == (2, 3), "not of one's own report"
    assert told(tx, ada) == told(tx, bob) == []


def test_a_warning_says_what_was_decided(tx, ada):
    """In the name of nobody, with what the moderators say; and in groups as well."""
    account = by_ids(tx, [ada.id])[ada.id]
    made = strikes.strike(tx, account, "none", by=None, text="Be kind.", letter=False)
    for _ in range(2):
        notify.tell_of_warning(tx, AccountWarned(strike=made.id, account=ada.id))
    page = pages.page(tx, ada.id, NEWEST, **ALL)
    (shown,) = msgspec.json.decode(serialize.notifications(tx, ada, page).body)
    assert (shown["type"], shown["account"]["id"]) == ("moderation_warning", str(ada.id))
    assert shown["moderation_warning"]["text"] == "Be kind."
    grouped = msgspec.json.decode(group.page(tx, ada, NEWEST, Wanted(), False).body)
    (line,) = grouped["notification_groups"]
    assert line["moderation_warning"] == shown["moderation_warning"]


def test_who_lost_people_is_told_how_many(tx, ada, bob):
    """Once, in both forms, and in the name of nobody. Who lost nobody hears nothing."""
    for name in ("kit", "fay"):
        other = people.elsewhere(tx, name)
        graph.add_follow(tx, other.id, ada.id, Wish())
        graph.add_follow(tx, ada.id, other.id, Wish())
    domains.part(tx, DomainBlocked(account=ada.id, domain="far.example"))
    (done,) = [event for event in tx.emitted if isinstance(event, TiesSevered)]
    for _ in range(2):
        notify.tell_of_severed(tx, done)
    page = pages.page(tx, ada.id, NEWEST, **ALL)
    (shown,) = msgspec.json.decode(serialize.notifications(tx, ada, page).body)
    assert (shown["type"], shown["account"]["id"]) == ("severed_relationships", str(ada.id))
    said = shown["event"]
    assert (said["type"], said["target_name"]) == ("user_domain_block", "far.example")
    assert (said["followers_count"], said["following_count"], said["purged"]) == (2, 2, False)
    grouped = msgspec.json.decode(group.page(tx, ada, NEWEST, Wanted(), False).body)
    assert grouped["notification_groups"][0]["event"] == said
    assert told(tx, bob) == []


def test_the_staff_reads_the_report_that_it_is_told_of(tx, ada, bob):
    """Or they would have to look for it."""
    noted.settle()
    boss = people.make(tx, "boss", role="admin")
    form = ReportForm(account_id=str(ada.id), comment="look")
    made, _ = report(tx, bob, form)
    handle(tx, notify.tell_of_report, Reported(report=made.id, account=bob.id, target=ada.id))
    page = pages.page(tx, boss.id, NEWEST, **ALL)
    (shown,) = msgspec.json.decode(serialize.notifications(tx, boss, page).body)
    assert shown["report"]["id"] == str(made.id)
    assert shown["report"]["comment"] == "look"
    assert shown["report"]["target_account"]["acct"] == "ada"


def test_what_became_invisible_is_told_no_more(tx, ada, bob):
    """Ada blocked Bob after naming him: the mention must not show him the post."""
    published(tx, ada, named=(bob,))
    stories.block(tx, ada, bob)
    page = pages.page(tx, bob.id, NEWEST, **ALL)
    assert serialize.notifications(tx, bob, page).body == b"[]"


def test_what_an_erased_account_did_is_told_to_nobody(tx, ada, bob, eve, monkeypatch):
    """It would be read for an hour, until the emptied row goes, and name nobody."""
    monkeypatch.setattr(notify, "SLICE", 2)
    kept = published(tx, eve, named=(bob,))
    for _ in range(3):
        published(tx, ada, named=(bob,))
    held = {"account": bob.id, "kind": "mention", "actor": ada.id, "key": "held", "post": None}
    tx.run(Query(insert(held_notifications)), id=new_id(tx.now), subject=None, **held)
    event = AccountErased(account=ada.id, uri="")
    while event is not None:
        tx.emitted.clear()
        handle(tx, notify.forget_erased, event)
        event = tx.emitted[0] if tx.emitted else None
    assert told(tx, bob) == [("mention", "eve", kept)]
    assert tx.rows(select(held_notifications.c.id)) == []
