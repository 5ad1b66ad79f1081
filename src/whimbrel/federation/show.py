"""What other servers are shown of our people and posts: who may see a post is asked once, in the
same statement that reads it, so that "not for you" and "not there" are one answer."""

from typing import Any, Literal

from whimbrel.accounts.rules import Account
from whimbrel.core.errors import Gone, NotFound
from whimbrel.core.ids import MAX_ID
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import tags
from whimbrel.posts.render import tag_url

from . import stamps, synchronize, vocabulary
from .queries import actors, approvals, letters, posts, quotes
from .rules import Links, Private, Public

PAGE = 20  # posts of an outbox
FOLLOWS = 40  # people on a page
REPLIES = 40
PINNED = 20

Kind = Literal["followers", "following"]


def somebody(tx: Tx, id_: int) -> tuple[Account, Public | None]:
    """One of ours and their keys.

    Raises:
        NotFound: nobody of ours.
        Gone: somebody who left.
    """
    found = actors.by_id(tx, id_)
    if found is None and letters.is_gone(tx, posts.actor_id(tx.instance, id_)):
        raise Gone
    return _there(found)


def named(tx: Tx, name: str) -> tuple[Account, Public | None]:
    """The same by name."""
    return _there(actors.by_name(tx, name))


def _there(found: tuple[Account, Public | None] | None) -> tuple[Account, Public | None]:
    if found is None:
        raise NotFound
    if found[0].username.startswith("erased."):
        raise Gone
    return found


def post(
    tx: Tx, author: int, id_: int, viewer: int, *, activity: bool
) -> tuple[dict[str, Any], Private | None]:
    """A post of ours, or the activity that told others of it; and what its author signs with.

    Args:
        viewer: accounts.id of whoever asks, 0 = somebody we do not know.
    Raises:
        NotFound: there is none, or it is not for them.
        Gone: it was for everybody, and is deleted.
    """
    signed = posts.one_signed(tx, author, id_, viewer)
    if signed is None:
        if letters.is_gone(tx, f"{posts.actor_id(tx.instance, author)}/statuses/{id_}"):
            raise Gone
        raise NotFound
    found, private = signed
    links = posts.links(tx, [found])
    if activity or found.post.boost_of is not None:
        return vocabulary.create(tx.instance, *found, links, tx.ms), private
    return vocabulary.note(tx.instance, *found, links, tx.ms), private


def replies(tx: Tx, author: int, id_: int, viewer: int, after: int | None) -> dict[str, Any]:
    """Answers to a post that everybody may see: a page, or where the first is. Raises NotFound."""
    found = posts.one(tx, author, id_, viewer)
    if found is None:
        raise NotFound
    there = f"{posts.actor_id(tx.instance, author)}/statuses/{id_}/replies"
    if after is None:
        first = f"{there}?page=2"
        return {"id": there, "type": "Collection", "first": first}
    rows = posts.replies(tx, id_, after, REPLIES)
    onward = f"{there}?page=2&after={rows[-1][0]}" if len(rows) == REPLIES else None
    here = f"{there}?page=2" + (f"&after={after}" if after else "")
    items = [row[1] for row in rows]
    return vocabulary.page(here, there, items, after=onward, in_order=False)


def thread(tx: Tx, id_: int, after: int | None) -> dict[str, Any]:
    """A conversation that somebody of ours began, as far as everybody may see it: a page, or where
    the first is. Raises NotFound."""
    author = posts.root(tx, id_)
    if author is None:
        raise NotFound
    there = vocabulary.context(tx.instance, id_)
    if after is None:
        owner = posts.actor_id(tx.instance, author)
        said = {"id": there, "type": "Collection", "attributedTo": owner}
        return {**said, "first": f"{there}?page=1"}
    rows = posts.thread(tx, id_, after, REPLIES)
    onward = f"{there}?page=1&after={rows[-1][0]}" if len(rows) == REPLIES else None
    here = f"{there}?page=1" + (f"&after={after}" if after else "")
    return vocabulary.page(here, there, [row[1] for row in rows], after=onward, in_order=False)


def reactions(tx: Tx, author: int, id_: int, viewer: int, kind: str) -> dict[str, Any]:
    """How many liked or boosted a post; not who. Raises NotFound."""
    found = posts.one(tx, author, id_, viewer)
    if found is None:
        raise NotFound
    there = f"{posts.actor_id(tx.instance, author)}/statuses/{id_}/{kind}"
    total = found.post.favourites if kind == "likes" else found.post.boosts
    return vocabulary.collection(there, total)


