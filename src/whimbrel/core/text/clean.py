"""The one sanitizer: every piece of HTML that comes from outside passes here, and no other way in.

nh3 does the work; before it sees anything we take away what makes any HTML parser explode. HTML
that we made ourselves from plain text (`to_html`) needs none of this."""

import re

import nh3

LONGEST = 200_000  # characters looked at; a whole book chapter
_MOST_TAGS = 5_000  # a document with more keeps its paragraphs and loses the rest of its form

_BLOCKS = {"p", "blockquote", "pre", "ul", "ol", "li"}
_TAGS = _BLOCKS | {
    *("a", "b", "br", "code", "del", "em", "i", "rp", "rt", "ruby", "span", "strong", "u")
}
_NEVER_READ = {"script", "style", "title", "template", "noscript", "iframe", "textarea"}
_MICROFORMATS = {"h-card", "p-name", "p-nickname", "u-url"}
_cleaner = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_NEVER_READ,
    attributes={
        "a": {"href", "translate"},
        "span": {"translate"},
        "ol": {"start", "reversed"},
        "li": {"value"},
    },
    allowed_classes={
        "a": {"mention", "hashtag"} | _MICROFORMATS,
        "span": {"mention", "hashtag", "ellipsis", "invisible"} | _MICROFORMATS,
        "p": {"quote-inline"},  # "RE: address" for apps that know no quotes; the others hide it
    },
    url_schemes={"http", "https", "gemini", "gopher", "ipfs", "ipns", "magnet", "xmpp"},
    url_relative="deny",
    link_rel="nofollow noopener",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)
_to_blocks = nh3.Cleaner(
    tags=_BLOCKS | {"br"},
    clean_content_tags=_NEVER_READ,
    attributes={},
    link_rel=None,
)

# What stands for what. Formatting elements come without attributes: a parser opens those left open
# anew in each paragraph, as often as they differ (52 kB of <b id=1><b id=2>... and <p> became
# 3.6 GB); three of a kind is all that may pile up once they are equal.
_AS = {
    **dict.fromkeys(("b", "code", "em", "i", "strong", "u"), ""),
    **dict.fromkeys(("big", "font", "nobr", "small"), "span"),
    **dict.fromkeys(("s", "strike"), "del"),
    "tt": "code",
    # Words of neighbouring blocks that we do not know must not run together.
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "div", "section", "article"), "p"),
    **dict.fromkeys(("header", "footer", "aside", "main", "nav", "figure", "figcaption"), "p"),
    **dict.fromkeys(("table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th"), "p"),
    **dict.fromkeys(("dl", "dt", "dd", "details", "summary", "center", "address"), "p"),
}
# ASCII: <ſ> is no <s>, though Unicode's ſ is an s when case is ignored.
_NAMES = re.IGNORECASE | re.ASCII
_NAMED = re.compile(rf"<(/?)({'|'.join(_AS)})(?=[\s/>]|\Z)[^<>]*+>?", _NAMES)
_NEITHER_P_NOR_BR = re.compile(r"<(?!/?(?:p|br)[\s/>])[^<>]*+>?", _NAMES)
_UNFIT = re.compile(r"[\x00\ud800-\udfff]")

_LIST_TAG = re.compile(r"<(/?)(ul|ol|li)(?=[ >])[^<>]*+>")
_BLOCK_END = re.compile(r"</(?:p|blockquote|pre|ul|ol)>")
_LINE_END = re.compile(r"<br>|</li>")
_ANY_TAG = re.compile(r"<[^<>]*+>")
_WHITE = re.compile(r"[ \t\r\n\f]+")
_GAP = re.compile(r"[ \n]{2,}")


def clean(html: str) -> str:
    """HTML from outside, made safe.

    Args:
        html: anything; looked at up to LONGEST characters.
    Returns:
        Only paragraphs, line breaks, links, lists, quotes, code, ruby and emphasis; of classes
        those that apps know; links to web addresses and their like, `rel="nofollow noopener"`.
        Headings and other blocks are paragraphs. Never raises, and takes time linear in `html`.
    """
    cleaned = _cleaner.clean(_tame(html)).replace("<p></p>", "")
    return _keep_items_in_lists(cleaned) if "<li" in cleaned else cleaned


def to_plain(html: str) -> str:
    """The words of any HTML, for search, excerpts and titles: a paragraph ends in a blank line, a
    `<br>` in a line end. Not escaped: it is no HTML any more."""
    blocks = _WHITE.sub(" ", _to_blocks.clean(_tame(html)))
    lines = _LINE_END.sub("\n", _BLOCK_END.sub("\n\n", blocks))
    text = _GAP.sub(_gap, _ANY_TAG.sub("", lines)).replace("&nbsp;", "\xa0")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def _keep_items_in_lists(cleaned: str) -> str:
    """Stray `<li>` made `<p>`: in a page that lists posts it would end the item around the post,
    and what follows would look like ours."""
    lists = 0

    def item(found: re.Match[str]) -> str:
        nonlocal lists
        if found[2] == "li":
            return found[0] if lists else f"<{found[1]}p>"
        lists += -1 if found[1] else 1
        return found[0]

    return _LIST_TAG.sub(item, cleaned)


def _gap(found: re.Match[str]) -> str:
    return "\n\n"[: found[0].count("\n")] or " "


def _tame(html: str) -> str:
    """The same document, as far as it is honest, in a form no parser takes long for."""
    html = _UNFIT.sub("\ufffd", html[:LONGEST])
    if html.count("<") > _MOST_TAGS:
        html = _NEITHER_P_NOR_BR.sub(" ", html)
    return _NAMED.sub(_renamed, html)


def _renamed(found: re.Match[str]) -> str:
    name = found[2].lower()
    return f"<{found[1]}{_AS[name] or name}>"
