"""The doors of this room alone, with everything behind them real: a database, budgets, a folder."""

import re
import warnings
from email import message_from_bytes
from email.policy import default
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar, Request
from litestar.di import Provide
from litestar.exceptions import LitestarDeprecationWarning

from whimbrel.accounts import auth, clients, leave, letters
from whimbrel.accounts.events import AccountErased, AppLapses, LetterWanted, RowDue, SignUpLapses
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.http import Params, on_error, read_params
from whimbrel.core.outbox import LANES, Routes
from whimbrel.core.settings import Settings
from whimbrel.core.worker import done, work_through
from whimbrel.discovery import tags
from whimbrel.privacy.budgets import Budgets
from whimbrel.timelines.queries import told

ROUTES = Routes(
    handlers=(
        ("slow", AccountErased, leave.clear_graph),
        ("slow", RowDue, leave.remove_row),
        ("slow", SignUpLapses, leave.drop_unconfirmed),
        ("slow", AppLapses, clients.drop_unused),
    ),
    effects=(("slow", LetterWanted, letters.send_letter),),
)


def app_of(db: Db, folder: Path, **settings: Any) -> App:
    """A process with a real database and nothing else."""
    given = Settings(data=folder, domain="social.example", **settings)
    return App(
        settings=given,
        instance=db.instance,
        db=db,
        store=None,
        pubsub=None,
        scratch=folder,
        pages=None,
        reader=told.reader,
        featured=tags.own,
        budgets=Budgets(
            enabled=given.rate_limits,
            clock=lambda: db.env.clock().timestamp(),  # waiting must not depend on the machine
        ),
    )


def _app(request: Request[Any, Any, Any]) -> App:
    return of(request.scope)


def _db(request: Request[Any, Any, Any]) -> Db:
    return of(request.scope).db


async def _params(request: Request[Any, Any, Any]) -> Params:
    return await read_params(request.scope, request.receive, scratch=of(request.scope).scratch)


@cache
def _site(routes: tuple[Any, ...]) -> Litestar:
    with warnings.catch_warnings():
        # How handlers are given what they ask for changes in Litestar 3, for all rooms at once.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        made = Litestar(
            routes,
            dependencies={
                "app": Provide(_app, sync_to_thread=False),
                "db": Provide(_db, sync_to_thread=False),
                "viewer": Provide(viewer, sync_to_thread=False),
                "params": Provide(_params),
            },
            guards=[auth.guard],
            exception_handlers={Exception: on_error},
            before_send=[stamp],
            openapi_config=None,
            logging_config=None,
            signature_types=[App, Db, Params, Viewer],
        )
    auth.check_routes(made.routes)
    return made


class Front:
    """The routes given, as a client meets them."""

    def __init__(self, app: App, routes: list[Any]) -> None:
        self.app = app
        self.address = "203.0.113.7"
        site = _site(tuple(routes))

        async def entered(scope: Any, receive: Any, send: Any) -> None:
            scope["whimbrel"] = app
            scope["client"] = (self.address, 40000)
            await site(scope, receive, send)

        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(entered), base_url="https://social.example"
        )

    async def settle(self) -> None:
        """Let the outbox do what is due now."""
        db = self.app.db
        for lane in LANES:
            count = 1
            while count:  # a turn is short, and the machine may be busy
                count, effects = await db.write(work_through, db.env.routes, lane)
                for job in effects:
                    task = db.env.routes.tasks[job.task]
                    await task.effect(self.app, db.env.routes.decode(job.event))
                    await db.write(done, job)

    def letters(self) -> list[tuple[str, str, str]]:
        """(to, subject, text) of every letter written so far, oldest first."""
        found = []
        folder = self.app.settings.data / "mail"
        for path in sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns):
            letter = message_from_bytes(path.read_bytes(), policy=default)
            body = letter.get_body(("plain",))
            assert body is not None
            found.append((letter["To"], letter["Subject"], body.get_content()))
        return found

    def link(self, kind: str) -> str:
        """The secret of the last link /auth/KIND/SECRET in a letter."""
        return re.findall(
            rf"/auth/{kind}/([\w-]+)", "".join(text for _, _, text in self.letters())
        )[-1]


def viewer(request: Request[Any, Any, Any]) -> Viewer:
    return auth.viewer_of(request.scope)


async def stamp(message: Any, scope: Any) -> None:
    if message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], *auth.rate_headers(scope)]
