"""The sample files are made by a module next to the tests. An app with media and nothing else."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import people
from whimbrel.core.app import App
from whimbrel.core.db import Db, open_db
from whimbrel.core.http import Upload
from whimbrel.core.objects import open_store
from whimbrel.core.pages import Pages
from whimbrel.core.pubsub import open_pubsub
from whimbrel.core.settings import Instance, Settings
from whimbrel.media import conversions, upload


class House:
    """An open app on a test's own loop, and Ada, who uploads."""

    def __init__(self, app: App, account: int, slot: int, s3: Any = None) -> None:
        self.app, self.db, self.account, self.slot, self.s3 = app, app.db, account, slot, s3

    def file(self, data: bytes) -> Upload:
        """An upload as `core.http` hands it over: a file in scratch, and claims about it."""
        folder = self.app.scratch / f"upload-{uuid4().hex[:8]}"
        folder.mkdir(parents=True)
        (folder / "1").write_bytes(data)
        return Upload(folder / "1", len(data), "IMG_GPS_48.85N.svg", "text/html")

    async def send(self, data: bytes, **more: Any) -> int:
        """Upload `data` as Ada; the id."""
        file = self.file(data)
        try:
            return await upload.receive(self.app, self.account, self.slot, file, **more)
        finally:
            shutil.rmtree(file.path.parent)  # as at the end of a request

    def left_in_scratch(self) -> list[Path]:
        return [path for path in self.app.scratch.rglob("*") if path.is_file()]


Story = Callable[[House], Awaitable[None]]


@asynccontextmanager
async def opened(
    db: Db, instance: Instance, folder: Path, store: str, s3: Any
) -> AsyncIterator[App]:
    key, secret = (s3.key, s3.secret) if s3 else ("", "")
    objects = open_store(store, folder, key, secret)
    if s3:
        await objects.make_bucket()
    app = App(
        settings=Settings(),
        instance=instance,
        db=db,
        store=objects,
        pubsub=open_pubsub(""),
        pages=Pages(),
        scratch=folder / "scratch",
    )
    app.scratch.mkdir(exist_ok=True)
    try:
        yield app
    finally:
        await conversions.stop(app)
        await objects.close()


def tell(story: Story, db: Db, folder: Path, s3: Any = None) -> None:
    """Let a story happen on a loop of its own, in a folder or in a bucket."""

    def ada(tx: Any) -> tuple[int, int]:
        account = people.make(tx, f"ada{uuid4().hex[:6]}").account
        return account, tx.slot()

    account, slot = db.write_sync(ada)
    store = f"s3://media-{uuid4().hex[:12]}?endpoint={s3.endpoint}" if s3 else ""

    async def go() -> None:
        async with opened(db, db.instance, folder, store, s3) as app:
            await story(House(app, account, slot, s3))

    asyncio.run(go())


@pytest.fixture
def happens(db: Db, tmp_path: Path) -> Callable[[Story], None]:
    """Run a story on both engines, with a folder."""
    return lambda story: tell(story, db, tmp_path)


@pytest.fixture(params=["folder", "s3"])
def happens_everywhere(
    request: pytest.FixtureRequest, db: Db, tmp_path: Path
) -> Callable[[Story], None]:
    """Run a story on both engines and both stores."""
    s3 = request.getfixturevalue("s3") if request.param == "s3" else None
    return lambda story: tell(story, db, tmp_path, s3)


@pytest.fixture
def happens_once(
    sqlite_template: Path, tmp_path: Path, instance: Instance
) -> Iterator[Callable[[Story], None]]:
    """Run a story on SQLite with a folder: for what neither engine nor store can change."""
    shutil.copy(sqlite_template, tmp_path / "whimbrel.db")
    db = open_db("", tmp_path, instance)
    yield lambda story: tell(story, db, tmp_path)
    db.close()
