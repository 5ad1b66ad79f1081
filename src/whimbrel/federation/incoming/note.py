"""Posts elsewhere: notes, and whatever else can be shown as a title with a link."""

from html import escape
from typing import Any

from whimbrel.accounts.rules import is_language
from whimbrel.core.errors import Malformed
from whimbrel.core.text import tag_key, tidy, to_plain
from whimbrel.posts.rules import MOST_MENTIONS, MOST_TAGS

from .. import reading
from ..rules import Act, Note, same_origin
from .actor import emojis_of
from .media import attached
from .policies import approval_of, asks_first
from .poll import MOST_OPTIONS, TITLE, read_poll
from .quotes import quote_policy, quoted_by
from .titled import html_of, link, thumbnail, titled
from .values import link_of, millis_of, web_address

NOTES = {"Note", "Question"}
OTHERS = {"Article", "Page", "Event", "Video", "Audio", "Image", "Document"}
KINDS = NOTES | OTHERS
TEXT, SPOILER = 100_000, 500  # characters


def read_note(said: reading.Object) -> Note:
    """A post, from a document or an object inside of an activity.

    Raises:
        Malformed: none, or one that says nothing.
    """
    id_, author = reading.id_of(said.get("id")), reading.author_of(said)
    kind = reading.type_of(said)
    if id_ is None or author is None or kind not in KINDS:
        raise Malformed("This is no post.")
    files, poll = attached(said), read_poll(said) if kind == "Question" else None
    html = _html(said, kind)
    html += "" if poll else _options(said)
    html += "".join(link(*each) for each in files.links)
    if kind in OTHERS and not files.media:
        files = thumbnail(said)
    if not html and not files.media and poll is None:
        raise Malformed("This post says nothing.")
    spoiler = to_plain(reading.text_of(said, "summary", 4 * SPOILER)) if kind in NOTES else ""
    return Note(
        id=id_,
        author=author,
        url=link_of(said.get("url")),
        at=millis_of(said.get("published")),
        edited_at=millis_of(said.get("updated")),
        to=tuple(reading.ids_of(said.get("to"))),
        cc=tuple(reading.ids_of(said.get("cc"))),
        html=html,
        spoiler=" ".join(tidy(spoiler).split())[:SPOILER],
        sensitive=said.get("sensitive") is True or bool(spoiler),
        language=_language(said),
        reply_to=web_address(reading.id_of(said.get("inReplyTo"))),
        mentions=tuple(mentions_of(said)),
        tags=tuple(_tags(said)),
        media=files.media,
        emojis=emojis_of(said),
        poll=poll,
        quote=quoted_by(said),
        asks=bool(said.get("quote")),
        stamp=web_address(reading.id_of(said.get("quoteAuthorization"))),
        quote_policy=quote_policy(said, author),
        asks_first=asks_first(said),
        approval=approval_of(said, Act.REPLY),
        context=_context(said, id_),
        replies=_replies(said, id_),
    )


def _replies(said: reading.Object, id_: str) -> str | None:
    """The list, or its first page where the list has no address; on its own server only."""
    held = next(iter(reading.many(said.get("replies"))), None)
    found = reading.id_of(held)
    if found is None and isinstance(held, dict):
        first = held.get("first")
        found = reading.id_of(first)
        if found is None and isinstance(first, dict):
            found = reading.id_of(first.get("next"))
    return found if found is not None and same_origin(found, id_) else None


def _context(said: reading.Object, id_: str) -> str | None:
    """The conversation, where whoever began it lists it: nobody else's list of it counts."""
    found = reading.id_of(said.get("context"))
    if found is None or reading.id_of(said.get("inReplyTo")) is not None:
        return None
    return found if same_origin(found, id_) else None


def _html(said: reading.Object, kind: str) -> str:
    if kind in OTHERS:
        return titled(said)
    return html_of(said, "content", TEXT)


def _options(said: reading.Object) -> str:
    """What a poll asks that is none here, to be read."""
    titles = [
        reading.text_of(each, "name", TITLE)
        for each in reading.many(said.get("oneOf") or said.get("anyOf"))[:MOST_OPTIONS]
        if isinstance(each, dict)
    ]
    shown = "".join(f"<li>{escape(' '.join(tidy(title).split()))}</li>" for title in titles)
    return f"<ul>{shown}</ul>" if shown else ""


def _language(said: reading.Object) -> str | None:
    """What a post is written in: as the map of its texts says, or in one word (Lemmy, PeerTube)."""
    spoken, content = said.get("contentMap"), said.get("content")
    codes: list[Any] = []
    if isinstance(spoken, dict):
        codes = [code for code, text in spoken.items() if text == content]
        codes += [code for code, text in spoken.items() if isinstance(text, str)]
    named = said.get("language")
    codes.append(named.get("identifier") if isinstance(named, dict) else named)
    for code in codes[:1]:
        if isinstance(code, str) and len(code) <= 12 and is_language(code):
            return code
    return None


def _tagged(said: reading.Object, kind: str) -> list[dict[str, Any]]:
    tags = [each for each in reading.many(said.get("tag")) if isinstance(each, dict)]
    return [each for each in tags if reading.type_of(each) == kind]


def mentions_of(said: reading.Object) -> list[str]:
    """The ids of whom a post names."""
    found = [reading.id_of(each.get("href")) for each in _tagged(said, "Mention")]
    return list(dict.fromkeys(each for each in found if each))[:MOST_MENTIONS]


def _tags(said: reading.Object) -> list[str]:
    found: dict[str, str] = {}
    for each in _tagged(said, "Hashtag"):
        name = reading.text_of(each, "name", 100).removeprefix("#")
        if name.isprintable() and not any(letter in name for letter in " #<>&\"'/"):
            key = tag_key(name)
            if key:
                found.setdefault(key, name)
    return list(found.values())[:MOST_TAGS]
