"""Values and pure decisions about people: who is asking, who somebody is, how two stand."""

import json
import re
from enum import IntFlag
from functools import lru_cache
from typing import Any, Literal, get_args

import msgspec

from whimbrel.core.text.links import find_host, host

Role = Literal["user", "auditor", "helper", "moderator", "senior", "legal", "lead", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
# Why many follows end at once, in Mastodon's words.
Severing = Literal["domain_block", "user_domain_block", "account_suspension"]
MOST_COLLECTIONS = 10  # of one person, whatever their role: apps are told with the role


class Permission(IntFlag):
    """What a role may do, each as Mastodon's bit of it; apps are not told of our own ones."""

    ADMINISTRATOR = 1 << 0  # everything
    VIEW_DEVOPS = 1 << 1
    VIEW_AUDIT_LOG = 1 << 2
    VIEW_DASHBOARD = 1 << 3
    MANAGE_REPORTS = 1 << 4
    MANAGE_FEDERATION = 1 << 5
    MANAGE_SETTINGS = 1 << 6
    MANAGE_BLOCKS = 1 << 7
    MANAGE_TAXONOMIES = 1 << 8
    MANAGE_APPEALS = 1 << 9
    MANAGE_USERS = 1 << 10
    MANAGE_INVITES = 1 << 11
    MANAGE_RULES = 1 << 12
    MANAGE_ANNOUNCEMENTS = 1 << 13
    MANAGE_CUSTOM_EMOJIS = 1 << 14
    MANAGE_ROLES = 1 << 17
    DELETE_USER_DATA = 1 << 19
    TRIAGE = 1 << 32  # looking at cases, sorting them, labels
    SUSPEND = 1 << 33
    MANAGE_ORDERS = 1 << 34  # what an authority orders, and its answer
    OPEN_VAULT = 1 << 35
    MANAGE_AUTOMATION = 1 << 36
    MANAGE_CALLS = 1 << 37  # who is on call, and drills


MASTODONS = Permission((1 << 32) - 1)
_HELPER = Permission.VIEW_DASHBOARD | Permission.TRIAGE
_MODERATOR = (
    _HELPER
    | Permission.VIEW_AUDIT_LOG
    | Permission.MANAGE_TAXONOMIES
    | Permission.MANAGE_USERS
    | Permission.MANAGE_REPORTS
)
_SENIOR = _MODERATOR | Permission.SUSPEND | Permission.MANAGE_APPEALS
_LEGAL = Permission.MANAGE_ORDERS | Permission.OPEN_VAULT
PERMISSIONS: dict[Role, Permission] = {
    "user": Permission(0),
    "auditor": Permission.VIEW_AUDIT_LOG,
    "helper": _HELPER,
    "moderator": _MODERATOR,
    "senior": _SENIOR,
    "legal": _MODERATOR | _LEGAL,
    "lead": _SENIOR | Permission.MANAGE_AUTOMATION | Permission.MANAGE_CALLS,
    "admin": Permission.ADMINISTRATOR,
}
QUOTE_POLICIES = ("public", "followers", "nobody")  # who may quote new posts, as they are stored
ROLE_IDS: dict[Role, str] = {
    "user": "-99",
    "moderator": "1",
    "admin": "3",
    "helper": "4",
    "senior": "5",
    "legal": "6",
    "lead": "7",
    "auditor": "8",
}
# Nobody decides about their equals.
_RANKS: dict[Role, int] = {
    "user": 0,
    "helper": 1,
    "moderator": 2,
    "senior": 3,
    "legal": 3,
    "auditor": 3,
    "lead": 4,
    "admin": 5,
}


def permitted(role: Role, permission: Permission) -> bool:
    """Whether whoever has this role may do that."""
    return bool(PERMISSIONS[role] & (permission | Permission.ADMINISTRATOR))


def outranks(role: Role, other: Role) -> bool:
    """Whether `role` may decide about somebody who has `other`: never about one's equals."""
    return _RANKS[role] > _RANKS[other]


def role_of(text: str | None) -> Role:
    """A role as it is stored; whoever is none of ours has no rights."""
    return next((role for role in ROLES if role == text), "user")


# What an app may ask for. The wide names cover the narrow ones ("read" covers "read:lists").
READ = (
    "accounts blocks bookmarks collections favourites filters follows lists mutes notifications"
    " search statuses"
)
WRITE = (
    "accounts blocks bookmarks collections conversations favourites filters follows lists media"
    " mutes notifications reports statuses"
)
FOLLOW = frozenset(  # the old wide scope, still asked for by apps
    f"{verb}:{what}" for verb in ("read", "write") for what in ("blocks", "follows", "mutes")
)
SCOPES = frozenset(
    {"read", "write", "follow", "push", "profile", "admin:read", "admin:write"}
    | {f"read:{name}" for name in READ.split()}
    | {f"write:{name}" for name in WRITE.split()}
    | {
        f"admin:{verb}:{what}"
        for verb in ("read", "write")
        for what in (
            "accounts",
            "reports",
            "domain_allows",
            "domain_blocks",
            "ip_blocks",
            "email_domain_blocks",
            "canonical_email_blocks",
        )
    }
)


_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")


def is_language(code: str) -> bool:
    """Whether this looks like a language: `en`, `pt-BR`."""
    return _LANGUAGE.fullmatch(code) is not None


def spoken(language: str | None, locale: str) -> str | None:
    """The language somebody writes in, as far as they said: for posts, or for what they read."""
    return language or (locale if is_language(locale) else None)


@lru_cache(maxsize=4096)
def covers(granted: frozenset[str], needed: str) -> bool:
    """Whether a token with the scopes `granted` may do what needs `needed`."""
    if needed in granted:
        return True
    if "follow" in granted and needed in FOLLOW:
        return True
    wide = needed.rpartition(":")[0]
    return bool(wide) and covers(granted, wide)


LETTERS = "jkouxv.rbfdqmegc/t?"  # that do something on our pages; the scripts know them


class Preferences(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How somebody likes to read our pages; `media` and `spoilers` apps are told as well."""

    theme: Literal["system", "light", "dark"] = "system"
    contrast: Literal["system", "more"] = "system"
    size: Literal["normal", "large", "larger"] = "normal"  # of all words
    density: Literal["comfortable", "compact"] = "comfortable"
    motion: Literal["system", "reduce"] = "system"
    counts: Literal["everywhere", "opened", "never"] = "everywhere"  # of boosts, likes, replies
    media: Literal["default", "show_all", "hide_all"] = "default"  # which of it is unfolded
    spoilers: bool = False  # what stands behind a warning is unfolded
    keys: bool = True  # letters act on posts
    letters: str = ""  # other than usual: pairs of the usual one and theirs; see `keyboard`
    older: Literal["scroll", "link"] = "scroll"  # how the next page of a list comes
    nudge: bool = True  # a picture without a description is pointed out
    home: bool = False  # the last home is kept in the browser, for when there is no network
    labels: dict[str, Literal["hide", "show"]] = msgspec.field(default_factory=dict)

    def marks(self) -> dict[str, str]:
        """What `<html>` says of them, for the style and the scripts: only what is not as usual."""
        said = {
            name: getattr(self, name)
            for name in ("theme", "contrast", "size", "density", "motion", "counts", "older")
        }
        usual = Preferences()
        marks = {name: value for name, value in said.items() if value != getattr(usual, name)}
        off = {name: "off" for name in ("keys", "nudge") if not getattr(self, name)}
        if self.letters:
            mine = {letter: usual for usual, letter in self.mine().items()}
            nothing = {usual: "" for usual in LETTERS if usual not in mine}
            other = {letter: usual for letter, usual in mine.items() if letter != usual}
            off["letters"] = json.dumps(nothing | other)  # a letter to the usual one, or ""
        return marks | off

    def mine(self) -> dict[str, str]:
        """Every usual letter to the one this person has for it."""
        return {usual: usual for usual in LETTERS} | {
            pair[0]: pair[1] for pair in self.letters.split()
        }


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking. A person signed in by cookie has every scope of a person; a stranger none."""

    account: int | None = None
    scopes: frozenset[str] = frozenset()
    role: Role = "user"
    token: int | None = None  # tokens.id: an app
    app: int | None = None  # apps.id
    session: int | None = None  # sessions.id: a browser
    reader: Any = None  # of a browser: what `App.reader` found at the door
    asleep: bool = False  # of the staff, and treated as anybody until there is a second factor

    @property
    def id(self) -> int:
        """The account, or 0, which nobody has: for statements that compare."""
        return self.account or 0

    def may(self, scope: str) -> bool:
        """Whether this viewer's token or session covers `scope`."""
        return covers(self.scopes, scope)


STRANGER = Viewer()
BROWSER = frozenset({"read", "write", "follow", "push", "profile"})  # a signed-in person's own


class Field(msgspec.Struct, frozen=True):
    """A row of the table on a profile."""

    name: str
    value: str
    verified_at: int | None = None


class Emoji(msgspec.Struct, frozen=True, array_like=True):
    """A picture for a `:shortcode:`; `token` and `name` are those of its file."""

    shortcode: str
    token: str
    name: str
    listed: bool = True
    category: str | None = None
    made_at: int = 0  # ms; 0 = not known


_SHORTCODE = re.compile(r":([A-Za-z0-9_]{2,64}):")


def shortcodes(text: str) -> set[str]:
    """The emojis that a text may be using."""
    return set(_SHORTCODE.findall(text)) if ":" in text else set()


def page_domain(text: str) -> str:
    """The domain of a page, however it was written: `*.Example.org`, `https://example.org/`; "" for
    what is none."""
    text = text.strip().lower().removeprefix("https://").removeprefix("http://")
    text = text.removeprefix("*.").partition("/")[0]
    return host(text) if text and find_host(text, 0) == text else ""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What anybody may know of somebody. The fields are the columns of `accounts`, in order."""

    id: int
    username: str
    domain: str | None
    handle: str
    uri: str | None
    display_name: str
    note: str
    fields: tuple[Field, ...]
    emojis: tuple[Emoji, ...]
    avatar: str | None
    header: str | None
    locked: bool
    bot: bool
    discoverable: bool
    indexable: bool
    hide_collections: bool
    attribution_domains: tuple[str, ...] = ()  # of pages that may say that they are theirs
    memorial: bool = False  # who they were is remembered
    hides: int = 0  # from strangers, of their open posts: the sum of 1 << visibility
    slot: int
    rev: int
    at: int
    suspended_at: int | None
    silenced_at: int | None
    followers: int
    following: int
    statuses: int
    last_status_at: int | None

    @property
    def acct(self) -> str:
        """`ada` for one of ours, `ada@domain` for others."""
        return self.username if self.domain is None else f"{self.username}@{self.domain}"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody as their own server shows them: words cut to what columns hold, HTML made safe."""

    uri: str  # their id
    username: str
    domain: str  # lower case, ASCII
    display_name: str = ""
    note: str = ""  # HTML
    fields: tuple[Field, ...] = ()  # values are HTML
    locked: bool = False
    bot: bool = False
    discoverable: bool = False
    indexable: bool = False
    attribution_domains: tuple[str, ...] = ()
    memorial: bool = False
    hides: int = 0  # as of an Account
    at: int = 0  # ms: since when they are there
    icon: str | None = None  # where their pictures are
    image: str | None = None
    emojis: dict[str, str] = {}  # by shortcode, where the picture is

    @property
    def handle(self) -> str:
        return f"{self.username}@{self.domain}".lower()


class Distance(msgspec.Struct, frozen=True, kw_only=True):
    """Since when (ms) the staff keeps a whole server suspended or limited."""

    suspended_at: int | None = None
    silenced_at: int | None = None


class Relationship(msgspec.Struct, kw_only=True):
    """How the viewer stands to somebody (Mastodon's entity)."""

    id: str
    following: bool = False
    showing_reblogs: bool = False
    notifying: bool = False
    languages: list[str] | None = None
    followed_by: bool = False
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False
    muting_notifications: bool = False
    muting_expires_at: str | None = None
    requested: bool = False
    requested_by: bool = False
    domain_blocking: bool = False
    endorsed: bool = False
    note: str = ""
