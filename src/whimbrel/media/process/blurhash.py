"""BlurHash: some thirty characters that stand in for a picture while it loads.

Plain Python on 32 x 32 pixels takes 4 ms; importing NumPy for it would take 200."""

from math import cos, pi

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_LINEAR = [v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in range(256)]


def blurhash(pixels: bytes, width: int, height: int, across: int = 4, down: int = 3) -> str:
    """Encode a small picture.

    Args:
        pixels: RGB, 8 bits each, row by row: width * height * 3 bytes.
        across, down: how many cosine components in each direction, 1 to 9.
    Returns:
        4 + 2 * across * down characters.
    Source: https://github.com/woltapp/blurhash/blob/master/Algorithm.md
    """
    linear = [_LINEAR[v] for v in pixels]
    planes = [linear[c::3] for c in range(3)]
    waves_x = [[cos(pi * i * x / width) for x in range(width)] for i in range(across)]
    waves_y = [[cos(pi * j * y / height) for y in range(height)] for j in range(down)]
    # The transform is separable: rows first, then columns of what is left.
    rows = [
        [
            [_dot(wave, plane[y * width : (y + 1) * width]) for y in range(height)]
            for wave in waves_x
        ]
        for plane in planes
    ]
    factors = []
    for j, wave in enumerate(waves_y):
        for i in range(across):
            scale = (1 if i == j == 0 else 2) / (width * height)
            factors.append([scale * _dot(wave, rows[c][i]) for c in range(3)])
    mean, waves = factors[0], factors[1:]
    peak = max((abs(v) for factor in waves for v in factor), default=0.0)
    steps = max(0, min(82, int(peak * 166 - 0.5))) if waves else 0
    most = (steps + 1) / 166 if waves else 1.0
    red, green, blue = (_to_srgb(v) for v in mean)
    head = _base83(across - 1 + (down - 1) * 9, 1) + _base83(steps, 1)
    return head + _base83(red << 16 | green << 8 | blue, 4) + "".join(_wave(w, most) for w in waves)


def _dot(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _wave(factor: list[float], most: float) -> str:
    """One component in two digits: 19 steps a channel, finer near zero."""
    value = 0
    for v in factor:
        root = abs(v / most) ** 0.5 * (1 if v >= 0 else -1)
        value = value * 19 + max(0, min(18, int(root * 9 + 9.5)))
    return _base83(value, 2)


def _to_srgb(linear: float) -> int:
    v = max(0.0, min(1.0, linear))
    return int((v * 12.92 if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055) * 255 + 0.5)


def _base83(value: int, length: int) -> str:
    return "".join(DIGITS[value // 83**i % 83] for i in range(length - 1, -1, -1))
