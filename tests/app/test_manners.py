"""Manners on the wire that hold for every route for apps, asked of all that the router has. What a
single route is asked besides is in `tests/clients/test_wire.py`."""

import asyncio
import json
import time
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from belongings import belongings
from contract import Contract, filled
from crowd import Crowd
from house import JSON, SCOPES, house, routes
from walks import LINK, LISTS

from whimbrel.app import rooms
from whimbrel.app.openapi.document import routes_of
from whimbrel.app.openapi.routes import TABLE
from whimbrel.instance import texts

STAFF = f"{SCOPES} admin:read admin:write"
ORIGIN = {"origin": "https://app.example"}
NAMES = sorted({name for name, _ in routes_of(rooms.ROUTES)} & TABLE.keys())
# What may be kept by whoever passes it on: the same for everybody.
PUBLIC = {"/.well-known/oauth-authorization-server", "/api/openapi.json"}
WORDS = ("true", "false", "True", "False", "1", "0", "on", "off")


def told(story, tmp_path):
    """Run a story of a house and Ada, an administrator with one of everything."""

    async def run():
        async with house(tmp_path) as here:
            ada = await here.person("ada", STAFF, role="admin")
            things = await belongings(here, ada)
            await story(here, ada, things)

    asyncio.run(run())


def test_every_answer_is_for_scripts_of_other_origins(tmp_path):
    """A web app sees "network error" in place of an answer without this, whatever went wrong."""

    async def story(here, ada, things):
        wrong = []
        for name in NAMES:
            method, path = name.split(" ")
            target = filled(path, things["status"])
            for headers in ({}, {"authorization": "Bearer nothing"}, ada.by_app):
                if method == "DELETE" and headers:
                    continue
                sent = await here.ask(method, target, {**ORIGIN, **JSON, **headers}, b"{}")
                if sent.headers.get("access-control-allow-origin") != "*":
                    wrong.append(f"{name}: {sent.status} without CORS")
                if sent.status >= 400 and not json.loads(sent.body)["error"]:
                    wrong.append(f"{name}: {sent.status} without a sentence")
                kept = sent.headers.get("cache-control", "")
                mine = headers == ada.by_app and TABLE[name].kind == "application/json"
                if mine and "private" not in kept and path not in PUBLIC:
                    wrong.append(f"{name}: {kept!r} for what somebody read")
        assert "\n".join(wrong) == ""

    told(story, tmp_path)


def test_every_route_answers_a_preflight_head_and_other_methods(tmp_path):
    """Browsers ask first; monitors ask with HEAD; a wrong method is told, as JSON."""

    async def story(here, ada, things):
        wrong = []
        methods: dict[str, set[str]] = {}
        for name in NAMES:
            method, path = name.split(" ")
            methods.setdefault(path, set()).add(method)
        for path, there in methods.items():
            target = filled(path, things["status"])
            for method in there:
                asked = {
                    "access-control-request-method": method,
                    "access-control-request-headers": "authorization,content-type",
                }
                sent = await here.ask("OPTIONS", target, {**ORIGIN, **asked})
                allowed = sent.headers.get("access-control-allow-methods", "")
                if sent.status not in (200, 204) or method not in allowed:
                    wrong.append(f"preflight of {method} {path}: {sent.status} {allowed}")
            if "GET" in there:
                got = await here.ask("GET", target, ada.by_app)
                head = await here.ask("HEAD", target, ada.by_app)
                if (got.status, got.headers["content-type"]) != (
                    head.status,
                    head.headers["content-type"],
                ):
                    wrong.append(f"HEAD {path}: {head.status}, not {got.status}")
            other = {"GET", "POST", "PUT", "PATCH", "DELETE"} - there
            if other and "{" not in path:
                method = sorted(other)[0]
                sent = await here.ask(method, target, {**ada.by_app, **JSON}, b"{}")
                if sent.status not in (404, 405) or not json.loads(sent.body)["error"]:
                    wrong.append(f"{method} {path}: {sent.status}")
        assert "\n".join(wrong) == ""

    told(story, tmp_path)


