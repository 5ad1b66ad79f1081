"""What a web page says of itself: title, meta tags, links, JSON-LD. Strangers' bytes in, texts out.

Not a parser of HTML: it looks for a few tags and walks past everything else. Time grows with the
length of the page, whatever is in it: every search goes forward from where the last one ended, and
what is looked at closely is counted."""

import codecs
import re
from html import unescape
from typing import NamedTuple

MOST_TAGS, MOST_ATTRIBUTES = 1000, 16
MOST_SCRIPTS, MOST_SCRIPT = 8, 64 * 1024  # JSON-LD: how many, and characters of each
_LONGEST_TITLE = 1000

_TAG = re.compile(
    r"<(?:(!--)|(html|base|title|meta|link|script|style)(?=[\s/>]))", re.IGNORECASE | re.ASCII
)
_ATTRIBUTE = re.compile(
    r"[\s/]{0,200}+([^\s/>=\"'<]{1,60}+)"
    r"(?:\s{0,20}+=\s{0,20}+(?:\"([^\"]{0,4000}+)\"|'([^']{0,4000}+)'|([^\s>\"']{0,2000}+)))?+"
)
_ENDS = {name: re.compile(rf"</{name}", re.IGNORECASE) for name in ("title", "script", "style")}
_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9._:-]{2,40})", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KNOWN = frozenset(
    (
        *("utf-8", "gbk", "gb18030", "big5", "big5hkscs", "euc_jp", "iso2022_jp", "shift_jis"),
        *("cp932", "euc_kr", "cp949", "koi8-r", "koi8-u", "cp866", "cp874", "mac-roman", "tis-620"),
        *(f"cp{page}" for page in range(1250, 1259)),
        *(f"iso8859-{part}" for part in range(2, 17)),
    )
)
_SNIFFED = 4096  # bytes in which a page may say how it is written


class Link(NamedTuple):
    """A `<link>`."""

    rel: str
    type: str
    href: str


class Head(NamedTuple):
    """What was found. Of metas that come twice the first counts; names are in lower case."""

    language: str
    base: str
    title: str
    metas: dict[str, str]
    links: list[Link]
    scripts: list[str]  # of JSON-LD


def decoded(body: bytes, content_type: str) -> str:
    """A page as text: by its byte order mark, else as its header says, else as it says itself, else
    UTF-8; and what is no UTF-8 either is taken for Windows-1252, as browsers do."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    for place in (content_type.encode("latin-1", "replace"), body[:_SNIFFED]):
        said = _CHARSET.search(place)
        name = _encoding(said[1].decode("ascii")) if said else ""
        if name:
            return body.decode(name, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.start >= len(body) - 3  # a letter that was cut in two at the very end
        return body.decode("utf-8" if cut else "cp1252", "replace")


def _encoding(name: str) -> str:
    """The encoding of that name, as browsers understand it; "" where they know none."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    if found.startswith("utf-16"):
        return "utf-8"  # who says so in bytes that can be read has not written UTF-16
    found = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030"}.get(found, found)
    return found if found in _KNOWN else ""


def read(text: str) -> Head:
    """Find what there is."""
    language = base = title = ""
    metas: dict[str, str] = {}
    links: list[Link] = []
    scripts: list[str] = []
    at = 0
    for _ in range(MOST_TAGS):
        tag = _TAG.search(text, at)
        if tag is None:
            break
        if tag[1]:
            at = text.find("-->", tag.end())
            if at < 0:
                break
            continue
        name = tag[2].lower()
        attributes, at = _attributes(text, tag.end())
        if name == "meta":
            key = attributes.get("property") or attributes.get("name") or ""
            metas.setdefault(key.lower().strip(), attributes.get("content", ""))
        elif name == "link":
            links.append(
                Link(*(attributes.get(key, "").strip() for key in ("rel", "type", "href")))
            )
        elif name == "html":
            language = language or attributes.get("lang", "")
        elif name == "base":
            base = base or attributes.get("href", "")
        else:
            end = _ENDS[name].search(text, at)
            inside, at = text[at : end.start() if end else at], end.end() if end else len(text)
            if name == "title" and not title:
                title = unescape(inside[:_LONGEST_TITLE])
            elif _is_ld(name, attributes) and len(scripts) < MOST_SCRIPTS:
                scripts.append(inside[:MOST_SCRIPT])
    return Head(language, base, title, metas, links, scripts)


def _is_ld(name: str, attributes: dict[str, str]) -> bool:
    return name == "script" and attributes.get("type", "").strip().lower() == "application/ld+json"


def _attributes(text: str, at: int) -> tuple[dict[str, str], int]:
    """The attributes of the tag whose name ends at `at`, and where it ends itself, about."""
    found: dict[str, str] = {}
    for _ in range(MOST_ATTRIBUTES):
        one = _ATTRIBUTE.match(text, at)
        if one is None:
            break
        value = next((part for part in one.groups()[1:] if part is not None), "")
        found.setdefault(one[1].lower(), unescape(value))
        at = one.end()
    end = text.find(">", at, at + 4000)
    return found, at if end < 0 else end + 1
