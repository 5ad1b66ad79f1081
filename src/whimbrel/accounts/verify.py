"""Links on a profile that lead back: a page that names one's profile with rel="me" is one's own.

Strangers' bytes in, yes or no out. The page is not parsed as a browser would, but walked through
tag by tag; time grows with its length, whatever is in it."""

import re
from html import unescape
from urllib.parse import urlsplit

import msgspec

from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.fetch import Fetcher, Unreachable
from whimbrel.core.tx import Tx

from . import queries, serialize
from .events import ProfileChanged
from .queries import profile

PAGE = 1 << 20  # bytes that are looked at
MOST_TAGS, MOST_ATTRIBUTES = 20_000, 100
_HTML = ("text/html", "application/xhtml+xml")
_TAG = re.compile(r"<(?:(!--)|([a-z][a-z0-9-]{0,40}+))", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"[\s/]*+([^\s/>=\"'<]++)(?:\s*+=\s*+([\"'])?+([^\s>\"']*+))?+")
_WITHOUT_TAGS = {  # what stands in these is text, however it looks
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}

log = logs.get(__name__)


def leads_back(html: str, addresses: frozenset[str]) -> bool:
    """Whether an `<a>` or `<link>` with rel="me" on this page leads to one of these addresses."""
    at = 0
    for _ in range(MOST_TAGS):
        found = _TAG.search(html, at)
        if found is None:
            return False
        if found[1]:
            at = html.find("-->", found.end())
            if at < 0:
                return False
            continue
        said, at = _attributes(html, found.end())
        name = found[2].lower()
        if name in ("a", "link") and "me" in said.get("rel", "").lower().split():
            if said.get("href", "").strip().rstrip("/") in addresses:
                return True
        elif name in _WITHOUT_TAGS:
            end = _WITHOUT_TAGS[name].search(html, at)
            if end is None:
                return False
            at = end.end()
    return False


def _attributes(html: str, at: int) -> tuple[dict[str, str], int]:
    """Those of the tag whose name ends at `at`, the first of each name, and where they end."""
    said: dict[str, str] = {}
    for _ in range(MOST_ATTRIBUTES):
        found = _ATTRIBUTE.match(html, at)
        if found is None:
            break
        name, quote, value = found[1].lower(), found[2], found[3]
        at = found.end()
        if quote:
            begin, end = found.start(3), html.find(quote, found.start(3))
            if end < 0:  # all the rest is this value
                return said, len(html)
            value, at = html[begin:end], end + 1
        said.setdefault(name, unescape(value or ""))
    return said, at


def _links(tx: Tx, account: int) -> tuple[frozenset[str], list[str]]:
    """What a page must lead back to, and the values that are addresses and not verified yet."""
    mine = queries.by_id(tx, account)
    addresses = {serialize.account_url(tx.instance, mine), serialize.actor_uri(tx.instance, mine)}
    return frozenset(addresses), [
        field.value
        for field in mine.fields
        if field.verified_at is None and _is_address(field.value) and mine.domain is None
    ]


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.netloc) and " " not in value


async def verify(app: App, event: ProfileChanged) -> None:
    """Effect: look at the pages somebody links to. One that cannot be had is as good as one that
    does not lead back; both are looked at again when the profile is saved again.

    Emits: ProfileChanged, when there was one
    """
    try:
        addresses, links = await app.db.read(_links, event.account)
    except NotFound:
        return
    if not links:
        return
    if app.fetcher is None:
        raise Unreachable("This process asks no other server.")
    good = {link for link in links if await _asked(app.fetcher, link, addresses)}
    if good:
        await app.db.write(_note, event.account, good)


async def _asked(fetcher: Fetcher, link: str, addresses: frozenset[str]) -> bool:
    try:
        page = await fetcher.get(link, headers={"Accept": ", ".join(_HTML)}, most=PAGE, cut=True)
    except Unreachable as error:
        log.info("a link was not looked at", why=type(error).__name__)
        return False
    kind = page.headers.get("content-type", "").partition(";")[0].strip().lower()
    fine = page.status == 200 and kind in _HTML
    return fine and leads_back(page.body.decode("utf-8", "replace"), addresses)


def _note(tx: Tx, account: int, good: set[str]) -> None:
    """These were found to lead back. Nothing is said of one that was changed meanwhile."""
    tx.lock("profile", account)
    mine = queries.by_id(tx, account)
    fields = tuple(
        msgspec.structs.replace(field, verified_at=tx.ms)
        if field.value in good and field.verified_at is None
        else field
        for field in mine.fields
    )
    if fields != mine.fields:
        profile.write(tx, msgspec.structs.replace(mine, fields=fields))
        tx.emit(ProfileChanged(account=account))
