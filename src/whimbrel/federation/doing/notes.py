"""Posts elsewhere are written, changed and deleted."""

from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx
from whimbrel.posts import delete as deleting
from whimbrel.posts import queries as posts
from whimbrel.posts import receive
from whimbrel.posts.queries import receiving

from .. import notes, people, reading
from ..incoming import mentions_of
from ..incoming.poll import read_votes
from ..queries import approvals, received
from ..queries import people as met
from ..rules import Activity, Note, same_origin
from . import actors, answers, polls, quotes
from .apply import Apply, doer


async def create(app: App, activity: Activity) -> Apply | None:
    """Somebody says something, or votes. What is nobody's business here is not kept."""
    votes = read_votes(activity.about, activity.actor)
    if votes is not None:
        return await polls.vote(app, activity, votes)
    note = await notes.embedded(app, activity.about, activity.actor)
    if not await app.db.read(notes.concerns, note):
        return None
    await doer(app, activity)
    if note.reply_to is not None:
        above = notes.Budget(notes.MOST_ABOVE, spare=True, besides=note.id)
        await notes.fetched(app, note.reply_to, above)
    budget = notes.Budget()
    note = await notes.proven(app, note, budget)
    await notes.strangers(app, note, budget)

    def apply(tx: Tx) -> None:
        notes.store(tx, note, new=True)

    return apply


def is_nobodys(instance: Instance, activity: Activity) -> bool:
    """Whether it shows at the door that nothing would come of it, if nobody here follows who sends
    it: a post that answers nothing and names nobody here. Most of what is sent in vain is such."""
    said = activity.about
    if activity.type != "Create" or not isinstance(said, dict) or "attributedTo" not in said:
        return False
    named = any(uri.startswith(instance.origin) for uri in mentions_of(said))
    return not named and said.get("inReplyTo") is None


async def update(app: App, activity: Activity) -> Apply | None:
    """Somebody says it otherwise, or says otherwise who they are."""
    if reading.id_of(activity.about) == activity.actor:
        return await actors.update(app, activity)
    note = await notes.embedded(app, activity.about, activity.actor)
    first = await create(app, activity) if await app.db.read(notes.known, note.id) is None else None
    if first is None and await app.db.read(notes.known, note.id) is None:
        return None
    again = revised(await notes.proven(app, note, notes.Budget()))

    def apply(tx: Tx) -> None:
        """What it was first is perhaps taken in meanwhile by somebody else."""
        received.alone(tx, note.id)
        if first is not None and receiving.by_uri(tx, note.id) is None:
            first(tx)
        else:
            again(tx)

    return apply


def revised(note: Note) -> Apply:
    """Put what somebody says now in the place of what they said."""

    def apply(tx: Tx) -> None:
        author = met.by_uri(tx, note.author)
        if author is None or author.suspended:
            raise NotFound
        arrived = notes.arrived(tx, note, author)
        receive.revise(tx, arrived)
        post = receiving.by_uri(tx, note.id)
        if post is not None:
            approvals.set_policy(tx, post, note.asks_first, new=False)
        quotes.stamped(tx, arrived)

    return apply


async def delete(app: App, activity: Activity) -> Apply | None:
    """Somebody deletes a post, or leaves. What comes later stays away.

    Raises:
        NotFound: it is on another server than they are.
    """
    uri = reading.id_of(activity.about)
    if uri is None or not same_origin(uri, activity.actor):
        raise NotFound
    if uri == activity.actor:
        return await actors.leave(app, activity)
    who = await app.db.read(people.known, activity.actor)

    def apply(tx: Tx) -> None:
        received.bury(tx, uri)
        post = receiving.by_uri(tx, uri)
        if post is not None:
            tx.lock("post", post)
            there = posts.any_post(tx, post)
            if there.author != who:
                raise NotFound
            deleting.forget(tx, there)
        else:
            quotes.withdrawn(tx, uri, activity.actor)
            answers.withdrawn(tx, uri, activity.actor)

    return apply
