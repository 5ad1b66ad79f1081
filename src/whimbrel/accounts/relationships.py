"""How the viewer stands to others, and finding the other side of an action."""

from collections.abc import Iterable

from whimbrel.core.errors import Forbidden
from whimbrel.core.ids import iso
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.tx import Tx

from . import queries
from .queries import standing
from .queries.graph import Wish
from .queries.standing import Stands
from .rules import Account, Relationship, Viewer

NOTE = "notes.content"  # the place of its seal


def of(tx: Tx, viewer: Viewer, ids: Iterable[int]) -> list[Relationship]:
    """How the viewer stands to each of `ids`, in that order; unknown ones are left out.

    Source: Mastodon REST API, entity Relationship
    """
    wanted = list(dict.fromkeys(ids))
    found = standing.stands(tx, viewer.id, wanted)
    return [relationship(tx, found[id_]) for id_ in wanted if id_ in found]


def to(tx: Tx, viewer: Viewer, id_: int) -> Relationship:
    """How the viewer stands to one person; every action on somebody answers so.

    Raises:
        NotFound: there is none.
    """
    found = of(tx, viewer, [id_])
    return found[0] if found else _nobody(tx, id_)


def _nobody(tx: Tx, id_: int) -> Relationship:
    return Relationship(id=str(queries.by_id(tx, id_).id))


def relationship(tx: Tx, stands: Stands) -> Relationship:
    """How the viewer stands to somebody, as it is told."""
    wish = stands.follow or stands.request or Wish(reblogs=False)
    return Relationship(
        id=str(stands.account),
        following=stands.follow is not None,
        showing_reblogs=wish.reblogs,
        notifying=wish.notify,
        languages=wish.languages.split() if wish.languages else None,
        followed_by=stands.followed_by,
        blocking=stands.blocking,
        blocked_by=stands.blocked_by,
        muting=stands.muting,
        muting_notifications=stands.muting_notifications,
        muting_expires_at=None if stands.muted_until is None else iso(stands.muted_until),
        requested=stands.request is not None,
        requested_by=stands.requested_by,
        domain_blocking=stands.domain_blocking,
        endorsed=stands.endorsed,
        note=_note(tx, stands),
    )


def _note(tx: Tx, stands: Stands) -> str:
    if stands.note is None:
        return ""
    place = Slot(stands.note_slot, stands.author_slot, stands.account, NOTE)
    try:
        return tx.unseal(place, stands.note).decode()
    except Shredded:  # being erased just now
        return ""


def other(tx: Tx, viewer: Viewer, id_: int) -> Account:
    """The other side of an action.

    Raises:
        NotFound: nobody.
        Forbidden: the viewer themselves.
    """
    if id_ == viewer.id:
        raise Forbidden
    return queries.by_id(tx, id_)
