"""Quoting: one post shows another, as long as whoever wrote that one lets it.

What is allowed is decided when the quote is written and can be taken back; whether a reader may see
the quoted post is asked each time it is shown."""

from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import queries
from .events import PostQuoted, QuoteAsked, QuoteRevoked
from .queries import acts, quotes, writing
from .queries.quotes import Quote
from .rules import (
    OPEN,
    Post,
    Quotable,
    Quoted,
    QuotePolicy,
    QuoteState,
    Visibility,
    may_quote,
)

Wanted = tuple[int, Quotable]  # the post to be quoted, and on which terms


def check(tx: Tx, viewer: Viewer, post_id: int) -> Wanted:
    """The post to quote; of a boost, what it repeats.

    Raises:
        NotFound: not the viewer's to see, or not to quote: the two are told in the same words.
    """
    subject = acts.subject(tx, viewer, post_id)
    terms = quotes.terms(tx, viewer.id, subject.id)
    if not may_quote(viewer, terms):
        raise NotFound
    return subject.id, terms


def level(wanted: Wanted | None, chosen: Visibility) -> Visibility:
    """Who may read the quoting post: what only followers may read is quoted for followers only."""
    if wanted is not None and wanted[1].visibility not in OPEN:
        return max(chosen, Visibility.PRIVATE)
    return chosen


def policy(wanted: QuotePolicy | None, default: QuotePolicy, visibility: Visibility) -> QuotePolicy:
    """Who may quote a post: nobody, where not everybody may read it."""
    if visibility not in OPEN:
        return QuotePolicy.NOBODY
    return default if wanted is None else wanted


def bind(tx: Tx, post: Post, wanted: Wanted) -> None:
    """Store that a new post quotes another; whoever wrote that elsewhere has to be asked.

    Emits: PostQuoted or QuoteAsked
    """
    quoted, terms = wanted
    if terms.elsewhere:
        quotes.add(tx, Quote(post.id, quoted, terms.author, QuoteState.PENDING))
        tx.emit(QuoteAsked(post=post.id, author=post.author, quoted=quoted))
        return
    quotes.add(tx, Quote(post.id, quoted, terms.author, QuoteState.ACCEPTED))
    writing.count(tx, quoted, quotes=+1)
    tx.emit(PostQuoted(post=post.id, author=post.author, quoted=quoted))


def arrive(tx: Tx, post: Post, quoted: Quoted, *, new: bool) -> None:
    """Store what a post of another server quotes. Args: `new`: it was just said.

    Emits: PostQuoted, where it is new and may
    """
    quotes.add(tx, Quote(post.id, quoted.post, quoted.author, quoted.state, quoted.stamp))
    if quoted.state is QuoteState.ACCEPTED:
        writing.count(tx, quoted.post, quotes=+1)
        if new:
            tx.emit(PostQuoted(post=post.id, author=post.author, quoted=quoted.post))


def accept(tx: Tx, quoting: int, author: int, stamp: str | None) -> bool:
    """Whoever wrote the quoted post agrees. Again: nothing happens.

    Args:
        author: of the post that quotes.
        stamp: where they say so, if they are elsewhere.
    Returns:
        Whether it is shown now: what was refused or taken back stays so.
    Emits: PostQuoted, where it changed
    """
    tx.lock("quote", quoting)
    quote = quotes.of_post(tx, quoting)
    if quote is None or quote.quoted is None:
        return False
    if quote.state is QuoteState.PENDING:
        quotes.set_state(tx, quoting, QuoteState.ACCEPTED, stamp)
        writing.count(tx, quote.quoted, quotes=+1)
        tx.emit(PostQuoted(post=quoting, author=author, quoted=quote.quoted))
        return True
    return quote.state is QuoteState.ACCEPTED


def refuse(tx: Tx, quoting: int) -> bool:
    """They do not agree, or no more. Again: nothing happens, and it is False."""
    tx.lock("quote", quoting)
    quote = quotes.of_post(tx, quoting)
    if quote is None or quote.state not in (QuoteState.PENDING, QuoteState.ACCEPTED):
        return False
    if quote.state is QuoteState.PENDING:
        quotes.set_state(tx, quoting, QuoteState.REJECTED)
        return True
    if quote.quoted is not None:
        writing.count(tx, quote.quoted, quotes=-1)
    quotes.set_state(tx, quoting, QuoteState.REVOKED)
    return True


def unbind(tx: Tx, post: int) -> None:
    """A post that may quote another goes: put that one's number right."""
    quote = quotes.of_post(tx, post)
    if quote is not None and quote.quoted is not None and quote.state is QuoteState.ACCEPTED:
        writing.count(tx, quote.quoted, quotes=-1)


def revoke(tx: Tx, viewer: Viewer, post_id: int, quoting: int) -> int:
    """Take one's own post out of a quote, for good. Again: nothing happens.

    Returns:
        The id of the post that quoted it.
    Raises:
        NotFound: not the viewer's, or nothing that quotes it and is theirs to see.
    Emits: QuoteRevoked, where it was shown
    Source: Mastodon REST API, POST /api/v1/statuses/:id/quotes/:quoting_status_id/revoke
    """
    tx.lock("quote", quoting)
    own = queries.own_post(tx, viewer, post_id)
    subject = acts.subject(tx, viewer, quoting)
    quote = quotes.of_post(tx, subject.id)
    if quote is None or quote.quoted != own.id:
        raise NotFound
    if quote.state is QuoteState.ACCEPTED:
        writing.count(tx, own.id, quotes=-1)
        quotes.set_state(tx, subject.id, QuoteState.REVOKED)
        tx.emit(QuoteRevoked(post=subject.id, author=subject.author, owner=own.author))
    return subject.id


def set_policy(tx: Tx, viewer: Viewer, post_id: int, wanted: QuotePolicy | None) -> int:
    """Say who may quote one's own post from now on; what quotes it already stays.

    Returns:
        Its id.
    Raises:
        NotFound: not the viewer's.
        Invalid: a boost; nothing wanted.
    Source: Mastodon REST API, PUT /api/v1/statuses/:id/interaction_policy
    """
    tx.lock("post", post_id)
    own = queries.own_post(tx, viewer, post_id)
    if own.boost_of is not None:
        raise Invalid(say("A boost has no policy of its own."))
    if wanted is None:
        said = say("must be public, followers or nobody")
        raise Invalid(
            f"Validation failed: Quote approval policy {said}",
            {"quote_approval_policy": [("ERR_BLANK", said)]},
        )
    new = policy(wanted, own.quote_policy, own.visibility)
    if new is not own.quote_policy:
        writing.set_policy(tx, own.id, new)
    return own.id
