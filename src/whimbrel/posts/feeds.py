"""Public posts as Atom feeds, a person's or a tag's, for whoever reads without an account.

Which posts those are is decided by whoever asks; here they only become XML.

Source: RFC 4287"""

import re
from collections.abc import Mapping, Sequence
from mimetypes import guess_type
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from whimbrel.core.pages import plain
from whimbrel.core.settings import Instance

_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TITLE = 80  # characters
_BEFORE_ALL = "1970-01-01T00:00:00Z"  # an empty feed was never changed


def atom(
    instance: Instance, account: Mapping[str, Any], statuses: Sequence[Mapping[str, Any]]
) -> bytes:
    """The feed of one account.

    Args:
        account, statuses: Mastodon's entities; the statuses newest first.
    """
    name = account["display_name"] or account["username"]
    page = account["url"]
    newest = [status["edited_at"] or status["created_at"] for status in statuses]
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        _element("id", page),
        _element("title", f"{name} (@{account['username']}@{instance.domain})"),
        _element("subtitle", plain(account["note"])),
        _element("updated", max(newest, default=account["created_at"])),
        _element("icon", account["avatar_static"]),
        _link("alternate", page, "text/html"),
        _link("self", f"{page}.atom", "application/atom+xml"),
        _author(account),
        _element("generator", "Whimbrel"),
        *(_entry(status) for status in statuses),
        "</feed>\n",
    ]
    return "\n".join(parts).encode()


def atom_of_tag(
    instance: Instance, key: str, written: str, statuses: Sequence[Mapping[str, Any]]
) -> bytes:
    """The feed of a tag, each entry with who wrote it.

    Args:
        key: the tag (`text.tag_key`);  written: as people write it.
        statuses: Mastodon's entities, public ones, newest first.
    """
    page = f"{instance.origin}/tags/{quote(key)}"
    newest = [status["edited_at"] or status["created_at"] for status in statuses]
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        _element("id", page),
        _element("title", f"#{written} · {instance.title}"),
        _element("updated", max(newest, default=_BEFORE_ALL)),
        _link("alternate", page, "text/html"),
        _link("self", f"{page}.atom", "application/atom+xml"),
        _element("generator", "Whimbrel"),
        *(_entry(status, _author(status["account"])) for status in statuses),
        "</feed>\n",
    ]
    return "\n".join(parts).encode()


def _author(account: Mapping[str, Any]) -> str:
    name = account["display_name"] or account["username"]
    return f"<author>{_element('name', name)}{_element('uri', account['url'])}</author>"


def _entry(status: Mapping[str, Any], author: str = "") -> str:
    words = status["spoiler_text"] or plain(status["content"], _TITLE)
    shown = "" if status["spoiler_text"] else status["content"]
    parts = [
        "<entry>",
        author,
        _element("id", status["uri"]),
        _element("title", words or f"{len(status['media_attachments'])} pictures"),
        _element("published", status["created_at"]),
        _element("updated", status["edited_at"] or status["created_at"]),
        _link("alternate", status["url"], "text/html"),
        *(f"<category term={_quoted(tag['name'])}/>" for tag in status["tags"]),
        *(_enclosure(file) for file in status["media_attachments"] if _open(status, file)),
        f'<content type="html">{_text(shown)}</content>' if shown else "",
        "</entry>",
    ]
    return "\n".join(filter(None, parts))


def _open(status: Mapping[str, Any], file: Mapping[str, Any]) -> bool:
    """Whether a file is shown without a press on the page as well."""
    return bool(file["url"]) and not status["sensitive"]


def _enclosure(file: Mapping[str, Any]) -> str:
    kind = guess_type(file["url"])[0] or "application/octet-stream"
    title = f" title={_quoted(file['description'])}" if file["description"] else ""
    return f'<link rel="enclosure" type="{kind}" href={_quoted(file["url"])}{title}/>'


def _link(rel: str, href: str, kind: str) -> str:
    return f'<link rel="{rel}" type="{kind}" href={_quoted(href)}/>'


def _element(name: str, text: str) -> str:
    return f"<{name}>{_text(text)}</{name}>"


def _text(text: str) -> str:
    return escape(_NO_XML.sub("", text))


def _quoted(text: str) -> str:
    return quoteattr(_NO_XML.sub("", text))
