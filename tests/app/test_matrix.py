"""Who may come in at which door: each route against everybody who could stand before it.

Row D11 of the threat model; CVE-2026-28431, CVE-2023-52139 (scopes). Other people's things are
in `test_others.py`."""

import asyncio
import os
import re
from collections import Counter
from pathlib import Path

from belongings import belongings, make
from house import HTML, JSON, SCOPES, Caller, House, Route, house, routes

from raw_asgi import Answer
from whimbrel.accounts import sessions as browsers
from whimbrel.accounts.rules import ROLES, Role, Viewer, permitted
from whimbrel.accounts.serialize import MISSING_AVATAR, MISSING_HEADER

MATRIX = Path(__file__).with_name("matrix.txt")
LONG_AGO = 1_700_000_000_000  # ms
NARROW = "profile"
_NOBODY = Caller("stranger", Viewer(), "", "")


# ------------------------------------------------------------------------------ what is declared


def _row(route: Route) -> str:
    wanted = route.access
    if wanted.page:
        who = "signed-in" if wanted.signed_in else "anybody"
    else:
        who = wanted.who or "anybody"
    more = [word for word in ("unready", "page") if getattr(wanted, word)]
    more += ["hot"] if route.hot else []
    more += [] if wanted.strangers == "all" else [f"strangers:{wanted.strangers}"]
    more += [f"needs:{str(each.name).lower()}" for each in wanted.needs]
    cells = (route.method, route.path, wanted.scope or "-", wanted.rate, who, *more)
    return " ".join(cells)


def test_the_rights_are_the_ones_somebody_looked_at():
    """A right that changed by accident would pass every test that reads it from the route itself.

    After a change on purpose, write the table anew: WRITE_MATRIX=1 pytest tests/app/test_matrix.py
    """
    declared = "".join(f"{_row(route)}\n" for route in routes())
    if os.environ.get("WRITE_MATRIX"):
        MATRIX.write_text(declared)
    assert declared == MATRIX.read_text()


def test_no_two_routes_answer_the_same_door():
    """The second would never be asked, whatever it declares."""
    twice = Counter((route.method, re.sub(r"\{\w+:", "{", route.path)) for route in routes())
    assert [door for door, count in twice.items() if count > 1] == []


# ------------------------------------------------------------------------------ who gets in


async def _everybody(house: House) -> list[Caller]:
    gone = await house.person("gone")
    await house.app.db.write(_end, gone)
    return [
        _NOBODY,
        await house.person("user"),
        await house.person("narrow", NARROW),
        await house.person("mod", role="moderator"),
        await house.person("boss", f"{SCOPES} admin:read admin:write", role="admin"),
        await house.app_alone(),
        await house.person("unconfirmed", confirmed_at=None),
        await house.person("unapproved", approved_at=None),
        await house.person("disabled", disabled_at=LONG_AGO),
        await house.person("suspended", suspended_at=LONG_AGO),
        Caller("revoked", gone.viewer, gone.token, gone.cookie),
    ]


def _end(tx, gone):
    browsers.revoke_access(tx, gone.viewer.id)


_FILES = {MISSING_AVATAR, MISSING_HEADER}  # which the front door hands out to whoever comes
EVERYBODYS = "/api/v1/timelines/public"  # strangers say that they want what is written here
NOTE = "/ap/users/{id_:str}/statuses/{post:str}"
_HAVE: dict[str, Role] = {"mod": "moderator", "boss": "admin"}
STANDING = {"unconfirmed", "unapproved"}
BARRED = {"disabled", "suspended"}


def _is_for_members(route: Route) -> bool:
    """Though a stranger is asked for no token: what is read there is not for them."""
    return route.access.strangers == "none" or route.path == EVERYBODYS


def _by_app(route: Route, caller: Caller) -> set[int] | None:
    """The refusals that are right for an app of `caller`; None = it comes in."""
    wanted, name = route.access, caller.name
    if route.path == "/public":
        return {401}
    if wanted.needs and wanted.page:  # no token opens it, so it is not there
        return {404}
    if wanted.page:  # no token opens a page; a form without its own is another site's
        return {401} if wanted.signed_in else {403} if route.method == "POST" else None
    if wanted.who == "signed":  # by another server, and nobody here is one
        return {401}
    if wanted.who == "ignored" or route.path in _FILES:
        return None
    if name == "stranger":
        known = wanted.who in ("user", "app", "any") or _is_for_members(route)
        return {401} if known else None
    if name == "revoked":
        return {401}
    if name in BARRED or (name in STANDING and not wanted.unready):
        return {403}
    if name == "app" and wanted.who == "user":
        return {422}
    if name == "app" and _is_for_members(route):
        return {401}
    if name == "narrow" and wanted.scope not in (None, NARROW):
        return {403}
    if name != "boss" and (wanted.needs or (wanted.scope or "").startswith("admin:")):
        return {403}
    return None


def _by_browser(route: Route, caller: Caller) -> set[int] | None:
    """The same for a browser: the API does not see its cookie."""
    wanted = route.access
    if not wanted.page:
        if route.path == NOTE:  # a browser is led to its page
            return None
        known = wanted.who in ("user", "app", "any", "signed") or _is_for_members(route)
        return {401} if known else None
    if wanted.needs and not permitted(_HAVE.get(caller.name, "user"), wanted.needs):
        return {403} if caller.name in _HAVE else {404}
    inside = {"user", "narrow", "mod", "boss"} | (STANDING if wanted.unready else set())
    if route.path == "/public" and caller.name not in inside:
        return {401}
    return {303} if wanted.signed_in and caller.name not in inside else None


