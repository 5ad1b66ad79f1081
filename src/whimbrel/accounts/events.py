"""What can be said to have happened between people. Ids only: events outlive an erasure."""

from typing import Literal

from whimbrel.core.outbox import Event


class AccountCreated(Event, frozen=True, kw_only=True):
    """Somebody signed up (or an administrator made the account)."""

    account: int


class ProfileChanged(Event, frozen=True, kw_only=True):
    """Name, bio, picture or a flag that others see."""

    account: int


class IndexableChanged(Event, frozen=True, kw_only=True):
    """Somebody lets their public posts be found by their words, or no longer; those after `after`
    are not looked at yet."""

    account: int
    after: int = 0


class AccountErased(Event, frozen=True, kw_only=True):
    """Gone for good: the keys are destroyed, name and profile are emptied, nobody can sign in.

    What hangs on the account is cleared away by whoever it belongs to; the empty row stays until
    then (`RowDue`), so that each can find its own.
    """

    account: int
    uri: str


class RowDue(Event, frozen=True, kw_only=True):
    """A clock: the empty row of an erased account, and whatever still hangs on it, goes now."""

    account: int


class SignUpLapses(Event, frozen=True, kw_only=True):
    """A clock: an account whose address was never confirmed is dropped."""

    account: int


class TiesLeft(Event, frozen=True, kw_only=True):
    """An erased account still follows or is followed."""

    account: int


class UploadsLeft(Event, frozen=True, kw_only=True):
    """An erased account still has files."""

    account: int


class AccessRevoked(Event, frozen=True, kw_only=True):
    """Streams of these tokens end; with `tokens` empty, all of the account's."""

    account: int
    tokens: tuple[int, ...] = ()


class AddressesAge(Event, frozen=True, kw_only=True):
    """A clock: addresses last seen on `day` become networks; later, the last of those go too."""

    day: int


class AppLapses(Event, frozen=True, kw_only=True):
    """A clock: an app with which nobody has signed in is dropped."""

    app: int


class FollowAsked(Event, frozen=True, kw_only=True):
    """A locked account has a request to answer."""

    follower: int
    followee: int


class Followed(Event, frozen=True, kw_only=True):
    """A follow stands, asked for or not."""

    follower: int
    followee: int


class Unfollowed(Event, frozen=True, kw_only=True):
    """A follow, or the asking, ended: by either side, or by a block."""

    follower: int
    followee: int


class Blocked(Event, frozen=True, kw_only=True):
    """`account` blocks `target`."""

    account: int
    target: int


class Unblocked(Event, frozen=True, kw_only=True):
    """`account` blocks `target` no more."""

    account: int
    target: int


class AccountMoved(Event, frozen=True, kw_only=True):
    """Whoever `account` is goes on as `target`."""

    account: int
    target: int


class MoveSlice(Event, frozen=True, kw_only=True):
    """More of ours had something to do (`kind`, as in `queries.moving`) with `account`, and have
    it with `target` next; those after `after`."""

    account: int
    target: int
    kind: Literal["follows", "blocks", "mutes", "notes"]
    after: int = 0


class FollowMoved(Event, frozen=True, kw_only=True):
    """`follower` follows `target`, or asked to, in the place of `account`, whom they follow yet."""

    follower: int
    account: int
    target: int


class DomainBlocked(Event, frozen=True, kw_only=True):
    """`account` blocks the server `domain`; said again while there are people to part from.
    `cause`: under which what is lost is kept; 0 = not begun."""

    account: int
    domain: str
    cause: int = 0


class FollowsRefused(Event, frozen=True, kw_only=True):
    """`account`, of another server, is suspended here and may follow nobody any more; said again
    while it does."""

    account: int
    cause: int


class TiesSevered(Event, frozen=True, kw_only=True):
    """All that was to end by `cause` has; those after `after` are not told yet."""

    cause: int
    after: int = 0


class Muted(Event, frozen=True, kw_only=True):
    """`account` mutes `target`."""

    account: int
    target: int


class MuteEnds(Event, frozen=True, kw_only=True):
    """A clock: emitted with a mute that is not for good, due when it is over."""

    account: int
    target: int


class Unlocked(Event, frozen=True, kw_only=True):
    """Whoever asked to follow need not be answered any more: they come in."""

    account: int


class Reported(Event, frozen=True, kw_only=True):
    """`account` reported `target`, perhaps with posts of theirs. `report`: reports.id"""

    report: int
    account: int
    target: int


class StaffCalled(Event, frozen=True, kw_only=True):
    """`account`, one of the staff, is called to a case of this class that is due then (ms since
    1970). `link`: the secret of the call, sealed under their key. `practice`: which practice call
    it is; 0 = none, it is in earnest."""

    account: int
    klass: str
    due: int
    link: str
    at: int
    practice: int = 0


class CallHandedOver(Event, frozen=True, kw_only=True):
    """A push service took a practice call, `at` (ms since 1970)."""

    practice: int
    at: int


class AccountWarned(Event, frozen=True, kw_only=True):
    """Moderators decided something about `account`, and it is told. `strike`: strikes.id"""

    strike: int
    account: int


class StaffActed(Event, frozen=True, kw_only=True):
    """Something was decided in a room below the log of decisions, or on the command line.

    `by`: None = whoever runs the server. `kind`: what `target` is an id of. `at`: ms. `detail`:
    what else to know, with nobody's name or words in it.
    """

    at: int
    by: int | None
    action: str
    kind: str
    target: int
    detail: str = ""


class FarewellWanted(Event, frozen=True, kw_only=True):
    """Somebody was erased by the staff, or not let in: a letter tells them how to read the receipt.

    `kept` is what the letter needs, sealed by the key in `slot` (base64); see `farewell`.
    """

    account: int
    slot: int
    kept: str


class FarewellLapses(Event, frozen=True, kw_only=True):
    """Time to let go of the key in `slot`, whether the letter is out or not."""

    slot: int


class EmojisChanged(Event, frozen=True, kw_only=True):
    """The server's own little pictures are others now: accounts after `after` are made anew."""

    after: int = 0


class LetterWanted(Event, frozen=True, kw_only=True):
    """A letter has to be written to a user; the words are made when it is sent.

    `link` is what only this letter may tell, sealed under the author's slot (base64), for a job row
    is on the disk: the secret of a one-use link, or the former address that is told of a change.
    """

    account: int
    kind: str
    link: str = ""