def stamp(tx: Tx, author: int, quoting: int) -> dict[str, Any]:
    """That a post may quote one of somebody of ours. Raises NotFound, Gone: it may not (any
    more)."""
    id_ = stamps.ours(tx.instance, author, quoting)
    found = quotes.stamped(tx, author, quoting)
    if found is None:
        if letters.is_gone(tx, id_):
            raise Gone
        raise NotFound
    return stamps.document(id_, posts.actor_id(tx.instance, author), *found)


def approval(tx: Tx, author: int, id_: int) -> dict[str, Any]:
    """That something may be done with a post of somebody of ours. Raises NotFound: it may not."""
    found = approvals.approval(tx, author, id_)
    if found is None:
        raise NotFound
    act, target, uri = found
    actor = posts.actor_id(tx.instance, author)
    this = stamps.approval(tx.instance, author, id_)
    return stamps.document(this, actor, uri, f"{actor}/statuses/{target}", act)


def _standing(tx: Tx, id_: int) -> Account:
    """One of ours whose lists may be read. Raises NotFound, Gone."""
    account = somebody(tx, id_)[0]
    if account.suspended_at is not None:
        raise NotFound
    return account


def _links(tx: Tx, id_: int, written: list[posts.Written]) -> Links:
    """What these name. Only where there are none it has to be asked whether there is anybody."""
    if written:
        return posts.links(tx, written)
    _standing(tx, id_)
    return Links()


def outbox(tx: Tx, id_: int, *, paged: bool, before: int | None) -> dict[str, Any]:
    """What somebody said to everybody: how much, or a page of it. Raises NotFound, Gone."""
    there = f"{posts.actor_id(tx.instance, id_)}/outbox"
    if not paged:
        _standing(tx, id_)
        return vocabulary.ordered(there, posts.count(tx, id_), first=f"{there}?page=true")
    written = posts.outbox(tx, id_, before, PAGE)
    links = _links(tx, id_, written)
    items = [vocabulary.create(tx.instance, *each, links, tx.ms) for each in written]
    here = f"{there}?page=true" + ("" if before is None else f"&before={before}")
    last = written[-1].post.id if len(written) == PAGE else None
    onward = None if last is None else f"{there}?page=true&before={last}"
    return vocabulary.page(here, there, items, after=onward)


def pinned(tx: Tx, id_: int) -> dict[str, Any]:
    """What stands on top of somebody's profile. Raises NotFound, Gone."""
    there = f"{posts.actor_id(tx.instance, id_)}/collections/featured"
    written = posts.pinned(tx, id_, PINNED)
    links = _links(tx, id_, written)
    items = [vocabulary.note(tx.instance, *each, links, tx.ms) for each in written]
    return vocabulary.ordered(there, len(items), items=items)


def featured_tags(tx: Tx, id_: int) -> dict[str, Any]:
    """The tags on somebody's profile. Raises NotFound, Gone."""
    there = f"{posts.actor_id(tx.instance, id_)}/collections/tags"
    found = actors.tags_of(tx, id_)
    if not found:
        _standing(tx, id_)
    names = tags.written_of(tx, found)
    items = [
        {"type": "Hashtag", "href": tag_url(tx.instance, name), "name": f"#{name}"}
        for name in names.values()
    ]
    return vocabulary.collection(there, len(items), items)


def followers_there(tx: Tx, id_: int, host: str) -> dict[str, Any]:
    """Who follows somebody of ours from this server. Raises NotFound, Gone.

    Source: FEP-8fcf
    """
    _standing(tx, id_)
    there = f"{posts.actor_id(tx.instance, id_)}/followers_synchronization"
    found = synchronize.part(tx, id_, host)
    return vocabulary.ordered(there, len(found), items=found)


def tied(tx: Tx, id_: int, kind: Kind, *, paged: bool, before: int | None) -> dict[str, Any]:
    """Who follows somebody, or is followed: how many, or a page. Who they are is told only where
    somebody shows it. Raises NotFound, Gone."""
    account = _standing(tx, id_)
    there = f"{posts.actor_id(tx.instance, id_)}/{kind}"
    total = account.followers if kind == "followers" else account.following
    if not paged:
        first = None if account.hide_collections else f"{there}?page=true"
        return vocabulary.ordered(there, total, first=first)
    if account.hide_collections:
        raise NotFound
    rows = actors.tied(tx, kind, id_, before or MAX_ID, FOLLOWS)
    here = f"{there}?page=true" + ("" if before is None else f"&before={before}")
    onward = f"{there}?page=true&before={rows[-1][0]}" if len(rows) == FOLLOWS else None
    return vocabulary.page(here, there, [row[1] for row in rows], after=onward)
