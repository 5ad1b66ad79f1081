"""Which post of ours something answers."""

from sqlalchemy import String, bindparam, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import level
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import posts

_open = level(Visibility.UNLISTED)
_parent = posts.alias("parent")
_ANSWERED = Query(
    select(accounts.c.id)
    .select_from(posts)
    .join(_parent, _parent.c.id == posts.c.reply_to)
    .join(accounts, accounts.c.id == _parent.c.author)
    .where(
        posts.c.uri == bindparam("uri", type_=String),
        posts.c.visibility <= _open,
        _parent.c.visibility <= _open,
        accounts.c.domain.is_(None),
        accounts.c.suspended_at.is_(None),
    )
)


def answered(tx: Tx, uri: str) -> int | None:
    """Who of ours is answered by a post, where both are open to everybody."""
    found: int | None = tx.value(_ANSWERED, uri=uri)
    return found
