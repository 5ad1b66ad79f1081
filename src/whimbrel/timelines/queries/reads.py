"""Statements of the timelines that are looked up when read: public, tags, accounts, lists, marks.

Each walks one index, newest first, and stops at the page's length. A statement is made once for
each combination of what may be asked; `lru_cache` holds them."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import CARD, cards, level, number
from whimbrel.posts.queries import tags as words
from whimbrel.posts.rules import Mark, Visibility
from whimbrel.posts.tables import marks, post_tags, posts, tag_follows, tags

from ..rules import AccountFilter, TagFilter, Window
from ..tables import list_members, lists
from . import lists as own_lists
from .filters import revision

_LISTED = posts.c.visibility == level(Visibility.PUBLIC)
_ORIGINAL = posts.c.boost_of.is_(None)
_NO_REPLY = or_(posts.c.reply_to_author.is_(None), posts.c.reply_to_author == posts.c.author)
_HEARD = accounts.c.silenced_at.is_(None)
_WITH_MEDIA = posts.c.media_count > literal_column("0")
_AUTHOR = number("author")
_WHOSE = number("whose")
MARGIN = 20  # entries looked at beside twice the page, for those the viewer hides


def _run(tx: Tx, query: Query, viewer: int, window: Window, **values: Any) -> list[Any]:
    """The cards of a page, newest first."""
    low, high, most, ascending = window
    rows = tx.rows(query, viewer=viewer, low=low, high=high, most=most, now=tx.ms, **values)
    return rows[::-1] if ascending else rows


def _page(
    start: Any,
    key: Any,
    where: list[ColumnElement[bool]],
    ascending: bool,
    stranger: bool,
    *more: ColumnElement[Any],
    hide: bool = True,
) -> Query:
    """Cards with the revision of the viewer's filters and what is wanted `more`; for a stranger
    without marks and without either."""
    if stranger:
        return Query(cards(start, key, *where, ascending=ascending, hide=False, marks=False))
    page = cards(start, key, *where, ascending=ascending, hide=hide)
    return Query(page.add_columns(revision(), *more))


# ----------------------------------------------------------------------------- public


@lru_cache(maxsize=32)
def _public(ascending: bool, stranger: bool, local: bool | None, only_media: bool) -> Query:
    where: list[ColumnElement[bool]] = [_LISTED, _ORIGINAL, _NO_REPLY, _HEARD]
    if local is not None:
        where.append(posts.c.local if local else ~posts.c.local)
    if only_media:
        where.append(_WITH_MEDIA)
    return _page(posts, posts.c.id, where, ascending, stranger)


def public(
    tx: Tx, viewer: int, window: Window, *, local: bool | None, only_media: bool
) -> list[Any]:
    """What everybody writes to everybody: no boosts, no replies to others, nobody silenced."""
    return _run(tx, _public(window.ascending, not viewer, local, only_media), viewer, window)


# ----------------------------------------------------------------------------- tags


def _tagged(name: str) -> ColumnElement[bool]:
    """The post has one of the tags bound as `list_<name>`."""
    have = post_tags.alias()
    return exists(select(1).where(have.c.post == posts.c.id, in_list(have.c.tag, name)))


def _has_all() -> ColumnElement[bool]:
    have = post_tags.alias()
    found = (
        select(func.count())
        .join(tags, tags.c.id == have.c.tag)
        .where(have.c.post == posts.c.id, in_list(have.c.tag, "all"), tags.c.usable)
        .scalar_subquery()
    )
    return found == number("all_of")


def _newest_of_each_tag(ascending: bool) -> Any:
    """The newest posts of every tag bound as `list_any`, put in order together."""
    newest, post = post_tags.alias(), posts.alias()
    wanted = select(tags.c.id).where(in_list(tags.c.id, "any"), tags.c.usable).subquery("wanted")
    each = (
        select(newest.c.post)
        .where(
            newest.c.tag == wanted.c.id,
            newest.c.post > number("low"),
            newest.c.post < number("high"),
        )
        .order_by(newest.c.post.asc() if ascending else newest.c.post.desc())
        .limit(number("reach"))
    )
    return (
        select(post.c.id)
        .distinct()
        .select_from(wanted.join(post, post.c.id.in_(each)))
        .order_by(post.c.id.asc() if ascending else post.c.id.desc())
        .limit(number("reach"))
        .subquery("entries")
    )


@lru_cache(maxsize=128)
def _tag(
    ascending: bool, stranger: bool, several: bool, all_: bool, none: bool, rest: Any
) -> Query:
    """`rest` is (local, only_media, whether it is followed)."""
    local, only_media, followed = rest
    where: list[ColumnElement[bool]] = [_LISTED, _HEARD]
    if all_:
        where.append(_has_all())
    if none:
        where.append(~_tagged("none"))
    if local is not None:
        where.append(posts.c.local if local else ~posts.c.local)
    if only_media:
        where.append(_WITH_MEDIA)
    start: Any = post_tags
    key = post_tags.c.post
    if several:
        start = _newest_of_each_tag(ascending)
        key = start.c.id
    else:
        sought = select(tags.c.id).where(_KEY, tags.c.usable)
        where.append(post_tags.c.tag == sought.scalar_subquery())
    return _page(
        start, key, where, ascending, stranger, *((_FOLLOWED, *_ITSELF) if followed else ())
    )


_KEY = tags.c.key == bindparam("tag_key", type_=LargeBinary)
_FOLLOWED = exists(
    select(tag_follows.c.id)
    .join(tags, tags.c.id == tag_follows.c.tag)
    .where(tag_follows.c.account == number("viewer"), _KEY)
)
_ITSELF = [
    select(column).where(_KEY).scalar_subquery() for column in (tags.c.id, tags.c.slot, tags.c.name)
]
# The column of `tag` that says whether the viewer follows it; behind it are the id of the tag, its
# slot, and its word sealed.
FOLLOWED = CARD + 1


def tag(
    tx: Tx, viewer: int, window: Window, wanted: TagFilter, *, followed: bool = False
) -> list[Any]:
    """Public posts with certain tags; under one that moderators closed there are none.

    Args:
        followed: with the columns from `FOLLOWED` on; only of one tag, asked by somebody signed in.
    """
    alone = wanted.any[0] if len(wanted.any) == 1 and not (wanted.all or wanted.none) else ""
    rest = (wanted.local, wanted.only_media, followed)
    rows = _of_tag(tx, viewer, window, rest, alone) if alone else []
    if rows:
        return rows
    ids = words.ids_of(tx, (*wanted.any, *wanted.all, *wanted.none))
    any_ = [ids[name] for name in wanted.any if name in ids]
    all_ = {ids[name] for name in wanted.all if name in ids}
    none = [ids[name] for name in wanted.none if name in ids]
    if not any_ or len(all_) < len(set(wanted.all)):  # nothing carries what is no tag
        return []
    values: dict[str, Any] = {"list_any": any_, "reach": 2 * window.most + MARGIN}
    if all_:
        values["list_all"], values["all_of"] = list(all_), len(all_)
    if none:
        values["list_none"] = none
    if followed:
        values["tag_key"] = words.key_of(tx, alone)
    query = _tag(window.ascending, not viewer, True, bool(all_), bool(none), rest)
    return _run(tx, query, viewer, window, **values)


def _of_tag(tx: Tx, viewer: int, window: Window, rest: Any, name: str) -> list[Any]:
    """The same of one tag in one statement; nothing where its key is just being made anew."""
    query = _tag(window.ascending, not viewer, False, False, False, rest)
    return _run(tx, query, viewer, window, tag_key=words.key_of(tx, name))


# ----------------------------------------------------------------------------- one account


def by(wanted: AccountFilter, author: ColumnElement[int] = _AUTHOR) -> list[ColumnElement[bool]]:
    """What somebody wrote, of that what is wanted; `tagged` counts only as empty or not."""
    where: list[ColumnElement[bool]] = [posts.c.author == author]
    if wanted.only_media:
        where.append(_WITH_MEDIA)
    if wanted.exclude_replies:
        where.append(or_(_NO_REPLY, posts.c.boost_of.is_not(None)))
    if wanted.exclude_reblogs:
        where.append(_ORIGINAL)
    if wanted.tagged:
        where.append(_tagged("tagged"))
    return where


@lru_cache(maxsize=64)
def _account(ascending: bool, stranger: bool, wanted: AccountFilter) -> Query:
    return _page(posts, posts.c.id, by(wanted), ascending, stranger, hide=False)


def account(tx: Tx, viewer: int, author: int, window: Window, wanted: AccountFilter) -> list[Any]:
    """What somebody wrote and boosted, as far as the viewer may see it."""
    if not wanted.tagged:
        query = _account(window.ascending, not viewer, wanted)
        return _run(tx, query, viewer, window, author=author)
    found = list(words.ids_of(tx, [wanted.tagged]).values())
    if not found:
        return []
    query = _account(window.ascending, not viewer, wanted._replace(tagged="x"))
    return _run(tx, query, viewer, window, author=author, list_tagged=found)


# ----------------------------------------------------------------------------- what was marked


MARKED = CARD + 1  # the column of `marked` with the mark's id


def cards_of_marks(ascending: bool, whose: ColumnElement[int] = _WHOSE) -> Select[Any]:
    """The cards of what somebody did something of a `kind` with; behind them the mark's id."""
    made = marks.alias("made")  # `cards` looks into the viewer's marks itself
    page = cards(
        made,
        made.c.id,
        made.c.account == whose,
        made.c.kind == number("kind"),
        post=made.c.post,
        ascending=ascending,
        hide=False,
    )
    return page.add_columns(revision(), made.c.id.label("made"))


