"""The place where a drill happens: a copy that reads what the standby has and reaches nobody.

Nothing is written to the store, no other server and no device is asked anything, no mail leaves,
no keeper hears of it, and what the copied server had under way is thrown away."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from whimbrel.core.abroad import Answer, Unreachable
from whimbrel.core.app import App
from whimbrel.core.errors import Forbidden
from whimbrel.core.fetch import Fetcher
from whimbrel.core.objects import ObjectStore
from whimbrel.core.settings import Settings
from whimbrel.federation.rules import origin_of

from ..queries import drills
from ..standby.restore import Restored

_NEAR = "127.0.0.1"


def settings_for(live: Settings, laid: Restored) -> Settings:
    """Those of the copy: what the live server is called, and nothing that leads outwards."""
    return Settings(
        data=laid.folder,
        database=laid.database,
        domain=live.domain,
        media_domain=live.media_domain,
        bind="localhost:0",
        objects=live.standby,
        s3_key=live.standby_key,
        s3_secret=live.standby_secret,
        post_chars=live.post_chars,
        rate_limits=False,
    )


class Still:
    """A store that is only read."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def put(self, path: Path) -> Any:
        """Raises Forbidden."""
        raise Forbidden("A drill writes nothing into the store.")

    async def delete(self, keys: Sequence[str]) -> None:
        """Raises Forbidden."""
        raise Forbidden("A drill deletes nothing from the store.")


class Cut:
    """Another server is reached where the drill's own inbox is, and nowhere else."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._fetcher = Fetcher(allow_private=(_NEAR,))

    async def close(self) -> None:
        """Close all connections."""
        await self._fetcher.close()

    async def get(self, url: str, **_: Any) -> Answer:
        """Raises Unreachable."""
        raise Unreachable

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        most: int = 1 << 20,
    ) -> Answer:
        """Raises Unreachable: it is not the drill's own inbox."""
        if origin_of(url) != self.origin:
            raise Unreachable
        return await self._fetcher.post(url, body, headers=headers, most=most)


@asynccontextmanager
async def cut_off(origin: str) -> AsyncIterator[Callable[[App], Awaitable[None]]]:
    """What makes a copy reach nobody but `origin`, for the length of the block."""
    made = Cut(origin)

    async def cut(app: App) -> None:
        await app.db.write(drills.quiet)
        app.fetcher = made  # type: ignore[assignment]
        app.store = Still(app.store)

    try:
        yield cut
    finally:
        await made.close()
