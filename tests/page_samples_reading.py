"""Samples of what somebody reads about people: notifications, private posts, lists, filters."""

from typing import Any

import page_samples as made
from whimbrel.core import pages
from whimbrel.discovery.rules import FeaturedTag
from whimbrel.posts.rules import LABELS
from whimbrel.timelines.queries.carry import Import
from whimbrel.timelines.rules import Filter, FilteredPost, Keyword, UserList

Sample = tuple[str, dict[str, Any]]
KINDS = (
    *("favourite", "mention", "reblog", "follow", "follow_request", "poll", "update", "status"),
    *("quote", "quoted_update", "admin.sign_up", "admin.report", "moderation_warning"),
    *("severed_relationships", "added_to_collection", "collection_update"),
)
LATE = "2026-11-22T09:00:00.000Z"


def person(number: int, **changes: Any) -> dict[str, Any]:
    return pages.account_for_page(made.account(number, **changes))


def group(at: int, kind: str, many: int = 1, **changes: Any) -> dict[str, Any]:
    """A group of notifications about a post of the reader's."""
    about = None
    if not kind.startswith(("follow", "admin", "moderation", "severed", "added", "collection")):
        about = pages.status_for_page(made.status(400 + at, account=made.account(1)))
    given = {
        "id": str(at),
        "kind": kind,
        "people": [person(at + n) for n in range(min(many, 8))],
        "many": many,
        "at": LATE,
        "status": about,
        "warning": None,
        "lost": None,
        "collection": None,
        "new": at % 2 == 0,
    }
    return {**given, **changes}


def lost(at: int, kind: str = "domain_block", **changes: Any) -> dict[str, Any]:
    """What somebody lost at once."""
    given = {"id": str(at), "type": kind, "purged": False, "target_name": f"s{at}.example"}
    counts = {"followers_count": 1204, "following_count": 1, "created_at": LATE}
    return {**given, **counts, **changes}


def groups() -> list[dict[str, Any]]:
    """Each kind once, and crowds of every size."""
    kinds = [group(at, kind) for at, kind in enumerate(KINDS)]
    crowds = [group(30 + many, "favourite", many) for many in (2, 3, 4, 9, 1204)]
    long = person(1, display_name=made.LONG, acct=made.LONG.lower())
    warning = {"action": "silence", "text": "Rule 2, twice."}
    collection = {"id": "7", "name": made.LONG, "description": f"<p>{made.LONG}</p>"}
    return [
        *kinds,
        *crowds,
        group(60, "follow", 3),
        group(61, "reblog", 2, people=[long]),
        group(62, "favourite", people=[]),
        group(63, "moderation_warning", people=[long], warning=warning),
        group(64, "severed_relationships", people=[long], lost=lost(64)),
        group(65, "collection_update", people=[long], collection=collection),
    ]


def request(at: int, last: dict[str, Any] | None) -> dict[str, Any]:
    status = None if last is None else pages.status_for_page(last)
    return {"id": str(at), "account": person(at), "many": 3 * at, "last_status": status}


def talk(at: int, many: int, **changes: Any) -> dict[str, Any]:
    """A conversation with some people."""
    said = pages.status_for_page(made.status(500 + at, visibility="direct"))
    given = {
        "id": str(at),
        "unread": at % 2 == 0,
        "accounts": [person(at + n) for n in range(many)],
        "last_status": said,
    }
    return {**given, **changes}


def told(own: dict[str, Any]) -> dict[str, Sample]:
    """Notifications and what is held back of them."""
    waiting = [request(2, made.status(3, content=f"<p>{made.LONG * 2}</p>")), request(3, None)]
    policy = {
        f"for_{name}": ("accept", "filter", "drop")[at % 3]
        for at, name in enumerate(
            (
                *("not_following", "not_followers", "new_accounts"),
                *("private_mentions", "limited_accounts", "bots"),
            )
        )
    }
    wrong = {"for_bots": "Is none of accept, filter, drop."}
    full = {**own, "path": "/notifications", "older": "/notifications?max_id=1"}
    return {
        "notifications": ("notifications.html", {**full, "groups": groups(), "tab": "all"}),
        "notifications-empty": (
            "notifications.html",
            {**own, "groups": [], "older": "", "tab": "all"},
        ),
        "mentions-empty": (
            "notifications.html",
            {**own, "groups": [], "older": "", "tab": "mentions"},
        ),
        "held": ("notification_requests.html", {**full, "requests": waiting}),
        "held-empty": ("notification_requests.html", {**own, "requests": [], "older": ""}),
        "held-one": (
            "notification_request.html",
            {**full, "request": waiting[0], "groups": groups()[:3]},
        ),
        "policy": ("notification_policy.html", {**own, "form": policy, "errors": wrong}),
    }


