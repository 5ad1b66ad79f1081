"""JSON from other servers, read without trust: as plain JSON, never expanded, nothing fetched.

What two readers could take in two ways is refused: keys that are there twice, graphs inside of
documents, depths that no parser likes. What is only written differently is made the same."""

import json
from collections.abc import Iterable
from typing import Any

from whimbrel.core.errors import Malformed

AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS}#Public"
DEEPEST = 32
MOST_NODES = 10_000
MOST = 256  # items of a list that anybody looks at
LONGEST_ID = 2048
LONGEST_INTEGER = 20  # digits

_TYPES = ("application/activity+json", "application/ld+json")
_FORBIDDEN = {"@graph", "@included", "@reverse"}
_PREFIXES = ("as:", "toot:", "schema:", f"{AS}#")
_EVERYBODY = {PUBLIC, "as:Public", "Public"}

Object = dict[str, Any]


def is_activity(content_type: str) -> bool:
    """Whether this media type is one in which somebody means to say something: neither plain JSON
    nor HTML, which a server may serve of a stranger's making."""
    kind, *parameters = (part.strip() for part in content_type.split(";"))
    kind = kind.lower()
    if kind == _TYPES[0]:
        return True
    if kind != _TYPES[1]:
        return False
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "profile" and AS in value.strip().strip('"').split():
            return True
    return False


def parse(body: bytes) -> Object:
    """A document of ActivityStreams.

    Raises:
        Malformed: no JSON object, no ActivityStreams, or one that could be read in two ways.
    """
    found = plain(body)
    if AS not in _contexts(found.get("@context")):
        raise Malformed("This is no ActivityStreams.")
    return found


def plain(body: bytes) -> Object:
    """A JSON object.

    Raises:
        Malformed: it is none, or one that could be read in two ways.
    """
    try:
        found = json.loads(
            body, object_pairs_hook=_object, parse_constant=_refuse, parse_int=_integer
        )
    except (ValueError, RecursionError) as error:
        raise Malformed("This is no JSON that can be read in one way.") from error
    if not isinstance(found, dict):
        raise Malformed("This is no object.")
    _measure(found)
    return found


def _object(pairs: list[tuple[str, Any]]) -> Object:
    made: Object = {}
    for key, value in pairs:
        if key in _FORBIDDEN:
            raise ValueError("a graph")
        name = _name(key)
        if name in made:
            raise ValueError("twice")
        made[name] = value
    return made


def _name(key: str) -> str:
    if key in ("@id", "@type"):
        return key[1:]
    for prefix in _PREFIXES:
        if key.startswith(prefix):
            return key[len(prefix) :]
    return key


def _refuse(text: str) -> Any:
    raise ValueError(text)


def _integer(text: str) -> int:
    if len(text) > LONGEST_INTEGER:
        raise ValueError("no number that anybody counts to")
    return int(text)


def _measure(found: Any) -> None:
    nodes, level = 0, [found]
    for _ in range(DEEPEST):
        nodes += len(level)
        if nodes > MOST_NODES:
            break
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return
    raise Malformed("This is too deep, or too much.")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _contexts(value: Any) -> set[str]:
    return {each.rstrip("#") for each in many(value) if isinstance(each, str)}


# --- values --------------------------------------------------------------------------------------


def many(value: Any) -> list[Any]:
    """Nothing, one or several of something as a list."""
    if value is None:
        return []
    return value[:MOST] if isinstance(value, list) else [value]


def id_of(value: Any) -> str | None:
    """The id of what is named or embedded; of several, the first's."""
    for each in many(value):
        found = each.get("id") if isinstance(each, dict) else each
        if isinstance(found, str) and 0 < len(found) <= LONGEST_ID and found.isprintable():
            return found
    return None


def author_of(value: Object) -> str | None:
    """Who made it: of several, the person, for a film is its channel's as well."""
    made = many(value.get("attributedTo"))
    people = [each for each in made if isinstance(each, dict) and type_of(each) == "Person"]
    return id_of(people or made)


def ids_of(value: Any) -> list[str]:
    """The ids of all that are named or embedded; everybody is told in one way."""
    found = [id_of(each) for each in many(value)]
    return [PUBLIC if each in _EVERYBODY else each for each in found if each is not None]


def type_of(value: Object) -> str:
    """What it is: the first type, without a prefix; "" where it does not say."""
    for each in many(value.get("type")):
        if isinstance(each, str):
            return _name(each)[:40]
    return ""


def text_of(value: Object, name: str, most: int) -> str:
    """A text, or one of those in several languages, cut at `most` characters."""
    found = value.get(name)
    if not isinstance(found, str):
        languages = value.get(f"{name}Map")
        texts = languages.values() if isinstance(languages, dict) else ()
        found = next((text for text in texts if isinstance(text, str)), "")
    return found[:most].encode("utf-8", "replace").decode().replace("\0", "\ufffd")
