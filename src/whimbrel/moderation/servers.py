"""Keeping other servers at a distance, or letting only some in. What follows for what they send is
for whoever receives it."""

from hashlib import sha256
from typing import Any, get_args

import msgspec

from whimbrel.accounts.barred import domain_of
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import iso, new_id
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .events import ServerJudged, ServerReleased
from .queries import decisions, lists
from .queries import servers as queries
from .rules import ServerBlock, Severity, Window, require

COMMENT_CHARS = 5000


class BlockForm(msgspec.Struct, kw_only=True):
    """What an app sends; what is left out stays as it is."""

    domain: str = ""
    severity: str | None = None
    reject_media: bool | None = None
    reject_reports: bool | None = None
    private_comment: str | None = None
    public_comment: str | None = None
    obfuscate: bool | None = None


def block_entity(block: ServerBlock) -> dict[str, Any]:
    """Source: Mastodon REST API, entity Admin::DomainBlock"""
    return {
        "id": str(block.id),
        "domain": block.domain,
        "digest": sha256(block.domain.encode()).hexdigest(),
        "created_at": iso(block.id >> 16),
        "severity": block.severity,
        "reject_media": block.reject_media,
        "reject_reports": block.reject_reports,
        "private_comment": block.private_comment,
        "public_comment": block.public_comment,
        "obfuscate": block.obfuscate,
    }


def allow_entity(allowed: tuple[int, str]) -> dict[str, Any]:
    """Source: Mastodon REST API, entity Admin::DomainAllow"""
    id_, domain = allowed
    return {"id": str(id_), "domain": domain, "created_at": iso(id_ >> 16)}


def blocks(tx: Tx, viewer: Viewer, window: Window) -> list[dict[str, Any]]:
    """A page of those kept at a distance. Raises Forbidden."""
    require(viewer, Permission.MANAGE_FEDERATION)
    return [block_entity(each) for each in queries.blocks(tx, window)]


def _block(tx: Tx, viewer: Viewer, id_: int) -> ServerBlock:
    require(viewer, Permission.MANAGE_FEDERATION)
    found = queries.block(tx, id_)
    if found is None:
        raise NotFound
    return found


def show_block(tx: Tx, viewer: Viewer, id_: int) -> dict[str, Any]:
    """One of them. Raises Forbidden, NotFound."""
    return block_entity(_block(tx, viewer, id_))


def block_for(tx: Tx, viewer: Viewer, domain: str) -> ServerBlock | None:
    """How a domain is kept away, if it is. Raises Forbidden."""
    require(viewer, Permission.MANAGE_FEDERATION)
    return queries.block_of(tx, domain)


def add_block(tx: Tx, viewer: Viewer, form: BlockForm) -> dict[str, Any]:
    """Keep a server at a distance.

    Raises:
        Forbidden: the viewer's role may not.
        Invalid: no domain, our own, one that is there already; an unknown severity.
    Emits: ServerJudged
    Source: Mastodon REST API, POST /api/v1/admin/domain_blocks
    """
    require(viewer, Permission.MANAGE_FEDERATION)
    new = ServerBlock(id=new_id(tx.now), domain=_domain(tx, form.domain))
    made = _changed(new, form)
    if not queries.add_block(tx, made):
        said = say("has already been taken")
        raise Invalid(f"Validation failed: Domain {said}", {"domain": [("ERR_TAKEN", said)]})
    detail = f"{made.domain} {made.severity}"
    decisions.add(tx, viewer.account, "create", "blocked_server", made.id, detail=detail)
    tx.emit(ServerJudged(block=made.id))
    return block_entity(made)


