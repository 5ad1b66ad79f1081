"""JSON in the one form that is signed: keys in order, numbers as JavaScript writes them.

Source: RFC 8785 (JCS)"""

import json
from collections.abc import Iterator
from typing import Any

LARGEST = 2**53 - 1  # integers beyond are not the same number to everybody


def canonical(value: Any) -> bytes:
    """The canonical form of something that was read from JSON.

    Raises:
        ValueError: a number or text that has none.
    """
    return "".join(_parts(value)).encode()


def _parts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield "{"
        for at, key in enumerate(sorted(value, key=_order)):
            yield ("," if at else "") + _text(key) + ":"
            yield from _parts(value[key])
        yield "}"
    elif isinstance(value, list):
        yield "["
        for at, each in enumerate(value):
            if at:
                yield ","
            yield from _parts(each)
        yield "]"
    else:
        yield _scalar(value)


def _order(key: str) -> bytes:
    """By UTF-16 code units."""
    return key.encode("utf-16-be", "surrogatepass")


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise ValueError("a number that not everybody reads alike")
        return str(value)
    return _number(value)


def _number(value: float) -> str:
    """As ECMAScript writes it: the shortest digits, and an exponent only far out."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("no number")
    if value == 0:
        return "0"
    sign, found = ("-", repr(-value)) if value < 0 else ("", repr(value))
    digits, _, exponent = found.partition("e")
    whole, _, part = digits.partition(".")
    part = "" if part == "0" else part
    point = len(whole) + int(exponent or 0)
    every = (whole + part).lstrip("0")
    point -= len(whole + part) - len(every)
    every = every.rstrip("0")
    return sign + _placed(every, point)


def _placed(digits: str, point: int) -> str:
    """Digits with the point behind so many of them."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    shown = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{shown}e{'+' if point > 0 else '-'}{abs(point - 1)}"
