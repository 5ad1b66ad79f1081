"""The way out of here: what would be lost now, how far an evacuation is, where everything lies."""

from shlex import quote
from typing import Any

from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.app import App
from whimbrel.core.db import sqlite_path
from whimbrel.core.http import Html, Scope
from whimbrel.core.tx import Tx
from whimbrel.moderation.letters import shown as letters

from .around import Context, page, staff

PATH = "/admin/exit"


@get(PATH, opt=staff(Permission.VIEW_DEVOPS))
async def show(app: NamedDependency[App], viewer: NamedDependency[Viewer], scope: Scope) -> Html:
    """What is true at this moment; the page asks again by itself."""
    settings = app.settings

    def read(tx: Tx) -> Context:
        lite, data = tx.engine == "sqlite", settings.data.absolute()
        lies = {
            "file": str(sqlite_path(settings.database, settings.data).absolute()) if lite else "",
            "objects": f"{data}/objects",
            "keyring": f"{data}/keyring.bin",
        }
        typed = {name: quote(path) for name, path in lies.items()}  # as a shell takes them
        bucket = settings.objects.partition("?")[0]
        return {**lies, "typed": typed, "bucket": bucket, "pressing": letters.pressing(tx)}

    health = await app.leaving(app)
    return await page(scope, viewer, "admin_exit.html", read, health=health)


ROUTES: list[Any] = [show]
