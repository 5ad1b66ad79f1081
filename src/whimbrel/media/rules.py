"""Values and pure decisions about media: what a row is, what may stand together on a post."""

import math
from collections.abc import Sequence
from typing import Literal

import msgspec

from whimbrel.core.errors import Invalid
from whimbrel.core.words import say

Kind = Literal["image", "gifv", "video", "audio", "unknown"]
State = Literal["working", "ready", "failed", "away"]
Purpose = Literal["post", "avatar", "header", "emoji", "card", "archive", "arrival"]

PICTURED: tuple[Kind, ...] = ("image", "gifv")  # what a picture may turn out to be

UNFINISHED = "Cannot attach files that have not finished processing. Try again in a moment!"
INTERRUPTED = "The server was stopped while it converted this file. Please upload it again."
HOUR = 3_600_000  # milliseconds
KEPT = 24 * HOUR  # an upload that no post took


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One variant as stored: `object` is the key of the sealed file, `size` of the plain one."""

    token: str
    variant: str
    name: str
    mime: str
    size: int
    object: str


class MediaRow(msgspec.Struct, frozen=True, kw_only=True):
    """An upload and the files it became; without files until it is ready."""

    id: int
    account: int
    post: int | None
    kind: Kind
    state: State
    error: str | None
    meta: str  # JSON: original, small, length ... as Mastodon's, without the focus
    blurhash: str | None
    focus: tuple[float, float]
    alt: str | None
    slot: int
    author_slot: int
    purpose: Purpose
    kept_until: int | None  # ms; None = in use
    files: tuple[File, ...] = ()

    def file(self, variant: str) -> File | None:
        """The variant of that name, if there is one."""
        return next((file for file in self.files if file.variant == variant), None)


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """All that answering for one file takes. Without an `object` it is on another server yet."""

    token: str
    name: str
    variant: str
    mime: str
    size: int
    object: str
    media: int
    slot: int
    author_slot: int
    kind: Kind
    account: int  # whose it is
    post: int  # 0 = on none
    open: bool  # for everybody, and to be kept by every cache on the way


class Away(msgspec.Struct, frozen=True, kw_only=True):
    """A file on another server, as that tells of it."""

    source: str  # where it is
    kind: Kind = "image"
    alt: str | None = None
    blurhash: str | None = None
    focus: tuple[float, float] = (0.0, 0.0)
    sides: tuple[int, int] | None = None  # pixels


def column(variant: str) -> str:
    """What a variant is called as the place of its seal."""
    return f"files.{variant}"


def checked_alt(text: str, most: int) -> str | None:
    """A description as it is stored; None where nothing is said.

    Raises:
        Invalid: longer than `most` characters.
    """
    text = text.strip()
    if len(text) > most:
        said = say("is too long (maximum is %(most)s characters)", most=most)
        raise Invalid(
            f"Validation failed: Description {said}", {"description": [("ERR_TOO_LONG", said)]}
        )
    return text or None


def focus_of(text: str) -> tuple[float, float]:
    """`x,y` with -1 .. 1 each, from the middle to the right and the top; more is cut to that.

    Raises:
        Invalid: not two numbers.
    """
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise Invalid(say("The focus is two numbers between -1 and 1: x,y")) from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise Invalid(say("The focus is two numbers between -1 and 1: x,y"))
    return max(-1.0, min(1.0, x)), max(-1.0, min(1.0, y))


def check_together(rows: Sequence[MediaRow], most: int) -> None:
    """Whether these may stand on one post.

    Raises:
        Invalid: too many, one that is not ready, or a film or a sound beside something else.
    """
    if len(rows) > most:
        raise Invalid(say("Cannot attach more than %(most)s files.", most=most))
    for row in rows:
        if row.state == "failed":
            raise Invalid(row.error or "A file could not be converted.")
        if row.state != "ready":
            raise Invalid(UNFINISHED)
    if len(rows) > 1 and any(row.kind in ("video", "audio") for row in rows):
        raise Invalid(say("Cannot attach a video to a post that already contains images."))
