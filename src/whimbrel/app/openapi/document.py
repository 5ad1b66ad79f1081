"""OpenAPI 3.1 of all routes for apps: what the router knows (paths, methods, scopes), and what the
table says beside it; and of streams."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import msgspec
from msgspec import UNSET, inspect

from whimbrel import __version__
from whimbrel.accounts.auth import Access
from whimbrel.accounts.rules import SCOPES
from whimbrel.core.settings import Instance

from . import streams
from .described import JSON, Described, Entity, Table, Upload

FOR_APPS = ("/api/", "/oauth/", "/.well-known/", "/nodeinfo/")
FORMS = (JSON, "application/x-www-form-urlencoded", "multipart/form-data")
_PART = re.compile(r"\{(\w+?)_?:\w+\}")
_REF = "#/components/schemas/{name}"
_ABOUT = """A server that speaks Mastodon's client API. Bodies come as JSON or as forms, names
nested as Rails does it. What is hidden is answered as what is absent: 404."""


class Error(Entity, kw_only=True):
    """A refusal, in a sentence."""

    error: str
    error_description: str | msgspec.UnsetType = UNSET
    details: dict[str, list[dict[str, str]]] | msgspec.UnsetType = UNSET


def name_of(method: str, path: str) -> str:
    """What a route is called in the table: `GET /api/v1/accounts/{id}`."""
    return method + " " + _PART.sub(r"{\1}", path)


def routes_of(handlers: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """(name, handler) of everything that is for apps and not a page."""
    for handler in handlers:
        wanted = handler.opt.get("access")
        if not isinstance(wanted, Access) or wanted.page:
            continue
        for path in handler.paths:
            if path.startswith(FOR_APPS):
                for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                    yield name_of(method, path), handler


def document(instance: Instance, handlers: Iterable[Any], table: Table) -> dict[str, Any]:
    """The whole description.

    Args:
        handlers: of Litestar; those for apps stand in `table`, or are left out.
    """
    found = {name: handler for name, handler in routes_of(handlers) if name in table}
    told = [table[name] for name in found]
    answers = [each.answer for each in told if each.answer is not None]
    answers += [Error, *streams.ANSWERS]
    bodies = [each.body for each in told if each.body is not None]
    schemas, components = _schemas([*answers, *bodies, *streams.BODIES])
    strict = _structs(answers)
    for kind in strict:
        _tighten(components[kind.__name__], kind)
    paths: dict[str, dict[str, Any]] = {}
    for name in sorted(found):
        method, path = name.split(" ")
        said = _operation(name, found[name], table[name], schemas)
        paths.setdefault(path, {})[method.lower()] = said
    paths |= streams.paths(schemas, schemas[repr(Error)])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": instance.title or "Whimbrel",
            "version": __version__,
            "description": _ABOUT,
        },
        "servers": [{"url": instance.origin}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _schemes(instance)},
    }


def _schemas(kinds: list[Any]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """Type to its schema, and the schemas these refer to."""
    unique = list({repr(kind): kind for kind in kinds}.values())
    made, components = msgspec.json.schema_components(unique, ref_template=_REF)
    return {repr(kind): schema for kind, schema in zip(unique, made, strict=True)}, components


def _structs(kinds: Iterable[Any]) -> set[type]:
    """The structs that these types are made of."""
    seen: dict[type, None] = {}
    waiting: list[Any] = [inspect.type_info(kind) for kind in kinds]
    while waiting:
        info = waiting.pop()
        if isinstance(info, inspect.StructType):
            if info.cls in seen:
                continue
            seen[info.cls] = None
            waiting += [field.type for field in info.fields]
        for name in ("type", "item_type", "key_type", "value_type"):
            inner = getattr(info, name, None)
            if isinstance(inner, inspect.Type):
                waiting.append(inner)
        waiting += getattr(info, "types", ()) or ()
        waiting += getattr(info, "item_types", ()) or ()
    return set(seen)


def _tighten(schema: dict[str, Any], kind: type) -> None:
    """Of an answer every key is there that may not be UNSET, and none beside."""
    fields = msgspec.structs.fields(kind)
    schema["additionalProperties"] = False
    schema["required"] = [
        field.encode_name for field in fields if msgspec.UnsetType not in get_args(field.type)
    ]
    for known in schema["properties"].values():
        known.pop("default", None)


def _operation(name: str, handler: Any, told: Described, schemas: dict[Any, Any]) -> dict[str, Any]:
    method, path = name.split(" ")
    wanted: Access = handler.opt["access"]
    module = handler.fn.__module__.removeprefix("whimbrel.")
    text = (handler.fn.__doc__ or "").strip()
    own = handler.fn.__name__ if len(handler.paths) == 1 else path.rpartition("/")[2]
    if len(handler.http_methods - {"OPTIONS", "HEAD"}) > 1:
        own = f"{own}.{method.lower()}"
    said: dict[str, Any] = {
        "operationId": f"{module}.{own}",
        "tags": [module.split(".")[0]],
        "summary": text.split("\n", 1)[0],
        "parameters": [*_path_parameters(path), *_query_parameters(told.query)],
        "responses": _responses(told, schemas),
        "security": _security(wanted),
    }
    if wanted.rate != "api":
        said["x-rate-limit"] = wanted.rate
    if told.body is not None:
        schema = schemas[repr(told.body)]
        said["requestBody"] = {"content": {kind: {"schema": schema} for kind in _kinds(told.body)}}
    return said


def _kinds(body: type) -> tuple[str, ...]:
    """Files come as multipart only; where none must be, all forms are taken."""
    needs_file = any(
        field.required and field.type == Upload for field in msgspec.structs.fields(body)
    )
    return FORMS[2:] if needs_file else FORMS


def _path_parameters(path: str) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"\{(\w+)\}", path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query_parameters(query: type | None) -> Iterator[dict[str, Any]]:
    """A list is written `name[]=1&name[]=2`."""
    if query is None:
        return
    _, components = msgspec.json.schema_components([query], ref_template="{name}")
    properties = components[query.__name__]["properties"]
    for field in msgspec.structs.fields(query):
        about = dict(properties[field.encode_name])
        many = about.get("type") == "array"
        if about.get("default", "") is None:
            about.pop("default")
            kinds = [each for each in about.get("anyOf", [about]) if each.get("type") != "null"]
            about = kinds[0]
        yield {
            "name": f"{field.encode_name}[]" if many else field.encode_name,
            "in": "query",
            "required": field.required,
            "schema": about,
        }


def _responses(told: Described, schemas: dict[Any, Any]) -> dict[str, Any]:
    answer = {"type": "string"} if told.answer is None else schemas[repr(told.answer)]
    good = {"description": "As asked", "content": {told.kind: {"schema": answer}}}
    bad = {"description": "Refused", "content": {JSON: {"schema": schemas[repr(Error)]}}}
    return {**{str(status): good for status in told.statuses}, "4XX": bad}


def _security(wanted: Access) -> list[dict[str, list[str]]]:
    scopes = [] if wanted.scope is None else [wanted.scope]
    needed = {"oauth": scopes}
    if wanted.who in ("user", "app", "any"):
        return [needed]
    return [{}] if wanted.who == "ignored" else [{}, needed]


def _schemes(instance: Instance) -> dict[str, Any]:
    flow = {
        "authorizationUrl": f"{instance.origin}/oauth/authorize",
        "tokenUrl": f"{instance.origin}/oauth/token",
        "scopes": dict.fromkeys(sorted(SCOPES), ""),
    }
    return {"oauth": {"type": "oauth2", "flows": {"authorizationCode": flow}}}
