"""The description of the API: whole, and true to the router. Whether answers are as described is
asked in `test_answers.py` and `test_schemathesis.py`."""

import asyncio
import inspect
import json
import re
from typing import get_args

import msgspec
from house import house

from whimbrel.app import rooms
from whimbrel.app.openapi import streams
from whimbrel.app.openapi.document import routes_of
from whimbrel.app.openapi.routes import TABLE
from whimbrel.timelines.streaming.doors import ROOT
from whimbrel.timelines.streaming.frames import Happening, refusal
from whimbrel.timelines.streaming.names import HASHTAGS, PATHS, PUBLIC

ASKED = re.compile(r'params\.(?:text|flag|number|list|ids|upload|get)\(\s*"(\w+)"')
ROUTES = dict(routes_of(rooms.ROUTES))


def test_every_route_is_described():
    """Whoever makes a client of the description would never learn of the others."""
    assert sorted(ROUTES.keys() - TABLE.keys()) == [], "give these a line in app/openapi/routes"
    assert sorted(TABLE.keys() - ROUTES.keys()) == [], "these are not there"


def test_what_a_route_asks_for_is_described():
    """A parameter that is read and not described is one that nobody sends."""
    missing = {}
    for name, handler in ROUTES.items():
        told = TABLE[name]
        known = {
            field.encode_name
            for form in (told.query, told.body)
            if form is not None
            for field in msgspec.structs.fields(form)
        }
        asked = set(ASKED.findall(inspect.getsource(handler.fn)))
        if "page_of" in handler.fn.__code__.co_names or "offset_of" in handler.fn.__code__.co_names:
            asked.add("limit")
        if asked - known:
            missing[name] = sorted(asked - known)
    assert missing == {}


def _refs(tree):
    if isinstance(tree, dict):
        if "$ref" in tree:
            yield tree["$ref"]
        for value in tree.values():
            yield from _refs(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _refs(value)


def test_it_is_served_to_everybody(tmp_path):
    """Tools fetch it without a token, from wherever they run."""

    async def run():
        async with house(tmp_path) as here:
            sent = await here.ask("GET", "/api/openapi.json", {"origin": "https://tool.example"})
            assert sent.status == 200
            assert sent.headers["access-control-allow-origin"] == "*"
            assert sent.headers["cache-control"].startswith("public")
            return json.loads(sent.body)

    told = asyncio.run(run())
    assert told["openapi"] == "3.1.0"
    said = {f"{method.upper()} {path}" for path, each in told["paths"].items() for method in each}
    open_ends = {f"GET {ROOT}{part}" for part in ("", "/health", *(f"/{each}" for each in PATHS))}
    assert said == ROUTES.keys() | open_ends
    schemas = told["components"]["schemas"]
    assert {ref.rpartition("/")[2] for ref in _refs(told)} == schemas.keys()
    operations = [each for path in told["paths"].values() for each in path.values()]
    assert len({each["operationId"] for each in operations}) == len(operations)
    assert all(each["summary"] for each in operations)
    home = told["paths"]["/api/v1/timelines/home"]["get"]
    assert home["security"] == [{"oauth": ["read:statuses"]}]
    assert schemas["Status"]["additionalProperties"] is False
    assert "favourited" not in schemas["Status"]["required"]
    assert "account" in schemas["Status"]["required"]


def test_streams_are_described_as_they_are():
    """No route of the router says what they are called or tell, so that a description could grow
    old unseen."""
    told = set(get_args(streams.Name))
    assert told == {*PUBLIC.split(), *HASHTAGS, *PATHS.values()}
    frames = [
        json.loads(Happening(event, payload).frame(label))
        for event, payload, label in (
            ("update", b'{"id":"1"}', ("hashtag", "Birds")),
            ("filters_changed", None, ("user",)),
        )
    ]
    for frame in frames:
        msgspec.convert(frame, streams.StreamEvent)
    msgspec.json.decode(refusal("There is no such stream.", 400), type=streams.StreamRefusal)
