"""Values of reports, cases and decisions; the classes and their clocks; who may decide what."""

import math
import secrets
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from whimbrel.accounts.rules import Permission, Role, Viewer, outranks, permitted
from whimbrel.core.errors import Forbidden
from whimbrel.core.settings import class_hours

Category = Literal["spam", "legal", "violation", "other"]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report as stored, with the comment unsealed."""

    id: int
    account: int | None  # None = somebody without one
    target: int
    category: Category
    comment: str
    posts: tuple[int, ...]
    rules: tuple[str, ...]
    forward: bool
    collections: tuple[int, ...] = ()
    resolved_at: int | None = None  # ms
    updated_at: int | None = None
    assigned: int | None = None
    resolved_by: int | None = None
    case: int = 0
    source: "Source" = "user"
    acted: bool | None = None


class Window(NamedTuple):
    """A page: ids strictly between low and high."""

    low: int
    high: int
    most: int
    ascending: bool


Action = Literal["none", "sensitive", "disable", "silence", "suspend"]
NetworkSeverity = Literal["sign_up_requires_approval", "sign_up_block", "no_access"]
Severity = Literal["silence", "suspend", "noop"]


class ServerBlock(msgspec.Struct, frozen=True, kw_only=True):
    """How far another server is kept away."""

    id: int
    domain: str
    severity: Severity = "silence"
    reject_media: bool = False
    reject_reports: bool = False
    private_comment: str | None = None
    public_comment: str | None = None
    obfuscate: bool = False


def require(viewer: Viewer, permission: Permission) -> None:
    """Refuse whose role does not have this. A token's scope alone is not enough.

    Raises:
        Forbidden: always in the same words, whether what was asked for exists or not.
    """
    if not permitted(viewer.role, permission):
        raise Forbidden


def require_rank(viewer: Viewer, other: Role) -> None:
    """Refuse to decide about oneself, one's equals and those above. Raises Forbidden."""
    if not outranks(viewer.role, other):
        raise Forbidden


def require_class(viewer: Viewer, klass: "Class") -> None:
    """Refuse whose role does not work on such cases. Raises Forbidden."""
    if klass not in HANDLES[viewer.role]:
        raise Forbidden


# --- classes and clocks ---------------------------------------------------------------------------

Class = Literal["L0", "V1", "H1", "N1", "D1", "U1", "S1", "A1"]
Source = Literal[
    "user", "notice", "flag", "host", "authority", "trusted", "rule", "hash", "moderator", "appeal"
]
State = Literal["open", "paused", "closed", "merged"]
PauseReason = Literal["clarification", "impossible"]
HOUR = 3_600_000  # ms
DAY = 24 * HOUR


class Clock(NamedTuple):
    """What a class of cases asks for.

    Args:
        act_by: ms from when it was received.
        first_page: at which part of that time somebody is called.
        nobody: what happens by itself when nobody acts, and `nobody_at`: at which part.
        p80: how long such a case takes (ms), as long as too few were decided to tell.
    """

    act_by: int
    first_page: float
    nobody: Literal["hide", "hide if allowed", "page all", "rules may limit"]
    nobody_at: float
    p80: int


MINUTE = 60_000
CLOCKS: dict[Class, Clock] = {
    "L0": Clock(HOUR, 0.0, "hide", 0.75, 6 * MINUTE),
    "V1": Clock(HOUR, 0.0, "hide", 0.75, 6 * MINUTE),
    "H1": Clock(12 * HOUR, 0.0, "hide if allowed", 0.75, 10 * MINUTE),
    "N1": Clock(12 * HOUR, 0.5, "hide", 0.75, 10 * MINUTE),
    "D1": Clock(24 * HOUR, 0.5, "page all", 1.0, 8 * MINUTE),
    "U1": Clock(24 * HOUR, 0.75, "page all", 1.0, 5 * MINUTE),
    "S1": Clock(24 * HOUR, 0.9, "rules may limit", 1.0, 2 * MINUTE),
    "A1": Clock(7 * DAY, 0.75, "page all", 1.0, 15 * MINUTE),
}
RANKING: tuple[Class, ...] = tuple(CLOCKS)  # the most urgent first
NEVER_LATE: tuple[Class, ...] = ("L0", "V1", "H1")  # first, however late others are
KEPT: tuple[Class, ...] = ("L0", "V1", "H1", "N1")  # what these are about is sealed as evidence
STALE = 10  # days: a practice call is tried once a week
DOXXING = 4 * HOUR  # N1, where it is somebody's address
LETTER = 24 * HOUR  # H1: what a letter without a deadline counts as
LETTER_KEEPS = 0.25  # of a letter's time, for the answer
_ALL_BUT_APPEALS: tuple[Class, ...] = RANKING[:-1]
# The classes a role works on. An order has an hour: whoever of the moderators is there does what it
# asks; what is said to the authority is for others (`Permission.MANAGE_ORDERS`).
HANDLES: dict[Role, tuple[Class, ...]] = {
    "user": (),
    "auditor": (),
    "helper": ("U1", "S1"),
    "moderator": _ALL_BUT_APPEALS,
    "legal": _ALL_BUT_APPEALS,
    "senior": RANKING,
    "lead": RANKING,
    "admin": RANKING,
}
OF_CATEGORY: dict[str, Class] = {"spam": "S1", "legal": "D1", "violation": "U1", "other": "U1"}


