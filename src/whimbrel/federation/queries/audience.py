"""Which servers a post of ours went to."""

from sqlalchemy import Text, and_, bindparam, cast, exists, func, literal, or_, select

from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import level, number
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import mentions, posts

from ..rules import hosts_of
from ..tables import remote_actors, remote_follows
from .barred import is_barred

_start = cast(bindparam("start"), Text)
_author = accounts.alias("author")
_there = or_(  # a person of that server, or one that is reached there
    *(
        func.substr(column, 1, func.length(_start)) == _start
        for column in (accounts.c.uri, remote_actors.c.inbox, remote_actors.c.shared_inbox)
    )
)
_people = accounts.join(remote_actors, remote_actors.c.account == accounts.c.id)
_HAS_READERS = Query(
    select(literal(1))
    .select_from(posts.join(_author, _author.c.id == posts.c.author))
    .where(
        posts.c.id == number("post"),
        posts.c.local,
        _author.c.suspended_at.is_(None),
        or_(
            and_(
                posts.c.visibility <= level(Visibility.DIRECT),
                exists(
                    select(literal(1))
                    .select_from(mentions.join(_people, accounts.c.id == mentions.c.account))
                    .where(mentions.c.post == posts.c.id, accounts.c.suspended_at.is_(None), _there)
                ),
            ),
            and_(
                posts.c.visibility < level(Visibility.DIRECT),
                exists(
                    select(literal(1))
                    .select_from(
                        remote_follows.join(
                            follows,
                            and_(
                                follows.c.follower == remote_follows.c.follower,
                                follows.c.followee == remote_follows.c.followee,
                            ),
                        ).join(_people, accounts.c.id == remote_follows.c.follower)
                    )
                    .where(
                        remote_follows.c.followee == posts.c.author,
                        accounts.c.suspended_at.is_(None),
                        _there,
                    )
                ),
            ),
        ),
    )
)


def has_readers(tx: Tx, post: int, server: str) -> bool:
    """Whether somebody on a server (https://host) may read a post of ours: they are named in it,
    or follow its author where it is for followers; and the server is not kept out."""
    host = server.partition("://")[2]
    if is_barred(tx, hosts_of(host.rpartition(":")[0] or host)):
        return False
    return tx.row(_HAS_READERS, post=post, start=f"{server}/") is not None
