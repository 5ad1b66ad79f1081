"""Addresses of ours in a letter, through every way that people write them so that nobody clicks:
`hxxps://social[.]example/@ada/1`. What is found is a claim: whether there is such a post is for
whoever asks the database."""

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Literal
from urllib.parse import unquote

import msgspec

from whimbrel.core.ids import id_of
from whimbrel.core.settings import Instance

MOST = 5000  # addresses of one letter
_LONGEST = 500  # characters of one
_FIRST = 1136073600000  # 2006 in ms: no post here claims to be older than microblogs are
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))

# What is put in the place of a sign so that an address is none. Each stands for the sign itself.
_DOT = re.compile(r"[ \t]?[\[({<](?:\.|dot|punkt|point|punto)[\])}>][ \t]?", re.I)
_SIGN = re.compile(r"[\[({<](://?|//|[:/@-])[\])}>]")
_AT = re.compile(r"[ \t]?[\[({<](?:at|arroba)[\])}>][ \t]?", re.I)
_WORD_DOT = re.compile(r"(?<=[a-z0-9])[ \t](?:dot|punkt|point|punto)[ \t](?=[a-z0-9])", re.I)
_SPACED_DOT = re.compile(r"(?<=[a-z0-9])[ \t]\.[ \t](?=[a-z0-9])", re.I)
_SCHEME = re.compile(r"\b(?:h(?:xx|\*\*|tt|__|--|##)p(s?)|meow(s?)|fxp(s?))(?=[ \t]{0,2}:)", re.I)
_AFTER_SCHEME = re.compile(r"(?<=http|ttps)[ \t]{0,2}:[ \t]{0,2}//[ \t]{0,2}")
_WRAPPED = re.compile(r"/(\d{0,18})=?\r?\n[> \t]{0,8}(\d{1,19})(?!\d)")
_ESCAPED = re.compile(r"\\(?=[./:@-])")

_NUMBER = r"(\d{1,19})"
_POST = re.compile(
    rf"/(?:(?:web/)?@[^/]+|(?:ap/)?users/[^/]+/statuses|ap/names/[^/]+|posts"
    rf"|(?:web/|api/v1/)?statuses)/{_NUMBER}(?![\w-])"
)
_ACTOR = re.compile(rf"/ap/users/{_NUMBER}(?=[/?#]|$)")
_PROFILE = re.compile(r"/(?:@|users/|web/@|ap/names/)([^/?#@]{1,64})(?=[/?#]|$)")
_MEDIA = re.compile(r"/media/([A-Za-z0-9_-]{16,64})(?![\w-])")
_ID = re.compile(r"(?<![\w./@-])(\d{17,19})(?![\w-])")
_CLOSERS = {")": "(", "]": "[", "}": "{", ">": "<"}

Kind = Literal["post", "profile", "actor", "media", "page"]


class Address(msgspec.Struct, frozen=True):
    """Something of ours that a letter names."""

    kind: Kind
    value: str  # post: its id · profile: its name · actor: their id · media: its token · page: path
    written: str  # as a browser would take it, or the id alone

    @property
    def thing(self) -> tuple[Kind, str]:
        """What it is about, however it is written."""
        return self.kind, self.value


def find(text: str, instance: Instance, latest: int) -> list[Address]:
    """What of ours this text names, each once, in the order of the text.

    Args:
        latest: when the letter came, in ms since 1970: a number that would be an id of later is
            none.
    """
    readable = fanged(text)
    found: dict[tuple[Kind, str], Address] = {}
    named = _named(readable, instance)
    for _, address in sorted((*named, *_ids(readable, named, latest)), key=itemgetter(0)):
        found.setdefault(address.thing, address)
    return list(islice(found.values(), MOST))


def fanged(text: str) -> str:
    """The text with its addresses as a browser would take them."""
    text = unicodedata.normalize("NFKC", html.unescape(text)).translate(_INVISIBLE)
    text = text.replace("\u3002", ".")  # the full stop of Japanese, which browsers take for a dot
    text = _ESCAPED.sub("", text)
    text = _DOT.sub(".", text)
    text = _SIGN.sub(r"\1", text)
    text = _AT.sub("@", text)
    text = _WORD_DOT.sub(".", text)
    text = _SPACED_DOT.sub(".", text)
    text = _SCHEME.sub(lambda match: f"http{''.join(filter(None, match.groups())).lower()}", text)
    return _WRAPPED.sub(_joined, _AFTER_SCHEME.sub("://", text))


def _joined(match: re.Match[str]) -> str:
    """An id that the end of a line cut in two; two numbers that are none stay apart."""
    number = match[1] + match[2]
    return f"/{number}" if 17 <= len(number) <= 19 else match[0]


@cache
def _ours(instance: Instance) -> re.Pattern[str]:
    """An address with one of our names: with a scheme or without, its path as `path`."""
    origins = (instance.origin, instance.media_origin)
    hosts = {origin.partition("://")[2] for origin in origins} | {instance.domain}
    names = {host.partition(":")[0] for host in hosts}
    spelled = names | {_in_letters(name) for name in names}
    anyone = "|".join(sorted((re.escape(name) for name in spelled), key=len, reverse=True))
    return re.compile(
        rf"(?:(?<![\w@.-])https?://(?:www\.)?|(?<![\w@./-])(?:@(?P<handle>[\w.-]{{1,64}})@|www\.)?)"
        rf"(?:{anyone})(?!\.?[\w-])\.?(?::\d{{1,5}})?(?P<path>/[^\s\[\]<>\"'`|\\^{{}}]*)?",
        re.I,
    )


def _in_letters(name: str) -> str:
    """A name of xn-- as people write it."""
    try:
        return name.encode("ascii").decode("idna")
    except UnicodeError:
        return name


def _trimmed(written: str) -> str:
    """Without what the sentence around it ends with: `(see https://social.example/@ada).`"""
    while written:
        last = written[-1]
        opener = _CLOSERS.get(last)
        if last in ".,;:!?'\"*_~" or (opener and written.count(opener) < written.count(last)):
            written = written[:-1]
        else:
            break
    return written


def _address(path: str, written: str) -> Address:
    path = _trimmed(path)
    for _ in range(2):  # some tools escape what was escaped
        path = unquote(path, errors="replace")
    if match := _POST.match(path):
        return Address("post", str(int(match[1])), written)
    if match := _ACTOR.match(path):
        return Address("actor", str(int(match[1])), written)
    if match := _MEDIA.match(path):
        return Address("media", match[1], written)
    if match := _PROFILE.match(path):
        return Address("profile", match[1].casefold(), written)
    return Address("page", path.partition("?")[0].partition("#")[0] or "/", written)


def _named(text: str, instance: Instance) -> list[tuple[tuple[int, int], Address]]:
    """Addresses with one of our names, and handles; with where they stand."""
    found = []
    for match in _ours(instance).finditer(text):
        written = _trimmed(match[0][:_LONGEST])
        if match["handle"]:
            address = Address("profile", match["handle"].casefold(), written)
        else:
            address = _address(match["path"] or "", written)
        found.append((match.span(), address))
    return found


def _ids(
    text: str, named: list[tuple[tuple[int, int], Address]], latest: int
) -> Iterator[tuple[tuple[int, int], Address]]:
    """Numbers that can be ids of posts, outside of these addresses."""
    inside = {at for (begin, end), _ in named for at in range(begin, end)}
    for match in _ID.finditer(text):
        if match.start() not in inside and _FIRST <= id_of(match[1]) >> 16 <= latest:
            yield match.span(), Address("post", str(int(match[1])), match[1])