def class_of(source: Source, category: str, *, intimate: bool = False) -> Class:
    """Where a report belongs. What another server says of it never puts it above U1.

    Args:
        intimate: pictures without consent, or somebody's address: by whoever is concerned.
    """
    if source == "appeal":
        return "A1"
    if source == "authority":
        return "L0"
    if source == "host":
        return "H1"
    if source == "hash":
        return "V1"
    if source == "trusted":
        return "D1"
    if source == "flag":
        return "S1" if category == "spam" else "U1"
    return "N1" if intimate else OF_CATEGORY[category]


def due_of(
    klass: Class,
    received: int,
    *,
    times: Mapping[str, int] | None = None,
    letter: int | None = None,
    doxxing: bool = False,
) -> int:
    """When a case of this class has to be decided: computed once, when it is opened.

    Args:
        received: ms since 1970.
        times: what the settings say of some classes, ms.
        letter: the deadline that a host's letter names (ms since 1970), for H1.
        doxxing: for N1.
    """
    span = (times or {}).get(klass, CLOCKS[klass].act_by)
    if klass == "H1":
        given = LETTER if letter is None else max(0, letter - received)
        span = min(span, int(given * (1 - LETTER_KEEPS)))
    if klass == "N1" and doxxing:
        span = min(span, DOXXING)
    return received + span


@lru_cache(maxsize=4)
def times_of(settings: tuple[str, ...]) -> Mapping[str, int]:
    """What the setting `moderation_times` says, in ms by class: `U1=12` is twelve hours."""
    found = [class_hours(text) for text in settings]
    return {name: int(hours * HOUR) for name, hours in filter(None, found)}


def merged_due(dues: Iterable[int]) -> int:
    """The deadline of cases that become one: the earliest, never a later one."""
    return min(dues)


def slack(due: int, now: int, p80: int) -> int:
    """How long (ms) a case can still wait before somebody has to begin."""
    return due - now - p80


def p80_of(spans: Sequence[int], klass: Class) -> int:
    """How long four of five took (ms); what the class says as long as there are too few."""
    if len(spans) < ENOUGH:
        return CLOCKS[klass].p80
    return sorted(spans)[math.ceil(len(spans) * 0.8) - 1]


ENOUGH = 10  # cases of a class, before how long they took says something
LEASE = 10 * MINUTE
MOST_REMEMBERED = 100  # of somebody's last reports: their record
UNKNOWN_RECORD = 50  # percent; of whoever has too few


def record_of(led: int, closed: int) -> int:
    """How often (percent) what somebody reported led to something."""
    return UNKNOWN_RECORD if closed < 3 else round(100 * led / closed)


# --- decisions ------------------------------------------------------------------------------------

