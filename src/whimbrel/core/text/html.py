"""Plain text to HTML, in exactly the shape that Mastodon's apps know how to read.

All of it is escaped here, piece by piece; custom emojis stay `:code:` for the apps to replace."""

import re
from collections.abc import Callable, Mapping

from . import links
from .parse import Parsed, Token, parse

Mentions = Mapping[tuple[str, str], tuple[str, str]]
TagUrl = Callable[[str], str]

_REL = "nofollow noopener"
_REL_ME = "me nofollow noopener"
_BLANK_LINE = re.compile(r"\n(?:[ \t]*+\n)+")
_NOBODY: Mentions = {}


def to_html(text: Parsed | str, mentions: Mentions, tag_url: TagUrl) -> str:
    """A post as HTML.

    Args:
        text: plain and tidy, or what `parse` made of it.
        mentions: (name, domain) as in `Parsed.mentions` to (URL of the profile, name to show
            after the @). Whoever is missing stays plain text.
        tag_url: a tag's key to the URL of its page.
    Returns:
        Paragraphs at blank lines, `<br />` at line ends; "" for an empty text.
    """
    body = _inline(text, mentions, tag_url, _REL).strip()
    if not body:
        return ""
    if "\n" in body:
        body = _BLANK_LINE.sub("</p><p>", body).replace("\n", "<br />")
    return f"<p>{body}</p>"


def bio_html(text: str, mentions: Mentions, tag_url: TagUrl) -> str:
    """A profile's text as HTML; as `to_html`."""
    return to_html(text, mentions, tag_url)


def profile_field_html(
    value: str,
    mentions: Mentions = _NOBODY,
    tag_url: TagUrl | None = None,
    *,
    verified: bool = False,
) -> str:
    """The value of a profile's field as one line of HTML. Links say `me`, for their far end to
    confirm; without `tag_url` tags stay plain text.

    Args:
        verified: it is a link of whose far end something is promised: no part of it is hidden.
    """
    if verified:
        where = _escape(value)
        return f'<a href="{where}" target="_blank" rel="{_REL_ME}" translate="no">{where}</a>'
    return _inline(value, mentions, tag_url, _REL_ME).strip().replace("\n", " ")


def _inline(text: Parsed | str, mentions: Mentions, tag_url: TagUrl | None, rel: str) -> str:
    parsed = parse(text) if isinstance(text, str) else text
    parts = []
    for token in parsed.tokens:
        if token.kind == "url":
            parts.append(_link(token, rel))
        elif token.kind == "mention" and (token.value, token.domain) in mentions:
            parts.append(_mention(*mentions[token.value, token.domain]))
        elif token.kind == "tag" and tag_url is not None:
            parts.append(_tag(token, tag_url(token.value)))
        else:
            parts.append(_escape(token.text))
    return "".join(parts)


def _link(token: Token, rel: str) -> str:
    scheme, seen, rest = links.shown(token.value)
    return (
        f'<a href="{_escape(token.value)}" target="_blank" rel="{rel}" translate="no">'
        f'<span class="invisible">{scheme}</span>'
        f'<span class="{"ellipsis" if rest else ""}">{_escape(seen)}</span>'
        f'<span class="invisible">{_escape(rest)}</span></a>'
    )


def _mention(url: str, shown: str) -> str:
    return (
        f'<span class="h-card" translate="no"><a href="{_one_line(url)}" class="u-url mention">'
        f"@<span>{_one_line(shown)}</span></a></span>"
    )


def _tag(token: Token, url: str) -> str:
    name = _escape(token.text[1:])
    return f'<a href="{_one_line(url)}" class="mention hashtag" rel="tag">#<span>{name}</span></a>'


def _escape(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&#39;")


def _one_line(text: str) -> str:
    """Escaped, and without the line ends that would be made paragraphs later."""
    return _escape(" ".join(text.split("\n")))