# Refusals of what stands behind the door, not of the door.
_FROM_INSIDE = (b"unauthorized_client", b"awaiting confirmation")


def _came_in(answer: Answer) -> bool:
    inside = any(words in answer.body for words in _FROM_INSIDE)
    if answer.status in (401, 403) and not inside:
        return False
    if answer.status >= 500 or b"requires an authenticated user" in answer.body:
        return False
    return not answer.headers.get("location", "").startswith("/auth/sign-in?next=")


def _check(route: Route, how: str, caller: Caller, answer: Answer, wanted: set[int] | None) -> str:
    """What is wrong, or nothing."""
    right = _came_in(answer) if wanted is None else answer.status in wanted
    told = "in" if wanted is None else wanted
    return "" if right else f"{caller.name} {how} {_row(route)}: {answer.status}, not {told}"


def test_everybody_gets_in_where_the_table_says_and_nowhere_else(tmp_path):
    """A door without a guard is found by whoever reads the app: Parler's moderation calls were."""

    async def run():
        async with house(tmp_path) as here:
            wrong = []
            last = [route for route in routes() if route.path == "/auth/sign-out"]
            order = [route for route in routes() if route not in last] + last
            for caller in await _everybody(here):
                for route in order:
                    target = route.to("1")
                    sent = await here.ask(route.method, target, {**caller.by_app, **JSON})
                    wrong.append(_check(route, "app", caller, sent, _by_app(route, caller)))
                    headers = {**HTML, **caller.by_browser}
                    if route.access.page and route.method == "POST":
                        sent = await here.form(caller, target)
                    else:
                        sent = await here.ask(route.method, target, headers)
                    wrong.append(_check(route, "browser", caller, sent, _by_browser(route, caller)))
            assert "\n".join(each for each in wrong if each) == ""

    asyncio.run(run())


STAFF = "admin:read admin:write"


def test_no_page_of_the_staff_is_without_a_role():
    """One that asks for none would be open to whoever has any."""
    for route in routes():
        staffs = route.path.startswith("/admin") or (route.access.scope or "").startswith("admin:")
        assert bool(route.access.needs) == staffs, _row(route)


def test_a_role_gets_in_where_it_may_and_is_refused_at_every_other_door(tmp_path):
    """A helper who could open the evidence, or an auditor who could decide: each role at each of
    the staff's doors, in a browser and by an app."""

    async def run():
        async with house(tmp_path) as here:
            wrong, asked = [], Counter()
            doors = [route for route in routes() if route.access.needs]
            for role in ROLES[1:-1]:
                caller = await here.person(role, f"{SCOPES} {STAFF}", role=role)
                for route in doors:
                    may = permitted(role, route.access.needs)
                    if may and route.method != "GET":
                        continue  # what it does then, other tests tell
                    headers = caller.by_browser if route.access.page else caller.by_app
                    kind = HTML if route.access.page else JSON
                    if route.access.page and route.method == "POST":
                        sent = await here.form(caller, route.to("1"))
                    else:
                        sent = await here.ask(route.method, route.to("1"), {**kind, **headers})
                    asked[may] += 1
                    if (sent.status == 403) == may:
                        wrong.append(f"{role} {_row(route)}: {sent.status}")
            assert wrong == []
            assert asked[False] > 500 and asked[True] > 100, asked

    asyncio.run(run())


# ------------------------------------------------------------------------------ the raw doors


async def _twice(house: House, target: str, headers: dict[str, str]) -> tuple[Answer, Answer]:
    return (
        await house.ask("GET", target, headers),
        await house.ask("GET", target, headers, framework=True),
    )


def _told(answer: Answer) -> tuple[int, bytes, list[tuple[str, str]]]:
    once = {"x-request-id", "x-ratelimit-reset", "x-ratelimit-remaining", "content-length"}
    open_ = {"access-control-allow-origin", "access-control-expose-headers", "vary"}
    pairs = [pair for pair in answer.pairs if pair[0] not in once | open_]
    return answer.status, answer.body, sorted(pairs)


QUERIES = ("", "?limit=2", "?limit=2&max_id=1", "?min_id=1&limit=1", "?limit=%ff", "?only_media=x")


def test_a_raw_door_answers_as_the_one_behind_it(tmp_path):
    """What a right or a page is would depend on who of the two answered."""

    async def run():
        async with house(tmp_path) as here:
            callers = await _everybody(here)
            ada = await here.person("ada")
            things = await belongings(here, ada)
            public = await make(here, ada, "/api/v1/statuses", status="a #tag for all")
            given = [public["id"], things["status"], things["list"], things["account"], "tag"]
            asked = 0
            for route in [route for route in routes() if route.hot]:
                parts = [*given, "1", "%00", "x" * 300]
                for part in parts if "{" in route.path else ["1"]:
                    for caller in [*callers, ada]:
                        for query in QUERIES:
                            target = route.to(part) + query
                            raw, whole = await _twice(here, target, caller.by_app)
                            assert _told(raw) == _told(whole), (caller.name, target)
                            asked += raw.status == 200
            assert asked > 100, "most of it compared refusals"

    asyncio.run(run())