def private(own: dict[str, Any]) -> dict[str, Sample]:
    """Conversations."""
    talks = [talk(1, 1), talk(2, 2), talk(4, 6), talk(5, 0), talk(7, 1, last_status=None)]
    long = person(1, display_name=made.LONG, acct=made.LONG.lower())
    talks.append(talk(8, 1, accounts=[long, person(3)]))
    return {
        "private": (
            "conversations.html",
            {**own, "conversations": talks, "older": "?max_id=1", "path": "/conversations"},
        ),
        "private-empty": ("conversations.html", {**own, "conversations": [], "older": ""}),
        "more": ("more.html", {**own, "path": "/more"}),
    }


def rows(count: int) -> dict[str, Any]:
    """People, and how the reader stands to each: every way there is."""
    ways = ("", "following", "requested", "blocking", "blocked_by", "followed_by")
    people = [person(number, locked=number % 4 == 0) for number in range(2, 2 + count)]
    standing = {each["id"]: {ways[at % 6]: True} for at, each in enumerate(people)}
    return {"people": people, "standing": standing}


def explored(own: dict[str, Any]) -> dict[str, Sample]:
    """Explore, full and empty."""
    tags = [
        {"name": name, "uses": 40, "people": 12, "days": [0, 1, 4, 2, 9, 3, 12]}
        for name in ("birds", made.LONG.lower(), "saltmarsh")
    ]
    tags.append({"name": "quiet", "uses": 0, "people": 0, "days": [0] * 7})
    news = {
        **made.card(),
        "width": 400,
        "height": 400,
        "image_description": "A boat.",
        "published_at": LATE,
        "people": 7,
    }
    bare = {**news, "url": f"https://{made.LONG.lower()}.example/x", "title": "", "image": None}
    bare |= {"description": "", "published_at": None}
    people = rows(7)
    reasons = {
        each["id"]: ("friends_of_friends", "most_followed")[at % 2]
        for at, each in enumerate(people["people"])
    }
    none: dict[str, Any] = {"people": [], "standing": {}, "reasons": {}}
    own = {**own, "path": "/explore", "older": "/explore?offset=20"}
    return {
        "explore": ("explore_posts.html", {**own, "tab": "posts", "statuses": made.many()[:3]}),
        "explore-empty": ("explore_posts.html", {**own, "tab": "posts", "statuses": []}),
        "explore-tags": ("explore_tags.html", {**own, "tab": "tags", "tags": tags}),
        "explore-tags-empty": ("explore_tags.html", {**own, "tab": "tags", "tags": []}),
        "explore-news": ("explore_news.html", {**own, "tab": "news", "links": [news, bare]}),
        "explore-news-empty": ("explore_news.html", {**own, "tab": "news", "links": []}),
        "explore-people": (
            "explore_people.html",
            {**own, **people, "tab": "people", "reasons": reasons},
        ),
        "explore-people-empty": ("explore_people.html", {**own, **none, "tab": "people"}),
        "directory": (
            "explore_directory.html",
            {**own, **people, "tab": "people", "order": "active"},
        ),
        "directory-empty": (
            "explore_directory.html",
            {**own, **none, "tab": "people", "order": "new"},
        ),
    }


