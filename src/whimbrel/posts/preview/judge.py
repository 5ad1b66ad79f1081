"""From what a page says of itself to the card under a post: which of its many words count.

Only words and one picture are taken. A player or any other HTML of the page is not: it would run in
readers' apps, and tell the page who reads."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from yarl import URL

from whimbrel.accounts.rules import is_language
from whimbrel.core.fetch import Refused, address_of
from whimbrel.core.ids import millis
from whimbrel.core.text import tidy

from ..rules import Preview
from .head import Head

TITLE, DESCRIPTION, NAME = 300, 500, 100  # characters that are kept
_ARTICLES = (
    *("Article", "NewsArticle", "BlogPosting", "ReportageNewsArticle", "AnalysisNewsArticle"),
    *("OpinionNewsArticle", "ReviewNewsArticle", "LiveBlogPosting", "Report", "ScholarlyArticle"),
)

Tree = Mapping[str, Any]


class Judged(NamedTuple):
    """A card without its picture, and where that would be fetched."""

    card: Preview
    image: str | None


def card_of(url: str, head: Head, embed: Tree | None = None) -> Judged | None:
    """The card of a page; None where it has no title.

    Args:
        url: where the page came from in the end.
        embed: what its oEmbed address answered.
    """
    article, embed, metas = _article(head.scripts), embed or {}, head.metas
    title = _first(
        *(article.get("headline"), metas.get("og:title"), metas.get("twitter:title")),
        *(head.title, embed.get("title")),
        most=TITLE,
    )
    if not title:
        return None
    base = address_of(url)
    if head.base:
        base = URL(_address(head.base, base) or url)
    author, author_url = _author(article, metas, embed)
    publisher = _tree(article.get("publisher"))
    image = _image(head, embed, base)
    card = Preview(
        url=url,
        title=title,
        description=_first(
            *(article.get("description"), metas.get("og:description")),
            *(metas.get("twitter:description"), metas.get("description")),
            most=DESCRIPTION,
        ),
        kind="photo" if image and embed.get("type") == "photo" else "link",
        author=author,
        author_url=_address(author_url, base) or "",
        provider=_first(
            publisher.get("name"), metas.get("og:site_name"), embed.get("provider_name"), most=NAME
        ),
        provider_url=_address(_first(publisher.get("url"), embed.get("provider_url")), base) or "",
        language=_language(article.get("inLanguage"), metas.get("og:locale"), head.language),
        published_at=_moment(article.get("datePublished"), metas.get("article:published_time")),
        alt=_first(metas.get("og:image:alt"), metas.get("twitter:image:alt"), most=DESCRIPTION),
    )
    return Judged(card, image)


def embed_address(url: str, head: Head) -> str | None:
    """Where the page says that its oEmbed is."""
    for link in head.links:
        if "alternate" in link.rel.lower().split() and link.type.lower() in (
            "application/json+oembed",
            "text/json+oembed",
        ):
            return _address(link.href, address_of(url))
    return None


def wants_embed(head: Head) -> bool:
    """Whether asking for oEmbed would tell anything that the page has not told itself."""
    told = head.metas
    return not (told.get("og:title") and told.get("og:image") and told.get("og:site_name"))


def _first(*values: Any, most: int = 2000) -> str:
    """The first of these that is a text with something in it, on one line."""
    for value in values:
        text = " ".join(tidy(value[: 4 * most]).split()) if isinstance(value, str) else ""
        if text:
            return text if len(text) <= most else text[: most - 1].rstrip() + "…"
    return ""


def _address(text: str, base: URL) -> str | None:
    """An http(s) address, or None."""
    try:
        return str(address_of(text.strip(), base)) if text and text.strip() else None
    except Refused:
        return None


def _image(head: Head, embed: Tree, base: URL) -> str | None:
    told = [head.metas.get(key) for key in ("og:image:secure_url", "og:image", "og:image:url")]
    told += [head.metas.get(key) for key in ("twitter:image", "twitter:image:src")]
    told += [embed.get("url") if embed.get("type") == "photo" else None]
    told += [embed.get("thumbnail_url")]
    return _address(_first(*told), base)


def _author(article: Tree, metas: Mapping[str, str], embed: Tree) -> tuple[str, str]:
    first = _tree(article.get("author"))
    name = _first(
        *(first.get("name"), article.get("author"), metas.get("author")),
        embed.get("author_name"),
        most=NAME,
    )
    linked = metas.get("article:author", "")
    if not name and linked and "://" not in linked:
        name = _first(linked, most=NAME)
    linked = linked if "://" in linked else ""
    return name, _first(first.get("url"), linked, embed.get("author_url"))


def _tree(value: Any) -> Tree:
    """The map that this is, or the first of a list."""
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, dict) else {}


def _article(scripts: Iterable[str]) -> Tree:
    """The first article that a page describes."""
    for script in scripts:
        try:
            told = msgspec.json.decode(script.strip())
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            continue
        for each in _nodes(told):
            kinds = each.get("@type")
            named = kinds if isinstance(kinds, list) else [kinds]
            if any(kind in _ARTICLES for kind in named if isinstance(kind, str)):
                return each
    return {}


def _nodes(told: Any) -> Iterable[Tree]:
    for each in (told if isinstance(told, list) else [told])[:50]:
        if isinstance(each, dict):
            yield each
            inner = each.get("@graph")
            if isinstance(inner, list):
                yield from (node for node in inner[:50] if isinstance(node, dict))


def _language(*values: Any) -> str | None:
    for value in values:
        code = _first(value).replace("_", "-")
        for attempt in (code, code.partition("-")[0].lower()):
            if attempt and is_language(attempt):
                return attempt
    return None


def _moment(*values: Any) -> int | None:
    """The first of these that is a time, in ms."""
    for value in values:
        try:
            at = datetime.fromisoformat(_first(value))
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        return millis(at) if 1900 <= at.year <= 9990 else None
    return None
