"""What a page costs the database, from the token to the last byte: three statements at most.

Counted over the whole application. Cold: everything on the page was changed since anybody read
it, as after a restart. Warm: the same page a second time."""

import asyncio
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import stories
from house import Caller, House, house
from sqlalchemy import update

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx
from whimbrel.instance import texts
from whimbrel.moderation.report import ReportForm, report
from whimbrel.posts.events import PostPublished
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Mark, PollDraft
from whimbrel.posts.tables import posts
from whimbrel.timelines import fanout, homes, notify
from whimbrel.timelines import lists as own_lists
from whimbrel.timelines.lists import ListForm


class Page(NamedTuple):
    """A page, and what it may cost somebody signed in; `{...}` are things of the town."""

    path: str
    cold: int  # whose token, what is on the page, its words
    warm: int  # SQLite remembers the token until somebody writes
    for_all: bool = True  # strangers too, who save the first
    html: bool = False


API = "/api/v1"
PAGES = {
    "home": Page(f"{API}/timelines/home", 3, 2, for_all=False),
    "public": Page(f"{API}/timelines/public", 3, 2, for_all=False),
    "local": Page(f"{API}/timelines/public?local=true", 3, 2),
    "tag": Page(f"{API}/timelines/tag/whimbrel", 3, 2),
    "context": Page(f"{API}/statuses/{{post}}/context", 3, 2),
    "list": Page(f"{API}/timelines/list/{{list}}", 3, 2, for_all=False),
    "account": Page(f"{API}/accounts/{{ada}}/statuses", 3, 2),
    "notifications": Page(f"{API}/notifications", 3, 2, for_all=False),
    "notifications in groups": Page("/api/v2/notifications", 3, 2, for_all=False),
    "status": Page(f"{API}/statuses/{{post}}", 3, 2),
    "bookmarks": Page(f"{API}/bookmarks", 3, 2, for_all=False),
    "favourites": Page(f"{API}/favourites", 3, 2, for_all=False),
    "page of home": Page("/home", 3, 2, for_all=False, html=True),
    "page of a post": Page("/@ada/{post}", 3, 2, html=True),
    "page of posts from here": Page("/local", 3, 2, html=True),
    "page of everybody's posts": Page("/public", 3, 2, for_all=False, html=True),
    "page of a tag": Page("/tags/whimbrel", 3, 2, for_all=False, html=True),
    "page of somebody": Page("/@ada", 3, 2, for_all=False, html=True),
    "page of favourites": Page("/favourites", 3, 2, for_all=False, html=True),
    "page of notifications": Page("/notifications", 3, 2, for_all=False, html=True),
    "page of mentions": Page("/notifications/mentions", 3, 2, for_all=False, html=True),
    "page of a list": Page("/lists/{list}", 3, 2, for_all=False, html=True),
    "page of conversations": Page("/conversations", 2, 2, for_all=False, html=True),
    "page of who is held back": Page("/notifications/requests", 2, 2, for_all=False, html=True),
    "page of what is talked about": Page("/explore", 2, 2, for_all=False, html=True),
    "page of people": Page("/explore/people", 3, 3, for_all=False, html=True),
    "page of everybody": Page("/explore/directory?order=new", 3, 3, for_all=False, html=True),
    "page of lists": Page("/lists", 2, 2, for_all=False, html=True),
    "page of filters": Page("/filters", 2, 2, for_all=False, html=True),
    "page of mutes": Page("/mutes", 2, 2, for_all=False, html=True),
    "page of lost follows": Page("/severed_relationships", 2, 2, for_all=False, html=True),
    "page of what was deleted": Page("/settings/deleted", 2, 2, for_all=False, html=True),
    "page of followers": Page("/@ada/followers", 3, 3, for_all=False, html=True),
    # the session, then what it is about and what is said beside it
    "dashboard of the staff": Page("/admin", 3, 3, for_all=False, html=True),
    "reports for the staff": Page("/admin/reports", 4, 3, for_all=False, html=True),
    "roles of the staff": Page("/admin/roles", 2, 2, for_all=False, html=True),
    "log of the staff": Page("/admin/log", 3, 3, for_all=False, html=True),
    "how one works at the desk": Page("/admin/reports/habits", 2, 2, for_all=False, html=True),
    "cases that are alike": Page("/admin/reports/alike", 4, 4, for_all=False, html=True),
    "what waits for a second": Page("/admin/reports/waiting", 3, 3, for_all=False, html=True),
    "letters of hosts": Page("/admin/letters", 3, 3, for_all=False, html=True),
    "evidence that is kept": Page("/admin/vault", 4, 4, for_all=False, html=True),
    "what is counted in public": Page("/transparency", 2, 2, html=True),
    "accounts for the staff": Page("/admin/accounts", 2, 2, for_all=False, html=True),
    "account for the staff": Page("/admin/accounts/{ada}", 3, 3, for_all=False, html=True),
    "servers for the staff": Page("/admin/federation", 2, 2, for_all=False, html=True),
    "servers kept away": Page("/admin/federation/blocks", 2, 2, for_all=False, html=True),
    "lists of servers": Page("/admin/federation/lists", 12, 12, for_all=False, html=True),
    "closed doors": Page("/admin/doors", 2, 2, for_all=False, html=True),
    "trends for the staff": Page("/admin/trends", 3, 3, for_all=False, html=True),
    "rules for the staff": Page("/admin/rules", 2, 2, for_all=False, html=True),
    "announcements for the staff": Page("/admin/announcements", 2, 2, for_all=False, html=True),
    "long texts for the staff": Page("/admin/texts/terms", 2, 2, for_all=False, html=True),
    "emojis for the staff": Page("/admin/emojis", 3, 3, for_all=False, html=True),
    "invitations": Page("/admin/invites", 2, 2, for_all=False, html=True),
    "settings of the server": Page("/admin/settings", 1, 1, for_all=False, html=True),
    "jobs": Page("/admin/jobs", 3, 3, for_all=False, html=True),
    "storage": Page("/admin/storage", 3, 3, for_all=False, html=True),
    "way out": Page("/admin/exit", 3, 3, for_all=False, html=True),
    "page of who liked it": Page("/@ada/{post}/favourites", 3, 3, for_all=False, html=True),
    # where another server sends its visitors, and where a stranger names theirs
    "page for visitors": Page("/authorize_interaction", 1, 1, for_all=False, html=True),
    "page of what quotes it": Page("/@ada/{post}/quotes", 3, 3, for_all=False, html=True),
}

