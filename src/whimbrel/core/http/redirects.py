"""Where a redirect may lead: a link that begins with our name must not end on a stranger's page."""

from urllib.parse import quote, unquote, urlsplit

from ..errors import Malformed

# What may stand unescaped in a Location header; % too, for the address is already encoded.
_SAFE = "%/:?#[]@!$&'()*+,;=~"
_RUNS_SCRIPT = {"javascript", "data", "vbscript", "blob", "file", "about", "view-source"}


def own(to: str) -> str:
    """`to`, a path of ours, as it goes into a header.

    Refused as well is what only becomes another origin when somebody decodes or tidies it once
    more: `//`, `/\\`, `/%2f`, `/%09/`, control characters in any wrapping.
    Raises:
        Malformed: anything but a path of ours.
    """
    seen = to
    for _ in range(4):
        if not _is_path(seen):
            raise Malformed("That address does not lead to a page of this server.")
        further = unquote(seen)
        if further == seen:
            return quote(to, safe=_SAFE)
        seen = further
    raise Malformed("That address does not lead to a page of this server.")


def _is_path(text: str) -> bool:
    path = text.partition("?")[0].partition("#")[0]
    return (
        text.startswith("/")
        and not path.startswith("//")
        and "\\" not in path
        and "/../" not in f"{path}/"
        and "//" not in path
        and _is_header(text)
    )


def is_own_path(to: str) -> bool:
    """Whether `Redirect(to)` would take it."""
    try:
        own(to)
    except Malformed:
        return False
    return True


def foreign(to: str) -> str:
    """`to`, an absolute address anywhere (an app's own scheme too), as it goes into a header.

    Raises:
        Malformed: no scheme, one that runs script, or control characters.
    """
    try:
        scheme = urlsplit(to).scheme.lower()
    except ValueError:
        scheme = ""
    if not scheme or scheme in _RUNS_SCRIPT or not _is_header(to):
        raise Malformed("That is no address to go on to.")
    return quote(to, safe=_SAFE)


def _is_header(text: str) -> bool:
    """No control characters, no lone surrogates, no spaces around."""
    return text == text.strip() and not any(
        ord(c) < 32 or 127 <= ord(c) < 160 or 0xD800 <= ord(c) < 0xE000 for c in text
    )
