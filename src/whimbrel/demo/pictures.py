"""Pictures by their name: `harbour dusk`, `thing kettle`, `face 2 red cap sea gb`. Drawn twice as
big as they are kept, for smooth edges, and handed on as any upload is."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFilter

from . import things
from .things import CREAM, INK, RED, STONE, SUN, THINGS, WOOD, Draw, Pen

WIDE = (1200, 800)
BANNER = (1200, 400)
SQUARE = (320, 320)
SMALL = (128, 128)


class Light(NamedTuple):
    """The colours of an hour."""

    high: str
    low: str
    sea: str
    near: str  # what stands close by
    far: str
    disc: str  # sun or moon; "" where there is none
    lit: str  # windows


LIGHTS = {
    "dawn": Light("#8fb7d9", "#fbd3b4", "#7ba6bd", "#3d4f63", "#a9b7c9", "#fff1d6", "#ffe2a8"),
    "day": Light("#5fa8d8", "#cfe9f2", "#3f86a6", "#35606b", "#86aebf", "#fff6cf", "#dff0f5"),
    "dusk": Light("#47406f", "#f0956b", "#5a4f7d", "#2b2846", "#8a6784", "#ffd08a", "#ffd98a"),
    "night": Light("#0e1830", "#28416a", "#142a48", "#0a1222", "#1e3050", "#f3efdc", "#ffcf6b"),
    "fog": Light("#c9cfd3", "#e6e7e4", "#b3bfc4", "#7d8b93", "#c3cacd", "", "#f7e6b5"),
    "storm": Light("#39444f", "#7d8a91", "#33505b", "#222c33", "#56646d", "", "#ffdf94"),
}
COATS = {"sea": things.SEA, "red": RED, "leaf": things.LEAF, "plum": things.PLUM}
COATS |= {
    "sky": things.SKY,
    "sun": SUN,
    "night": things.NIGHT,
    "rose": things.ROSE,
    "grey": things.GREY,
}
BACKS = ("#cfe3e8", "#f4dcc4", "#d8e6cf", "#e6d6ea", "#f3e6b8", "#c9d6ea", "#f2cfc7", "#d5ded8")


def draw(name: str, file: Path, size: tuple[int, int]) -> None:
    """Draw the picture called `name` into `file`: PNG where it lets through, JPEG otherwise.

    Raises:
        KeyError: there is no such picture.
    """
    what, *how = name.split()
    large = (size[0] * 2, size[1] * 2)
    dice = Random(name)
    if what == "emoji":
        image = Image.new("RGBA", large, (0, 0, 0, 0))
        THINGS[how[0]](Pen(ImageDraw.Draw(image), (large[0] / 2, large[1] / 2), large[0] * 0.98))
    else:
        image = Image.new("RGB", large, dice.choice(BACKS))
        _PAINTERS[what](image, how, dice)
    image = image.resize(size, Image.Resampling.BOX)
    if what == "emoji":
        image.save(file, "PNG", compress_level=1)
    else:
        image.save(file, "JPEG", quality=88)


def _face(image: Image.Image, how: list[str], dice: Random) -> None:
    skin, hair, worn, coat, *extra = how
    size = image.width
    pen = Pen(ImageDraw.Draw(image), (size / 2, size * 0.55), size * 0.92)
    things.face(pen, skin, hair, worn, COATS[coat], "".join(extra))


def _badge(image: Image.Image, how: list[str], dice: Random) -> None:
    """A thing on a plain ground, for an avatar."""
    image.paste(COATS[how[1]], (0, 0, *image.size))
    THINGS[how[0]](
        Pen(ImageDraw.Draw(image), (image.width / 2, image.height / 2), image.width * 0.7)
    )


def _thing(image: Image.Image, how: list[str], dice: Random) -> None:
    """A thing on a table by the window."""
    pen, (wide, high) = ImageDraw.Draw(image), image.size
    pen.rectangle((0, 0, wide, high), fill=dice.choice(BACKS))
    table = int(high * 0.68)
    pen.rectangle((0, table, wide, high), fill=WOOD)
    for step in range(5):
        y = table + (high - table) * step // 5
        pen.line((0, y, wide, y + dice.randint(-6, 6)), fill="#875b37", width=5)
    size = high * 0.72
    pen.ellipse(
        (wide / 2 - size * 0.46, table + high * 0.06, wide / 2 + size * 0.46, table + high * 0.2),
        fill="#7a5231",
    )
    THINGS[how[0]](Pen(pen, (wide / 2, table - size * 0.2), size))


def _outside(image: Image.Image, how: list[str], dice: Random) -> Light:
    """Sky and sea, where every view of the town begins."""
    light = LIGHTS[how[0]]
    wide, high = image.size
    line = int(high * 0.6)
    _fade(image, (0, line), light.high, light.low)
    _fade(image, (line, high), light.low, light.sea, share=0.35)
    pen = ImageDraw.Draw(image)
    if how[0] == "night":
        for _ in range(110):
            _dot(pen, wide * dice.random(), line * dice.random(), dice.randint(1, 4), light.disc)
    if light.disc:
        side = dice.choice((0.1, 0.72))  # the middle is for what the picture is about
        x, y, r = (
            wide * dice.uniform(side, side + 0.18),
            high * dice.uniform(0.16, 0.42),
            high * 0.07,
        )
        _dot(pen, x, y, r, light.disc)
        for step in range(9):
            row, half = line + (high - line) * step / 9 + 12, r * dice.uniform(0.3, 1.3)
            pen.line((x - half, row, x + half, row), fill=light.disc, width=5)
    for _ in range(5 if how[0] in ("day", "dawn", "storm") else 0):
        _cloud(pen, wide * dice.random(), high * dice.uniform(0.05, 0.35), high * 0.09, light)
    for _ in range(60):
        row, start = dice.uniform(line + 10, high), dice.uniform(0, wide)
        pen.line((start, row, start + (row - line) * 0.5 + 20, row), fill=light.far, width=3)
    return light


def _dot(pen: Draw, x: float, y: float, r: float, colour: str) -> None:
    pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def _fade(
    image: Image.Image, rows: tuple[int, int], top: str, bottom: str, share: float = 1
) -> None:
    """From one colour to another, down `rows`; reached after `share` of the way."""
    ramp = Image.linear_gradient("L").resize((image.width, rows[1] - rows[0]))
    if share < 1:
        ramp = ramp.point([min(255, int(each / share)) for each in range(256)])
    over = Image.new("RGB", ramp.size, bottom)
    image.paste(top, (0, rows[0], image.width, rows[1]))
    image.paste(over, (0, rows[0]), ramp)


def _cloud(pen: Draw, x: float, y: float, size: float, light: Light) -> None:
    for step, grown in enumerate((0.6, 1.0, 0.75)):
        r = size * grown
        left = x + step * size * 0.9
        pen.ellipse((left - r, y - r * 0.5, left + r, y + r * 0.5), fill=light.low)


def _hills(pen: Draw, size: tuple[int, int], light: Light, dice: Random) -> None:
    wide, line = size[0], size[1] * 0.6
    for _ in range(4):
        x, half = wide * dice.random(), wide * dice.uniform(0.15, 0.3)
        pen.chord((x - half, line - half * 0.28, x + half, line + half * 0.28), 180, 360, light.far)


def _harbour(image: Image.Image, how: list[str], dice: Random) -> None:
    """Houses along the quay, and boats."""
    light, (wide, high) = _outside(image, how, dice), image.size
    pen = ImageDraw.Draw(image)
    _hills(pen, image.size, light, dice)
    quay, x = high * 0.66, -30.0
    faces = [light.near, *(_mixed(light.near, tone, 0.45) for tone in (RED, SUN, CREAM, STONE))]
    while x < wide:
        broad, tall = high * dice.uniform(0.11, 0.17), high * dice.uniform(0.16, 0.3)
        pen.rectangle((x, quay - tall, x + broad, quay), fill=dice.choice(faces))
        roof = [(x - 8, quay - tall), (x + broad / 2, quay - tall - broad * 0.5)]
        pen.polygon([*roof, (x + broad + 8, quay - tall)], fill=light.near)
        for row in range(2):
            for column in range(2):
                left = x + broad * (0.2 + 0.36 * column)
                top = quay - tall * (0.82 - 0.4 * row)
                if dice.random() < 0.8:
                    box = (left, top, left + broad * 0.22, top + tall * 0.18)
                    pen.rectangle(box, fill=light.lit)
        x += broad + dice.choice((0, 0, high * 0.03))
    pen.rectangle((0, quay, wide, quay + high * 0.05), fill=light.near)
    for step in range(3):
        middle = (wide * (0.2 + 0.3 * step + dice.uniform(-0.05, 0.05)), high * 0.8)
        THINGS["boat"](Pen(pen, middle, high * dice.uniform(0.2, 0.28)))


def _mixed(one: str, other: str, share: float) -> str:
    pairs = [(int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{int(a + (b - a) * share):02x}" for a, b in pairs)


def _on_water(image: Image.Image, how: list[str], dice: Random) -> None:
    """The thing afloat."""
    light, (wide, high) = _outside(image, how, dice), image.size
    pen = ImageDraw.Draw(image)
    _hills(pen, image.size, light, dice)
    size = high * (0.5 if image.height * 2 < wide else 0.42)
    THINGS[how[1]](Pen(pen, (wide * dice.uniform(0.4, 0.6), high * 0.62), size))


def _on_rock(image: Image.Image, how: list[str], dice: Random) -> None:
    """The thing on the rocks of the point."""
    light, (wide, high) = _outside(image, how, dice), image.size
    pen = ImageDraw.Draw(image)
    _hills(pen, image.size, light, dice)
    middle = wide * dice.uniform(0.36, 0.64)
    foot = high * 0.84
    for spread, tall in ((0.34, 0.1), (0.24, 0.14), (0.15, 0.17)):
        half = wide * spread
        box = (middle - half, foot - high * tall, middle + half, foot + high * tall)
        pen.chord(box, 180, 360, light.near)
    for step in range(4):
        half = wide * (0.3 - step * 0.06)
        pen.line(
            (middle - half, foot + 12 + 14 * step, middle + half, foot + 12 + 14 * step),
            light.near,
            5,
        )
    THINGS[how[1]](Pen(pen, (middle, high * 0.455), high * 0.5))


def _flock(image: Image.Image, how: list[str], dice: Random) -> None:
    """The thing, many times, over the water or along its edge."""
    light, (wide, high) = _outside(image, how, dice), image.size
    pen = ImageDraw.Draw(image)
    walks = how[1] != "tern"
    if walks:
        pen.ellipse((-wide * 0.2, high * 0.66, wide * 1.2, high * 1.3), fill=light.near)
    for step in range(7):
        size = high * dice.uniform(0.12, 0.22)
        x = wide * (step + dice.uniform(0.3, 0.8)) / 7.4
        low, top = (0.66, 0.8) if walks else (0.12, 0.55)
        THINGS[how[1]](Pen(pen, (x, high * dice.uniform(low, top)), size))


def _stripes(image: Image.Image, how: list[str], dice: Random) -> None:
    """Knitting: rows of stitches in the colours named."""
    pen, (wide, high) = ImageDraw.Draw(image), image.size
    stitch, row = 40, 0
    while row * stitch < high + stitch:
        colour = COATS[how[(row // 4) % len(how)]]
        shade = _mixed(colour, INK, 0.18)
        for x in range(-stitch, wide + stitch, stitch):
            y = row * stitch
            left = [(x, y), (x + stitch / 2, y + stitch / 2), (x + stitch / 2, y + stitch * 1.3)]
            pen.polygon([*left, (x, y + stitch * 0.8)], fill=colour)
            right = [(x + stitch, y), (x + stitch / 2, y + stitch / 2)]
            more = [(x + stitch / 2, y + stitch * 1.3), (x + stitch, y + stitch * 0.8)]
            pen.polygon([*right, *more], fill=shade)
        row += 1


def _chart(image: Image.Image, how: list[str], dice: Random) -> None:
    """A sea chart with depths, drawn by hand."""
    pen, (wide, high) = ImageDraw.Draw(image), image.size
    pen.rectangle((0, 0, wide, high), fill="#d7e6e3")
    for step in range(6):
        r = high * (0.72 - step * 0.09)
        x, y = wide * 0.62, high * 0.7
        tone = _mixed("#d7e6e3", "#e9d9ae", step / 5)
        pen.ellipse((x - r * 1.3, y - r, x + r * 1.1, y + r), fill=tone, outline=INK, width=2)
    for step in range(1, 10):
        pen.line((wide * step / 10, 0, wide * step / 10, high), fill="#b4c9c6", width=2)
        pen.line((0, high * step / 10, wide, high * step / 10), fill="#b4c9c6", width=2)
    route = [(wide * x, high * y) for x, y in ((0.06, 0.1), (0.2, 0.22), (0.26, 0.4), (0.4, 0.5))]
    for start, end in pairwise(route):
        pen.line((*start, *end), fill=RED, width=8)
    THINGS["ferry"](Pen(pen, route[2], high * 0.16))
    THINGS["lighthouse"](Pen(pen, (wide * 0.62, high * 0.6), high * 0.24))


def _blurred(painter: Callable[[Image.Image, list[str], Random], None]) -> Callable[..., None]:
    def paint(image: Image.Image, how: list[str], dice: Random) -> None:
        painter(image, how, dice)
        image.paste(image.filter(ImageFilter.GaussianBlur(14)))

    return paint


_PAINTERS: dict[str, Callable[[Image.Image, list[str], Random], None]] = {
    "face": _face,
    "badge": _badge,
    "thing": _thing,
    "harbour": _harbour,
    "blurry": _blurred(_harbour),
    "afloat": _on_water,
    "rocks": _on_rock,
    "flock": _flock,
    "knit": _stripes,
    "chart": _chart,
}


def names() -> Iterator[str]:
    """Every kind of picture there is."""
    yield from ("emoji", *_PAINTERS)
