"""Every list that the router has, from its newest entry to its oldest and back, by the Link header
alone, while others go on writing: nothing is missing and nothing comes twice.

The lists are those whose description has a `max_id`; one that is in no table fails."""

import asyncio
import json
import re
from typing import Any, get_origin

import msgspec
from crowd import Crowd
from house import house
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from walks import LINK, LISTS, List

from whimbrel.app.openapi.routes import TABLE

ENTRIES = 250
EXAMPLES = {"sqlite": 3, "postgresql": 1}  # every page costs ten times as much there
# Lists without cursors.
WHOLE: dict[str, str] = {
    "GET /api/whimbrel/v1/receipts": "the newest forty",
    "GET /api/whimbrel/v1/admin/letters": "those that wait for an answer",
    "GET /api/v1/accounts": "those whose ids are given",
    "GET /api/v1/accounts/familiar_followers": "those whose ids are given",
    "GET /api/v1/accounts/relationships": "those whose ids are given",
    "GET /api/v1/accounts/{id}/identity_proofs": "always empty",
    "GET /api/v1/accounts/{id}/lists": "at most as many as one may have",
    "GET /api/v1/announcements": "those of today",
    "GET /api/v1/custom_emojis": "all of the server",
    "GET /api/v1/accounts/{id}/featured_tags": "at most as many as one may have",
    "GET /api/v1/featured_tags": "at most as many as one may have",
    "GET /api/v1/featured_tags/suggestions": "the likeliest few",
    "GET /api/v1/filters": "at most as many as one may have",
    "GET /api/v1/instance/activity": "twelve weeks",
    "GET /api/v1/instance/domain_blocks": "all of the server",
    "GET /api/v1/instance/languages": "all of the server",
    "GET /api/v1/instance/peers": "all of the server",
    "GET /api/v1/instance/rules": "all of the server",
    "GET /api/v1/lists": "at most as many as one may have",
    "GET /api/v1/statuses": "those whose ids are given",
    "GET /api/v1/statuses/{id}/history": "the newest revisions",
    "GET /api/v2/filters": "at most as many as one may have",
    "GET /api/v2/filters/{id}/keywords": "at most as many as a filter may have",
    "GET /api/v2/notifications/{key}/accounts": "the newest of one group",
    "GET /api/v2/filters/{id}/statuses": "at most as many as a filter may have",
}
# Walked in tests/moderation/test_doors.py, for they are the staff's alone.
STAFF = {
    *("GET /api/v1/admin/accounts", "GET /api/v2/admin/accounts", "GET /api/v1/admin/reports"),
    *("GET /api/v1/admin/domain_blocks", "GET /api/v1/admin/domain_allows"),
    *("GET /api/v1/admin/ip_blocks", "GET /api/v1/admin/email_domain_blocks"),
    "GET /api/v1/admin/canonical_email_blocks",
}
# Walked in tests/discovery/test_api.py, where something trends.
TRENDS = {
    *("GET /api/v1/timelines/link", "GET /api/v1/admin/trends/links/publishers"),
    "GET /api/v1/admin/tags",
}


def _query(name: str) -> set[str]:
    form = TABLE[name].query
    return set() if form is None else {each.encode_name for each in msgspec.structs.fields(form)}


def test_every_list_is_in_the_table():
    """A list nobody walks along is one whose second page was never seen."""
    reads = [name for name in TABLE if name.startswith("GET ")]
    offsets = {name for name in reads if "offset" in _query(name)}
    paged = {name for name in reads if "max_id" in _query(name)} - offsets
    assert sorted(paged ^ (LISTS.keys() | STAFF | TRENDS)) == []
    arrays = {name for name in reads if get_origin(TABLE[name].answer) is list}
    assert sorted(arrays - paged - offsets - WHOLE.keys()) == []


# ------------------------------------------------------------------------------ the walk


def _keys(said: Any) -> list[str]:
    """What tells the entries of a page apart."""
    entries = said["notification_groups"] if isinstance(said, dict) else said
    names = ("id", "name", "group_key")
    return [
        each if isinstance(each, str) else next(each[name] for name in names if name in each)
        for each in entries
    ]


