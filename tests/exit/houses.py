"""Servers to leave and to arrive at, each with its own database, keys and files."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update

import people
from whimbrel.accounts import block, follow, note
from whimbrel.accounts.tables import accounts
from whimbrel.accounts.tables.factors import authenticators
from whimbrel.app.handlers import routes
from whimbrel.core.app import App
from whimbrel.core.db import Db, open_db
from whimbrel.core.http import Upload
from whimbrel.core.keyring import Slot
from whimbrel.core.objects import open_store
from whimbrel.core.pages import Pages
from whimbrel.core.pubsub import open_pubsub
from whimbrel.core.settings import Instance, Settings
from whimbrel.exit import bring, export, objects
from whimbrel.exit.rules import Statement
from whimbrel.media import conversions, upload
from whimbrel.moderation import audit, verdicts
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.verdicts import Ruling
from whimbrel.posts import boost, drafts, marks, schedule
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Mark, PollDraft, Unfinished, Visibility
from whimbrel.timelines import filters

Story = Callable[[App], Awaitable[Any]]


class House:
    """A server in a folder of its own."""

    def __init__(self, folder: Path, url: str, instance: Instance, clock: Any) -> None:
        self.folder, self.url, self.instance, self.clock = folder, url, instance, clock
        self._open = False
        self.open()

    def open(self) -> None:
        self.db: Db = open_db(self.url, self.folder, self.instance, routes(), self.clock)
        self._open = True

    def write(self, fn: Callable[..., Any], *args: Any) -> Any:
        return self.db.write_sync(fn, *args)

    def tell(self, story: Story) -> Any:
        """Let something happen on a loop of its own."""

        async def go() -> Any:
            app = App(
                settings=Settings(data=self.folder),
                instance=self.instance,
                db=self.db,
                store=open_store("", self.folder),
                pubsub=open_pubsub(""),
                pages=Pages(),
                scratch=self.folder / "scratch",
            )
            app.scratch.mkdir(exist_ok=True)
            try:
                return await story(app)
            finally:
                await conversions.stop(app)
                await app.store.close()

        return asyncio.run(go())

    def export(self, to: Path, since: int = 0, recipient: str | None = None) -> Statement:
        async def go(app: App) -> Any:
            return await export.export(
                app, to, since=since, recipient=recipient, objects=objects.object_of
            )

        found: Statement = self.tell(go)
        return found

    def bring(self, bag: Path, identity: Path | None = None) -> Any:
        return self.tell(lambda app: bring.bring(app, bag, identity=identity))

    def picture(self, account: int, slot: int, data: bytes) -> int:
        async def go(app: App) -> int:
            folder = app.scratch / uuid4().hex
            folder.mkdir()
            (folder / "1").write_bytes(data)
            try:
                file = Upload(folder / "1", len(data), "a.jpg", "image/jpeg")
                return await upload.receive(app, account, slot, file, description="a slope")
            finally:
                shutil.rmtree(folder)

        found: int = self.tell(go)
        return found

    def close(self) -> None:
        if self._open:
            self.db.close()
        self._open = False


def settle(tx: Any) -> Any:
    """Ada and Bob, who know each other, and a little of all that they do."""
    ada, bob = people.make(tx, "ada", display_name="Ada"), people.make(tx, "bob")
    far = people.elsewhere(tx, "fay")
    follow.follow(tx, bob, ada.id)
    note.write(tx, ada, bob.id, "owes me a book")
    block.block(tx, bob, far.id)
    first = publish(tx, ada, Draft(text="hello #whimbrel"))
    answer = publish(tx, bob, Draft(text="@ada welcome", reply_to=first.id))
    publish(tx, ada, Draft(text="for friends #secretword", visibility=Visibility.PRIVATE))
    publish(tx, bob, Draft(text="@ada psst", visibility=Visibility.DIRECT))
    publish(tx, ada, Draft(text="tea?", poll=PollDraft(options=("yes", "no"), expires_in=3600)))
    boost.boost(tx, bob, first.id)
    marks.mark(tx, ada, answer.id, Mark.FAVOURITE)
    marks.mark(tx, ada, first.id, Mark.BOOKMARK)
    return ada, bob, first, answer


def keep_house(tx: Any, ada: Any, bob: Any, post: int) -> None:
    """What people and the staff keep for themselves: all of it is sealed somewhere."""
    mod = people.make(tx, "mod", role="moderator")
    slot = tx.value(select(accounts.c.slot).where(accounts.c.id == mod.id))
    secret = tx.seal(Slot(slot, slot, mod.id, "authenticators.secret"), b"JBSWY3DPEHPK3PXP")
    tx.run(update(authenticators).where(authenticators.c.account == mod.id).values(secret=secret))
    form = ReportForm(account_id=str(bob.id), status_ids=[str(post)], comment="a storm")
    case = report(tx, ada, form)[0].case
    verdicts.decide(tx, mod, case, Ruling(acts=("warn",), facts="It was one."))
    audit.checkpoint(tx)
    drafts.save(tx, ada, Unfinished(text="half a sentence"))
    schedule.schedule(tx, ada, Draft(text="tomorrow"), tx.now + timedelta(days=1))
    words = [filters.KeywordForm(keyword="storm")]
    form = filters.FilterForm(title="weather", context=["home"], keywords_attributes=words)
    filters.create(tx, ada, form)
