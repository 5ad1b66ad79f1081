"""What stories about timelines are made of: who follows whom and who wrote what."""

from itertools import count
from typing import Any

from sqlalchemy import bindparam, select, update

from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.tables import accounts, blocks, follows, mutes
from whimbrel.core.engines import Query, insert
from whimbrel.core.ids import new_id
from whimbrel.core.outbox import Event
from whimbrel.core.tx import Tx
from whimbrel.posts.events import PostPublished
from whimbrel.posts.queries import tags as hashtags
from whimbrel.posts.queries.stored import encode_content, slot_of
from whimbrel.posts.rules import Content, Mark, Visibility
from whimbrel.posts.tables import marks, mentions, posts
from whimbrel.timelines import fanout, homes
from whimbrel.timelines.queries import homes as statements

_SLOT = Query(select(accounts.c.slot).where(accounts.c.id == bindparam("account")))
_FOLLOWERS = Query(
    update(accounts).where(accounts.c.id == bindparam("account")).values(followers=bindparam("n"))
)
_POST = Query(
    insert(
        posts,
        (
            *("id", "author", "visibility", "reply_to", "reply_to_author", "thread", "boost_of"),
            *("content", "slot", "language", "local", "media_count", "at", "sensitive"),
        ),
    )
)
_MENTION = Query(insert(mentions))
_ticks = count()  # the clock of a test stands still, yet posts come one after another


def tick(tx: Tx) -> int:
    """An id that is above all before it."""
    return (tx.ms + next(_ticks)) << 16


def follow(tx: Tx, viewer: Viewer, target: Viewer, **columns: Any) -> None:
    """`viewer` follows `target`."""
    row = {"id": new_id(tx.now), "follower": viewer.id, "followee": target.id, "at": tx.ms}
    row |= {"reblogs": True, "notify": False, "languages": None, **columns}
    tx.run(Query(insert(follows)), **row)


def block(tx: Tx, viewer: Viewer, target: Viewer) -> None:
    row = {"id": new_id(tx.now), "account": viewer.id, "target": target.id, "at": tx.ms}
    tx.run(Query(insert(blocks)), **row)


def mute(tx: Tx, viewer: Viewer, target: Viewer, **columns: Any) -> None:
    row = {"id": new_id(tx.now), "account": viewer.id, "target": target.id, "at": tx.ms}
    tx.run(Query(insert(mutes)), **row, **{"notifications": True, "until": None, **columns})


def mark(tx: Tx, viewer: Viewer, post: int, kind: Mark) -> None:
    """`viewer` favourites, bookmarks or pins a post."""
    row = {"account": viewer.id, "post": post, "kind": int(kind), "at": tx.ms}
    tx.run(Query(insert(marks)), id=tick(tx), **row)


def popular(tx: Tx, author: Viewer, followers: int = 20_000) -> None:
    """As if `author` had so many followers."""
    tx.run(_FOLLOWERS, account=author.id, n=followers)


def write(
    tx: Tx,
    author: Viewer,
    text: str = "hello",
    *,
    visibility: Visibility = Visibility.PUBLIC,
    reply_to: int | None = None,
    reply_to_author: int | None = None,
    boost_of: int | None = None,
    named: tuple[Viewer, ...] = (),
    **columns: Any,
) -> int:
    """A post in the tables, of which nobody has been told; its id."""
    id_, slot = tick(tx), tx.slot()
    content = None
    if boost_of is None:
        place = slot_of(id_, slot, tx.value(_SLOT, account=author.id))
        content = tx.seal(place, encode_content(Content(text=text, html=f"<p>{text}</p>")))
    row = {
        "id": id_,
        "author": author.id,
        "visibility": int(visibility),
        "reply_to": reply_to,
        "reply_to_author": reply_to_author,
        "thread": reply_to or id_,
        "boost_of": boost_of,
        "content": content,
        "slot": slot,
        "language": "en",
        "local": True,
        "media_count": 0,
        "at": tx.ms,
        "sensitive": False,
        **columns,
    }
    tx.run(_POST, **row)
    tx.many(_MENTION, [{"post": id_, "account": who.id} for who in named])
    return id_


def tagged(tx: Tx, author: Viewer, *names: str, **facts: Any) -> int:
    """A post with tags, of which nobody has been told; its id."""
    post = write(tx, author, **facts)
    hashtags.put(tx, post, names)
    return post


def close(tx: Tx, name: str) -> None:
    """Moderators let nobody use a tag."""
    hashtags.judge(tx, hashtags.ids_of(tx, [name])[name], usable=False, listable=True)


def publish(tx: Tx, author: Viewer, text: str = "hello", **facts: Any) -> int:
    """Written, and delivered twice: a handler that runs again must change nothing."""
    post = write(tx, author, text, **facts)
    event = PostPublished(post=post, author=author.id, boost_of=facts.get("boost_of"))
    fanout.add_to_homes(tx, event)
    fanout.add_to_homes(tx, event)
    return post


def settle_in(tx: Tx, *viewers: Viewer) -> None:
    """These have a home that is delivered to."""
    for viewer in viewers:
        statements.open_home(tx, viewer.id, tx.ms)


def home(tx: Tx, viewer: Viewer, most: int = 40) -> list[int] | None:
    """The posts of the newest page of a home, newest first."""
    rows = homes.page(tx, viewer, 0, (1 << 63) - 1, most, False)
    return None if rows is None else [row[0] for row in rows]


def drain(tx: Tx, kind: type[Event], handler: Any) -> int:
    """Run the jobs of `kind` that were emitted until there are no more, each twice; how many."""
    done = 0
    while waiting := {event for event in tx.emitted if isinstance(event, kind)}:
        tx.emitted.clear()
        for event in waiting:
            handler(tx, event)
            handler(tx, event)
            done += 1
    return done
