"""Looking at a picture of a case: in grey first, in colour by a second step, hidden or not. It is
counted, for whoever looks alone, and written down that somebody looked."""

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.media import queries as media
from whimbrel.media.queries import hashes
from whimbrel.media.rules import MediaRow, Served

from . import habits
from .queries import cases as stored
from .queries import decisions
from .rules import HANDLES, require


def find(tx: Tx, viewer: Viewer, id_: int) -> tuple[MediaRow, int]:
    """A file of a post that a case is about, and the case: the newest that the viewer works on.

    Raises:
        Forbidden: also where it is like one on a list of what nobody may be given, and their role
            may not open evidence either.
        NotFound: no such file; none of their cases is about its post.
    """
    require(viewer, Permission.TRIAGE)
    row = media.by_ids(tx, [id_]).get(id_)
    if row is None or row.post is None:
        raise NotFound
    if hashes.quarantined(tx, [id_]):
        require(viewer, Permission.OPEN_VAULT)
    for case, klass in stored.about_post(tx, row.post):
        if klass in HANDLES[viewer.role]:
            return row, case
    raise NotFound


def look(tx: Tx, viewer: Viewer, id_: int) -> None:
    """They want to see it. Raises: as `find`"""
    row, _ = find(tx, viewer, id_)
    habits.count(tx, viewer)
    decisions.add(tx, viewer.id, "look", "media", id_, about=row.account)


def served(tx: Tx, viewer: Viewer, id_: int, variant: str) -> Served:
    """What answering for the file takes: for nobody else, and kept nowhere. Raises: as `find`"""
    row, _ = find(tx, viewer, id_)
    for file in row.files:
        if file.variant == variant:
            return Served(
                token=file.token,
                name=file.name,
                variant=file.variant,
                mime=file.mime,
                size=file.size,
                object=file.object,
                media=row.id,
                slot=row.slot,
                author_slot=row.author_slot,
                kind=row.kind,
                account=row.account,
                post=row.post or 0,
                open=False,
            )
    raise NotFound
