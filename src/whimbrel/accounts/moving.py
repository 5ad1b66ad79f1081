"""Moving to another account: which are the same person's, where somebody went, and what goes with
them. Whether the other side says so too is found out before: see `federation`."""

from collections.abc import Callable, Sequence

from whimbrel.core.errors import Forbidden, Invalid, NotFound
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import block, follow, mute, note
from .events import AccountMoved, FollowMoved, MoveSlice, ProfileChanged
from .queries import graph, moving
from .queries.moving import Moved, Tie
from .relationships import NOTE
from .rules import Viewer

MOST_ALIASES = 10
_ROOM = 19_000  # letters of all their ids: what they are kept in holds 20,000, quotes and all
COOLDOWN = 30 * 86_400_000  # ms between two moves
SOME = 50  # people of one transaction

of = moving.read


def set_aliases(tx: Tx, viewer: Viewer, aliases: Sequence[str]) -> None:
    """Say which other accounts are the viewer's: from one of them they can move here.

    Args:
        aliases: ids of actors.
    Raises:
        Invalid: too many, or far too long ones.
    Emits: ProfileChanged
    """
    wanted = list(dict.fromkeys(aliases))
    if len(wanted) > MOST_ALIASES or sum(map(len, wanted)) > _ROOM:
        said = say("At most %(most)s other accounts can be named.", most=MOST_ALIASES)
        raise Invalid(said, {"also_known_as": [("ERR_MANY", said)]})
    moving.set_aliases(tx, viewer.id, wanted)
    tx.emit(ProfileChanged(account=viewer.id))


def check(moved: Moved, now: int) -> None:
    """Whether somebody may move. Raises Invalid: they did a short while ago.

    Args:
        now: ms.
    """
    if moved.at is not None and now - moved.at < COOLDOWN:
        said = say("You moved less than 30 days ago.")
        raise Invalid(said, {"moved_to": [("ERR_INVALID", said)]})


def move(tx: Tx, account: int, target: int) -> None:
    """Somebody goes to another account; who follows them here follows that one next.

    Raises:
        Invalid: they are there already, did so a short while ago, or it is the same account.
    Emits: AccountMoved, MoveSlice
    """
    tx.lock("move", account)
    old = moving.read(tx, account)
    if account == target or old.target == target:
        said = say("That is where you are.")
        raise Invalid(said, {"moved_to": [("ERR_INVALID", said)]})
    check(old, tx.ms)
    moving.move(tx, account, target)
    tx.emit(AccountMoved(account=account, target=target))
    tx.emit(MoveSlice(account=account, target=target, kind="follows"))


def come_back(tx: Tx, viewer: Viewer) -> None:
    """Somebody uses the account again that they left; who followed them away stays there. Where
    they did not leave, nothing happens.

    Emits: ProfileChanged
    """
    tx.lock("move", viewer.id)
    if moving.left(tx, viewer.id):
        moving.back(tx, viewer.id)
        tx.emit(ProfileChanged(account=viewer.id))


# --- what goes with them --------------------------------------------------------------------------


def carry(tx: Tx, event: MoveSlice) -> None:
    """Handler: the next of ours who follow, block or mute somebody who moved, or noted something
    about them, do the same with where they went.

    Emits: as `follow.follow`, `follow.end`, `block.block`, `mute.mute`; FollowMoved; MoveSlice
        while there is more
    """
    found = moving.tied(tx, event.kind, event.account, event.after, SOME)
    for who in found:
        if who != event.target:
            _CARRY[event.kind](tx, who, event.account, event.target)
    if len(found) == SOME:
        tx.emit(
            MoveSlice(account=event.account, target=event.target, kind=event.kind, after=found[-1])
        )
    elif event.kind != "notes":
        kinds = list(_CARRY)
        onward = kinds[kinds.index(event.kind) + 1]
        tx.emit(MoveSlice(account=event.account, target=event.target, kind=onward))


def _follow(tx: Tx, who: int, old: int, new: int) -> None:
    graph.lock(tx, who, old)
    wish = graph.standing(tx, who, old).follow
    if wish is None:
        return
    there = graph.standing(tx, who, new)
    if there.follow is None and there.request is None:
        languages = None if wish.languages is None else wish.languages.split()
        try:
            follow.follow(
                tx,
                Viewer(account=who),
                new,
                reblogs=wish.reblogs,
                notify=wish.notify,
                languages=languages,
            )
        except (Forbidden, NotFound, Invalid):  # one of the two wants nothing to do with the other,
            return  # or they follow as many as they may
    tx.emit(FollowMoved(follower=who, account=old, target=new))
    follow.end(tx, who, old)


def _block(tx: Tx, who: int, old: int, new: int) -> None:
    """Who follows the new account knows what they do."""
    if graph.standing(tx, who, new).follow is None:
        block.block(tx, Viewer(account=who), new)


def _mute(tx: Tx, who: int, old: int, new: int) -> None:
    found = moving.mute(tx, who, old)
    if found is None or moving.mute(tx, who, new) is not None:
        return
    notifications, until = found
    seconds = 0 if until is None else max(1, (until - tx.ms) // 1000)
    mute.mute(tx, Viewer(account=who), new, notifications, seconds)


def _note(tx: Tx, who: int, old: int, new: int) -> None:
    found = moving.note(tx, who, old)
    if found is None or moving.note(tx, who, new) is not None:
        return
    content, slot, author = found
    try:
        words = tx.unseal(Slot(slot, author, old, NOTE), content).decode()
    except Shredded:
        return
    note.write(tx, Viewer(account=who), new, words)


_CARRY: dict[Tie, Callable[[Tx, int, int, int], None]] = {
    "follows": _follow,
    "blocks": _block,
    "mutes": _mute,
    "notes": _note,
}