@lru_cache(maxsize=2)
def _marked(ascending: bool) -> Query:
    return Query(cards_of_marks(ascending))


def marked(tx: Tx, viewer: int, whose: int, kind: Mark, window: Window) -> list[Any]:
    """What `whose` favourited, bookmarked or pinned, last one first; `MARKED` is the mark."""
    return _run(tx, _marked(window.ascending), viewer, window, whose=whose, kind=int(kind))


# ----------------------------------------------------------------------------- lists


LIST = CARD + 1  # the first column of `list_` that says which list it is


@lru_cache(maxsize=4)
def _list(ascending: bool, named: bool) -> Query:
    """For each member the newest posts that the list takes, put in order together."""
    own, other, fellow = posts.alias(), follows.alias(), list_members.alias()
    reply = own.c.reply_to_author
    spaced: ColumnElement[str] = literal_column("' '") + follows.c.languages + literal_column("' '")
    newest = (
        select(own.c.id)
        .where(
            own.c.author == list_members.c.account,
            own.c.id > number("low"),
            own.c.id < number("high"),
            own.c.visibility <= level(Visibility.PRIVATE),
            or_(own.c.boost_of.is_(None), follows.c.reblogs.is_(None), follows.c.reblogs),
            or_(
                reply.is_(None),
                reply.in_([own.c.author, number("viewer")]),
                and_(
                    lists.c.replies_policy == literal_column("'list'"),
                    exists(
                        select(1).where(fellow.c.list == number("list"), fellow.c.account == reply)
                    ),
                ),
                and_(
                    lists.c.replies_policy == literal_column("'followed'"),
                    exists(
                        select(1).where(
                            other.c.follower == number("viewer"), other.c.followee == reply
                        )
                    ),
                ),
            ),
            or_(
                follows.c.languages.is_(None),
                own.c.language.is_(None),
                spaced.like(literal_column("'% '") + own.c.language + literal_column("' %'")),
            ),
        )
        .order_by(own.c.id.asc() if ascending else own.c.id.desc())
        .limit(number("reach"))
    )
    members = list_members.join(lists, lists.c.id == list_members.c.list).outerjoin(
        follows,
        and_(follows.c.follower == number("viewer"), follows.c.followee == list_members.c.account),
    )
    post = posts.alias()
    about = own_lists.COLUMNS if named else ()
    entries = (
        select(post.c.id, *(column.label(f"of_{column.name}") for column in about))
        .select_from(members.join(post, post.c.id.in_(newest)))
        .where(list_members.c.list == number("list"), lists.c.account == number("viewer"))
        .order_by(post.c.id.asc() if ascending else post.c.id.desc())
        .limit(number("reach"))
        .subquery("entries")
    )
    page = cards(entries, entries.c.id, ascending=ascending)
    return Query(page.add_columns(revision(), *list(entries.c)[1:]))


def list_(tx: Tx, viewer: int, list_id: int, window: Window, *, named: bool = False) -> list[Any]:
    """What the members of one of the viewer's lists wrote.

    Args:
        named: with the columns of the list itself behind, from `LIST` on.
    """
    reach = window.most + MARGIN
    return _run(tx, _list(window.ascending, named), viewer, window, list=list_id, reach=reach)
