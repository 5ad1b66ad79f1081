"""An open home page is told how many posts came since it was made; nothing of what is in them."""

from typing import Any

from whimbrel.accounts.rules import Viewer
from whimbrel.core.db import Db
from whimbrel.core.http import Send
from whimbrel.core.ids import MAX_ID
from whimbrel.core.tx import Tx

from .. import homes
from ..streaming.frames import Happening
from ..streaming.socket import EventStream

MOST = 40  # counted
POKE = b""  # a frame that stands for "count again"


def newer(tx: Tx, viewer: Viewer, after: int) -> int:
    """Posts on the viewer's home above `after`, counted up to `MOST`."""
    return len(homes.page(tx, viewer, after, MAX_ID, MOST, False) or ())


class Watch(EventStream):
    """The stream of one page. What happens is only a reason to count again."""

    __slots__ = ("_after", "_db")

    def __init__(self, viewer: Viewer, send: Send, db: Db, after: int) -> None:
        """`after` is the newest post on the page."""
        super().__init__(viewer, send)
        self._db, self._after = db, after

    def tell(self, happening: Happening, label: tuple[str, ...]) -> bool:
        return happening.name in ("update", "delete") and self.put(POKE)

    async def _write(self, frames: list[Any]) -> None:
        if POKE in frames:
            count = await self._db.read(newer, self.viewer, self._after)
            frames = [*frames, b"data: %d\n\n" % count]
        await super()._write(frames)
