"""How this place is run, in numbers, for everybody: a page, JSON, CSV and a feed."""

import asyncio
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Html, Scope
from whimbrel.core.tx import Tx
from whimbrel.instance import drills

from ..board import KINDS
from ..transparency import forms, tally
from ..transparency.tally import Tally

PATH = forms.PATH


@get(PATH, opt=access_page())
async def page(app: NamedDependency[App], viewer: NamedDependency[Viewer], scope: Scope) -> Html:
    """The newest count, and the last rehearsal of a restore."""

    def found(tx: Tx) -> dict[str, Any]:
        last = tally.newest(tx, tally.SHOWN)
        days = [(each.at, each.open) for each in reversed(last)]
        most = max((count for _, count in days if isinstance(count, int)), default=0)
        return {
            **views.reader(tx, app, viewer),
            "tally": last[0] if last else None,
            "kinds": KINDS,
            "days": days,
            "most": max(most, tally.FEW),
        }

    drill = await asyncio.to_thread(drills.of, app.settings.data, 1)
    context = await app.db.read(found)
    return views.answer(scope, "transparency.html", **context, drill=next(iter(drill), None))


async def _newest(app: App) -> Tally:
    found = await app.db.read(tally.newest)
    if not found:
        raise NotFound
    return found[0]


def _file(content: bytes, kind: str) -> Response[bytes]:
    return Response(content, headers={"cache-control": "public, max-age=3600"}, media_type=kind)


@get(f"{PATH}.json", opt=access_page())
async def as_json(app: NamedDependency[App]) -> Response[bytes]:
    """The newest count as JSON. Raises NotFound: there is none yet."""
    return _file(forms.as_json(await _newest(app)), "application/json")


@get(f"{PATH}.csv", opt=access_page())
async def as_csv(app: NamedDependency[App]) -> Response[bytes]:
    """A row for each class of cases. Raises NotFound: there is none yet."""
    return _file(forms.as_csv(await _newest(app)), "text/csv; charset=utf-8")


@get(f"{PATH}.atom", opt=access_page())
async def as_atom(app: NamedDependency[App]) -> Response[bytes]:
    """An entry a day, the last thirty."""
    found = await app.db.read(tally.newest, tally.SHOWN)
    return _file(forms.as_atom(found, app.instance), "application/atom+xml; charset=utf-8")


ROUTES: list[Any] = [page, as_json, as_csv, as_atom]
