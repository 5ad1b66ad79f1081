"""What is no note: articles, films, events. Shown as its title, some words and a link to it; what
is short enough is there whole.

Source: FEP-b2b8 (articles), FEP-8a8e (events); PeerTube's and Lemmy's objects"""

from datetime import datetime
from html import escape
from typing import Any

from whimbrel.core.text import tidy, to_plain
from whimbrel.core.text.markdown import markdown_html

from .. import reading
from .media import Attached, attached
from .quotes import without_mention
from .values import link_of, millis_of, safe

TITLE, SHORT, EXCERPT, MOST = 300, 5000, 500, 200_000  # characters
_PLAIN = {"text/plain", "text/markdown"}


def titled(said: reading.Object) -> str:
    """HTML of it; "" where it says nothing."""
    title = _line(reading.text_of(said, "name", 2 * TITLE))[:TITLE]
    words = _words(said, bool(title))
    held = "".join(f"<p>{escape(each)}</p>" for each in (title, _when(said)) if each) + words
    where = link_of(said.get("url")) or reading.id_of(said.get("id")) or ""
    return held + link(where, where) if held else ""


def link(where: str, shown: str) -> str:
    """A paragraph that leads somewhere."""
    rel = 'target="_blank" rel="nofollow noopener"'
    return f'<p><a href="{escape(where)}" {rel}>{escape(shown)}</a></p>'


def thumbnail(said: reading.Object) -> Attached:
    """The picture that stands for it, where it has nothing else to show: of several sizes, the
    widest."""
    found = [
        each
        for name in ("image", "icon")
        for each in reading.many(said.get(name))
        if isinstance(each, dict)
    ]
    some = sorted(found, key=_width, reverse=True)[:1]
    return Attached(attached({"attachment": some}).media, ())


def html_of(said: reading.Object, name: str, most: int) -> str:
    """A text of something, made safe, whatever it is written in."""
    text = reading.text_of(said, name, 2 * most)
    kind = said.get("mediaType")
    if name != "content" or not isinstance(kind, str) or kind not in _PLAIN:
        return safe(without_mention(text) if name == "content" else text, most)
    if kind == "text/markdown" and len(text) <= SHORT:
        return safe(markdown_html(tidy(text)), most)
    return safe("".join(f"<p>{escape(each)}</p>" for each in text.split("\n") if each), most)


def _words(said: reading.Object, has_title: bool) -> str:
    """What it says where that is short; else what it says about itself, or how it begins."""
    content = html_of(said, "content", MOST // 2)
    preview = said.get("preview")
    for found in (
        content,
        html_of(preview, "content", SHORT) if isinstance(preview, dict) else "",
        safe(reading.text_of(said, "summary", SHORT), SHORT),
    ):
        if found and len(found) < SHORT:
            return found
    if has_title or not content:
        return ""
    begins = _line(to_plain(content))[:EXCERPT]
    return f"<p>{escape(begins)}…</p>"


def _when(said: reading.Object) -> str:
    """When and where an event is, in the words of who is there."""
    if reading.type_of(said) != "Event":
        return ""
    start, told = said.get("startTime"), []
    if isinstance(start, str) and millis_of(start) is not None:
        told.append(datetime.fromisoformat(start).strftime("%Y-%m-%d %H:%M"))
    for each in reading.many(said.get("location")):
        name = each if isinstance(each, str) else _name(each)
        told.append(_line(name)[:TITLE])
        break
    return " · ".join(each for each in told if each)


def _name(value: Any) -> str:
    return reading.text_of(value, "name", TITLE) if isinstance(value, dict) else ""


def _width(picture: dict[str, Any]) -> int:
    found = picture.get("width")
    return found if type(found) is int else 0


def _line(text: str) -> str:
    return " ".join(tidy(text).split())
