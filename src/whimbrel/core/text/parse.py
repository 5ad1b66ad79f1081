"""Reading a post: one pass over plain text finds addresses, mentions, tags and emojis.

Time grows with the length of the text and nothing else, whatever it says. Nobody is looked up:
`@ada` is a mention here even where there is no ada."""

import re
from typing import Literal

import msgspec

from . import links
from .tags import tag_end, tag_key

URL_COUNTS = 23  # an address of whatever length, as Mastodon's apps reckon
LONGEST_URL = 2048  # a longer one counts in full, or a post could hide a book in it
_LONGEST_NAME = 100

# For the page that counts while one writes: what counts 23 and, in its one group, the name without
# its domain, by JavaScript's rules (flags giu). Nearly what `count` finds, which has the last word.
SHORTER = (
    r"(?<![a-z\d@$#])https?://(?:[\p{L}\p{M}\d_-]+\.)+[\p{L}\p{M}\d-]+"
    r"(?:[:/?#](?:[^\s<>\x22“”。()]|\([^\s()]*\))*)?(?<![.,;:!?'*~|…’])"
    r"|(?<![=/\p{L}\d_])(@\w+(?:[.-]+\w+)*)@[\p{L}\d_-]+(?:\.[\p{L}\d_-]+)*"
)

Kind = Literal["text", "url", "mention", "tag", "emoji"]

# An address is noticed at its `://`, so that the search can jump from one rare sign to the next.
_SIGN = re.compile(
    r"@(?<![=/\w]@)(?=[A-Za-z0-9_])"
    r"|#(?<![=/)\w]#)(?=\w)"
    r"|:(?=//)"
    r"|:(?<![^\W_]:)(?<!::)(?=[A-Za-z0-9_]{2})"
)
_BEFORE_URL = re.compile(r"[A-Za-z0-9@$#]")
_NAME = re.compile(r"[A-Za-z0-9_]++(?:[.-]++[A-Za-z0-9_]++)*+")
_EMOJI = re.compile(r":([A-Za-z0-9_]{2,100}+):(?![^\W_]|:)")


class Token(msgspec.Struct, frozen=True, gc=False):
    """A stretch of the text. `text` is as written; all tokens joined are the text again."""

    kind: Kind
    text: str
    value: str = ""  # url: href · mention: name, lower case · tag: key · emoji: shortcode
    domain: str = ""  # of a mention: ASCII, lower case; "" = ours


class Parsed(msgspec.Struct, frozen=True):
    """A text and what was found in it, each once, in order of appearance."""

    tokens: tuple[Token, ...]
    mentions: tuple[tuple[str, str], ...]  # (name, domain), lower case; domain "" = ours
    tags: tuple[tuple[str, str], ...]  # (key, as first written, without #)
    emojis: tuple[str, ...]  # shortcodes
    urls: tuple[str, ...]  # hrefs


def parse(text: str) -> Parsed:
    """Find http(s) addresses, `@name`, `@name@domain`, `#tag` and `:shortcode:`.

    Signs inside an address or an e-mail address are none.

    Args:
        text: plain; see `tidy`.
    Source: Mastodon's Account::MENTION_RE, Tag::HASHTAG_RE, CustomEmoji::SCAN_RE for what counts.
    """
    tokens: list[Token] = []
    mentions: dict[tuple[str, str], None] = {}
    tags: dict[str, str] = {}
    emojis: dict[str, None] = {}
    urls: dict[str, None] = {}
    done, sign = 0, _SIGN.search(text)
    while sign:
        at = sign.start()
        start, token = _token(text, at, done)
        if token is None:
            sign = _SIGN.search(text, at + 1)
            continue
        if start > done:
            tokens.append(Token("text", text[done:start]))
        tokens.append(token)
        done = start + len(token.text)
        if token.kind == "mention":
            mentions[token.value, token.domain] = None
        elif token.kind == "tag":
            tags.setdefault(token.value, token.text[1:])
        elif token.kind == "url":
            urls[token.value] = None
        else:
            emojis[token.value] = None
        sign = _SIGN.search(text, done)
    if done < len(text):
        tokens.append(Token("text", text[done:]))
    return Parsed(tuple(tokens), tuple(mentions), tuple(tags.items()), tuple(emojis), tuple(urls))


def count(text: str | Parsed, cw: str = "") -> int:
    """How long a post is, as its writer's app reckons.

    In code points: a letter with a loose accent or a family emoji is several. An address is 23, as
    long as it is one that browsers take; a mention counts without its domain.

    Args:
        cw: content warning; counted as it is.
    """
    parsed = parse(text) if isinstance(text, str) else text
    return len(cw) + sum(_length(token) for token in parsed.tokens)


def _length(token: Token) -> int:
    if token.kind == "url":
        return URL_COUNTS if len(token.text) <= LONGEST_URL else len(token.text)
    return 1 + len(token.value) if token.domain else len(token.text)


def _token(text: str, at: int, done: int) -> tuple[int, Token | None]:
    """Where the token of the sign at `at` begins, and the token unless it is plain text."""
    sign = text[at]
    if sign == "@":
        return at, _mention(text, at)
    if sign == "#":
        return at, _tag(text, at)
    if text.startswith("//", at + 1):
        return _url(text, at, done)
    found = _EMOJI.match(text, at)
    return at, Token("emoji", found[0], found[1]) if found else None


def _url(text: str, at: int, done: int) -> tuple[int, Token | None]:
    before = text[max(done, at - 5) : at].lower()
    start = at - (5 if before == "https" else 4)
    if not before.endswith(("http", "https")) or _BEFORE_URL.match(text[start - 1 : start]):
        return at, None
    link = links.find_link(text, text[start:at], at + 3)
    return start, Token("url", text[start : link.end], link.href) if link else None


def _mention(text: str, at: int) -> Token | None:
    found = _NAME.match(text, at + 1)
    if found is None or len(found[0]) > _LONGEST_NAME:
        return None
    name, end = found[0].lower(), found.end()
    if not (text.startswith("@", end) and text[end + 1 : end + 2].isalnum()):
        return Token("mention", text[at:end], name)
    # With a domain that cannot be, it is nobody: never our own person of the same name.
    written = links.find_host(text, end + 1, single=True)
    domain = links.host(written) if written else ""
    return Token("mention", text[at : end + 1 + len(written)], name, domain) if domain else None


def _tag(text: str, at: int) -> Token | None:
    end = tag_end(text, at + 1)
    key = tag_key(text[at + 1 : end])
    return Token("tag", text[at:end], key) if key else None
