"""Posts as the pages take them: the same JSON that apps get, with its HTML marked as clean."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from whimbrel.core.fragments import Entry
from whimbrel.core.pages import status_for_page
from whimbrel.core.text import tag_key

_TAG = re.compile(r"#<span>([^<]+)</span>")  # in a post's HTML
_FILTERED = b'"filtered":[{'
_decode = msgspec.json.Decoder().decode


def statuses(body: bytes) -> list[dict[str, Any]]:
    """A JSON array of statuses, ready for `feed`. What a filter of the reader hides is left out;
    what it warns of is folded behind its name."""
    return [status_for_page(_folded(each)) for each in _decode(body) if not _hidden(each)]


def entries(parts: Iterable[bytes]) -> list[Entry]:
    """Statuses in JSON, one by one, for `feed` alone, which reads them only where it has to."""
    return [
        Entry(told, _read) for told in parts if _FILTERED not in told or not _hidden(_decode(told))
    ]


def _read(told: bytes) -> dict[str, Any]:
    return status_for_page(_folded(_decode(told)))


def tag_as_written(body: bytes, key: str) -> str:
    """A tag as the oldest of these statuses writes it, BirdWatch and not birdwatch: stored is only
    its folded word. The word itself where none of them has it in its text.

    Args:
        body: a JSON array of statuses;  key: the tag (`text.tag_key`).
    """
    for each in reversed(_decode(body)):
        for found in _TAG.finditer(each["content"]):
            if tag_key(found[1]) == key:
                return found[1]
    return key


def _results(status: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Of the reader's own filters: a label stands in the warning already, unless they hide it."""
    shown = status.get("reblog") or status
    results = (result["filter"] for result in shown.get("filtered") or ())
    return [
        each
        for each in results
        if not each["id"].startswith("-") or each["filter_action"] == "hide"
    ]


def _hidden(status: Mapping[str, Any]) -> bool:
    return any(each["filter_action"] == "hide" for each in _results(status))


def _folded(status: dict[str, Any]) -> dict[str, Any]:
    titles = [each["title"] for each in _results(status)]
    if not titles:
        return status
    if status.get("reblog"):
        return {**status, "reblog": _folded(status["reblog"])}
    return {**status, "spoiler_text": " · ".join(filter(None, (*titles, status["spoiler_text"])))}
