"""What the lists would change: new servers, others than before, and those that a list named and
names no more. Somebody of the staff does it, all or some, and can undo it for a day.

The first list that names a server decides; what the operator did themselves stands."""

from collections.abc import Collection
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

import msgspec

from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Conflict, NotFound
from whimbrel.core.ids import millis, new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .. import adopt, blocklist, eyes, servers
from ..adopt import Source
from ..blocklist import Row
from ..queries import decisions
from ..queries import eyes as proposals
from ..queries import lists as queries
from ..queries import servers as stored
from ..queries.lists import Change, Kind, Use
from ..rules import ServerBlock, require
from ..servers import BlockForm
from .book import KIND, NEEDS

MOST = 100  # done at once
UNDO = timedelta(hours=24)
_rows = msgspec.json.Decoder(list[Row]).decode


class Draft(NamedTuple):
    """What a list would change. `row`: None = it is let come near; `now`: None = it is near."""

    kind: Kind
    domain: str
    list: int
    row: Row | None
    now: ServerBlock | None
    people: int  # known
    following: int  # follows of theirs by ours
    followers: int
    cut: int  # follows that end
    waits: bool  # for a second person


class Done(NamedTuple):
    """What came of it. `use`: 0 = there was nothing to do."""

    use: int
    done: int = 0
    waiting: int = 0


def drafts(tx: Tx, viewer: Viewer) -> list[Draft]:
    """All of them, by kind and name. Counts rows. Raises Forbidden."""
    require(viewer, NEEDS)
    wanted, there = _wanted(tx), {each.domain: each for each in blocklist.every(tx)}
    sources, reach, asked = queries.sources(tx), blocklist.reach(tx), _asked(tx)
    found: list[tuple[Kind, str, int, Row | None]] = []
    for domain, (source, row) in wanted.items():
        now = there.get(domain)
        if now is None:
            found.append(("add", domain, source, row))
        elif now.id in sources and not _same(now, row):
            found.append(("change", domain, source, row))
    for domain, now in there.items():
        if now.id in sources and domain not in wanted:
            found.append(("lift", domain, sources[now.id], None))
    made = []
    for kind, domain, source, new in sorted(found, key=lambda each: each[:2]):
        old, tied = there.get(domain), reach.get(domain, (0, 0, 0))
        ends = new is not None and new.severity == "suspend"
        ended = old is not None and old.severity == "suspend"
        cut = tied[1] + tied[2] if ends and not ended else 0
        made.append(Draft(kind, domain, source, new, old, *tied, cut, domain in asked))
    return made


def _wanted(tx: Tx) -> dict[str, tuple[int, Row]]:
    """By server: what the first list that names it says."""
    out = set(queries.excluded(tx))
    found: dict[str, tuple[int, Row]] = {}
    for id_, content in queries.contents(tx):
        for row in _rows(content):
            if row.domain not in out and not tx.instance.is_own(row.domain):
                found.setdefault(row.domain, (id_, row))
    return found


def _asked(tx: Tx) -> set[str]:
    """Servers about which a second person is asked."""
    wishes = map(eyes.wish_of, proposals.waiting(tx, 1000))
    return {wish.form.domain for wish in wishes if isinstance(wish, eyes.Block)}


def _same(now: ServerBlock, row: Row) -> bool:
    said = (now.severity, now.reject_media, now.reject_reports, now.public_comment or "")
    return said == tuple(row[1:])


def digest(found: list[Draft]) -> str:
    """What somebody saw, so that nothing else is done in its place."""
    seen = [(each.kind, each.domain, each.list, each.row) for each in found]
    return sha256(msgspec.json.encode(seen)).hexdigest()[:32]


def apply(tx: Tx, viewer: Viewer, chosen: Collection[str] | None = None, seen: str = "") -> Done:
    """Do what the lists say: about the servers chosen, or all; at most `MOST` at once, the rest
    stay drafts. What costs many follows waits for a second person, server by server.

    Args:
        seen: `digest` of what was shown.
    Raises:
        Forbidden: the viewer's role may not.
        Conflict: the lists say something else by now.
    Emits: as `servers.add_block`, `change_block`, `remove_block`; ProposalDue
    """
    tx.lock("block lists", 0)
    found = drafts(tx, viewer)
    if seen and seen != digest(found):
        raise Conflict(say("The lists changed meanwhile. Look at them again."))
    some = [each for each in found if not each.waits and (chosen is None or each.domain in chosen)][
        :MOST
    ]
    if not some:
        return Done(0)
    use = new_id(tx.now)
    queries.begin(tx, use, viewer.account)
    detail = f"{len(some)} servers"
    decisions.add(tx, viewer.account, "apply", KIND, use, detail=detail)
    waiting = sum(not _applied(tx, viewer, each, use) for each in some)
    return Done(use, len(some) - waiting, waiting)


def _applied(tx: Tx, viewer: Viewer, draft: Draft, use: int) -> bool:
    """Do it; False where it waits."""
    block = None if draft.now is None else draft.now.id
    if draft.row is not None:
        form = BlockForm(**draft.row._asdict())
        wish = eyes.Block(form, block, Source(draft.list, use))
        return eyes.through(tx, viewer, wish).proposal is None
    if block is not None:
        adopt.lift(tx, viewer, block, use)
    return True


def undoable(tx: Tx, viewer: Viewer) -> list[Use]:
    """What can be undone still, the newest first. Raises Forbidden."""
    require(viewer, NEEDS)
    return queries.uses(tx, millis(tx.now - UNDO))


def undo(tx: Tx, viewer: Viewer, use: int) -> Done:
    """Make it as it was before, but for what somebody changed since; follows that ended stay ended.

    Raises:
        Forbidden: the viewer's role may not.
        NotFound: nothing was done then, or longer ago than a day, or it is undone.
    Emits: as `servers.add_block`, `change_block`, `remove_block`; ProposalDue
    """
    tx.lock("block lists", 0)
    if use not in [each.id for each in undoable(tx, viewer)]:
        raise NotFound
    queries.undo(tx, use)
    decisions.add(tx, viewer.account, "undo", KIND, use)
    back = [_taken_back(tx, viewer, each) for each in queries.changes(tx, use)]
    return Done(use, back.count("done"), back.count("waits"))


def _taken_back(tx: Tx, viewer: Viewer, change: Change) -> str:
    now = stored.block_of(tx, change.domain)
    if change.kind == "lift":
        if now is not None:
            return "stays"
        block = None
    elif now is None or now.id != change.block or queries.source(tx, now.id) is None:
        return "stays"
    else:
        block = now.id
    if change.before is None:
        servers.remove_block(tx, viewer, change.block)
        return "done"
    wish = eyes.Block(_form_of(change.before), block, Source(change.list))
    return "done" if eyes.through(tx, viewer, wish).proposal is None else "waits"


def _form_of(block: ServerBlock) -> BlockForm:
    return BlockForm(
        domain=block.domain,
        severity=block.severity,
        reject_media=block.reject_media,
        reject_reports=block.reject_reports,
        public_comment=block.public_comment or "",
    )
