"""What closes a status, where readers differ: what they did with it, whether they may quote it, and
what it quotes as far as they may see that."""

from collections.abc import Mapping

from . import queries
from .queries.quotes import Told
from .render import Rendered
from .rules import Approval, Mark, QuoteState

_FAVOURITED, _BOOSTED, _BOOKMARKED, _PINNED = (1 << mark for mark in Mark)
PLAIN = (1 << queries.VOTES) - 1  # the bits of Card.marks beside the votes

_ALLOWED = {Approval.EVERYBODY: b'"public"', Approval.FOLLOWERS: b'"followers"'}
_ALLOWED[Approval.FOLLOWED] = _ALLOWED[Approval.FOLLOWERS]
_CLOSES = b',"quote_approval":'  # what begins the end of every status


def _approval(approval: Approval, marks: int) -> bytes:
    """Mastodon's QuoteApproval, as it stands with somebody who has these marks."""
    own = marks != queries.STRANGER and bool(marks & queries.OWN)
    if own:
        may = approval is not Approval.NEVER
    else:
        may = approval in (Approval.EVERYBODY, Approval.FOLLOWED) and marks != queries.STRANGER
    return _CLOSES + b'{"automatic":[%b],"manual":[],"current_user":"%b"}' % (
        _ALLOWED.get(approval, b""),
        b"automatic" if may else b"denied",
    )


def end(approval: Approval, marks: int, filtered: bytes = b"[]") -> bytes:
    """For somebody signed in."""
    pinned = b',"pinned":%b' % _truth(marks & _PINNED) if marks & queries.OWN else b""
    return b'%b,"favourited":%b,"reblogged":%b,"muted":%b,"bookmarked":%b%b,"filtered":%b}' % (
        _approval(approval, marks),
        _truth(marks & _FAVOURITED),
        _truth(marks & _BOOSTED),
        _truth(marks & queries.THREAD_MUTED),
        _truth(marks & _BOOKMARKED),
        pinned,
        filtered,
    )


# A reader chose what becomes of a label; so ends what is told of a labelled post. It is JSON still.
HIDDEN, SHOWN = b" ", b"  "


def shows(filtered: bytes | None) -> bool:
    """Whether the reader wants to know nothing of the label."""
    return filtered is not None and filtered.endswith(SHOWN)


def with_label(label: bytes, filtered: bytes | None) -> bytes:
    """What the reader's own filters caught, and before it what the staff says of the post, unless
    the reader chose something else for that."""
    if filtered is not None and filtered.endswith(HIDDEN):
        return filtered
    more = b"" if filtered is None else filtered[1:-1]
    return b"[%b]" % b",".join(filter(None, (label, more)))


def with_filtered(status: bytes, told: bytes, *, boost: bool) -> bytes:
    """A status as it stands for all, with what somebody's filters say of it.

    Args:
        boost: there is another one inside, which they catch as well.
    """
    more = b',"filtered":%b}' % told
    if boost:  # what closes it holds nobody's words, so it is the last that looks like this
        at = status.rindex(_CLOSES) - 1
        status = b"".join((status[:at], more, status[at + 1 :]))
    return status[:-1] + more


def _truth(value: int) -> bytes:
    return b"true" if value else b"false"


# By approval; of who is signed in, by their marks, too.
STRANGERS = tuple(_approval(approval, queries.STRANGER) + b"}" for approval in Approval)
ENDS = tuple(tuple(end(approval, marks) for marks in range(PLAIN + 1)) for approval in Approval)


def poll(poll: Rendered, marks: int, ms: int) -> bytes:
    """What closes a poll: whether it is over, and what the viewer voted."""
    over = poll.closed or (poll.poll_until is not None and poll.poll_until <= ms)
    expired = b',"expired":%b' % _truth(over)
    if marks == queries.STRANGER:
        return expired + b"}"
    votes = marks >> queries.VOTES
    chosen = b",".join(b"%d" % each for each in range(poll.options) if votes >> each & 1)
    voted = _truth(votes or marks & queries.OWN)
    return b'%b,"voted":%b,"own_votes":[%b]}' % (expired, voted, chosen)


def quote(told: Told | None, shown: Mapping[int, bytes], name: str) -> bytes:
    """Mastodon's Quote, or its ShallowQuote.

    Args:
        told: how it stands; None where who wrote the quoted post is no more.
        shown: the quoted posts that the reader may see, as what goes under `name`.
    """
    state, value = "deleted", b"null"
    if told is not None and told.state is not QuoteState.ACCEPTED:
        state = told.state.word
    elif told is not None and told.quoted is not None:
        state, value = "unauthorized", shown.get(told.quoted, value)
        if told.quoted in shown:
            state = told.aside or "accepted"
    return b',"quote":{"state":"%b","%b":%b}' % (state.encode(), name.encode(), value)