@pytest.mark.parametrize(
    "path",
    [
        *("/api/v1/instance", "/api/v2/instance", "/api/v1/custom_emojis", "/api/openapi.json"),
        *(f"/api/v1/instance/{part}" for part in ("rules", "peers", "activity", "languages")),
        *("/api/v1/instance/extended_description", "/api/v1/instance/translation_languages"),
        *(f"/api/v1/trends{part}" for part in ("", "/tags", "/statuses", "/links")),
        *("/.well-known/nodeinfo", "/nodeinfo/2.0"),
    ],
)
def test_what_reads_the_same_for_all_is_not_sent_twice(tmp_path, path):
    """Every app asks at every start for what changes once a month; but what somebody with a token
    was shown may be theirs alone, and is kept by nobody."""

    async def run():
        async with house(tmp_path) as here:
            ada = await here.person("ada")
            first = await here.ask("GET", path)
            tag = first.headers["etag"]
            assert first.status == 200
            assert tag.startswith('W/"')
            assert "private" not in first.headers["cache-control"]
            if "openapi" not in path:
                assert first.headers["cache-control"] == "no-cache"
            bare = tag.removeprefix("W/")
            for known in (tag, bare, f'"other", {tag}', f"W/{bare},W/", "*"):
                for method in ("GET", "HEAD"):
                    again = await here.ask(method, path, {**ORIGIN, "if-none-match": known})
                    assert (again.status, again.body) == (304, b""), known
                    assert again.headers["etag"] == tag
                    assert again.headers["access-control-allow-origin"] == "*"
                    assert {"content-length", "content-type"}.isdisjoint(again.headers)
            for known in ('"other"', "", '"'):
                again = await here.ask("GET", path, {"if-none-match": known})
                assert (again.status, again.body) == (200, first.body)
            packed = {"accept-encoding": "gzip", "if-none-match": tag}
            assert (await here.ask("GET", path, packed)).status == 304
            mine = await here.ask("GET", path, {**ada.by_app, "if-none-match": tag})
            assert mine.status == 200
            assert "etag" not in mine.headers

    asyncio.run(run())


def test_what_changed_is_sent_again(tmp_path):
    """An app that keeps its old copy for ever is worse than one that asks too often."""

    async def run():
        async with house(tmp_path) as here:
            path = "/api/v2/instance"
            tag = (await here.ask("GET", path)).headers["etag"]
            await here.app.db.write(texts.add_rule, "Be kind.")
            sent = await here.ask("GET", path, {"if-none-match": tag})
            assert sent.status == 200
            assert sent.headers["etag"] != tag

    asyncio.run(run())


OLD = {  # as Mastodon dates them; apps look for the header and tell their developers
    "GET /api/v1/instance": "@1668384000",
    "GET /api/v1/filters": "@1668384000",
    "POST /api/v1/filters": "@1668384000",
    "GET /api/v1/filters/{id_:str}": "@1668384000",
    "PUT /api/v1/filters/{id_:str}": "@1668384000",
    "DELETE /api/v1/filters/{id_:str}": "@1668384000",
    "GET /api/v1/suggestions": "@1621123200",
    "GET /api/v1/trends": "@1648598400",
    "GET /api/v1/accounts/{id_:str}/identity_proofs": "@1648598400",
    "GET /api/v1/notifications/policy": "@1728345600",
    "PUT /api/v1/notifications/policy": "@1728345600",
}


def test_old_routes_say_so_and_no_others(tmp_path):
    """A developer whose app uses what will go hears of it before it goes."""

    async def run():
        async with house(tmp_path) as here:
            ada = await here.person("ada")
            found = {}
            for route in routes():
                if route.path.startswith("/api/"):
                    sent = await here.ask(
                        route.method, route.to("1"), {**ada.by_app, **JSON}, b"{}"
                    )
                    if "deprecation" in sent.headers:
                        found[f"{route.method} {route.path}"] = sent.headers["deprecation"]
            assert found == OLD

    asyncio.run(run())


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/v1/search?q=x"), ("POST", "/api/v1/notifications/dismiss")],
)
def test_what_is_gone_is_absent(tmp_path, method, path):
    """Old apps fall back to the newer address on a 404, and on nothing else."""

    async def run():
        async with house(tmp_path) as here:
            ada = await here.person("ada")
            sent = await here.ask(method, path, {**ada.by_app, **JSON}, b"{}")
            assert sent.status == 404
            assert json.loads(sent.body)["error"]

    asyncio.run(run())


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v7/x", "/api/nothing", "/api/v1/"])
def test_an_address_that_is_none_is_absent_as_json(tmp_path, path):
    """An app that is newer than the server asks for what it does not know, and falls back."""

    async def run():
        async with house(tmp_path) as here:
            for method in ("GET", "POST"):
                html = {"accept": "text/html,*/*", **JSON}
                sent = await here.ask(method, path, html, b"{}")
                assert (sent.status, sent.headers["content-type"]) == (
                    404,
                    "application/json; charset=utf-8",
                )
                assert json.loads(sent.body)["error"]

    asyncio.run(run())


