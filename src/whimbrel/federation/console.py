"""What the commands say and do about other servers: as whoever runs the machine, who may do all."""

from datetime import UTC, datetime

from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.tx import Tx
from whimbrel.moderation import blocklist
from whimbrel.moderation import servers as kept
from whimbrel.moderation.queries import decisions
from whimbrel.moderation.queries import servers as stored
from whimbrel.moderation.servers import BlockForm

from . import relays as relaying
from . import servers
from .queries import relays as asked
from .queries import servers as queries
from .rules import origin_of

RUNS = Viewer(role="admin")


def when(ms: int | None) -> str:
    """A time as it is printed."""
    return "-" if ms is None else f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M}"


def away(tx: Tx) -> list[str]:
    """Servers that do not answer, a line each."""
    return [
        f"{origin}  {failures} times in a row, since {when(since)}"
        for origin, failures, since in queries.away(tx, 1000)
    ]


def show(tx: Tx, domain: str) -> list[str]:
    """How things stand with a server. Raises NotFound."""
    found = servers.look(tx, RUNS, domain)
    block = stored.block_of(tx, domain)
    lines = [
        f"runs              {found.software or '-'}",
        f"last heard of     {when(found.seen_at)}",
        f"people known      {found.people}",
        f"followed          {found.following}",
        f"following         {found.followers}",
        f"reports           {found.reports} about its people, {found.reported} from there",
        f"kept away         {block.severity if block else 'no'}",
    ]
    for each in found.queues:
        lines.append(f"waiting           {each.waiting} at {each.origin}")
        if each.failures:
            lines.append(f"does not answer   {each.failures} times, since {when(each.since)}")
            lines.append(f"next call         {when(each.next)}")
    return lines


def retry(tx: Tx, domain: str) -> int:
    """Call on a server now."""
    return servers.retry(tx, RUNS, domain)


def block(tx: Tx, form: BlockForm) -> None:
    """Keep a server away, or otherwise than before. Raises Invalid. Emits as `add_block`."""
    old = stored.block_of(tx, form.domain.strip().lower())
    if old is None:
        kept.add_block(tx, RUNS, form)
    else:
        kept.change_block(tx, RUNS, old.id, form)


def unblock(tx: Tx, domain: str) -> None:
    """Let it come near. Raises NotFound. Emits as `remove_block`."""
    old = stored.block_of(tx, domain.strip().lower())
    if old is None:
        raise NotFound
    kept.remove_block(tx, RUNS, old.id)


def allow(tx: Tx, domain: str) -> None:
    """Let it in, where only some are. Raises Invalid."""
    kept.add_allow(tx, RUNS, domain)


def disallow(tx: Tx, domain: str) -> None:
    """Let it in no more. Raises NotFound."""
    old = stored.allow_of(tx, domain.strip().lower())
    if old is None:
        raise NotFound
    kept.remove_allow(tx, RUNS, old[0])


def relays(tx: Tx) -> list[str]:
    """Relays, and whether each said yes."""
    return [f"{each.inbox}  {each.actor or 'did not answer yet'}" for each in asked.every(tx)]


def ask_relay(tx: Tx, inbox: str) -> None:
    """Ask one to pass things on. Raises Invalid: no address; Conflict: it was asked before."""
    try:
        origin_of(inbox)
    except ValueError as error:
        raise Invalid("That is no address of an inbox.") from error
    relaying.ask(tx, inbox)
    decisions.add(tx, None, "ask_relay", "server", 0, detail=inbox)


def leave_relay(tx: Tx, inbox: str) -> None:
    """Be passed on nothing more. Raises NotFound."""
    relaying.leave(tx, inbox)
    decisions.add(tx, None, "leave_relay", "server", 0, detail=inbox)


def exported(tx: Tx) -> str:
    """All that are kept away, as CSV."""
    return blocklist.write(tx, RUNS)


def planned(tx: Tx, content: bytes) -> list[str]:
    """What a file would do, a line for each server. Raises Invalid."""
    lines = []
    for each in blocklist.plan(tx, RUNS, blocklist.read(content)):
        row = each.row
        stays = f"stays {each.now}" if each.now else row.severity
        lines.append(
            f"{row.domain}  {stays}  {each.people} known, {each.following} followed, "
            f"{each.followers} following"
        )
    return lines


def imported(tx: Tx, content: bytes) -> int:
    """Keep those of a file away that are not yet; how many. Raises Invalid."""
    return blocklist.bring(tx, RUNS, blocklist.read(content))
