"""A grey blur in the place of a picture, made of its BlurHash: whoever has to decide about it sees
that there is something before they choose to see what, and no byte of the picture is opened."""

import struct
import zlib
from math import cos, pi

from .blurhash import DIGITS

SIZE = 32  # pixels, each way
_VALUES = {digit: value for value, digit in enumerate(DIGITS)}


def grey(hash_: str) -> bytes:
    """A PNG of 32 x 32 greys.

    Raises:
        ValueError: it is no BlurHash.
    Source: https://github.com/woltapp/blurhash/blob/master/Algorithm.md
    """
    values = [_VALUES.get(each, -1) for each in hash_]
    if len(values) < 6 or min(values) < 0:
        raise ValueError("no BlurHash")
    across, down = values[0] % 9 + 1, values[0] // 9 + 1
    if len(values) != 4 + 2 * across * down:
        raise ValueError("no BlurHash")
    most = (values[1] + 1) / 166
    waves = [_mean(_number(values[2:6]))]
    waves += [_wave(_number(values[at : at + 2]), most) for at in range(6, len(values), 2)]
    xs, ys = (
        [[cos(pi * i * at / SIZE) for at in range(SIZE)] for i in range(n)] for n in (across, down)
    )
    rows = []
    for y in range(SIZE):
        light = [
            sum(
                waves[j * across + i] * xs[i][x] * ys[j][y]
                for j in range(down)
                for i in range(across)
            )
            for x in range(SIZE)
        ]
        rows.append(b"\0" + bytes(_to_srgb(each) for each in light))
    return _png(b"".join(rows))


def _number(digits: list[int]) -> int:
    found = 0
    for digit in digits:
        found = found * 83 + digit
    return found


def _luminance(red: float, green: float, blue: float) -> float:
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mean(value: int) -> float:
    return _luminance(*(_linear(value >> shift & 255) for shift in (16, 8, 0)))


def _wave(value: int, most: float) -> float:
    parts = (value // 361, value // 19 % 19, value % 19)
    roots = ((part - 9) / 9 for part in parts)
    return _luminance(*(abs(root) * root * most for root in roots))


def _linear(value: int) -> float:
    v = value / 255
    return v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4


def _to_srgb(linear: float) -> int:
    v = max(0.0, min(1.0, linear))
    return int((v * 12.92 if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055) * 255 + 0.5)


def _png(rows: bytes) -> bytes:
    def part(kind: bytes, content: bytes) -> bytes:
        whole = kind + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (part(b"IHDR", head), part(b"IDAT", zlib.compress(rows)), part(b"IEND", b""))
    )
