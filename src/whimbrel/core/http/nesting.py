"""Names with brackets, as Rails writes them: `poll[options][]` to a tree of dicts and lists, and
back. What the values mean is none of our business."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

from ..errors import Invalid, Malformed, echo

MAX_DEPTH = 8
MAX_KEYS = 1000
DROPPED = "__proto__"  # harmless here, but nobody downstream shall meet it

_BRACKETED = re.compile(r"[^\[\]]+(?:\[[^\[\]]*\])+")
_TOO_MANY = f"A request has at most {MAX_KEYS} parameters."


def pairs_of(raw: bytes) -> list[tuple[str, str]]:
    """The names and values of a query or an urlencoded body, in order.

    Raises:
        Malformed: more than 1,000 of them, or bytes that are not UTF-8.
        Invalid: a NUL character.
    """
    if raw.count(b"&") >= MAX_KEYS:
        raise Malformed(_TOO_MANY)
    pairs = []
    for part in raw.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            key = decoded(name)
            pairs.append((key, checked(key, decoded(value))))
    return pairs


def decoded(raw: bytes) -> str:
    """One name or value, percent-decoded. Raises Malformed."""
    if b"%" in raw or b"+" in raw:
        raw = unquote_to_bytes(raw.replace(b"+", b" "))
    return utf8(raw)


def utf8(raw: bytes) -> str:
    """The text of `raw`. Raises Malformed where it is not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Malformed("The parameters must be UTF-8 text.") from None


def checked(key: str, value: str) -> str:
    """`value`, unless it holds a NUL: databases refuse those, each in its own way."""
    if "\0" in value or "\0" in key:
        name = echo(key.replace("\0", ""))
        said = "must not contain NUL characters."
        raise Invalid(f"{name} {said}", {name: [("ERR_INVALID", said)]})
    return value


def nest(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The tree that these names with brackets describe.

    `a[]` appends to a list, `a[b]` is a key of a map, `a[0]` an item of a list; in `a[][b]` a new
    item begins when `b` repeats. A name without well-formed brackets is taken as it stands.

    Raises:
        Malformed: deeper than 8, more than 1,000 names, or one name used for two shapes.
    """
    root: dict[str, Any] = {}
    for count, (key, value) in enumerate(pairs, 1):
        if count > MAX_KEYS:
            raise Malformed(_TOO_MANY)
        if key.endswith("[][]"):  # Mastodon.py writes a list of ids so
            key = key[:-2]
        if "[" not in key or "[][]" in key or not _BRACKETED.fullmatch(key):
            if key != DROPPED:
                root[key] = value
            continue
        path = key[:-1].replace("]", "").split("[")
        if len(path) > MAX_DEPTH:
            raise Malformed(f"Parameters nest at most {MAX_DEPTH} deep.")
        if DROPPED not in path:
            _put(root, path, value)
    return {key: _with_lists(value) for key, value in root.items()}


def _put(node: dict[str, Any], path: list[str], value: Any) -> None:
    key, rest = path[0], path[1:]
    if not rest:
        node[key] = value
    elif rest[0]:
        _put(_child(node, key, dict), rest, value)
    elif len(rest) == 1:
        _child(node, key, list).append(value)
    else:
        items, inner = _child(node, key, list), rest[1:]
        if not items or not isinstance(items[-1], dict) or _has(items[-1], inner):
            items.append({})
        _put(items[-1], inner, value)


def _child(node: dict[str, Any], key: str, kind: type) -> Any:
    child = node.setdefault(key, kind())
    if not isinstance(child, kind):
        raise Malformed(f"The parameter {echo(key)} is given in two shapes.")
    return child


def _has(node: Any, path: list[str]) -> bool:
    """Whether `path` was already given. A path that appends to a list can always go on."""
    if "" in path:
        return False
    for key in path:
        if not isinstance(node, dict) or key not in node:
            return False
        node = node[key]
    return True


def _with_lists(value: Any) -> Any:
    if isinstance(value, dict):
        tidy = {key: _with_lists(inner) for key, inner in value.items()}
        return in_order(tidy) if is_index_map(tidy) else tidy
    if isinstance(value, list):
        return [_with_lists(item) for item in value]
    return value


def is_index_map(value: Mapping[str, Any]) -> bool:
    """Whether all keys are numbers: a list in a form's clothes."""
    return bool(value) and all(k.isascii() and k.isdigit() and len(k) <= 9 for k in value)


def in_order(value: Mapping[str, Any]) -> list[Any]:
    """The items of an index map by their numbers."""
    return [value[key] for key in sorted(value, key=int)]


def flatten(tree: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The names with brackets of a tree, the reverse of `nest`: maps inside lists are numbered,
    so that nothing is ambiguous. Files and None are left out."""
    return [pair for key, value in tree.items() for pair in _flat(key, value)]


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}[{key}]", inner)
    elif isinstance(value, list):
        plain = not any(isinstance(item, Mapping | list) for item in value)
        for at, item in enumerate(value):
            yield from _flat(f"{name}[]" if plain else f"{name}[{at}]", item)
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    elif isinstance(value, str | int | float):
        yield name, str(value)


def encoded(tree: Mapping[str, Any]) -> str:
    """`tree` as a query string."""
    return urlencode(flatten(tree))