def test_every_link_keeps_every_parameter(tmp_path):
    """A column that forgets on its second page what it was asked for shows something else."""

    async def run():
        async with house(tmp_path) as here:
            crowd = await Crowd.gather(here, 6)
            wrong = []
            for name, wanted in LISTS.items():
                start = wanted.path.format(**crowd.ids)
                by = crowd.callers[wanted.who].by_app
                more = "limit=2&odd=a%26b&also[]=1&also[]=2&min_id=1"
                sent = await here.ask("GET", f"{start}{'&' if '?' in start else '?'}{more}", by)
                links = {rel: path for path, rel in LINK.findall(sent.headers["link"])}
                for rel, cursor in (("next", "max_id"), ("prev", "min_id")):
                    told = parse_qs(urlsplit(links[rel]).query)
                    kept = {key: told.get(key) for key in ("limit", "odd", "also[]")}
                    if kept != {"limit": ["2"], "odd": ["a&b"], "also[]": ["1", "2"]}:
                        wrong.append(f"{name} {rel}: {kept}")
                    others = {"max_id", "min_id", "since_id"} - {cursor}
                    if cursor not in told or others & told.keys():
                        wrong.append(f"{name} {rel}: {sorted(told)}")
            assert "\n".join(wrong) == ""

    asyncio.run(run())


def test_dates_stand_for_ids_in_every_list(tmp_path):
    """Mastodon.py makes ids of dates, and some of them are above what any id can be."""

    async def run():
        async with house(tmp_path) as here:
            crowd = await Crowd.gather(here, 3)
            tomorrow = int(time.time() + 86_400) * 1000 << 16
            for name, wanted in LISTS.items():
                start = wanted.path.format(**crowd.ids)
                join = "&" if "?" in start else "?"
                by = crowd.callers[wanted.who].by_app
                plain = await here.ask("GET", start, by)
                for bound in (tomorrow, 2**63, 2**64 - 1):
                    sent = await here.ask("GET", f"{start}{join}max_id={bound}", by)
                    assert (sent.status, sent.body) == (200, plain.body), (name, bound)
                sent = await here.ask("GET", f"{start}{join}since_id={2**64 - 1}", by)
                assert sent.status == 200, name
                said = json.loads(sent.body)
                assert not (said["notification_groups"] if isinstance(said, dict) else said), name

    asyncio.run(run())


def test_lists_of_ids_in_every_spelling(tmp_path):
    """`id[]`, `id[0]` and a bare `id` are all sent by some app."""

    async def story(here, ada, things):
        asked = 0
        for name in NAMES:
            form = TABLE[name].query
            fields = [] if form is None else msgspec.structs.fields(form)
            many = {each.encode_name for each in fields if "tuple" in str(each.type)}
            if not name.startswith("GET ") or "id" not in many:
                continue
            answers = set()
            for spelling in ("id[]", "id[0]", "id"):
                target = f"{name.split(' ')[1]}?{spelling}={things['account']}"
                sent = await here.ask("GET", target, ada.by_app)
                answers.add((sent.status, sent.body))
            assert len(answers) == 1, (name, answers)
            asked += 1
        assert asked >= 4

    told(story, tmp_path)


def test_yes_and_no_as_text_in_every_body(tmp_path):
    """Mastodon.py writes "False" into JSON: that is no, not an error, wherever it stands."""

    async def story(here, ada, things):
        contract, wrong, asked = await Contract.of(here), [], 0
        schemas = contract.document["components"]["schemas"]
        for method, path, operation in contract.operations("post", "put", "patch"):
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" not in content:
                continue
            kind = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
            headers, body = contract.body(operation)
            for field, told in schemas[kind]["properties"].items():
                if "boolean" not in json.dumps(told) or "$ref" in json.dumps(told):
                    continue
                if told.get("type") == "object" or "additionalProperties" in json.dumps(told):
                    continue
                for word in WORDS:
                    sent = await here.ask(
                        method,
                        filled(path, things["status"]),
                        {**headers, **ada.by_app},
                        json.dumps({**json.loads(body), field: word}).encode(),
                    )
                    asked += 1
                    details = json.loads(sent.body).get("details", {}) if sent.status == 422 else {}
                    if any(each["error"] == "ERR_INVALID" for each in details.get(field, ())):
                        wrong.append(f"{method} {path}: {field} = {word!r}: {sent.body[:120]!r}")
        assert "\n".join(wrong) == ""
        assert asked > 100

    told(story, tmp_path)
