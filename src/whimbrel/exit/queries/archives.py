"""What is somebody's own, for the file they take along; and that file itself."""

from typing import NamedTuple

from sqlalchemy import bindparam, literal_column, or_, select, update

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query
from whimbrel.core.ids import MAX_ID
from whimbrel.core.tx import Tx
from whimbrel.media.rules import Purpose
from whimbrel.media.tables import files, media
from whimbrel.posts.queries import number
from whimbrel.posts.queries.visible import visible
from whimbrel.posts.rules import Mark
from whimbrel.posts.tables import marks, posts

ARCHIVE: Purpose = "archive"
ARRIVAL: Purpose = "arrival"


class Archive(NamedTuple):
    """A file that is being made, or is there."""

    id: int
    state: str
    at: int  # ms
    until: int  # ms
    size: int
    token: str | None


class Kept(NamedTuple):
    """A file of somebody's, and under which keys it lies."""

    token: str
    variant: str
    name: str
    mime: str
    size: int
    object: str
    media: int
    slot: int
    author_slot: int
    purpose: str


_OF_ACCOUNT = Query(
    select(
        *(media.c.id, media.c.state, media.c.at, media.c.kept_until),
        *(files.c.size, files.c.token),
    )
    .outerjoin(files, files.c.media == media.c.id)
    .where(
        media.c.account == number("account"),
        media.c.purpose == literal_column(f"'{ARCHIVE}'"),
    )
    .order_by(media.c.id.desc())
    .limit(1)
)
_ALL_OF = Query(
    select(media.c.id).where(
        media.c.account == number("account"),
        media.c.purpose == literal_column(f"'{ARCHIVE}'"),
    )
)
_AGAIN = Query(
    update(media)
    .where(
        media.c.id == number("media"),
        media.c.state == literal_column("'failed'"),
        media.c.purpose.in_((literal_column(f"'{ARCHIVE}'"), literal_column(f"'{ARRIVAL}'"))),
    )
    .values(state="working", error=None)
)
_KEEP = Query(update(media).where(media.c.id == number("media")).values(kept_until=number("until")))


def newest(tx: Tx, account: int) -> Archive | None:
    """The file of somebody."""
    row = tx.row(_OF_ACCOUNT, account=account)
    if row is None:
        return None
    id_, state, at, until, size, token = row
    return Archive(id_, state, at, until or 0, size or 0, token)


def all_of(tx: Tx, account: int) -> list[int]:
    """Every one of theirs: there is one at most, but for what a crash left."""
    return [row[0] for row in tx.rows(_ALL_OF, account=account)]


def again(tx: Tx, media_id: int) -> None:
    """What a process that ended was making is made once more."""
    tx.run(_AGAIN, media=media_id)


def keep(tx: Tx, media_id: int, until: int) -> None:
    """It is there until then (ms)."""
    tx.run(_KEEP, media=media_id, until=until)


# ----------------------------------------------------------------------------- what is in it

_POSTS = Query(
    select(posts.c.id)
    .where(posts.c.author == number("account"), posts.c.id > number("after"), posts.c.local)
    .order_by(posts.c.id)
    .limit(number("most"))
)
_FILES = Query(
    select(
        *(files.c.token, files.c.variant, files.c.name, files.c.mime, files.c.size),
        *(files.c.object, media.c.id, media.c.slot, media.c.author_slot, media.c.purpose),
    )
    .join(media, media.c.id == files.c.media)
    .where(
        media.c.account == number("account"),
        media.c.id > number("after"),
        files.c.object != "",
        or_(
            media.c.post.is_not(None) & (files.c.variant == literal_column("'original'")),
            media.c.purpose.in_((literal_column("'avatar'"), literal_column("'header'"))),
        ),
    )
    .order_by(media.c.id)
    .limit(number("most"))
)
_MARKED = Query(
    select(marks.c.id, posts.c.id, posts.c.uri, posts.c.author, accounts.c.uri)
    .join(posts, posts.c.id == marks.c.post)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(
        marks.c.account == number("viewer"),
        marks.c.kind == number("kind"),
        marks.c.id < number("below"),
        visible(),
    )
    .order_by(marks.c.id.desc())
    .limit(number("most"))
)
_NAME = Query(
    select(accounts.c.username, accounts.c.slot).where(accounts.c.id == bindparam("account"))
)


def posts_after(tx: Tx, account: int, after: int, most: int) -> list[int]:
    """The next posts and boosts of somebody, oldest first."""
    return [row[0] for row in tx.rows(_POSTS, account=account, after=after, most=most)]


def files_after(tx: Tx, account: int, after: int, most: int) -> list[Kept]:
    """The next files on posts of theirs and on their profile."""
    return [Kept(*row) for row in tx.rows(_FILES, account=account, after=after, most=most)]


def marked(tx: Tx, account: int, kind: Mark) -> list[str]:
    """What other servers call the posts that somebody marked so, the last one first."""
    found: list[str] = []
    below = MAX_ID
    while rows := tx.rows(_MARKED, viewer=account, kind=int(kind), below=below, most=500):
        for _, post, uri, author, actor in rows:
            home = actor or f"{tx.instance.origin}/ap/users/{author}"
            found.append(uri or f"{home}/statuses/{post}")
        below = rows[-1][0]
    return found


def name_and_slot(tx: Tx, account: int) -> tuple[str, int] | None:
    """What somebody is called, and their slot."""
    row = tx.row(_NAME, account=account)
    return None if row is None else (row[0], row[1])
