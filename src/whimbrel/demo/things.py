"""Small things drawn flat: for the town's emojis, for avatars, and for what lies on a table.

Each is drawn into a square of 100 by 100 around its middle, in a few colours of the town."""

from collections.abc import Callable, Sequence

from PIL import ImageDraw

Draw = ImageDraw.ImageDraw
Point = tuple[float, float]

INK, CREAM, RED, SEA, SKY = "#22303c", "#fbf3e4", "#d9483b", "#2f6f8f", "#9ccbdc"
SUN, LEAF, WOOD, ROSE, GREY = "#f2b84b", "#5b8c5a", "#9a6b43", "#e79a8b", "#7f8d99"
CRUST, NIGHT, PLUM, STONE = "#c98645", "#1d2b46", "#6d4a7c", "#b9b2a5"


class Pen:
    """Draws in the small square, wherever and however big it lies in the picture."""

    def __init__(self, draw: Draw, middle: Point, size: float) -> None:
        self.draw, self.middle, self.scale = draw, middle, size / 100

    def at(self, x: float, y: float) -> Point:
        """Where a point of the square lies in the picture."""
        return self.middle[0] + x * self.scale, self.middle[1] + y * self.scale

    def shape(self, colour: str, *points: Point) -> None:
        """A filled polygon."""
        self.draw.polygon([self.at(*point) for point in points], fill=colour)

    def oval(self, colour: str, x: float, y: float, wide: float, high: float) -> None:
        """A filled ellipse around (x, y)."""
        box = (*self.at(x - wide / 2, y - high / 2), *self.at(x + wide / 2, y + high / 2))
        self.draw.ellipse(box, fill=colour)

    def box(
        self, colour: str, x: float, y: float, wide: float, high: float, round_: float = 0
    ) -> None:
        """A filled rectangle around (x, y)."""
        box = (*self.at(x - wide / 2, y - high / 2), *self.at(x + wide / 2, y + high / 2))
        self.draw.rounded_rectangle(box, round_ * self.scale, fill=colour)

    def line(self, colour: str, width: float, *points: Point) -> None:
        """A stroke with round joints."""
        placed = [self.at(*point) for point in points]
        self.draw.line(placed, fill=colour, width=self.wide(width), joint="curve")

    def arc(
        self, colour: str, width: float, box: tuple[float, float, float, float], span: Point
    ) -> None:
        """A part of an ellipse's edge: box = (left, top, right, bottom), span in degrees."""
        placed = (*self.at(*box[:2]), *self.at(*box[2:]))
        self.draw.arc(placed, *span, fill=colour, width=self.wide(width))

    def wide(self, width: float) -> int:
        """A stroke of the square in pixels."""
        return max(1, round(width * self.scale))


def tern(pen: Pen) -> None:
    """A tern on the wing."""
    pen.shape(GREY, (-48, -26), (-12, -8), (12, -4), (4, 10), (-14, 6))
    pen.shape(STONE, (48, -34), (14, -8), (-8, -6), (4, 10), (18, 2))
    pen.shape(GREY, (-14, 4), (-46, 22), (-28, 8), (-42, 8))
    pen.oval(GREY, 2, 1, 48, 21)
    pen.oval(CREAM, 3, 4, 44, 14)
    pen.oval(CREAM, 24, -4, 20, 17)
    pen.shape(INK, (15, -8), (22, -14), (33, -8), (34, -4))
    pen.shape(RED, (33, -5), (49, 1), (32, 1))


def wader(pen: Pen) -> None:
    """A bird with long legs and a long bill bent down: our own."""
    pen.line(INK, 3, (-6, 18), (-8, 48), (-2, 48))
    pen.line(INK, 3, (8, 18), (10, 48), (16, 48))
    pen.oval(WOOD, 0, 6, 60, 34)
    pen.shape(INK, (-24, 0), (-46, 16), (-10, 14))
    pen.oval(CREAM, 4, 14, 40, 16)
    pen.shape(WOOD, (14, 2), (22, -30), (34, -28), (28, 10))
    pen.oval(WOOD, 27, -30, 22, 18)
    pen.line(CREAM, 3, (20, -34), (34, -33))
    pen.oval(INK, 30, -31, 4, 4)
    pen.arc(INK, 3, (12, -30, 56, 14), (272, 358))


