"""Markdown to clean HTML, for the long texts of whoever runs the server. People's posts are plain.

Raw HTML in it is shown as it is written, and what comes out passes a sanitizer all the same."""

import nh3
from markdown_it import MarkdownIt

_reader = MarkdownIt("js-default", {"html": False, "linkify": False})
_cleaner = nh3.Cleaner(
    tags={
        *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code"),
        *("ul", "ol", "li", "em", "strong", "s", "a"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    },
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener",
)


def markdown_html(text: str) -> str:
    """A text as HTML: headings, lists, tables, quotes, links and emphasis; no pictures.

    Args:
        text: Markdown, tidy. A link may lead to a page of ours (`/about`).
    """
    html: str = _reader.render(text)
    return _cleaner.clean(html).strip()