def listed(own: dict[str, Any]) -> dict[str, Sample]:
    """Lists."""
    one = {"id": "1", "title": "Birders", "replies_policy": "none", "exclusive": True}
    other = {**one, "id": "2", "title": made.LONG, "exclusive": False}
    wrong = {"errors": {"title": "Can't be blank."}, "form": {"title": ""}}
    edit = {"list": one, "form": one, "path": "/lists/1/edit"}
    people = rows(3)["people"]
    return {
        "lists": ("lists.html", {**own, "lists": [one, other], "path": "/lists"}),
        "lists-empty": ("lists.html", {**own, "lists": []}),
        "lists-wrong": ("lists.html", {**own, **wrong, "lists": [one]}),
        "list": (
            "list.html",
            {**own, "list": other, "statuses": made.many()[:2], "older": "/lists/2?max_id=1"},
        ),
        "list-empty": ("list.html", {**own, "list": one, "statuses": [], "older": ""}),
        "list-edit": (
            "list_edit.html",
            {**own, **edit, "members": people[:2], "candidates": people[2:], "q": ""},
        ),
        "list-edit-none": (
            "list_edit.html",
            {**own, **edit, **wrong, "members": [], "candidates": [], "q": "nobody"},
        ),
        "list-edit-all": (
            "list_edit.html",
            {**own, **edit, "members": people, "candidates": [], "q": ""},
        ),
    }


def around(own: dict[str, Any]) -> dict[str, Sample]:
    """People around somebody, and around a post."""
    people = rows(6)
    none: dict[str, Any] = {"people": [], "standing": {}}
    one = person(3, display_name=made.LONG)
    own = {**own, "older": ""}
    follows = {**own, "account": one, "tab": "followers", "hidden": False}
    mine = {**follows, **none, "account": own["me"]}
    post = {**own, "post": "/@ada/1", "tab": "reblogs"}
    return {
        "followers": ("follows.html", {**follows, **people, "older": "?max_id=1"}),
        "followers-hidden": ("follows.html", {**follows, **none, "hidden": True}),
        "followers-none": ("follows.html", {**follows, **none}),
        "followers-mine": ("follows.html", mine),
        "following-mine": ("follows.html", {**mine, "tab": "following"}),
        "boosted-by": ("post_people.html", {**post, **people}),
        "liked-by": ("post_people.html", {**post, **none, "tab": "favourites"}),
        "quoted-by": ("post_people.html", {**post, "tab": "quotes", "statuses": made.many()[:2]}),
        "quoted-by-none": ("post_people.html", {**post, "tab": "quotes", "statuses": []}),
        "requests": ("follow_requests.html", {**own, "people": people["people"]}),
        "requests-none": ("follow_requests.html", {**own, "people": []}),
        "requests-open": (
            "follow_requests.html",
            {**own, "people": [], "me": {**own["me"], "locked": False}},
        ),
    }


def apart(own: dict[str, Any]) -> dict[str, Sample]:
    """What the reader keeps away: people, servers, words."""
    people = rows(3)["people"]
    own = {**own, "older": "", "path": "/mutes"}
    losses = [
        lost(1, target_name=f"{made.LONG.lower()}@s1.example", type="account_suspension"),
        lost(2, "user_domain_block", followers_count=0),
        lost(3, target_name="", purged=True),
    ]
    wrong = {"errors": {"name": "Nobody is called so here."}, "form": {"name": made.LONG}}
    until = {people[1]["id"]: 1795330000000}
    chosen = {label: ("hide", "show", "warn")[n % 3] for n, label in enumerate(LABELS)}
    labels: dict[str, Any] = {"labels": LABELS, "chosen": chosen}
    stored = Filter(
        id="7",
        title=made.LONG,
        context=("home", "thread"),
        expires_at=LATE,
        filter_action="blur",
        keywords=tuple(Keyword(id=str(n), keyword=f"word {n}") for n in range(8)),
        statuses=(FilteredPost(id="1", status_id="2"),),
    )
    plain = Filter(id="8", title="Finale", context=("home",))
    sent = {"context": ["home"], "keywords": "one", "ends": "", "filter_action": "hide"}
    bad = {"title": "Give it a name.", "context": "Choose.", "keywords": "Write.", "ends": "One."}
    return {
        "mutes": ("mutes.html", {**own, "people": people, "until": until}),
        "mutes-wrong": ("mutes.html", {**own, **wrong, "people": [], "until": {}}),
        "blocks": ("blocks.html", {**own, "people": people}),
        "blocks-wrong": ("blocks.html", {**own, **wrong, "people": []}),
        "domain-blocks": (
            "domain_blocks.html",
            {**own, "domains": ["spam.example", f"{made.LONG.lower()}.example"]},
        ),
        "domain-blocks-wrong": (
            "domain_blocks.html",
            {**own, "domains": [], "errors": {"domain": "No."}, "form": {"domain": "x"}},
        ),
        "severed": ("severed.html", {**own, "lost": losses, "path": "/severed_relationships"}),
        "severed-none": ("severed.html", {**own, "lost": [], "path": "/severed_relationships"}),
        "filters": ("filters.html", {**own, **labels, "filters": [stored, plain]}),
        "filters-none": ("filters.html", {**own, **labels, "filters": []}),
        "filter": ("filter.html", {**own, "filter": stored, "form": {**sent, "ends": "keep"}}),
        "filter-never": ("filter.html", {**own, "filter": plain, "form": sent}),
        "filter-wrong": ("filter.html", {**own, "filter": None, "form": sent, "errors": bad}),
    }


