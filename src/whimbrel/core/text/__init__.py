"""People's words: plain text in, safe HTML out, and the one sanitizer for HTML from elsewhere.

Pure functions: nobody is looked up and nothing is stored here. Who `@ada` is and where a tag's
page lies is told by the caller."""

from .clean import clean, to_plain
from .html import bio_html, profile_field_html, to_html
from .parse import SHORTER, Kind, Parsed, Token, count, parse
from .tags import tag_key
from .tidy import tidy

__all__ = [
    "SHORTER",
    "Kind",
    "Parsed",
    "Token",
    "bio_html",
    "clean",
    "count",
    "parse",
    "profile_field_html",
    "tag_key",
    "tidy",
    "to_html",
    "to_plain",
]