def ferry(pen: Pen) -> None:
    """The Oystercatcher."""
    pen.box(CREAM, 0, -6, 60, 16, 3)
    pen.box(CREAM, 8, -20, 30, 14, 3)
    pen.box(RED, -14, -26, 10, 24, 2)
    pen.box(INK, -14, -35, 10, 6, 2)
    for x in (-20, -8, 4, 16):
        pen.oval(SEA, x, -6, 7, 7)
    pen.shape(INK, (-46, 3), (46, 3), (34, 24), (-36, 24))
    pen.shape(RED, (-42, 10), (42, 10), (40, 14), (-40, 14))
    pen.arc(SKY, 4, (-52, 18, -18, 40), (200, 340))
    pen.arc(SKY, 4, (-17, 18, 17, 40), (200, 340))
    pen.arc(SKY, 4, (18, 18, 52, 40), (200, 340))


def lighthouse(pen: Pen) -> None:
    """The lighthouse, lit."""
    pen.shape(SUN, (0, -30), (-50, -46), (-50, -20))
    pen.shape(SUN, (0, -30), (50, -46), (50, -20))
    pen.shape(CREAM, (-12, -20), (12, -20), (20, 46), (-20, 46))
    pen.shape(RED, (-14, -4), (14, -4), (16, 12), (-16, 12))
    pen.shape(RED, (-18, 28), (18, 28), (20, 46), (-20, 46))
    pen.box(INK, 0, -21, 32, 4)
    pen.box(SUN, 0, -30, 16, 15)
    pen.shape(INK, (-12, -37), (12, -37), (0, -50))


def kettle(pen: Pen) -> None:
    """A kettle that has seen repairs."""
    pen.arc(INK, 6, (-26, -48, 26, 14), (180, 360))
    pen.shape(RED, (22, 8), (48, -14), (50, -6), (28, 24))
    pen.shape(RED, (-26, -14), (26, -14), (36, 36), (-36, 36))
    pen.oval(RED, 0, -14, 52, 14)
    pen.oval(INK, 0, -22, 10, 9)
    pen.shape(CREAM, (-6, 4), (10, 0), (12, 14), (-4, 18))
    pen.line(INK, 2, (-3, 8), (0, 10))
    pen.line(INK, 2, (7, 5), (9, 10))


def bun(pen: Pen) -> None:
    """A cinnamon knot."""
    pen.oval(CRUST, 0, 6, 84, 70)
    pen.arc(WOOD, 7, (-34, -24, 34, 36), (0, 330))
    pen.arc(WOOD, 7, (-20, -12, 20, 24), (120, 430))
    pen.oval(WOOD, 0, 6, 9, 9)
    for x, y in ((-24, -8), (10, -16), (26, 6), (-8, 26), (18, 28), (-30, 14)):
        pen.box(CREAM, x, y, 5, 5, 1)


def seal(pen: Pen) -> None:
    """A seal that has no intention of moving."""
    pen.shape(GREY, (-46, 34), (-50, 16), (-30, 22))
    pen.oval(GREY, 0, 20, 84, 40)
    pen.oval(GREY, 22, -8, 42, 46)
    pen.oval(STONE, 34, 2, 20, 16)
    pen.oval(INK, 38, -2, 7, 5)
    pen.oval(INK, 16, -14, 6, 7)
    pen.oval(INK, 32, -16, 6, 7)
    pen.line(INK, 1.5, (36, 4), (50, 2))
    pen.line(INK, 1.5, (36, 7), (49, 10))
    pen.shape(INK, (2, 30), (22, 44), (-12, 42))


def radio(pen: Pen) -> None:
    """A valve radio."""
    pen.line(INK, 3, (20, -26), (44, -50))
    pen.box(WOOD, 0, 8, 88, 62, 8)
    pen.box(CREAM, -16, 6, 40, 44, 4)
    for y in (-8, 0, 8, 16):
        pen.line(WOOD, 2.5, (-32, y), (0, y))
    pen.oval(SUN, 24, -2, 22, 22)
    pen.line(RED, 2.5, (24, -2), (30, -10))
    pen.oval(INK, 18, 24, 9, 9)
    pen.oval(INK, 32, 24, 9, 9)


def clock(pen: Pen) -> None:
    """A clock at ten past ten, as they all are."""
    pen.oval(WOOD, 0, 0, 88, 88)
    pen.oval(CREAM, 0, 0, 72, 72)
    for x, y in ((0, -29), (29, 0), (0, 29), (-29, 0)):
        pen.oval(INK, x, y, 5, 5)
    pen.line(INK, 5, (0, 0), (-16, -12))
    pen.line(INK, 4, (0, 0), (18, -18))
    pen.oval(RED, 0, 0, 8, 8)