def change_block(tx: Tx, viewer: Viewer, id_: int, form: BlockForm) -> dict[str, Any]:
    """Keep it further away, or nearer; lists have no say in it any more. Raises: as `add_block`,
    and NotFound.

    Emits: ServerJudged, ServerReleased: where it is another distance, or for its files
    """
    old = _block(tx, viewer, id_)
    made = _changed(old, form)
    queries.change_block(tx, made)
    lists.forget(tx, id_)
    if made.severity != old.severity:
        tx.emit(ServerReleased(domain=old.domain, since=old.id >> 16))
        tx.emit(ServerJudged(block=made.id))
    elif made.reject_media and not old.reject_media:
        tx.emit(ServerJudged(block=made.id))
    elif old.reject_media and not made.reject_media:
        tx.emit(ServerReleased(domain=old.domain, since=old.id >> 16))
    detail = f"{made.domain} {made.severity}"
    decisions.add(tx, viewer.account, "update", "blocked_server", id_, detail=detail)
    return block_entity(made)


def remove_block(tx: Tx, viewer: Viewer, id_: int) -> None:
    """Let it come near; what ended stays ended. Raises Forbidden, NotFound.

    Emits: ServerReleased
    """
    old = _block(tx, viewer, id_)
    queries.remove_block(tx, id_)
    tx.emit(ServerReleased(domain=old.domain, since=old.id >> 16))
    decisions.add(tx, viewer.account, "destroy", "blocked_server", id_, detail=old.domain)


def _domain(tx: Tx, text: str) -> str:
    domain = domain_of(text)
    if domain is None or "." not in domain or tx.instance.is_own(domain):
        said = say("is invalid")
        raise Invalid(f"Validation failed: Domain {said}", {"domain": [("ERR_INVALID", said)]})
    return domain


def _changed(old: ServerBlock, form: BlockForm) -> ServerBlock:
    severity: Any = form.severity or old.severity
    if severity not in get_args(Severity):
        raise Invalid(say("'%(severity)s' is not a valid severity", severity=severity[:40]))
    given = {
        "severity": severity,
        "reject_media": form.reject_media,
        "reject_reports": form.reject_reports,
        "private_comment": _comment(form.private_comment),
        "public_comment": _comment(form.public_comment),
        "obfuscate": form.obfuscate,
    }
    said = {name: value for name, value in given.items() if value is not None}
    new = msgspec.structs.replace(old, **said)
    return msgspec.structs.replace(
        new,
        private_comment=new.private_comment or None,
        public_comment=new.public_comment or None,
    )


def _comment(text: str | None) -> str | None:
    if text is None:
        return None
    comment = tidy(text)
    if len(comment) > COMMENT_CHARS:
        raise Invalid(say("A comment has at most %(most)s characters.", most=COMMENT_CHARS))
    return comment


# --- those let in -------------------------------------------------------------------------------


def allows(tx: Tx, viewer: Viewer, window: Window) -> list[dict[str, Any]]:
    """A page of those let in. Raises Forbidden."""
    require(viewer, Permission.MANAGE_FEDERATION)
    return [allow_entity(each) for each in queries.allows(tx, window)]


def show_allow(tx: Tx, viewer: Viewer, id_: int) -> dict[str, Any]:
    """One of them. Raises Forbidden, NotFound."""
    require(viewer, Permission.MANAGE_FEDERATION)
    found = queries.allow(tx, id_)
    if found is None:
        raise NotFound
    return allow_entity(found)


def add_allow(tx: Tx, viewer: Viewer, text: str) -> dict[str, Any]:
    """Let a server in; once is enough. Raises Forbidden, Invalid."""
    require(viewer, Permission.MANAGE_FEDERATION)
    domain = _domain(tx, text)
    there = queries.allow_of(tx, domain)
    if there is not None:
        return allow_entity(there)
    made = (new_id(tx.now), domain)
    queries.add_allow(tx, *made)
    decisions.add(tx, viewer.account, "create", "allowed_server", made[0], detail=domain)
    return allow_entity(made)


def remove_allow(tx: Tx, viewer: Viewer, id_: int) -> None:
    """Let it in no more. Raises Forbidden, NotFound."""
    old = show_allow(tx, viewer, id_)
    queries.remove_allow(tx, id_)
    decisions.add(tx, viewer.account, "destroy", "allowed_server", id_, detail=old["domain"])
