"""Once a day each list is fetched. What it says is kept as it is, and nothing is done about it."""

import asyncio
from datetime import timedelta

import msgspec

from whimbrel.core.abroad import Answer, Refused, Unreachable
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx
from whimbrel.core.words import Said, say

from .. import blocklist
from ..blocklist import Row
from ..events import ListDue
from ..queries import decisions
from ..queries import lists as queries
from .book import KIND

EVERY = timedelta(days=1)
AGAIN = timedelta(hours=1)  # after one that could not be had
ACCEPT = {"accept": "text/csv, application/json;q=0.9, */*;q=0.1"}
ERRORS: dict[str, Said] = {
    "refused": say("Its address may not be asked, or it is too large."),
    "unreachable": say("Its server does not answer."),
    "missing": say("Its server says that it is not there."),
    "unreadable": say("It is no list of servers, or has too many lines."),
}


async def fetch(app: App, event: ListDue) -> None:
    """Effect: read a list. One that cannot be had stays as it was, and is asked for in an hour.

    Emits: ListDue, due in a day; none where the list was left or is read by another clock
    """
    url = await app.db.read(_wanted, event)
    if not url or app.fetcher is None:
        return
    rows: list[Row] = []
    error = ""
    try:
        answer = await app.fetcher.get(url, headers=ACCEPT, most=blocklist.LARGEST)
        rows, error = await asyncio.to_thread(_read, answer)
    except Refused:
        error = "refused"
    except Unreachable:
        error = "unreachable"
    await app.db.write(_keep, event, rows, error)


def _wanted(tx: Tx, event: ListDue) -> str:
    found = queries.find(tx, event.list)
    return found.url if found is not None and found.turn == event.turn else ""


def _read(answer: Answer) -> tuple[list[Row], str]:
    if answer.status != 200:
        return [], "missing"
    try:
        return blocklist.read(answer.body), ""
    except Invalid:
        return [], "unreadable"


def _keep(tx: Tx, event: ListDue, rows: list[Row], error: str) -> None:
    if not _wanted(tx, event):
        return
    queries.change(tx, event.list, error=error)
    if not error:
        new = msgspec.json.encode(sorted(rows))
        if new != queries.content(tx, event.list):
            detail = f"{len(rows)} servers"
            decisions.add(tx, None, "fetch", KIND, event.list, detail=detail)
        queries.change(tx, event.list, content=new, many=len(rows), fetched_at=tx.ms)
    tx.emit(event, due=tx.now + (AGAIN if error else EVERY))