def carried(own: dict[str, Any]) -> dict[str, Sample]:
    """What is taken along, and what is brought in."""
    kinds = ("follows", "lists", "mutes", "blocks", "domain_blocks", "bookmarks", "filters")
    own = {**own, "files": dict(zip(kinds, kinds, strict=True)), "path": "/settings/carry"}
    brought = [
        Import(id=117_660_000_000_000_000, kind="follows", total=1204, done=350, missed=12),
        Import(id=117_650_000_000_000_000, kind="lists", total=1, done=1, missed=0),
    ]
    wrong = {"errors": {"kind": "Choose.", "data": "This is not a CSV file."}}
    return {
        "carry": ("carry.html", {**own, "imports": brought}),
        "carry-wrong": ("carry.html", {**own, **wrong, "imports": []}),
    }


def everybodys(own: dict[str, Any]) -> dict[str, Sample]:
    """Posts of everybody, of a tag; what stands beside; what one does with somebody."""
    who = {"account": person(2)}
    some = rows(3)
    one = {"id": 1, "name": "mud", "uses": 12, "last": 1795330000000}
    featured = [FeaturedTag(**one), FeaturedTag(2, made.LONG.lower(), 1, None)]
    known = {"familiar": some["people"][:2], "familiar_more": 3}
    week = {"tag": "birds", "uses": 23, "most": 9, "days": [0, 2, 3, 1, 9, 4, 4], "featured": True}
    posts = {"statuses": made.many(), "older": "?max_id=1", "media": False}
    none = {"statuses": [], "older": "", "media": True}
    tag = {"tag": "birdwatch", "written": "BirdWatch", "closed": False}
    stranger = {name: value for name, value in own.items() if name not in ("me", "unread")}
    shown = {**who, **some, **known, "featured": featured}
    bare = {**who, "people": [], "standing": {}, "familiar": [], "featured": []}
    lists = [UserList(id="1", title="Friends"), UserList(id="2", title=made.LONG, exclusive=True)]
    return {
        "local": ("public.html", {**own, **posts, "tab": "local", "path": "/local"}),
        "public-none": ("public.html", {**stranger, **none, "tab": "public"}),
        "tag-me": ("tag.html", {**own, **posts, **tag, "followed": True}),
        "tag-none": ("tag.html", {**own, **none, **tag, "followed": False}),
        "tag-closed": ("tag.html", {**own, **none, **tag, "followed": False, "closed": True}),
        "tag-stranger": ("tag.html", {**stranger, **posts, **tag, "followed": False}),
        "tag-about": ("tag_about.html", {**own, **week}),
        "featured": ("featured.html", {**own, **shown, "tab": "featured"}),
        "featured-none": (
            "featured.html",
            {**own, **bare, "familiar_more": 0, "tab": "featured"},
        ),
        "mute": ("mute.html", {**own, **who, "choices": (0, 1, 7)}),
        "listed": ("listed.html", {**own, **who, "lists": lists, "inside": {"1"}}),
        "listed-none": ("listed.html", {**own, **who, "lists": [], "inside": set()}),
    }


def every_page(own: dict[str, Any]) -> dict[str, Sample]:
    """As in `page_samples`; `own` is what the house takes."""
    of_people = {**around(own), **apart(own), **carried(own)}
    of_posts = {**everybodys(own), **explored(own), **listed(own)}
    return {**told(own), **private(own), **of_posts, **of_people}
