"""From what a client sent to the type an action wants, forgivingly: forms know only text, and some
apps send text inside JSON. What cannot be meant otherwise is refused in plain words.

The limits of a type (lengths, ranges, its `__post_init__`) are msgspec's to check, at the end."""

import math
import re
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect

from ..errors import Invalid
from .nesting import in_order, is_index_map

T = TypeVar("T")

TRUE = {"true", "1", "on", "t", "yes"}
FALSE = {"false", "0", "off", "f", "no", ""}
LARGEST = (1 << 63) - 1

Details = dict[str, list[tuple[str, str]]]
_NOTHING: Any = object()  # a value to be left out, so that the default applies
_LISTS = (inspect.ListType, inspect.SetType, inspect.FrozenSetType, inspect.VarTupleType)
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "array": "a list",
    "object": "a map",
    "bool": "true or false",
}


class _Wrong(Exception):
    def __init__(self, path: str, said: str, code: str = "ERR_INVALID") -> None:
        self.path, self.said, self.code = path, said, code


def convert(value: Mapping[str, Any], kind: type[T]) -> T:
    """`value` as a `kind` (a msgspec.Struct).

    Raises:
        Invalid: with every wrong field in `details`, a path such as `poll.expires_in`.
    """
    details: Details = {}
    key = cast(Hashable, kind)  # mypy sees no hash in a type[T]
    ready = _struct(_inspected(key), value, "", details)
    if details:
        raise refusal(details)
    try:
        return msgspec.convert(ready, kind)
    except msgspec.ValidationError as error:
        path, said = _in_plain_words(str(error))
        raise refusal({path: [("ERR_INVALID", said)]}) from None


def refusal(details: Details) -> Invalid:
    """The error that names these fields."""
    said = (f"{path} {said}".strip() for path, wrong in details.items() for _, said in wrong)
    return Invalid(" ".join(said), details)


def as_bool(value: Any, path: str) -> bool:
    """A flag as forms and apps write it. Raises Invalid."""
    return _told(_bool, value, path)


def as_int(value: Any, path: str) -> int:
    """A whole number of at most 64 bits. Raises Invalid."""
    return _told(_int, value, path)


def as_text(value: Any, path: str) -> str:
    """Text; numbers are written out, for ids arrive as numbers too. Raises Invalid."""
    return _told(_str, value, path)


def as_list(value: Any) -> list[Any]:
    """A list, whatever it came as: nothing, one value, an index map. Blanks mean an empty list."""
    if value is None or value == "" or value == [""]:
        return []
    if isinstance(value, Mapping):
        value = in_order(value) if is_index_map(value) else [value]
    return [item for item in value if item is not None] if isinstance(value, list) else [value]


def _told(do: Callable[[Any, str], T], value: Any, path: str) -> T:
    try:
        return do(value, path)
    except _Wrong as wrong:
        raise refusal({wrong.path: [(wrong.code, wrong.said)]}) from None


@lru_cache(maxsize=512)
def _inspected(kind: Hashable) -> inspect.StructType:
    found = inspect.type_info(kind)
    if not isinstance(found, inspect.StructType):
        raise TypeError(f"{kind} is no msgspec.Struct")
    return found


def _struct(info: inspect.StructType, value: Any, path: str, details: Details) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _Wrong(path, "must be a map of names and values.")
    ready: dict[str, Any] = {}
    if info.tag_field and info.tag_field in value:
        ready[info.tag_field] = value[info.tag_field]
    for field in info.fields:
        name = field.encode_name
        below = f"{path}.{name}" if path else name
        try:
            given = value.get(name)
            found = _NOTHING if given is None else _any(field.type, given, below, details)
            if found is not _NOTHING:
                ready[name] = found
            elif name in value and _takes_none(field.type):
                ready[name] = None
            elif field.required:
                raise _Wrong(below, "can't be blank.", "ERR_BLANK")
        except _Wrong as wrong:
            details.setdefault(wrong.path, []).append((wrong.code, wrong.said))
    return ready


def _takes_none(info: inspect.Type) -> bool:
    return isinstance(info, inspect.NoneType) or (
        isinstance(info, inspect.UnionType) and info.includes_none
    )