Act = Literal[
    "none",
    "warn",
    "label",
    "sensitive",
    "hide",
    "strip",
    "remove",
    "cover",
    "demote",
    "logout",
    "limit",
    "freeze",
    "suspend",
    "purge",
    "mail",
    "network",
    "server_media",
    "server_limit",
    "server_block",
]
ACTS: tuple[Act, ...] = get_args(Act)  # as they are done, and the gravest last
OF_POSTS = ("label", "sensitive", "hide", "strip", "remove")
# Of where an account comes from: the host of its mail, its network, its server.
AROUND = ("mail", "network", "server_media", "server_limit", "server_block")
OF_SERVER = ("server_media", "server_limit", "server_block")
OF_OURS = ("logout", "freeze", "purge", "mail", "network")  # nothing can be done so elsewhere
LASTING = ("strip", "remove", "logout")  # cannot be taken back
PURGE_AFTER = HOUR  # until then it can be, and whom it concerns gets the letter
# What Mastodon's measures are here, and what its apps call ours.
OF_MEASURE: dict[str, Act] = {
    "none": "warn",
    "sensitive": "cover",
    "disable": "freeze",
    "silence": "limit",
    "suspend": "suspend",
}
# How each is called in the log, and taking it back.
LOGGED: dict[Act, tuple[str, str]] = {
    "none": ("none", ""),
    "warn": ("none", ""),
    "label": ("label", "unlabel"),
    "sensitive": ("cover", "uncover"),
    "hide": ("hide", "show"),
    "strip": ("remove_media", ""),
    "remove": ("remove", ""),
    "cover": ("sensitive", "unsensitive"),
    "demote": ("demote", "undemote"),
    "logout": ("log_out", ""),
    "limit": ("silence", "unsilence"),
    "freeze": ("disable", "enable"),
    "suspend": ("suspend", "unsuspend"),
    "purge": ("purge", "keep"),
}
STRIKE: dict[Act, str] = {
    "none": "none",
    "warn": "none",
    "label": "mark_statuses_as_sensitive",
    "sensitive": "mark_statuses_as_sensitive",
    "hide": "delete_statuses",
    "strip": "delete_statuses",
    "remove": "delete_statuses",
    "cover": "sensitive",
    "demote": "silence",
    "logout": "none",
    "limit": "silence",
    "freeze": "disable",
    "suspend": "suspend",
    "purge": "suspend",
}
Ground = Literal["rules", "law"]
Outcome = Literal["uphold", "overturn", "change"]
APPEAL_TIME = 183 * DAY  # six months


_OF_HELPERS = ("none", "label", "sensitive")
_GRAVE = {"suspend": Permission.SUSPEND, "purge": Permission.DELETE_USER_DATA}


def needs(act: Act) -> Permission:
    """What a role must have to do it, or to take it back."""
    if act in AROUND:
        return Permission.MANAGE_FEDERATION if act in OF_SERVER else Permission.MANAGE_BLOCKS
    if act in _OF_HELPERS:
        return Permission.TRIAGE
    return _GRAVE.get(act, Permission.MANAGE_REPORTS)


def may(viewer: Viewer, act: Act) -> bool:
    """Whether the viewer's role may do it."""
    return permitted(viewer.role, needs(act))


class Deed(msgspec.Struct, frozen=True, array_like=True):
    """A measure in force. `before`: it was so already, and undoing it leaves it so."""

    act: Act
    target: int  # a post, an account, or the row of a rule about a server, a network or mail
    before: bool = False
    was: str = ""  # how it was before, where that is more than a yes or no


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of reasons as it is kept; `text` is all of it, in its reader's language."""

    text: str
    facts: str
    ground: Ground
    policy: tuple[str, ...] = ()  # ids of rules
    category: str = ""  # in the DSA database; "" = decided by a release before there was a choice


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who sent a notice without having an account, as far as they say."""

    name: str = ""
    email: str = ""
    about: str = ""  # the address they named


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case as stored."""

    id: int
    klass: Class
    state: State
    target: int | None
    received: int
    due: int
    first_look: int | None = None
    closed_at: int | None = None
    claimed_by: int | None = None
    claimed_at: int | None = None
    lease: int | None = None
    reach: int = 0
    record: int = UNKNOWN_RECORD
    into: int | None = None
    split_from: int | None = None
    appeal: int | None = None
    turn: int = 0

    def held_by(self, now: int) -> int | None:
        """Who has it just now."""
        return self.claimed_by if self.lease is not None and self.lease > now else None


# --- the log --------------------------------------------------------------------------------------

SALT = 16  # bytes


def commit(row: dict[str, Any], more: dict[str, Any]) -> tuple[bytes, bytes]:
    """What a leaf of the log holds of a row, and what is kept beside it to open that."""
    content = secrets.token_bytes(SALT) + msgspec.json.encode({**row, **more}, order="sorted")
    return sha256(content).digest(), content