def book(pen: Pen) -> None:
    """A book, long overdue."""
    pen.shape(SEA, (-46, -26), (0, -18), (46, -26), (46, 30), (0, 38), (-46, 30))
    pen.shape(CREAM, (-40, -30), (0, -20), (0, 30), (-40, 22))
    pen.shape(STONE, (40, -30), (0, -20), (0, 30), (40, 22))
    for y in (-14, -5, 4):
        pen.line(GREY, 2, (-32, y - 2), (-8, y + 3))
        pen.line(GREY, 2, (32, y - 2), (8, y + 3))
    pen.shape(RED, (14, -23), (20, -24), (20, 2), (17, -2), (14, 3))


def marrow(pen: Pen) -> None:
    """A vegetable of some standing."""
    pen.oval(LEAF, 0, 8, 92, 46)
    for y in (-6, 4, 14, 22):
        pen.arc("#8fb573", 4, (-42, y - 16, 42, y + 14), (20, 160))
    pen.line(WOOD, 7, (42, 0), (50, -14))
    pen.shape(LEAF, (44, -8), (20, -40), (8, -22))


def yarn(pen: Pen) -> None:
    """A ball of wool and two needles."""
    pen.line(WOOD, 4, (-46, -40), (30, 34))
    pen.line(WOOD, 4, (46, -40), (-30, 34))
    pen.oval(PLUM, 0, 10, 70, 66)
    for inset in (0, 10, 20):
        pen.arc(ROSE, 3, (-33 + inset, -20, 33, 42 - inset), (150, 300))
        pen.arc(ROSE, 3, (-30, -14 + inset, 30 - inset, 44), (0, 110))


def fish(pen: Pen) -> None:
    """A mackerel, more or less."""
    pen.shape(SEA, (-28, 0), (-50, -20), (-46, 0), (-50, 20))
    pen.oval(SEA, 4, 0, 78, 40)
    pen.oval(SKY, 6, 8, 66, 20)
    for x in (-18, -6, 6, 18):
        pen.line(INK, 3, (x, -17), (x + 5, -5))
    pen.oval(CREAM, 32, -4, 9, 9)
    pen.oval(INK, 33, -4, 4, 4)


def horn(pen: Pen) -> None:
    """What the brass band is made of."""
    pen.shape(SUN, (14, -6), (48, -32), (48, 32), (14, 6))
    pen.line(SUN, 9, (-46, 0), (20, 0))
    pen.arc(SUN, 8, (-30, -6, 12, 40), (0, 180))
    pen.line(SUN, 8, (-28, 0), (-28, 18))
    pen.line(SUN, 8, (10, 0), (10, 18))
    for x in (-18, -8, 2):
        pen.box(CREAM, x, -9, 6, 14, 2)
    pen.box(STONE, -47, 0, 6, 12, 2)


def kelp(pen: Pen) -> None:
    """Seaweed."""
    for x, lean in ((-20, -16), (0, 6), (20, 18)):
        pen.line(LEAF, 6, (x, 48), (x - 6, 16), (x + lean, -14), (x + lean / 2, -44))
        for y in (28, 6, -16):
            pen.oval(LEAF, x + lean * (28 - y) / 60 - 10, y, 22, 10)
            pen.oval("#8fb573", x + lean * (28 - y) / 60 + 9, y - 8, 20, 9)


def pencil(pen: Pen) -> None:
    """A pencil, sharpened at both ends of the day."""
    pen.shape(SUN, (-30, 44), (-44, 30), (20, -34), (34, -20))
    pen.shape(CREAM, (20, -34), (34, -20), (42, -42))
    pen.shape(INK, (34, -38), (38, -34), (42, -42))
    pen.shape(ROSE, (-30, 44), (-44, 30), (-36, 22), (-22, 36))


def anchor(pen: Pen) -> None:
    """An anchor."""
    pen.arc(CREAM, 7, (-11, -48, 11, -26), (0, 360))
    pen.line(CREAM, 8, (0, -27), (0, 40))
    pen.line(CREAM, 7, (-20, -14), (20, -14))
    pen.arc(CREAM, 8, (-38, -30, 38, 42), (20, 160))
    pen.shape(CREAM, (-46, 10), (-28, 4), (-32, 24))
    pen.shape(CREAM, (46, 10), (28, 4), (32, 24))


