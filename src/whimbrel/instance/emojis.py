"""The server's own little pictures: taken in as any upload, and let go again.

Who uses them, and how they come into names, is told by `accounts.emojis`."""

import shutil
from pathlib import Path

from whimbrel.accounts.events import EmojisChanged
from whimbrel.accounts.queries import emojis as queries
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid, NotFound, Unavailable
from whimbrel.core.http.uploads import Folder, Upload
from whimbrel.core.ids import new_id
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.media import erase, upload
from whimbrel.media import queries as media

from .rules import CATEGORY_CHARS, SHORTCODE, checked

NOBODY = 0  # whose account they are: the server's own


async def take_in(app: App, shortcode: str, file: Path, category: str = "") -> None:
    """Add a picture that lies on this machine; it is made anew and small, and stands still.

    Raises:
        Invalid: no shortcode, or there is one; no picture, damaged or too big.
        Unavailable: the store cannot take it, or it takes too long.
    Emits: EmojisChanged
    """
    await app.db.read(check_free, shortcode)
    app.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)  # a command finds none
    folder = Folder(app.scratch)
    try:
        copy = folder.path / "emoji"
        shutil.copyfile(file, copy)
        sent = Upload(copy, copy.stat().st_size, file.name, "", folder)
        slot = await app.db.write(Tx.slot)  # there is no author whose slot it could share
        id_ = await upload.receive(
            app, NOBODY, slot, sent, purpose="emoji", patience=upload.LONG_PATIENCE
        )
    finally:
        folder.remove()
    await app.db.write(add, shortcode, id_, category)


def check_free(tx: Tx, shortcode: str) -> None:
    """Raises Invalid: this can be no shortcode, or there is one already."""
    if not SHORTCODE.fullmatch(shortcode):
        raise Invalid(say("A shortcode has 2 to 64 letters a to z, digits and underscores."))
    if queries.one(tx, shortcode) is not None:
        raise Invalid(
            say("There is a :%(shortcode)s: already. Remove it first.", shortcode=shortcode)
        )


def add(tx: Tx, shortcode: str, picture: int, category: str = "") -> None:
    """Give an uploaded picture its name.

    Args:
        picture: of `upload.receive`, in the server's own name.
    Raises:
        Invalid: as `check_free`; too long a category.
        Unavailable: the picture is not ready.
    Emits: EmojisChanged
    """
    check_free(tx, shortcode)
    group = checked("A category", " ".join(tidy(category).split()), CATEGORY_CHARS, blank=True)
    row = media.own(tx, NOBODY, picture)
    if row is None or not row.files:
        raise Unavailable(say("This picture could not be converted in time. Try again later."))
    media.keep(tx, NOBODY, [picture], None)
    queries.add(tx, new_id(tx.now), shortcode, picture, group or None)
    tx.emit(EmojisChanged())


def everyone(tx: Tx) -> list[queries.Kept]:
    """Every one, disabled ones too."""
    return queries.kept(tx)


def disable(tx: Tx, shortcode: str, off: bool = True) -> None:
    """Let it be used no more, or again.

    Raises:
        NotFound: there is none.
    Emits: EmojisChanged
    """
    if not queries.disable(tx, shortcode, off):
        raise NotFound(f"There is no :{shortcode}: here.")
    tx.emit(EmojisChanged())


def remove(tx: Tx, shortcode: str) -> None:
    """Forget it and its picture: where it is used, its shortcode is shown.

    Raises:
        NotFound: there is none.
    Emits: EmojisChanged, FilesForgotten
    """
    found = queries.one(tx, shortcode)
    if found is None:
        raise NotFound(f"There is no :{shortcode}: here.")
    queries.remove(tx, shortcode)
    erase.forget(tx, [found.media])
    tx.emit(EmojisChanged())
