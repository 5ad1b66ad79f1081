"""What quotes are told about: somebody quoted one's post, or edited the post that one quotes."""

from whimbrel.accounts.rules import Viewer
from whimbrel.core.tx import Tx
from whimbrel.posts import queries as posts
from whimbrel.posts.events import PostEdited, PostQuoted
from whimbrel.posts.queries import quotes

from .events import QuotedSlice
from .notify import tell
from .queries import notifications as queries

SLICE = 200  # quotes looked at by one job


def tell_of_quote(tx: Tx, event: PostQuoted) -> None:
    """Handler: whoever wrote the quoted post hears of it, if the quote is theirs to see.

    Emits: Notified
    """
    asked = queries.author_of(tx, event.quoted, event.author)
    receivers = [who for who in asked if _sees(tx, who, event.post)]
    tell(tx, receivers, "quote", event.author, event.post, f"quote:{event.post}")


def tell_of_edit(tx: Tx, event: PostEdited) -> None:
    """Handler: whoever quotes what is now something else hears of it. Emits as `tell_slice`."""
    post = queries.about(tx, event.post)
    if post is not None:
        _tell(tx, event.post, event.author, post.rev, after=0)


def tell_slice(tx: Tx, event: QuotedSlice) -> None:
    """Handler: more of them.

    Emits: Notified; QuotedSlice
    """
    if queries.about(tx, event.post) is not None:
        _tell(tx, event.post, event.author, event.rev, event.after)


def _tell(tx: Tx, post: int, author: int, rev: int, after: int) -> None:
    found = quotes.of_quoted(tx, post, after, SLICE)
    for quote, quoter in found:
        receivers = [who for who in queries.person(tx, quoter, author) if _sees(tx, who, post)]
        key = f"quoted_update:{quote.post}:{rev}"
        tell(tx, receivers, "quoted_update", author, quote.post, key)
    if len(found) == SLICE:
        tx.emit(QuotedSlice(post=post, author=author, rev=rev, after=found[-1][0].post))


def _sees(tx: Tx, who: int, post: int) -> bool:
    return bool(posts.cards_of(tx, Viewer(account=who), [post]))
