"""What is attached to posts elsewhere: pictures, films and sounds; anything else is a link."""

import math
import re
from typing import Any, NamedTuple

from whimbrel.core.text import tidy, to_plain
from whimbrel.media.rules import Away, Kind

from .. import reading
from .values import link_of, web_address

MOST, ALT = 16, 1500
_BLURHASH = re.compile(r"[0-9A-Za-z#$%*+,.:;=?@\[\]^_{|}~-]{6,100}")
_ENDINGS: dict[str, Kind] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "webp", "avif", "heic"), "image"),
    **dict.fromkeys(("mp4", "webm", "mov", "m4v"), "video"),
    **dict.fromkeys(("mp3", "ogg", "oga", "opus", "flac", "wav", "m4a"), "audio"),
    "gif": "gifv",
}
_TYPES: dict[str, Kind] = {"Image": "image", "Video": "video", "Audio": "audio"}


class Attached(NamedTuple):
    """What is attached."""

    media: tuple[Away, ...]
    links: tuple[tuple[str, str], ...]  # address and words of what is none of these


def attached(said: reading.Object) -> Attached:
    """What comes with a post, in its order."""
    media: list[Away] = []
    links: list[tuple[str, str]] = []
    for each in reading.many(said.get("attachment"))[:MOST]:
        if not isinstance(each, dict):
            continue
        alt = reading.text_of(each, "summary", ALT) or reading.text_of(each, "name", ALT)
        file = _file(each)
        if file is not None:
            media.append(_away(each, *file, alt))
            continue
        where = link_of(each.get("url")) or link_of(each.get("href"))
        if where is not None:
            links.append((where, " ".join(tidy(to_plain(alt)).split()) or where))
    return Attached(tuple(media), tuple(links))


def _file(each: dict[str, Any]) -> tuple[str, Kind] | None:
    """Where it lies, and what it is; None where it is no file that is shown."""
    for link in reading.many(each.get("url")):
        said = link if isinstance(link, dict) else each
        where = web_address(link.get("href") if isinstance(link, dict) else link)
        kind = None if where is None else _kind(said, where, reading.type_of(each))
        if where is not None and kind is not None:
            return where, kind
    return None


def _kind(said: dict[str, Any], where: str, type_: str) -> Kind | None:
    mime = said.get("mediaType")
    if isinstance(mime, str) and "/" in mime:
        family, _, form = mime.lower().partition(";")[0].strip().partition("/")
        if form == "gif":
            return "gifv"
        known: dict[str, Kind] = {"image": "image", "video": "video", "audio": "audio"}
        return None if form.startswith("svg") else known.get(family)
    ending = where.partition("?")[0].rpartition(".")[2].lower()
    return _ENDINGS.get(ending) or _TYPES.get(type_)


def _away(each: dict[str, Any], where: str, kind: Kind, alt: str) -> Away:
    blurred = each.get("blurhash")
    width, height = (_side(each.get(name)) for name in ("width", "height"))
    fits = isinstance(blurred, str) and _BLURHASH.fullmatch(blurred)
    return Away(
        source=where,
        kind=kind,
        alt=tidy(alt).strip() or None,
        blurhash=blurred if fits else None,
        focus=_focus(each.get("focalPoint")),
        sides=(width, height) if width and height else None,
    )


def _side(value: Any) -> int:
    return value if type(value) is int and 0 < value <= 100_000 else 0


def _focus(value: Any) -> tuple[float, float]:
    given = value if isinstance(value, list) else []
    if len(given) != 2 or not all(type(each) in (int, float) for each in given):
        return 0.0, 0.0
    x, y = (float(each) if abs(each) <= 1 else math.copysign(1.0, each) for each in given)
    return (x, y) if math.isfinite(x) and math.isfinite(y) else (0.0, 0.0)
