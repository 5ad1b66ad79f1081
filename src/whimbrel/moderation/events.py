"""What can be said to have happened at the desk. Ids only.

That somebody was reported is said in `accounts.events`: notifications, which tell the staff, stand
beside this room and cannot import it."""

from whimbrel.accounts.events import Reported
from whimbrel.core.outbox import Event

__all__ = [
    "BulkSlice",
    "BulkUndone",
    "CaseClock",
    "CheckpointDue",
    "ComplaintPictured",
    "ComplaintReceived",
    "ComplaintUnread",
    "HoldLapses",
    "HoldMade",
    "HoldWanted",
    "KnownAgain",
    "KnownWanted",
    "ListDue",
    "MailboxDue",
    "Paged",
    "PracticeCalled",
    "PracticeClock",
    "ProposalDue",
    "PurgeDue",
    "ReplyApproved",
    "Reported",
    "RuleHit",
    "ServerCutOff",
    "ServerJudged",
    "ServerReleased",
    "SilenceEnds",
]


class ServerJudged(Event, frozen=True, kw_only=True):
    """A server is kept at a distance (`block`: blocked_servers.id), or at another than before;
    its people after `after` are not yet limited or suspended with it."""

    block: int
    after: int = 0


class ServerCutOff(Event, frozen=True, kw_only=True):
    """All people of a suspended server are suspended, and follows of them, or by them, end; said
    again while there are more."""

    block: int
    cause: int


class ServerReleased(Event, frozen=True, kw_only=True):
    """A server may come nearer again: who was limited or suspended with it, at `since` (ms), is no
    more; those after `after` still are."""

    domain: str
    since: int
    after: int = 0


class ListDue(Event, frozen=True, kw_only=True):
    """A list of servers that others keep is read; said again for the next day. `turn`: how often
    its clock was set until then."""

    list: int
    turn: int


class CheckpointDue(Event, frozen=True, kw_only=True):
    """The log is signed as it is now; said again for the next hour. `turn`: of which start of the
    server, so that only one such clock runs."""

    turn: int


class CaseClock(Event, frozen=True, kw_only=True):
    """A rung of a case's ladder is reached. `turn`: how often its clock was set until then; it is
    set again with every change of class or deadline."""

    case: int
    turn: int


class PurgeDue(Event, frozen=True, kw_only=True):
    """An account is erased now, unless the decision of `at` (ms) was taken back."""

    account: int
    at: int


class ProposalDue(Event, frozen=True, kw_only=True):
    """What waits for a second person is done now, for there is none."""

    proposal: int


class BulkSlice(Event, frozen=True, kw_only=True):
    """A decision of many cases is carried out of some more."""

    bulk: int


class BulkUndone(Event, frozen=True, kw_only=True):
    """It is taken back of some more."""

    bulk: int


class RuleHit(Event, frozen=True, kw_only=True):
    """A rule of the operator's holds of a post."""

    rule: int
    post: int


class Paged(Event, frozen=True, kw_only=True):
    """Somebody is called, by each channel there is. `link` is the secret of the page's link, sealed
    with the page's own key."""

    page: int
    link: str


class PracticeClock(Event, frozen=True, kw_only=True):
    """A rung of a practice call is reached, or its end."""

    practice: int


class PracticeCalled(Event, frozen=True, kw_only=True):
    """Somebody is called for practice, by one way. `call`: practice_calls.id"""

    call: int


class ComplaintReceived(Event, frozen=True, kw_only=True):
    """A letter was taken in as it came, and has to be read."""

    complaint: int


class ComplaintUnread(Event, frozen=True, kw_only=True):
    """The time is over in which somebody should have said by when a letter wants an answer."""

    complaint: int


class ComplaintPictured(Event, frozen=True, kw_only=True):
    """A letter has pictures: those of ours that are like them are looked for."""

    complaint: int


class ReplyApproved(Event, frozen=True, kw_only=True):
    """Somebody else than its writer has read an answer to a letter: it can go."""

    reply: int


class HoldWanted(Event, frozen=True, kw_only=True):
    """A grave case is about more than is sealed in one transaction: the rest follows."""

    case: int


class HoldMade(Event, frozen=True, kw_only=True):
    """Evidence is sealed, and has to be laid into the vault with its files."""

    hold: int


class HoldLapses(Event, frozen=True, kw_only=True):
    """The time is over for which a sealed copy is kept."""

    hold: int


class SilenceEnds(Event, frozen=True, kw_only=True):
    """An order forbade to tell whom a case is about; from now on they may be told."""

    case: int


class MailboxDue(Event, frozen=True, kw_only=True):
    """The mailbox of letters is looked into; said again for the next minute. `turn`: as in
    `CheckpointDue`."""

    turn: int


class KnownWanted(Event, frozen=True, kw_only=True):
    """A picture is held against the lists of those that nobody may be given."""

    media: int


class KnownAgain(Event, frozen=True, kw_only=True):
    """There is more on these lists: what is here already is held against them; said again for the
    files after `after`."""

    after: int = 0
