"""Files of other servers: written down by where they are, under tokens of our own. No browser of
our people ever asks another server for one; how a copy comes here is in `copies`."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from whimbrel.core.ids import new_id, token
from whimbrel.core.tx import Tx

from . import erase, known, queries
from .events import CopyLapses, CopyMade, FilesForgotten
from .queries import away
from .queries.away import Referred
from .rules import PICTURED, Away, File, Kind, MediaRow, Purpose

MOST_EMOJIS = 300  # that one person ever used
_SMALL = ("avatar", "header", "emoji")


def rows(
    tx: Tx, account: int, author_slot: int, some: Sequence[Away], purpose: Purpose = "post"
) -> list[MediaRow]:
    """What these become here; `add` stores it. One that is said to lie with us is left out."""
    return [
        _row(tx, account, author_slot, each, purpose) for each in some if is_elsewhere(tx, each)
    ]


def is_elsewhere(tx: Tx, file: Away) -> bool:
    """Whether it may be asked for: we are never sent to ask ourselves."""
    return not tx.instance.is_here(file.source)


def _row(tx: Tx, account: int, author_slot: int, file: Away, purpose: Purpose) -> MediaRow:
    variants = ["original", "small"]
    if purpose in _SMALL:
        variants = ["small"]
    elif file.kind == "audio":
        variants = ["original"]
    made = [
        File(
            token=token(128),
            variant=variant,
            name=purpose if purpose in _SMALL else variant,
            mime="",
            size=0,
            object="",
        )
        for variant in variants
    ]
    return MediaRow(
        id=new_id(tx.now),
        account=account,
        post=None,
        kind=file.kind,
        state="away",
        error=None,
        meta=_meta(file),
        blurhash=file.blurhash,
        focus=file.focus,
        alt=file.alt,
        slot=tx.slot(),
        author_slot=author_slot,
        purpose=purpose,
        kept_until=None,
        files=tuple(made),
    )


def _meta(file: Away) -> str:
    if file.sides is None:
        return "{}"
    width, height = file.sides
    told = {"width": width, "height": height, "size": f"{width}x{height}"}
    return msgspec.json.encode({"original": told | {"aspect": width / height}}).decode()


def add(
    tx: Tx, made: Sequence[MediaRow], some: Sequence[Away], post: int, *, shielded: bool
) -> None:
    """Store what `rows` made of `some`, on a post."""
    found = [each for each in some if is_elsewhere(tx, each)]
    for position, (row, file) in enumerate(zip(made, found, strict=True)):
        away.add(tx, replace(row, post=post), file.source, position, shielded)


def renew(
    tx: Tx, post: int, account: int, author_slot: int, some: Sequence[Away], *, shielded: bool
) -> list[MediaRow]:
    """What is attached to a post that was edited: files that stay keep their tokens, and those that
    are named no more are erased."""
    before = {each.source: each.id for each in away.of_post(tx, post)}
    known = queries.by_ids(tx, list(before.values()))
    found: list[MediaRow] = []
    for file in (each for each in some if is_elsewhere(tx, each)):
        old = known.pop(before.get(file.source, 0), None)
        position = len(found)
        if old is None:
            row = _row(tx, account, author_slot, file, "post")
            away.add(tx, replace(row, post=post), file.source, position, shielded)
        else:
            row = replace(old, alt=file.alt, focus=file.focus)
            away.place(tx, row, position)
        found.append(row)
    erase.forget(tx, list(known))
    return found


# ----------------------------------------------------------------------------- people


class Worn:
    """The pictures of somebody elsewhere, as they are written down."""

    def __init__(self, tx: Tx, account: int, author_slot: int) -> None:
        self._tx, self._account, self._author_slot = tx, account, author_slot
        self._known = away.of_person(tx, account)

    def wear(self, purpose: Purpose, source: str | None) -> str | None:
        """The token of their avatar or header; what they wore before is erased. Args: `source`:
        where it is; None = they have none."""
        mine = [each for each in self._known if each.purpose == purpose]
        same = [each for each in mine if each.source == source]
        erase.forget(self._tx, [each.id for each in mine if each not in same])
        if same or source is None:
            return same[0].token if same else None
        found = self._add(purpose, source)
        return None if found is None else found.token

    def emojis(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Shortcode to token. Args: `wanted`: shortcode to where its picture is."""
        here = {each.source: each.token for each in self._known if each.purpose == "emoji"}
        found: dict[str, str] = {}
        for code, source in wanted.items():
            if source not in here and len(here) < MOST_EMOJIS:
                added = self._add("emoji", source)
                if added is not None:
                    here[source] = added.token
            if source in here:
                found[code] = here[source]
        return found

    def _add(self, purpose: Purpose, source: str) -> Referred | None:
        file = Away(source=source)
        if not is_elsewhere(self._tx, file):
            return None
        row = _row(self._tx, self._account, self._author_slot, file, purpose)
        away.add(self._tx, row, source, 0, False)
        return Referred(row.id, purpose, row.files[0].token, source)


# ----------------------------------------------------------------------------- copies


def filled(
    tx: Tx, old: MediaRow, made: Sequence[File], kind: Kind, meta: str, pdq: bytes = b""
) -> bool:
    """A copy is here; the oldest go where there is no room for all. False where it was erased, or
    somebody else was faster.

    Args:
        old: what was told of it.
        kind: what it is.
        meta: JSON of how large it is.
        pdq: as `known.keep`.
    Emits: CopyLapses, due when it is asked for again; PictureHashed, CopyMade, FilesForgotten
    """
    id_ = old.id
    if not away.fill(tx, id_, made):
        return False
    known.keep(tx, old, pdq)
    if old.post is not None and (old.kind != kind or old.meta == "{}"):
        away.correct(tx, id_, kind, meta)
        tx.emit(CopyMade(media=id_, post=old.post))
    lapses = CopyLapses(media=id_, at=tx.ms)
    tx.emit(lapses, due=tx.now + timedelta(days=tx.instance.remote_media_days))
    surplus = away.surplus(tx, tx.instance.remote_media_room)
    if surplus:
        _empty(tx, surplus)
    return True


def lapse(tx: Tx, event: CopyLapses) -> None:
    """Handler: a copy has been here long enough; whoever wants to see it has it fetched anew.

    Emits: FilesForgotten
    """
    if away.is_copied(tx, event.media, event.at):
        _empty(tx, [event.media])


def refuse(tx: Tx, account: int) -> None:
    """Nobody is shown a file of somebody elsewhere, and no copy stays. Emits: FilesForgotten"""
    queries.withhold(tx, account, True)
    copied = away.copied(tx, account)
    if copied:
        _empty(tx, copied)


def _empty(tx: Tx, ids: Sequence[int]) -> None:
    objects = away.empty(tx, ids)
    if objects:
        tx.emit(FilesForgotten(objects=tuple(objects)))


def fits(told: Kind, made: Kind) -> bool:
    """Whether a file is what it was said to be: a picture may turn out to move, or not to."""
    return told == made or (told in PICTURED and made in PICTURED)