class Reader:
    """Somebody who scrolls through one list."""

    def __init__(self, crowd: Crowd, wanted: List, sizes: list[int], arrivals: list[int]) -> None:
        self.crowd, self.sizes, self.arrivals = crowd, sizes, arrivals
        self.group = wanted.group
        self.headers = crowd.callers[wanted.who].by_app
        self.start = wanted.path.format(**crowd.ids)
        self.step = 0

    async def page(self, target: str) -> tuple[list[str], dict[str, str]]:
        """The entries, and where it goes on."""
        sent = await self.crowd.house.ask("GET", target, self.headers)
        assert sent.status == 200, (target, sent.body)
        links = {rel: path for path, rel in LINK.findall(sent.headers.get("link", ""))}
        return _keys(json.loads(sent.body)), links

    def sized(self, target: str) -> str:
        """The same with another limit, as an app does that turned to another screen."""
        size = self.sizes[self.step % len(self.sizes)]
        self.step += 1
        if "limit=" in target:
            return re.sub(r"limit=\d+", f"limit={size}", target)
        return f"{target}{'&' if '?' in target else '?'}limit={size}"

    async def walk(self, rel: str, target: str) -> list[list[str]]:
        """Pages until there are no more; others write meanwhile."""
        pages: list[list[str]] = []
        while target:
            found, links = await self.page(self.sized(target))
            if not found:
                break
            pages.append(found)
            self.last = links
            target = links.get(rel, "")
            await self.crowd.arrive(self.group, self.arrivals[self.step % len(self.arrivals)])
        return pages

    async def everything(self) -> list[str]:
        """The whole list at this moment, in the largest pages there are."""
        quiet = Reader.__new__(Reader)
        quiet.__dict__ |= {**self.__dict__, "sizes": [200], "arrivals": [0]}
        return [key for page in await quiet.walk("next", self.start) for key in page]


def _one_after_another(name: str, pages: list[list[str]]) -> list[str]:
    flat = [key for page in pages for key in page]
    assert len(flat) == len(set(flat)), f"{name}: some come twice"
    return flat


async def _scroll(crowd: Crowd, name: str, sizes: list[int], arrivals: list[int]) -> None:
    reader = Reader(crowd, LISTS[name], sizes, arrivals)
    before = await reader.everything()
    count = crowd.count[reader.group]
    assert 0 <= len(before) - count <= 1, f"{name}: {len(before)} of {count}"
    down = _one_after_another(name, await reader.walk("next", reader.start))
    assert [key for key in down if key in set(before)] == before, f"{name}: some are missing"
    lowest = [key for key in down if key in set(before)][-1]
    pages = await reader.walk("prev", reader.last["prev"])
    up = _one_after_another(name, pages[::-1])
    after = await reader.everything()
    above = after[: after.index(up[-1]) + 1] if up else []
    assert up == above, f"{name}: the way up is another"
    assert lowest not in up
    assert len(up) >= len(before) - max(sizes), f"{name}: it ended too early"


def test_nothing_is_missing_or_twice_in_any_list(database, tmp_path):
    """The infinite scroll of an app loses a post, or shows it again, when others are quick."""

    async def run() -> None:
        # No home is cut while it is read: now and then that is done to one of more than 800.
        async with house(tmp_path, database, home_size=4000) as here:
            crowd = await Crowd.gather(here, ENTRIES)
            for sizes, arrivals in plans:
                for name in LISTS:
                    await _scroll(crowd, name, sizes, arrivals)

    plans: list[tuple[list[int], list[int]]] = []

    most = EXAMPLES["postgresql" if database else "sqlite"]

    @settings(max_examples=most, database=None, phases=[Phase.generate], deadline=None)
    @given(
        st.lists(st.integers(30 if database else 9, 80), min_size=2, max_size=6),
        # With a pause in it, or whoever scrolls up would never reach the top.
        st.lists(st.sampled_from((0, 0, 0, 1, 3)), min_size=3, max_size=8).filter(lambda a: 0 in a),
    )
    def draw(sizes: list[int], arrivals: list[int]) -> None:
        plans.append((sizes, arrivals))

    draw()
    asyncio.run(run())
