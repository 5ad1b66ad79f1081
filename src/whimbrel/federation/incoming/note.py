"""Posts elsewhere: notes, and whatever else can be shown as a title with a link."""

from html import escape
from typing import Any

from whimbrel.accounts.rules import is_language
from whimbrel.core.errors import Malformed
from whimbrel.core.text import tag_key, tidy, to_plain
from whimbrel.posts.rules import MOST_MENTIONS, MOST_TAGS

from .. import reading
from ..rules import Note, same_origin
from .actor import emojis_of
from .media import attached
from .poll import MOST_OPTIONS, TITLE, read_poll
from .quotes import quote_policy, quoted_by, without_mention
from .values import link_of, millis_of, safe, web_address

NOTES = {"Note", "Question"}
OTHERS = {"Article", "Page", "Event", "Video", "Audio", "Image", "Document"}
KINDS = NOTES | OTHERS
TEXT, SPOILER = 100_000, 500  # characters


def read_note(said: reading.Object) -> Note:
    """A post, from a document or an object inside of an activity.

    Raises:
        Malformed: none, or one that says nothing.
    """
    id_, author = reading.id_of(said.get("id")), reading.id_of(said.get("attributedTo"))
    kind = reading.type_of(said)
    if id_ is None or author is None or kind not in KINDS:
        raise Malformed("This is no post.")
    files, poll = attached(said), read_poll(said) if kind == "Question" else None
    html = _html(said, kind)
    html += "" if poll else _options(said)
    html += "".join(_link(*each) for each in files.links)
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
        mentions=tuple(_mentions(said)),
        tags=tuple(_tags(said)),
        media=files.media,
        emojis=emojis_of(said),
        poll=poll,
        quote=quoted_by(said),
        asks=bool(said.get("quote")),
        stamp=web_address(reading.id_of(said.get("quoteAuthorization"))),
        quote_policy=quote_policy(said, author),
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


def _html(said: reading.Object, kind: str) -> str:
    content = safe(without_mention(reading.text_of(said, "content", 2 * TEXT)), TEXT)
    if kind in OTHERS:
        title = " ".join(tidy(reading.text_of(said, "name", 2 * TITLE)).split())[:TITLE]
        summary = safe(reading.text_of(said, "summary", TEXT), TEXT) if not content else ""
        where = link_of(said.get("url")) or reading.id_of(said.get("id")) or ""
        head = f"<p>{escape(title)}</p>" if title else ""
        content = head + (summary or (content if len(content) < TEXT // 20 else ""))
        content += _link(where, where) if content else ""
    return content


def _options(said: reading.Object) -> str:
    """What a poll asks that is none here, to be read."""
    titles = [
        reading.text_of(each, "name", TITLE)
        for each in reading.many(said.get("oneOf") or said.get("anyOf"))[:MOST_OPTIONS]
        if isinstance(each, dict)
    ]
    shown = "".join(f"<li>{escape(' '.join(tidy(title).split()))}</li>" for title in titles)
    return f"<ul>{shown}</ul>" if shown else ""


def _link(where: str, shown: str) -> str:
    rel = 'target="_blank" rel="nofollow noopener"'
    return f'<p><a href="{escape(where)}" {rel}>{escape(shown)}</a></p>'


def _language(said: reading.Object) -> str | None:
    spoken = said.get("contentMap")
    if not isinstance(spoken, dict) or not spoken:
        return None
    content = said.get("content")
    codes = [code for code, text in spoken.items() if text == content] or list(spoken)
    return codes[0] if len(codes[0]) <= 12 and is_language(codes[0]) else None


def _tagged(said: reading.Object, kind: str) -> list[dict[str, Any]]:
    tags = [each for each in reading.many(said.get("tag")) if isinstance(each, dict)]
    return [each for each in tags if reading.type_of(each) == kind]


def _mentions(said: reading.Object) -> list[str]:
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
