"""Quotes across servers: somebody elsewhere wants to quote one of ours, or answers one of ours.

Source: FEP-044f"""

from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts import quote as quoting
from whimbrel.posts.queries import acts, receiving
from whimbrel.posts.queries import quotes as kept
from whimbrel.posts.rules import Arrived, QuoteState, may_quote

from .. import notes, people, reading, stamps
from ..incoming.values import web_address
from ..outgoing import quotes as outgoing
from ..queries import quotes
from ..rules import REQUEST, Activity, Note
from .apply import Apply, doer


async def request(app: App, activity: Activity) -> Apply | None:
    """They want to quote a post of ours: it is decided at once, by who may.

    Raises:
        NotFound: none of ours, or not what their post says that it quotes.
    """
    uri = reading.id_of(activity.about)
    if uri is None or notes.our_post(app.instance, uri) is None:
        raise NotFound
    quoted = await app.db.read(notes.known, uri)
    note = await notes.embedded(app, activity.said.get("instrument"), activity.actor)
    if quoted is None or note.quote != uri:
        raise NotFound
    viewer = await doer(app, activity)

    def apply(tx: Tx) -> None:
        owner = acts.subject(tx, viewer, quoted).author
        agreed = _agreed(tx, viewer, quoted, note)
        outgoing.answer(tx, owner, viewer.id, activity.id, (note.id, uri), agreed)

    return apply


def _agreed(tx: Tx, viewer: Viewer, quoted: int, note: Note) -> int | None:
    """The id of the post that may quote; None = it may not."""
    subject = acts.subject(tx, viewer, quoted)
    if subject.boost is not None or not may_quote(viewer, kept.terms(tx, viewer.id, quoted)):
        return None
    post = notes.store(tx, note, new=notes.concerns(tx, note))
    quote = kept.of_post(tx, post)
    if quote is None or quote.quoted != quoted:
        return None
    return post if quoting.accept(tx, post, viewer.id, None) else None


def is_answer(app: App, activity: Activity) -> bool:
    """Whether something is an answer to somebody of ours who wants to quote."""
    return _asking(app, activity) is not None


def _asking(app: App, activity: Activity) -> tuple[int, int] | None:
    """Author and id of the post of ours that wants to quote."""
    about = activity.first
    uri = reading.id_of(about) or ""
    if isinstance(about, dict) and reading.type_of(about) == "QuoteRequest":
        uri = reading.id_of(about.get("instrument")) or uri.removesuffix(REQUEST)
    elif uri.endswith(REQUEST):
        uri = uri.removesuffix(REQUEST)
    else:
        return None
    return notes.our_post(app.instance, uri)


async def accept(app: App, activity: Activity) -> Apply | None:
    """They agree, and say where they do: it is looked at there.

    Raises:
        NotFound: nobody asked them, or it is not true.
        Unreachable: it cannot be looked at just now; it is tried again.
    """
    asked = await app.db.read(_asked, _asking(app, activity), activity.actor)
    stamp = web_address(reading.id_of(activity.said.get("result")))
    if stamp is None or not await stamps.holds(
        app, stamp, activity.actor, asked.quoting, asked.quoted
    ):
        raise NotFound

    def apply(tx: Tx) -> None:
        if quoting.accept(tx, asked.post, asked.author, stamp):
            outgoing.changed(tx, asked.post, asked.author)

    return apply


async def reject(app: App, activity: Activity) -> Apply | None:
    """They do not agree, or no more. Raises NotFound: nobody asked them."""
    asked = await app.db.read(_asked, _asking(app, activity), activity.actor)

    def apply(tx: Tx) -> None:
        if quoting.refuse(tx, asked.post):
            outgoing.changed(tx, asked.post, asked.author)

    return apply


def _asked(tx: Tx, post: tuple[int, int] | None, actor: str) -> quotes.Asked:
    found = None if post is None else quotes.asked(tx, post[1])
    if found is None or post is None or (found.author, found.owner) != (post[0], actor):
        raise NotFound
    return found


def withdrawn(tx: Tx, stamp: str, actor: str) -> None:
    """They deleted that by which quotes stand: these are shown no more."""
    owner = people.known(tx, actor)
    for each in kept.stamped(tx, stamp):
        if each.author == owner and quoting.refuse(tx, each.post):
            author = quotes.ours(tx, each.post)
            if author is not None:
                outgoing.changed(tx, each.post, author)


def stamped(tx: Tx, arrived: Arrived) -> None:
    """A post that waited for whoever it quotes brings their agreement."""
    post, quoted = receiving.by_uri(tx, arrived.uri), arrived.quoted
    if post is None or quoted is None or quoted.state is not QuoteState.ACCEPTED:
        return
    quote = kept.of_post(tx, post)
    if quote is not None and quote.quoted == quoted.post:
        quoting.accept(tx, post, arrived.author, quoted.stamp)
