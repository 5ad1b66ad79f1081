"""People elsewhere, and what else has an inbox, as their server shows them."""

import re
from typing import Any

import msgspec

from whimbrel.accounts.rules import Field, Person, page_domain
from whimbrel.core.errors import Malformed
from whimbrel.core.text import tidy, to_plain

from .. import reading
from ..rules import Actor, same_origin
from .values import link_of, millis_of, safe, web_address

KINDS = {"Person", "Service", "Application", "Group", "Organization"}
_BOTS = {"Service", "Application"}
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?", re.ASCII)
_HANDLE = re.compile(r"(?:acct:)?@?([^@\s]{1,64})@([^@\s]{1,253})")
_CODE = re.compile(r":?([A-Za-z0-9_]{2,64}):?")
NAME, NOTE, FIELD, VALUE = 200, 5000, 255, 2000  # characters
MOST_FIELDS, MOST_EMOJIS, MOST_ALIASES = 10, 60, 10
STORED = 20_000  # characters of JSON in a column
MOST_DOMAINS, DOMAINS_STORED = 100, 5000
_HIDES = ("hidesToPublicFromUnauthedWeb", "hidesCcPublicFromUnauthedWeb")  # by visibility


def read_actor(said: reading.Object) -> Actor:
    """An actor, from a document that lies where its id says.

    Raises:
        Malformed: none, or one that nobody can speak to.
    """
    id_, kind = reading.id_of(said), reading.type_of(said)
    username = reading.text_of(said, "preferredUsername", 100)
    if id_ is None or kind not in KINDS:
        raise Malformed("This is nobody.")
    if not _NAME.fullmatch(username):
        raise Malformed("Nobody can be called so.")
    inbox = _own(id_, said.get("inbox"))
    if inbox is None:
        raise Malformed("Nobody can write to them.")
    endpoints = said.get("endpoints")
    shared = endpoints.get("sharedInbox") if isinstance(endpoints, dict) else None
    claimed = _HANDLE.fullmatch(reading.text_of(said, "webfinger", 320))
    return Actor(
        id=id_,
        kind=kind,
        username=username,
        claimed=f"{claimed[1]}@{claimed[2]}" if claimed else None,
        person=_person(said, id_, kind, username),
        url=link_of(said.get("url")),
        inbox=inbox,
        shared_inbox=_own(id_, shared),
        outbox=_own(id_, said.get("outbox")),
        followers=_own(id_, said.get("followers")),
        featured=_own(id_, said.get("featured")),
        featured_tags=_own(id_, said.get("featuredTags")),
        icon=_picture(said.get("icon")),
        image=_picture(said.get("image")),
        moved_to=web_address(reading.id_of(said.get("movedTo"))),
        also_known_as=_aliases(said.get("alsoKnownAs")),
        emojis=emojis_of(said),
    )


def _person(said: reading.Object, id_: str, kind: str, username: str) -> Person:
    name = " ".join(tidy(reading.text_of(said, "name", 2 * NAME)).split())
    return Person(
        uri=id_,
        username=username,
        domain="",
        display_name=name[:NAME],
        note=safe(reading.text_of(said, "summary", 4 * NOTE), NOTE),
        fields=_fields(said.get("attachment")),
        locked=said.get("manuallyApprovesFollowers") is True,
        bot=kind in _BOTS,
        discoverable=said.get("discoverable") is True,
        indexable=said.get("indexable") is True,
        attribution_domains=_domains(said.get("attributionDomains")),
        memorial=said.get("memorial") is True,
        hides=sum(1 << at for at, key in enumerate(_HIDES) if said.get(key) is True),
        at=millis_of(said.get("published")) or 0,
    )


def _domains(value: Any) -> tuple[str, ...]:
    """Of pages that may say they are theirs: a claim, as long as no such page says so."""
    found: list[str] = []
    for each in reading.many(value):
        domain = page_domain(each) if isinstance(each, str) and len(each) < 300 else ""
        if domain and len(found) < MOST_DOMAINS:
            found.append(domain)
    while len(msgspec.json.encode(found).decode()) > DOMAINS_STORED:
        found.pop()
    return tuple(dict.fromkeys(found))


def _own(id_: str, value: Any) -> str | None:
    """An address on the server of whoever has this id."""
    found = web_address(reading.id_of(value))
    return found if found is not None and same_origin(found, id_) else None


def _picture(value: Any) -> str | None:
    for each in reading.many(value):
        found = link_of(each.get("url")) if isinstance(each, dict) else web_address(each)
        if found is not None:
            return found
    return None


def _fields(value: Any) -> tuple[Field, ...]:
    found: list[Field] = []
    for each in reading.many(value):
        if not isinstance(each, dict) or reading.type_of(each) != "PropertyValue":
            continue
        name = to_plain(reading.text_of(each, "name", 2 * FIELD))[:FIELD]
        text = safe(reading.text_of(each, "value", 2 * VALUE), VALUE)
        text = text.removeprefix("<p>").removesuffix("</p>") if text.count("<p>") == 1 else text
        if name.strip() and len(found) < MOST_FIELDS:
            found.append(Field(" ".join(name.split()), text))
    while found and len(msgspec.json.encode(found).decode()) > STORED:
        found.pop()
    return tuple(found)


def _aliases(value: Any) -> tuple[str, ...]:
    found = [web_address(each) for each in reading.ids_of(value)]
    some = [each for each in found if each is not None][:MOST_ALIASES]
    while some and len(msgspec.json.encode(some).decode()) > STORED:
        some.pop()
    return tuple(some)


def emojis_of(said: reading.Object) -> dict[str, str]:
    """The little pictures that a text of theirs uses, by shortcode."""
    found: dict[str, str] = {}
    for each in reading.many(said.get("tag")):
        if not isinstance(each, dict) or reading.type_of(each) != "Emoji":
            continue
        code = _CODE.fullmatch(reading.text_of(each, "name", 70))
        where = _picture(each.get("icon"))
        if code and where is not None and len(where) <= 250 and len(found) < MOST_EMOJIS:
            found[code[1]] = where
    while len(msgspec.json.encode(found).decode()) > STORED:
        found.popitem()
    return found
