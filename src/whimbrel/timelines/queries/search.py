"""What may be found: asked for candidates that the index named."""

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, and_, bindparam, exists, func, or_, select

from whimbrel.accounts.queries import graph
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import level, number, tags, visible, wanted
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import mentions, post_tags, posts

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
            and_(
                _public,
                accounts.c.indexable,
                or_(accounts.c.silenced_at.is_(None), graph.follows("viewer", accounts.c.id)),
            ),
            exists(
                select(mentions.c.post).where(
                    mentions.c.post == posts.c.id, mentions.c.account == _viewer
                )
            ),
        ),
    )
    .order_by(posts.c.id.desc())
)
_shown = and_(_public, accounts.c.suspended_at.is_(None))
_TAGS_ON = Query(
    select(post_tags.c.tag)
    .distinct()
    .join(posts, posts.c.id == post_tags.c.post)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(in_list(post_tags.c.post, "posts"), _shown)
)
_IN_PUBLIC = Query(
    select(post_tags.c.tag)
    .join(posts, posts.c.id == post_tags.c.post)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(post_tags.c.tag == number("tag"), _shown)
    .limit(1)
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


def tags_on(tx: Tx, ids: Sequence[int], begin: str) -> set[str]:
    """The tags on those of these posts that are public, as far as they begin so."""
    found = tx.rows(_TAGS_ON, list_posts=list(ids)) if ids else []
    names = tags.names_of(tx, [row[0] for row in found]).values()
    return {name for name in names if name.startswith(begin)}


def in_public(tx: Tx, name: str) -> bool:
    """Whether some public post carries this very tag."""
    tag = tags.ids_of(tx, [name]).get(name)
    return tag is not None and tx.row(_IN_PUBLIC, tag=tag) is not None


def posts_after(tx: Tx, last: int, most: int) -> tuple[list[int], int]:
    """Ids of posts after `last` in order, and how many are left beside them."""
    ids = [row[0] for row in tx.rows(_AFTER, last=last, most=most)]
    return ids, max(0, int(tx.value(_LEFT, last=last)) - len(ids))
