"""Other people's things, by their ids; and who of them is staff.

Row D12 of the threat model; CVE-2026-22246, CVE-2026-23964, CVE-2022-0133 and its three sisters,
CVE-2025-32945 (somebody else's ids), CVE-2024-23649 (a report answers with what it names)."""

import asyncio
import re
from collections import Counter

import msgspec
from belongings import belongings
from house import HTML, JSON, Caller, House, Route, house, routes

ABSENT = str(1 << 60)
EVERYBODYS = {"account", "request"}  # people: their ids are anybody's to name
ABOUT_PEOPLE = re.compile(r"/api/v1/(accounts|suggestions)/|/explore/people/|/ap/users/")


async def _try(house: House, eve: Caller, route: Route, id_: str) -> tuple[int, bytes]:
    target = route.path.replace("{id_:str}", id_)
    target = target.replace("{handle:str}", "@ada").replace("{name:str}", "ada")
    if route.access.page and route.method == "POST":
        sent = await house.form(eve, target, choices="0", scheduled_at="2099-01-01T12:00", name="x")
    elif route.access.page:
        sent = await house.ask("GET", target, {**HTML, **eve.by_browser})
    else:
        words = dict.fromkeys(("status", "title", "keyword", "phrase"), "x")
        body = msgspec.json.encode({**words, "choices": [0], "context": ["home"]})
        sent = await house.ask(route.method, target, {**eve.by_app, **JSON}, body)
    return sent.status, sent.body


def test_somebody_elses_things_cannot_be_touched_by_their_ids(tmp_path):
    """An id is a sort key: whoever learns one must not read, change or end what it names."""

    async def run():
        async with house(tmp_path) as here:
            ada, eve = await here.person("ada"), await here.person("eve")
            things = await belongings(here, ada)
            before = await here.contents()
            tried = Counter()
            for route in [route for route in routes() if "{id_" in route.path]:
                absent = await _try(here, eve, route, ABSENT)
                for kind, id_ in things.items():
                    if kind in EVERYBODYS and ABOUT_PEOPLE.match(route.path):
                        continue
                    sent = await _try(here, eve, route, id_)
                    assert sent == absent, (kind, *route)
                    refused = (401,) if route.access.who == "signed" else (403, 404)
                    assert route.method == "GET" or sent[0] in refused, (kind, *route)
                    tried[kind] += 1
            assert min(tried[kind] for kind in things) > 30
            assert await here.contents() == before

    asyncio.run(run())


def test_somebody_elses_things_cannot_be_named_in_a_body(tmp_path):
    """A list of ids is a second way to the same things."""

    async def run():
        async with house(tmp_path) as here:
            ada, eve = await here.person("ada"), await here.person("eve")
            things = await belongings(here, ada)
            mine = await belongings(here, eve)
            before = await here.contents()
            wrong = (
                ("POST", "/api/v1/statuses", {"status": "x", "media_ids": [things["media"]]}),
                ("POST", "/api/v1/statuses", {"status": "x", "in_reply_to_id": things["status"]}),
                ("PUT", f"/api/v1/statuses/{mine['status']}", {"media_ids": [things["media"]]}),
                (
                    "POST",
                    f"/api/v2/filters/{mine['filter']}/statuses",
                    {"status_id": things["status"]},
                ),
                (
                    "PUT",
                    f"/api/v2/filters/{mine['filter']}",
                    {"keywords_attributes": [{"id": things["keyword"], "keyword": "theirs"}]},
                ),
                (
                    "POST",
                    f"/api/v1/lists/{mine['list']}/accounts",
                    {"account_ids": [things["account"]]},
                ),
            )
            for method, path, values in wrong:
                body = msgspec.json.encode(values)
                sent = await here.ask(method, path, {**eve.by_app, **JSON}, body)
                assert sent.status in (403, 404, 422), (path, values, sent.status, sent.body)
            assert await here.contents() == before
            seen = await here.ask("GET", f"/api/v1/statuses?id[]={things['status']}", eve.by_app)
            assert seen.body == b"[]"
            about = {"account_id": things["account"], "status_ids": [things["status"]]}
            body = msgspec.json.encode({**about, "comment": "look"})
            told = await here.ask("POST", "/api/v1/reports", {**eve.by_app, **JSON}, body)
            assert told.status == 200 and b"for followers" not in told.body
            assert msgspec.json.decode(told.body)["status_ids"] in ([], None)

    asyncio.run(run())


# ------------------------------------------------------------------------------ staff


def test_nobody_can_tell_the_staff_by_what_is_public(tmp_path):
    """D12: Parler's profiles said who moderates, and those were who got the threats."""

    async def run():
        async with house(tmp_path) as here:
            told = []
            for name, role in (("aaa", "user"), ("bbb", "moderator"), ("ccc", "admin")):
                person = await here.person(name, role=role)
                await here.form(person, "/compose", status="hello", visibility="public")
                for path in (
                    f"/api/v1/accounts/{person.viewer.id}",
                    f"/api/v1/accounts/lookup?acct={name}",
                    f"/api/v1/accounts/{person.viewer.id}/statuses",
                    f"/.well-known/webfinger?resource=acct:{name}@social.example",
                    f"/@{name}",
                    f"/@{name}.atom",
                ):
                    seen = await here.ask("GET", path, HTML if "@" in path[:3] else {})
                    assert seen.status == 200, path
                    shown = seen.body.decode().replace(name, "NAME")
                    told.append((path.replace(name, ""), re.sub(r"\d[\d:T.-]+Z?", "N", shown)))
            third = len(told) // 3
            for at in range(third):
                assert told[at][1] == told[at + third][1] == told[at + 2 * third][1]

    asyncio.run(run())
