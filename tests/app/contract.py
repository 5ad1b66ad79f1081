"""What the API says of itself, as something to hold answers against; and requests made of it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
from belongings import SUBSCRIPTION
from house import JSON, House

from raw_asgi import Answer

JSONS = ("application/json", "application/jrd+json")
PICTURE = (  # a GIF of one point
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x00\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
MULTIPART = {"content-type": "multipart/form-data; boundary=b"}
# Values that can be meant, by the name they go by.
GOOD: dict[str, Any] = {
    **dict.fromkeys(
        ("status", "title", "phrase", "keyword", "comment", "client_name", "text"), "x"
    ),
    "q": "ada",
    "context": ["home"],
    "choices": [0],
    "subscription": SUBSCRIPTION,
    "acct": "ada",
    "resource": "acct:ada@social.example",
    "username": "eve",
    "email": "eve@example.org",
    "password": "seven notes at dawn",
    "agreement": True,
    "redirect_uris": ["https://app.example/back"],
    "timeline": ["home", "notifications"],
    "quote_approval_policy": "followers",
    "home": {"last_read_id": "1"},
    "grant_type": "client_credentials",
    "token": "x",
    "name": "tag",
    "domain": "far.example",
}


def is_stream(path: str) -> bool:
    """Whether it stays open: told of in `tests/timelines/test_streaming.py`."""
    return path.startswith("/api/v1/streaming") and not path.endswith("/health")


class Contract:
    """The description of a running house."""

    def __init__(self, document: dict[str, Any], known: Mapping[str, Any] | None = None) -> None:
        self.document = document
        self.good = {**GOOD, **(known or {})}
        self._validators: dict[str, Any] = {}

    @classmethod
    async def of(cls, house: House, **known: Any) -> "Contract":
        """As the house tells it. `known`: more good values."""
        sent = await house.ask("GET", "/api/openapi.json")
        return cls(json.loads(sent.body), known)

    def operations(self, *methods: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """(method, path, operation): what reads first, what erases last, parts before wholes; no
        streams, which would not end."""
        for method in methods or ("get", "put", "patch", "post", "delete"):
            for path, each in sorted(
                self.document["paths"].items(), key=lambda item: -len(item[0])
            ):
                if method in each and not is_stream(path):
                    yield method.upper(), path, each[method]

    def wrong(self, method: str, path: str, status: int, kind: str, body: bytes) -> str:
        """What of an answer is not as described, or nothing."""
        responses = self.document["paths"][path][method.lower()]["responses"]
        key = str(status) if str(status) in responses else f"{status // 100}XX"
        if key not in responses:
            return f"{status} is not described"
        ((expected, told),) = responses[key]["content"].items()
        if kind.partition(";")[0] != expected:
            return f"{status} comes as {kind}, not {expected}"
        if expected not in JSONS:
            return ""
        try:
            said = json.loads(body)
        except ValueError:
            return f"{status} is no JSON: {body[:80]!r}"
        errors = self._validator(told["schema"]).iter_errors(said)
        first = [f"{'/'.join(map(str, e.instance_path))}: {e.message[:160]}" for e in errors][:4]
        return f"{status}: {'; '.join(first)}" if first else ""

    def unfit(self, method: str, path: str, answer: Answer) -> str:
        """The same of an answer of a house."""
        kind = answer.headers.get("content-type", "")
        return self.wrong(method, path, answer.status, kind, answer.body)

    def _validator(self, schema: dict[str, Any]) -> Any:
        key = json.dumps(schema)
        if key not in self._validators:
            whole = {**schema, "components": self.document["components"]}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole)
        return self._validators[key]

    # ------------------------------------------------------------------ requests

    def query(self, operation: dict[str, Any]) -> str:
        """What has to be asked with, and some of what can."""
        pairs = []
        for each in operation["parameters"]:
            name = each["name"].removesuffix("[]")
            if each["in"] == "query" and (each["required"] or name in ("q", "timeline", "acct")):
                value = self.good.get(name, "x")
                for one in value if isinstance(value, list) else [value]:
                    pairs.append(f"{each['name']}={one}")
        return "?" + "&".join(pairs) if pairs else ""

    def body(self, operation: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        """Headers and a body that can be meant."""
        content = operation.get("requestBody", {}).get("content", {})
        if not content:
            return JSON, b"{}"
        reference = next(iter(content.values()))["schema"]["$ref"]
        fields = self.document["components"]["schemas"][reference.rpartition("/")[2]]["properties"]
        if "application/json" not in content:
            head = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.gif"\r\n'
            return MULTIPART, head + b"content-type: image/gif\r\n\r\n" + PICTURE + b"\r\n--b--\r\n"
        told = {name: each["examples"][0] for name, each in fields.items() if "examples" in each}
        known = {name: self.good[name] for name in fields if name in self.good and name != "id"}
        given = {**told, **known}
        return JSON, json.dumps(given).encode()


def filled(path: str, part: str) -> str:
    """A path with `part` in its holes."""
    return re.sub(r"\{\w+\}", part, path)
