"""A server is kept away because a list says so, and how it was before is kept for whoever undoes
it.

What the operator did themselves is theirs: no list touches it (`servers.change_block`)."""

from typing import Any

import msgspec

from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Conflict
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import servers
from .queries import lists as queries
from .queries import servers as stored
from .queries.lists import Change
from .servers import BlockForm


class Source(msgspec.Struct, frozen=True):
    """Because of which list (None = it was left since), and within which use of the lists (None =
    one is being undone)."""

    list: int | None
    use: int | None = None


def adopt(
    tx: Tx, viewer: Viewer, form: BlockForm, block: int | None, source: Source
) -> dict[str, Any]:
    """Keep a server away, or otherwise than before (`block`), as a list says.

    Raises:
        Conflict: the list was left, the use undone, or the block is the operator's own by now.
        And as `servers.add_block`, `servers.change_block`.
    Emits: as those
    """
    listed, use = source.list, source.use
    old = None if block is None else queries.source(tx, block)
    left = use is not None and (
        listed is None or queries.find(tx, listed) is None or not queries.can_go_on(tx, use)
    )
    if left or (block is not None and old is None):
        raise Conflict(say("It cannot be done any more."))
    before = None if block is None else stored.block(tx, block)
    if block is None:
        made = servers.add_block(tx, viewer, form)
    else:
        made = servers.change_block(tx, viewer, block, form)
    id_ = int(made["id"])
    if listed is not None and queries.find(tx, listed) is not None:
        queries.note(tx, id_, listed)
    if use is not None:
        kind: queries.Kind = "add" if block is None else "change"
        queries.keep(tx, Change(new_id(tx.now), use, kind, made["domain"], id_, before, old))
    return made


def lift(tx: Tx, viewer: Viewer, block: int, use: int) -> None:
    """Let a server come near that no list names any more. Raises Forbidden, NotFound.

    Emits: as `servers.remove_block`
    """
    before, old = stored.block(tx, block), queries.source(tx, block)
    servers.remove_block(tx, viewer, block)
    if before is not None:
        queries.keep(tx, Change(new_id(tx.now), use, "lift", before.domain, block, before, old))
