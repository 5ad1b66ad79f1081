"""Every picture that comes in is held against the lists; one that is like one of theirs is given to
nobody from then on, and a person looks at the case.

That is all a list does by itself. What is about a life or a child is V1: its clock is an hour, and
where nobody acts it hides the post. The files themselves are not shown at the desk either; they are
sealed as evidence with the post they are on."""

from typing import NamedTuple

from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import Conflict
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.media.events import PictureHashed
from whimbrel.media.queries import hashes as media
from whimbrel.media.queries.hashes import Hashed
from whimbrel.posts.events import PostEdited, PostPublished

from .. import cases
from ..events import KnownAgain, KnownWanted
from ..queries import hashes as queries
from ..queries import reports as filed
from ..rules import Report, class_of, require
from . import search

SLICE = 500  # files that are held against the lists at a time


class Met(NamedTuple):
    """A file that is like one on a list."""

    file: Hashed
    list: int
    distance: int  # bits


def notice(tx: Tx, event: PictureHashed) -> None:
    """Witness: where there is a list, have it looked up. Emits: KnownWanted"""
    if queries.there_are(tx):
        tx.emit(KnownWanted(media=event.media))


async def look_up(app: App, event: KnownWanted) -> None:
    """Effect: hold one file against the lists."""
    found = await app.db.read(_one, event.media, slow=True)
    if found:
        await app.db.write(_met, found)


def _one(tx: Tx, id_: int) -> list[Met]:
    return _compared(tx, media.of(tx, [id_]))


async def look_again(app: App, event: KnownAgain) -> None:
    """Effect: hold what is here already against the lists, some at a time."""
    found, after = await app.db.read(_some, event.after, slow=True)
    await app.db.write(_carried, found, after)


def _some(tx: Tx, after: int) -> tuple[list[Met], int]:
    files, last = media.some(tx, after, SLICE)
    return _compared(tx, files), last


def _carried(tx: Tx, found: list[Met], after: int) -> None:
    _met(tx, found)
    if after:
        tx.emit(KnownAgain(after=after))


def _compared(tx: Tx, files: list[Hashed]) -> list[Met]:
    if not files:
        return []
    lists = [(id_, search.rows(hashes)) for id_, hashes in queries.all_hashes(tx)]
    found = []
    for file in files:
        for id_, rows in lists:
            near = search.nearest(file.pdq, rows)
            if near is not None:
                found.append(Met(file, id_, near.distance))
                break
    return found


def _met(tx: Tx, found: list[Met]) -> None:
    """Give nobody these files, and have somebody look. What was found before is left alone: a
    person may have given it back. Emits: as `cases.place`"""
    known = queries.met(tx, [each.file.id for each in found])
    here = {each.id: each for each in media.of(tx, [each.file.id for each in found])}
    for each in found:
        file = here.get(each.file.id)  # on which post it is by now; None = erased meanwhile
        if file is None or file.id in known or not people.by_ids(tx, [file.account]):
            continue
        media.quarantine(tx, [file.id], True)
        case = _report(tx, file.account, [] if file.post is None else [file.post])
        queries.hit(tx, file.id, each.list, each.distance, case)


def _report(tx: Tx, account: int, posts: list[int]) -> int:
    case = cases.place(tx, account, class_of("hash", "legal"), posts)
    made = Report(
        id=new_id(tx.now),
        account=None,
        target=account,
        category="legal",
        comment="",
        posts=tuple(posts),
        rules=(),
        forward=False,
        case=case,
        source="hash",
    )
    filed.add(tx, made, None)
    return case


def posted(tx: Tx, event: PostPublished | PostEdited) -> None:
    """Witness: what was found when it was uploaded is on a post now: the case is about that, and
    it is sealed as evidence. Emits: as `cases.place`"""
    found = queries.posted(tx, event.post)
    if found:
        queries.move(tx, found, _report(tx, event.author, [event.post]))


def give_back(tx: Tx, viewer: Viewer, case: int) -> None:
    """It is another picture: let everybody be given it again.

    Raises:
        Forbidden, NotFound.
        Conflict: nothing of the case is held back.
    """
    require(viewer, Permission.MANAGE_ORDERS)
    found = cases.taken_up(tx, viewer, case)
    files = queries.release(tx, case)
    if not files:
        raise Conflict(say("Nothing is held back any more."))
    media.quarantine(tx, files, False)
    cases.noted(tx, viewer.id, "give back", found, detail=str(len(files)))
