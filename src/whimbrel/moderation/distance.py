"""What follows for people of a server that is kept at a distance: they are limited or suspended as
it is, and follows between them and ours end where it is suspended. A handler takes some at a time.

Who of them was limited or suspended before, by name, stays so when the server comes near again:
their times are others."""

from whimbrel.accounts import sever
from whimbrel.accounts.queries import severed, strikes
from whimbrel.accounts.queries.severed import Cause
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.media import away
from whimbrel.media import queries as media

from .events import ServerCutOff, ServerJudged, ServerReleased
from .queries import servers

SOME = 50  # people of one transaction


def judge(tx: Tx, event: ServerJudged) -> None:
    """Handler: the next people of a server stand as it does; copies of files that are rejected go.

    Emits: ServerJudged again while there are more; then ServerCutOff, where it is suspended;
        FilesForgotten
    Source: Mastodon, BlockDomainService
    """
    block = servers.block(tx, event.block)
    if block is None or (block.severity == "noop" and not block.reject_media):
        return
    suspends = block.severity == "suspend"
    found = severed.people_of(tx, block.domain, event.after, SOME)
    for account, suspended_at, silenced_at in found:
        if suspends and suspended_at is None:
            _suspend(tx, account, block.id >> 16)
        elif block.severity == "silence" and silenced_at is None:
            strikes.stand(tx, account, "silenced_at", block.id >> 16)
        if block.reject_media:
            away.refuse(tx, account)
    if len(found) == SOME:
        tx.emit(ServerJudged(block=block.id, after=found[-1][0]))
    elif suspends:
        tx.emit(ServerCutOff(block=block.id, cause=new_id(tx.now)))


def cut_off(tx: Tx, event: ServerCutOff) -> None:
    """Handler: the next follows and requests between its people and ours end.

    Emits: Unfollowed for each, ServerCutOff again while there are more, at last TiesSevered
    """
    block = servers.block(tx, event.block)
    pairs = []
    if block is not None and block.severity == "suspend":
        pairs = severed.tied(tx, block.domain, SOME)
        sever.part(tx, Cause(event.cause, "domain_block", domain=block.domain), pairs)
    if len(pairs) == SOME:
        tx.emit(event)
    else:
        sever.tell(tx, event.cause)


def release(tx: Tx, event: ServerReleased) -> None:
    """Handler: the next of those who were limited or suspended with a server, or whose files were
    rejected, are no more.

    Emits: ServerReleased again while there are more
    """
    block = servers.block_of(tx, event.domain)
    now = block.severity if block is not None and block.id >> 16 == event.since else ""
    shows = block is None or not block.reject_media
    found = severed.people_of(tx, event.domain, event.after, SOME)
    for account, suspended_at, silenced_at in found:
        if suspended_at == event.since and now != "suspend":
            _suspend(tx, account, None)
        elif suspended_at is None and shows:
            media.withhold(tx, account, False)
        if silenced_at == event.since and now != "silence":
            strikes.stand(tx, account, "silenced_at", None)
    if len(found) == SOME:
        tx.emit(ServerReleased(domain=event.domain, since=event.since, after=found[-1][0]))


def _suspend(tx: Tx, account: int, since: int | None) -> None:
    strikes.stand(tx, account, "suspended_at", since)
    media.withhold(tx, account, since is not None)