def _any(info: inspect.Type, value: Any, path: str, details: Details) -> Any:
    """`value` as the builtin that msgspec takes for `info`; _NOTHING where "" means nothing."""
    if isinstance(info, inspect.Metadata):
        return _any(info.type, value, path, details)
    if isinstance(info, inspect.UnionType):
        return _union(info, value, path, details)
    if isinstance(info, inspect.StructType):
        return _struct(info, value, path, details)
    if isinstance(info, _LISTS):
        return _list(info.item_type, value, path, details)
    if isinstance(info, inspect.DictType):
        return _dict(info, value, path, details)
    if isinstance(info, inspect.CustomType):
        if value != "" and not isinstance(value, info.cls):
            raise _Wrong(path, "must be a file.")
        return _NOTHING if value == "" else value
    if isinstance(info, inspect.EnumType | inspect.LiteralType):
        return _choice(info, value, path)
    simple = _SIMPLE.get(type(info))
    return simple(value, path) if simple else value


def _union(info: inspect.UnionType, value: Any, path: str, details: Details) -> Any:
    kinds = [kind for kind in info.types if not isinstance(kind, inspect.NoneType)]
    # An empty text is a text (a profile may be emptied), but no number, flag, choice or file.
    if value == "" and not any(isinstance(kind, (inspect.StrType, *_LISTS)) for kind in kinds):
        return _NOTHING
    for kind in kinds[:-1]:
        attempt: Details = {}
        try:
            found = _any(kind, value, path, attempt)
        except _Wrong:
            continue
        if not attempt:
            return found
    return _any(kinds[-1], value, path, details)


def _list(item_type: inspect.Type, value: Any, path: str, details: Details) -> list[Any]:
    ready = []
    for at, item in enumerate(as_list(value)):
        found = _any(item_type, item, f"{path}.{at}", details)
        if found is not _NOTHING:
            ready.append(found)
    return ready


def _dict(info: inspect.DictType, value: Any, path: str, details: Details) -> dict[Any, Any]:
    if not isinstance(value, Mapping):
        raise _Wrong(path, "must be a map of names and values.")
    return {
        key: _any(info.value_type, inner, f"{path}.{key}", details)
        for key, inner in value.items()
        if inner is not None
    }


def _choice(info: inspect.EnumType | inspect.LiteralType, value: Any, path: str) -> Any:
    values = (
        [member.value for member in info.cls]
        if isinstance(info, inspect.EnumType)
        else list(info.values)
    )
    for choice in values:
        if value == choice or (not isinstance(value, bool) and str(value) == str(choice)):
            return choice
    known = ", ".join(str(choice) for choice in values)
    raise _Wrong(path, f"must be one of: {known}.", "ERR_INCLUSION")


def _bool(value: Any, path: str) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).lower() if isinstance(value, str | int) else None
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise _Wrong(path, "must be true or false.")


def _int(value: Any, path: str) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,19}\s*", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise _Wrong(path, "must be a whole number.")
    return value


def _float(value: Any, path: str) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise _Wrong(path, "must be a number.")
    return number


def _str(value: Any, path: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise _Wrong(path, "must be text.")


def _moment(value: Any, path: str) -> datetime:
    """A time without a zone is taken as UTC, as Mastodon does."""
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise _Wrong(path, "must be a time such as 2026-11-24T16:05:33Z.") from None


def _date(value: Any, path: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _Wrong(path, "must be a date such as 2026-11-24.") from None


_SIMPLE: dict[type[inspect.Type], Callable[[Any, str], Any]] = {
    inspect.BoolType: _bool,
    inspect.IntType: _int,
    inspect.FloatType: _float,
    inspect.StrType: _str,
    inspect.DateTimeType: _moment,
    inspect.DateType: _date,
}


def _in_plain_words(said: str) -> tuple[str, str]:
    """(path, sentence) of what msgspec says: "Expected `int` >= 1 - at `$.poll[0].days`"."""
    said, _, at = said.rpartition(" - at `") if " - at `" in said else (said, "", "")
    path = re.sub(r"\[(\d+|\.\.\.)\]", r".\1", at.rstrip("`").removeprefix("$")).strip(".")
    said = re.sub(r"`(\w+)`", lambda found: _WORDS.get(found[1], found[1]), said)
    said = re.sub(r"^Expected (.*) of length", r"must be \1 of length", said)
    said = re.sub(r"^Expected ", "must be ", said)
    for sign, words in (
        (">=", "of at least"),
        ("<=", "of at most"),
        (">", "above"),
        ("<", "below"),
    ):
        said = said.replace(f"length {sign}", f"length {words.removeprefix('of ')}")
        said = said.replace(f" {sign} ", f" {words} ")
    return path, said if said.endswith(".") else said + "."
