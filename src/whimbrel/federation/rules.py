"""Values of this room, and what is decided without asking anybody."""

from collections.abc import Mapping, Sequence
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from whimbrel.accounts.rules import Emoji, Person
from whimbrel.media.rules import Away
from whimbrel.posts.rules import Asked, Content, QuotePolicy

REQUEST = "#quote"  # behind what a post is called: what asks whether it may quote is called so
SERVER = 0  # whose keys the server's own are, where accounts have their ids


class Public(msgspec.Struct, frozen=True):
    """What others verify with."""

    rsa: str  # PEM of SubjectPublicKeyInfo
    ed25519: str  # Multikey: `z` and base58btc


class Private(msgspec.Struct, frozen=True):
    """What is signed with."""

    rsa: bytes  # PKCS#8, DER
    ed25519: bytes  # 32 bytes


class Others(NamedTuple):
    """What an actor says of other accounts of the same person, by their ids."""

    aliases: tuple[str, ...] = ()
    moved_to: str | None = None


class Pair(msgspec.Struct, frozen=True):
    """Both halves of the keys of one actor."""

    public: Public
    private: Private


class Style(IntEnum):
    """How requests to another server are signed."""

    RFC9421 = 1
    DRAFT = 2


class Kind(StrEnum):
    """What a letter to other servers says."""

    POST = "post"  # a post or a boost, as it is when it is sent
    EDIT = "edit"  # that it is another now
    SHOWN = "shown"  # that it is there again, or says what the staff says of it
    ACTOR = "actor"  # somebody's profile, as it is when it is sent
    FLAG = "flag"  # a report, as it is when it is sent
    QUOTE = "quote"  # that a post of ours wants to quote one
    VOTE = "vote"  # what somebody chose in a poll elsewhere: `said` is which, a number
    PASSED = "passed"  # what somebody elsewhere said, word for word: `subject` is received.id
    SAID = "said"  # something that has no words


class Act(IntEnum):
    """What can be done with a post that its author may want to be asked about: bits."""

    LIKE = 1
    REPLY = 2
    ANNOUNCE = 4

    @property
    def word(self) -> str:
        return self.name.capitalize()


class Letter(NamedTuple):
    """What is to be told to other servers."""

    owner: int  # who signs: accounts.id, 0 = the server
    kind: Kind
    subject: int = 0  # posts.id, or reports.id
    said: bytes | None = None  # JSON


class Signer(NamedTuple):
    """Who signed a request, as far as we know them."""

    actor: str  # their id
    host: str
    account: int  # accounts.id; 0 = a server, or somebody we have not met
    followed: bool  # by anybody here


class Known(NamedTuple):
    """A key we fetched before, and whose it is."""

    actor: str
    pem: str
    at: int  # ms
    account: int  # accounts.id; 0 = none
    suspended: bool
    followed: bool  # by anybody here


def hosts_of(host: str) -> tuple[str, ...]:
    """A host and the domains it is in: whoever blocks `example.org` blocks `a.example.org`."""
    labels = host.split(".")
    return tuple(".".join(labels[at:]) for at in range(len(labels)))


@lru_cache(maxsize=1024)
def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, as they are compared: of the same few, several times for each
    activity.

    Raises:
        ValueError: no http(s) URL of a plain host.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not url.isprintable():  # `urlsplit` drops tabs and line ends, others stop there
        raise ValueError("no address of a server")
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not host.isascii():
        raise ValueError("no address of a server")
    if not host or host.endswith(".") or any(letter in host for letter in "\\ \t\r\n\0%"):
        raise ValueError("no address of a server")
    usual = 443 if parts.scheme == "https" else 80
    port = parts.port
    where = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{where}" + ("" if port in (None, usual) else f":{port}")


def same_origin(*urls: str) -> bool:
    """Whether all of these are on one server, and are addresses at all."""
    try:
        return len({origin_of(url) for url in urls}) == 1
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host (with a port that is not the usual one) of a URL. Raises ValueError."""
    return origin_of(url).partition("://")[2]


class Links(NamedTuple):
    """What posts name, as other servers call it. All by our id."""

    people: Mapping[int, str] = {}  # who is mentioned
    posts: Mapping[int, str] = {}  # what is answered or boosted
    authors: Mapping[int, str] = {}  # who wrote a post of `posts`
    quoted: Mapping[int, str] = {}  # by the post that quotes, if it may or that is asked
    stamps: Mapping[int, str] = {}  # by the same, where it is said that it may
    approvals: Mapping[int, str] = {}  # by what answers or boosts, where it is said that it may
    own_replies: Mapping[int, Sequence[str]] = {}  # the author's own public answers, some
    emojis: Mapping[str, Emoji] = {}


def words(content: Content) -> str:
    """Where emojis may be used."""
    return "\n".join((content.text, content.spoiler, *content.options))


class Actor(NamedTuple):
    """Somebody elsewhere. Addresses that are not on their own server are left out (None)."""

    id: str
    kind: str
    username: str  # as they prefer; whether it is theirs, WebFinger says
    claimed: str | None  # the handle that they say is theirs, `name@domain`
    person: Person  # its domain is still to be found
    url: str | None
    inbox: str
    shared_inbox: str | None
    outbox: str | None
    followers: str | None
    featured: str | None
    featured_tags: str | None
    icon: str | None
    image: str | None
    moved_to: str | None
    also_known_as: tuple[str, ...]
    emojis: dict[str, str]  # shortcode: where its picture is


class Activity(NamedTuple):
    """What somebody elsewhere says that they do. `actor` signed it."""

    id: str
    type: str
    actor: str
    said: dict[str, Any]
    at: int = 0  # ms: when it arrived

    @property
    def about(self) -> Any:
        """What it is done with: an id, something embedded, or several."""
        return self.said.get("object")

    @property
    def first(self) -> Any:
        """The same; of several, the first. None where there is nothing."""
        about = self.about
        return next(iter(about), None) if isinstance(about, list) else about


class Note(NamedTuple):
    """A post as another server sent it."""

    id: str
    author: str
    url: str | None
    at: int | None  # ms
    edited_at: int | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    html: str  # made safe
    spoiler: str
    sensitive: bool
    language: str | None
    reply_to: str | None
    mentions: tuple[str, ...]  # ids of people
    tags: tuple[str, ...]  # as written
    media: tuple[Away, ...] = ()
    emojis: Mapping[str, str] = {}  # shortcode: where its picture is
    poll: Asked | None = None
    quote: str | None = None  # the post that it quotes
    asks: bool = False  # by a software that asks whether it may
    stamp: str | None = None  # where that one's author says that it may
    proven: bool = False  # and that was looked at
    quote_policy: QuotePolicy = QuotePolicy.NOBODY
    asks_first: int = 0  # `Act`s about which its author wants to be asked
    approval: str | None = None  # where whoever it answers says that it may
    unapproved: bool = False  # they want to be asked, and do not say so
    context: str | None = None  # where its server lists the conversation, if it begins it
    replies: str | None = None  # where its author's server lists what answers it
