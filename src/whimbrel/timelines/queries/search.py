"""What may be found: asked for candidates that the index named."""

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, String, and_, bindparam, exists, func, or_, select

from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import level, visible, wanted
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import mentions, post_tags, posts, tags

_viewer = bindparam("viewer", type_=BigInteger)
_public = posts.c.visibility == level(Visibility.PUBLIC)

_REVISIONS = Query(select(posts.c.id, posts.c.rev).where(in_list(posts.c.id, "ids")))
_FINDABLE = Query(
    select(posts.c.id)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(
        in_list(posts.c.id, "ids"),
        visible(),
        wanted(posts.c.author),
        or_(
            posts.c.author == _viewer,
            and_(_public, accounts.c.indexable),
            exists(
                select(mentions.c.post).where(
                    mentions.c.post == posts.c.id, mentions.c.account == _viewer
                )
            ),
        ),
    )
    .order_by(posts.c.id.desc())
)
_TAGS = Query(
    select(tags.c.name)
    .where(
        tags.c.name >= bindparam("begin", type_=String),
        tags.c.name < bindparam("end", type_=String),
        exists(
            select(post_tags.c.post)
            .join(posts, posts.c.id == post_tags.c.post)
            .where(post_tags.c.tag == tags.c.id, _public)
        ),
    )
    .order_by(tags.c.name)
    .limit(bindparam("most", type_=BigInteger))
    .offset(bindparam("offset", type_=BigInteger))
)
_AFTER = Query(
    select(posts.c.id)
    .where(posts.c.id > bindparam("last"), posts.c.boost_of.is_(None))
    .order_by(posts.c.id)
    .limit(bindparam("most", type_=BigInteger))
)
_LEFT = Query(
    select(func.count())
    .select_from(posts)
    .where(posts.c.id > bindparam("last"), posts.c.boost_of.is_(None))
)


def revisions(tx: Tx, ids: Iterable[int]) -> dict[int, int]:
    """Post id to its revision; those that are gone are left out."""
    return dict(tx.rows(_REVISIONS, list_ids=list(ids)))


def findable(tx: Tx, viewer: Viewer, ids: Sequence[int]) -> list[int]:
    """Those of `ids` that the viewer may see, wants to see and may find by their words, newest
    first."""
    if not ids:
        return []
    rows = tx.rows(_FINDABLE, list_ids=list(ids), viewer=viewer.id, now=tx.ms)
    return [row[0] for row in rows]


def tags_like(tx: Tx, begin: str, most: int, offset: int) -> list[str]:
    """Names of tags that begin so and stand in a public post."""
    rows = tx.rows(_TAGS, begin=begin, end=begin + "\U0010ffff", most=most, offset=offset)
    return [row[0] for row in rows]


def posts_after(tx: Tx, last: int, most: int) -> tuple[list[int], int]:
    """Ids of posts after `last` in order, and how many are left beside them."""
    ids = [row[0] for row in tx.rows(_AFTER, last=last, most=most)]
    return ids, max(0, int(tx.value(_LEFT, last=last)) - len(ids))
