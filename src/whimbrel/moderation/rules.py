"""Values of reports and decisions, and who may decide what."""

from typing import Literal, NamedTuple

import msgspec

from whimbrel.accounts.rules import Permission, Role, Viewer, outranks, permitted
from whimbrel.core.errors import Forbidden

Category = Literal["spam", "legal", "violation", "other"]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report as stored, with the comment unsealed."""

    id: int
    account: int
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
