"""PDQ: 256 bits by which a picture is known again after it was scaled or saved anew.

What was cropped, turned or mirrored it does not know again, and of what is nearly flat it says
nothing. Computed in the same order and precision as the reference, bit by bit the same.

Source: Meta, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019;
https://github.com/facebook/ThreatExchange/tree/main/pdq"""

from typing import Any

import numpy as np

Pixels = np.ndarray[Any, np.dtype[Any]]

SMALLEST = 5  # pixels of a side
WORTH = 50  # percent of quality; of less the authors advise not to make anything
_SIDE, _WAVES = 64, 16
_LUMA = (0.299, 0.587, 0.114)  # of red, green, blue
_COSINES = (
    np.sqrt(2 / _SIDE)
    * np.cos(np.pi / 2 / _SIDE * np.outer(np.arange(1, _WAVES + 1), np.arange(1, 2 * _SIDE, 2)))
).astype(np.float32)


def pdq(pixels: bytes, width: int, height: int) -> bytes | None:
    """The hash of a picture.

    Args:
        pixels: RGB, 8 bits each, row by row: width * height * 3 bytes.
    Returns:
        32 bytes, the highest frequencies first, as they are written in hexadecimal; None where the
        picture is too small or too flat for one.
    """
    if min(width, height) < SMALLEST:
        return None
    red, green, blue = np.frombuffer(pixels, np.uint8).reshape(height, width, 3).transpose(2, 0, 1)
    luma = (red * _LUMA[0] + green * _LUMA[1] + blue * _LUMA[2]).astype(np.float32)
    small = _downsampled(luma)
    if _quality(small) < WORTH:
        return None
    waves = _times(_COSINES, small)
    waves = _times(_COSINES, np.ascontiguousarray(waves.T)).T
    median = np.sort(waves, axis=None)[waves.size // 2 - 1]
    return np.packbits((waves > median).reshape(-1)[::-1]).tobytes()


def _downsampled(luma: Pixels) -> Pixels:
    """64 x 64 of it: two box filters each way, which together are a tent, then every so many-th."""
    height, width = luma.shape
    if (height, width) == (_SIDE, _SIDE):
        return luma
    for _ in range(2):
        luma = _box(luma.T, -(-width // (2 * _SIDE))).T
        luma = _box(luma, -(-height // (2 * _SIDE)))
    rows, columns = (((np.arange(_SIDE) + 0.5) * n / _SIDE).astype(int) for n in (height, width))
    small: Pixels = luma[rows[:, None], columns]
    return small


def _box(rows: Pixels, window: int) -> Pixels:
    """The mean of so many rows around each; of fewer at the edges."""
    rows, many, after = np.ascontiguousarray(rows), len(rows), (window + 2) // 2 - 1
    out, total = np.empty_like(rows), np.zeros(rows.shape[1], np.float32)
    for at in range(-after, many):
        last, gone = at + after, at + after - window
        if last < many:
            total += rows[last]
        if gone >= 0:
            total -= rows[gone]
        if at >= 0:
            out[at] = total / np.float32(min(last, many - 1) - max(gone, -1))
    return out


def _quality(small: Pixels) -> int:
    """How much there is to be seen in it, in percent."""
    steps = (np.diff(small, axis=0), np.diff(small, axis=1))
    found = sum(int(np.abs((each * 100 / 255).astype(int)).sum()) for each in steps)
    return min(100, found // 90)


def _times(left: Pixels, right: Pixels) -> Pixels:
    """Their product, summed one after the other: a library would sum in an order of its own."""
    total = np.zeros((left.shape[0], right.shape[1]), np.float32)
    for at in range(left.shape[1]):
        total += left[:, at, None] * right[at]
    return total