def vase(pen: Pen) -> None:
    """What the museum has most of."""
    pen.shape(SEA, (-14, -44), (14, -44), (10, -26), (-10, -26))
    pen.oval(SEA, 0, 8, 66, 72)
    pen.box(CREAM, 0, 2, 62, 5)
    pen.box(CREAM, 0, 16, 62, 5)
    pen.box(SEA, 0, 42, 34, 8, 2)
    for x in (-18, 0, 18):
        pen.oval(CREAM, x, 9, 6, 6)


def boat(pen: Pen) -> None:
    """A small boat with two sails."""
    pen.line(WOOD, 4, (0, 22), (0, -48))
    pen.shape(CREAM, (4, -44), (4, 12), (40, 12))
    pen.shape(RED, (-4, -34), (-4, 12), (-30, 12))
    pen.shape(WOOD, (-44, 18), (44, 18), (28, 40), (-30, 40))


def bell(pen: Pen) -> None:
    """The ship's bell."""
    pen.arc(INK, 6, (-10, -50, 10, -30), (180, 360))
    pen.shape(SUN, (-18, -34), (18, -34), (24, 16), (40, 30), (-40, 30), (-24, 16))
    pen.oval(SUN, 0, -32, 36, 18)
    pen.oval(INK, 0, 36, 16, 14)
    pen.line(CRUST, 5, (-24, 14), (24, 14))


THINGS: dict[str, Callable[[Pen], None]] = {
    each.__name__: each
    for each in (
        *(tern, wader, ferry, lighthouse, kettle, bun, seal, radio, clock, book, marrow, yarn),
        *(fish, horn, kelp, pencil, anchor, vase, boat, bell),
    )
}
HAIR = {"black": "#2a2422", "brown": "#6b4630", "red": "#b5532f", "fair": "#e0b76a"}
HAIR |= {"grey": "#b9bcc0", "white": "#eceae4"}
SKIN = {"1": "#f6d8c0", "2": "#e8b98f", "3": "#c68a5d", "4": "#8d5a3b", "5": "#5f3c28"}
EYES: Sequence[float] = (-10, 10)


def face(pen: Pen, skin: str, hair: str, worn: str, coat: str, extra: str) -> None:
    """Somebody: shoulders, head, hair, and what they wear.

    Args:
        skin, hair: names of `SKIN` and `HAIR`.
        worn: short, long, bun, curls, cap, beanie or bald.
        extra: letters: g = glasses, b = beard, s = scarf.
    """
    tone, lock = SKIN[skin], HAIR[hair]
    if worn == "long":
        pen.box(lock, 0, 4, 62, 66, 26)
    if worn == "bun":
        pen.oval(lock, 0, -44, 26, 24)
    if worn == "curls":
        for x, y in ((-26, -14), (-22, -30), (-6, -38), (12, -37), (25, -26), (28, -10), (-28, 2)):
            pen.oval(lock, x, y, 26, 26)
    pen.box(coat, 0, 62, 92, 60, 26)
    pen.box(tone, 0, 24, 18, 24, 6)
    pen.oval(tone, 0, -6, 50, 58)
    if "b" in extra:
        pen.shape(lock, (-25, -4), (-22, 16), (0, 30), (22, 16), (25, -4), (12, 8), (-12, 8))
    if worn != "bald":
        pen.shape(lock, (-26, -8), (-24, -30), (0, -38), (24, -30), (26, -8), (14, -22), (-14, -22))
    if worn == "cap":
        pen.box(NIGHT, 0, -32, 56, 18, 8)
        pen.box(INK, 6, -22, 54, 6, 3)
        pen.oval(SUN, 0, -32, 9, 9)
    if worn == "beanie":
        pen.shape(RED, (-27, -18), (-20, -44), (20, -44), (27, -18))
        pen.box(CREAM, 0, -20, 58, 9, 4)
    for eye in EYES:
        pen.oval(INK, eye, -6, 5, 6)
    pen.arc(INK, 2.5, (-9, 0, 9, 14), (25, 155))
    if "g" in extra:
        for eye in EYES:
            pen.arc(INK, 2, (eye - 9, -15, eye + 9, 3), (0, 360))
        pen.line(INK, 2, (-1, -7), (1, -7))
    if "s" in extra:
        pen.box(SUN, 0, 34, 46, 12, 6)
        pen.box(SUN, 16, 46, 12, 28, 4)
