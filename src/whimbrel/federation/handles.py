"""Whose handle is whose: WebFinger asked both ways, so that nobody has a name that another server
did not give them.

Source: RFC 7033; ActivityPub and WebFinger (SWICG report); FEP-2c59"""

import re
from typing import NamedTuple
from urllib.parse import quote

from whimbrel.core.app import App
from whimbrel.core.fetch import Refused, address_of

from . import abroad, reading
from .rules import Actor, host_of, origin_of

ACCEPT = "application/jrd+json, application/json"
_HANDLE = re.compile(r"(?:acct:)?@?([^@\s/]{1,64})@([^@\s/]{1,253})")
SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
_LINK = re.compile(r"<Link\s[^<>]{0,2000}>", re.ASCII)
_TEMPLATE = re.compile(r"""\stemplate=(["'])([^"'<>]{1,1500})\1""")
_LRDD = re.compile(r"""\srel=(["'])lrdd\1""")


class Handle(NamedTuple):
    """`name@domain`; the domain in lower-case ASCII."""

    name: str
    domain: str

    @property
    def resource(self) -> str:
        return f"acct:{self.name}@{self.domain}"


class Found(NamedTuple):
    """What WebFinger says of a handle."""

    subject: Handle | None
    actor: str | None  # id of whoever it is
    subscribe: str | None = None  # where whoever has it is led, with a place for `{uri}`


def handle_of(text: str) -> Handle | None:
    """`@ada@domain`, `ada@domain` or `acct:ada@domain`; None for what is none."""
    found = _HANDLE.fullmatch(text.strip())
    if found is None or not found[1].isprintable():
        return None
    try:
        return Handle(found[1], domain_of(found[2]))
    except (Refused, ValueError):
        return None


def domain_of(text: str) -> str:
    """A domain as it is compared: lower-case ASCII (IDNA), with a port only where it is not the
    usual one. Raises Refused, ValueError."""
    found = address_of(f"https://{text}/")
    if found.raw_path != "/" or found.raw_query_string:
        raise Refused
    return host_of(str(found.origin()))


def place_of(app: App, domain: str) -> str:
    """Where a domain is asked: by https, but for what the operator named."""
    host = domain.rpartition(":")[0] or domain
    scheme = "http" if host.strip("[]") in app.settings.allow_private else "https"
    return f"{scheme}://{domain}"


async def ask(app: App, handle: Handle, place: str = "") -> Found:
    """What the domain of a handle says of it.

    Args:
        place: where it is asked, if that is known.
    Raises:
        Missing: nobody has it.
        Refused, Unreachable, Malformed.
    """
    place = place or place_of(app, handle.domain)
    query = f"resource={quote(handle.resource, safe='')}"
    try:
        said = await abroad.read_json(app, f"{place}/.well-known/webfinger?{query}", ACCEPT)
    except abroad.Departed:
        raise
    except abroad.Missing:
        template = await _template(app, place)
        said = await abroad.read_json(
            app, template.replace("{uri}", quote(handle.resource)), ACCEPT
        )
    return Found(handle_of(reading.text_of(said, "subject", 400)), _self(said), _subscribe(said))


async def _template(app: App, place: str) -> str:
    """Where another is asked in place of this one, as host-meta says. Raises Missing."""
    text = await abroad.read_text(app, f"{place}/.well-known/host-meta", "application/xrd+xml")
    for found in _LINK.finditer(text):
        template = _TEMPLATE.search(found[0])
        if template is not None and _LRDD.search(found[0]):
            return template[2].replace("&amp;", "&")
    raise abroad.Missing


def _self(said: reading.Object) -> str | None:
    for link in reading.many(said.get("links")):
        if isinstance(link, dict) and link.get("rel") == "self":
            kind, href = link.get("type"), link.get("href")
            if isinstance(kind, str) and isinstance(href, str) and reading.is_activity(kind):
                return reading.id_of(href)
    return None


def _subscribe(said: reading.Object) -> str | None:
    for link in reading.many(said.get("links")):
        if isinstance(link, dict) and link.get("rel") == SUBSCRIBE:
            template = link.get("template")
            if isinstance(template, str):
                return template
    return None


async def prove(app: App, actor: Actor) -> Handle:
    """The handle that is really an actor's: the domain in it says that it is theirs.

    Raises:
        Refused: it is somebody else's, or nobody's.
        Unreachable, Malformed: who should know cannot be asked.
    """
    origin = origin_of(actor.id)
    claimed = handle_of(actor.claimed or "")
    if claimed is None:
        claimed = Handle(actor.username, host_of(actor.id))
    here = claimed.domain == host_of(actor.id)
    found = await ask(app, claimed, origin if here else "")
    subject = found.subject or claimed
    if found.actor == actor.id and subject.domain != claimed.domain:
        found = await ask(app, subject)
        if (found.subject or subject).domain != subject.domain:
            raise Refused("That handle leads on and on.")
    if found.actor != actor.id or subject.name.lower() != actor.username.lower():
        raise Refused("That handle is somebody else's.")
    return subject
