"""Streams as OpenAPI. No route of the router leads there and OpenAPI has no words for WebSockets:
what goes over one stands under `x-websocket`."""

from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from whimbrel.timelines.streaming.doors import ROOT
from whimbrel.timelines.streaming.frames import Event
from whimbrel.timelines.streaming.names import (
    NOTIFICATIONS,
    PATHS,
    READ_NOTIFICATIONS,
    READ_POSTS,
)

from .described import JSON, Entity, Form

Name = Literal[
    "user",
    "user:notification",
    "direct",
    "list",
    "hashtag",
    "hashtag:local",
    "public",
    "public:local",
    "public:remote",
    "public:media",
    "public:local:media",
    "public:remote:media",
]
_TAGS = ["timelines"]
_TEXT: dict[str, Any] = {"type": "string"}
_TOKEN = {
    "name": "access_token",
    "in": "query",
    "required": False,
    "schema": _TEXT,
    "description": "The token, where a client can set no header",
}


class StreamSubscription(Form, kw_only=True):
    """What a client says on its WebSocket."""

    type: Literal["subscribe", "unsubscribe"]
    stream: Name
    tag: str = ""
    list: str = ""


class StreamEvent(Entity, kw_only=True):
    """What happened: `stream` as it was asked for, with the tag or the list; `payload` is JSON as
    text, or the bare id of what is gone."""

    stream: Annotated[list[str], Meta(min_length=1, max_length=2)]
    event: Event
    payload: str | msgspec.UnsetType = msgspec.UNSET


class StreamRefusal(Entity, kw_only=True):
    """What a WebSocket is told when it asks for what it cannot have; it stays open."""

    error: str
    status: int


ANSWERS = (StreamEvent, StreamRefusal)
BODIES = (StreamSubscription,)


def paths(schemas: dict[Any, Any], error: dict[str, Any]) -> dict[str, Any]:
    """What stands in `paths`.

    Args:
        schemas: of `ANSWERS` and `BODIES`, by their `repr`.
        error: the schema of a refusal by HTTP.
    """
    refused = {"4XX": {"description": "Refused", "content": {JSON: {"schema": error}}}}
    health = {"description": "It is there", "content": {"text/plain": {"schema": _TEXT}}}
    return {
        ROOT: {"get": _websocket(schemas, refused)},
        f"{ROOT}/health": {
            "get": {
                "operationId": "timelines.streaming.health",
                "tags": _TAGS,
                "summary": "Whether streams can be opened here.",
                "parameters": [],
                "responses": {"200": health},
                "security": [{}],
            }
        },
        **{f"{ROOT}/{where}": {"get": _events(where, refused)} for where in PATHS},
    }


def _websocket(schemas: dict[Any, Any], refused: dict[str, Any]) -> dict[str, Any]:
    def text(name: str) -> dict[str, Any]:
        return {"name": name, "in": "query", "required": False, "schema": _TEXT}

    names = {"type": "string", "enum": list(get_args(Name))}
    return {
        "operationId": "timelines.streaming.websocket",
        "tags": _TAGS,
        "summary": "A WebSocket on which a client says what it wants to hear.",
        "description": "The query names a first stream, if any. The token comes as a header, in the"
        " query, or as the WebSocket's protocol.",
        "parameters": [{**text("stream"), "schema": names}, text("tag"), text("list"), _TOKEN],
        "responses": {"101": {"description": "The WebSocket is open"}, **refused},
        "security": [{"oauth": [READ_POSTS]}, {"oauth": [READ_NOTIFICATIONS]}],
        "x-rate-limit": "stream",
        "x-websocket": {
            "client": schemas[repr(StreamSubscription)],
            "server": {"oneOf": [schemas[repr(each)] for each in ANSWERS]},
        },
    }


def _events(where: str, refused: dict[str, Any]) -> dict[str, Any]:
    """One stream, as server-sent events."""
    name = PATHS[where]
    first = name.partition(":")[0]
    asked = {
        "list": [{"name": "list", "in": "query", "required": True, "schema": _TEXT}],
        "hashtag": [{"name": "tag", "in": "query", "required": True, "schema": _TEXT}],
        "public": [
            {"name": "only_media", "in": "query", "required": False, "schema": {"type": "boolean"}}
        ],
    }
    told = f"Server-sent events: `event` is one of {', '.join(get_args(Event))}, `data` the payload"
    content = {"text/event-stream": {"schema": _TEXT}}
    return {
        "operationId": f"timelines.streaming.{name.replace(':', '_')}",
        "tags": _TAGS,
        "summary": f"The stream {name}, for as long as the client stays.",
        "parameters": [*asked.get(first, []), _TOKEN],
        "responses": {"200": {"description": told, "content": content}, **refused},
        "security": [{"oauth": [READ_NOTIFICATIONS if name == NOTIFICATIONS else READ_POSTS]}],
        "x-rate-limit": "stream",
    }