INTERACT = "/interact?to=/@ada/{post}"  # who is signed in is led on at once


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that any transaction runs, as it is run."""
    ran: list[str] = []
    run = Tx._run

    def counted(self: Tx, query: Any, values: dict[str, Any]) -> Any:
        made = query if isinstance(query, Query) else Query(query)
        ran.append(made.prepare(self.engine, values)[0])
        return run(self, query, values)

    monkeypatch.setattr(Tx, "_run", counted)
    yield ran


def settle(tx: Tx, ada: Caller, bob: Caller, eve: Caller) -> dict[str, int]:
    """What there is to see: Bob follows Ada, and she wrote; he liked and kept all of it."""
    for each in (ada, bob, eve):
        homes.rebuild(tx, each.viewer)
    stories.follow(tx, bob.viewer, ada.viewer)
    found = []
    poll = PollDraft(options=("a", "b"), expires_in=3600)
    drafts = [Draft(text=f"#whimbrel {at}") for at in range(20)]
    for draft in [*drafts, Draft(text="? @bob", poll=poll)]:
        found.append(publish(tx, ada.viewer, draft).id)
    root = found[3]
    found.append(publish(tx, eve.viewer, Draft(text="@bob so?", reply_to=root)).id)
    for post in found:
        stories.mark(tx, bob.viewer, post, Mark.BOOKMARK)
        stories.mark(tx, bob.viewer, post, Mark.FAVOURITE)
    for event in tuple(tx.emitted):
        if isinstance(event, PostPublished):
            fanout.add_to_homes(tx, event)
            notify.tell_of_post(tx, event)
    made = own_lists.create(tx, bob.viewer, ListForm(title="friends"))
    own_lists.add(tx, bob.viewer, int(made.id), [ada.viewer.id])
    rule = texts.add_rule(tx, "No storms")
    for at in range(3):
        wrong = {"account_id": str(ada.viewer.id), "status_ids": [str(found[at])]}
        report(tx, bob.viewer, ReportForm(**wrong, comment="storm", rule_ids=[str(rule)]))
    return {"post": root, "list": int(made.id), "ada": ada.viewer.id}


def change_everything(tx: Tx) -> None:
    """What any cache holds of it is out of date."""
    tx.run(update(posts).values(rev=posts.c.rev + 1))
    tx.run(update(accounts).values(rev=accounts.c.rev + 1))


async def cost(
    here: House, ran: list[str], target: str, who: Caller | None, html: bool
) -> tuple[int, int]:
    """How many statements a page is, cold and warm."""
    headers = {"accept": "text/html"} if html else {}
    if who is not None:
        headers |= who.by_browser if html else who.by_app
    counted = []
    for state in ("first visit", "cold", "warm"):
        if state == "cold":
            await asyncio.sleep(0.05)  # that somebody was here today is written down, once
            await here.app.db.write(change_everything)
        ran.clear()
        answer = await here.ask("GET", target, headers)
        counted.append(len(ran))
        assert answer.status == 200, (target, answer.body)
        assert len(answer.body) > 500, target
    _, cold, warm = counted
    return cold, warm


def test_no_page_asks_more_than_three_questions(database, tmp_path, statements):
    """Each more is a round trip to PostgreSQL, for every reader, on every page."""

    async def run() -> dict[str, tuple[int, int]]:
        async with house(tmp_path, database) as here:
            ada, bob, eve = [await here.person(name) for name in ("ada", "bob", "eve")]
            boss = await here.person("boss", role="admin")
            town = await here.app.db.write(settle, ada, bob, eve)
            dear = {}
            for name, page in PAGES.items():
                target = page.path.format(**town)
                who = boss if target.startswith("/admin") else bob
                asked = await cost(here, statements, target, who, page.html)
                if asked[0] > page.cold or asked[1] > page.warm:
                    dear[name] = asked
                if page.for_all:
                    asked = await cost(here, statements, target, None, page.html)
                    if asked[0] > min(page.cold, 3) - (not page.html) or asked[1] > 1:
                        dear[f"{name}, for strangers"] = asked
            asked = await cost(here, statements, INTERACT.format(**town), None, True)
            if max(asked) > 2:
                dear["page for strangers"] = asked
            return dear

    assert asyncio.run(run()) == {}
