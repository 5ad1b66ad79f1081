"""Conversations that somebody here reads, and that go on elsewhere: what answers there is looked at
beside the answer, never on the reader's time, and seldom. Bounded in all that it does (rule I): by
lists, pages, posts, strangers, seconds, and by what each server may be asked in an hour."""

import contextlib
from collections import deque

from whimbrel.accounts.rules import Viewer
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound, WhimbrelError
from whimbrel.core.tx import Tx

from . import abroad, notes, people, polls, reading, spare
from .events import ThreadOpened
from .incoming import read_note
from .notes import Budget
from .queries import threads
from .rules import Note, origin_of, same_origin
from .state import meanwhile, state_of

MOST_ASKED = 100  # posts and pages for one conversation
MOST_PAGES = 3  # of one list
MOST_ITEMS = 40  # of one page
MOST_AT_ONCE = 2  # conversations; whoever comes then may come again

log = logs.get(__name__)


def opened(app: App, viewer: Viewer, post: int) -> None:
    """Somebody reads the conversation around a post.

    Emits: ThreadOpened, afterwards, where some of it is from elsewhere; as `polls.seen`
    """
    polls.seen(app, viewer, post)
    meanwhile(app, viewer, state_of(app).opened, post, _opened)


async def _opened(app: App, post: int) -> None:
    found = await app.db.read(threads.elsewhere, post)
    if found is not None:
        await app.db.write(_ask, *found)


def _ask(tx: Tx, thread: int, posts: list[int]) -> None:
    tx.emit(ThreadOpened(thread=thread, posts=tuple(posts)))


async def follow_up(app: App, event: ThreadOpened) -> None:
    """Effect: look at what answers these posts, as their servers list it, and what answers that.
    What cannot be had is left out; nobody is told of what was said long ago."""
    state = state_of(app)
    if state.following_up >= MOST_AT_ONCE:
        return
    if not state.followed_up.again(event.thread, _now(app)):
        return
    state.following_up += 1
    try:
        await _walk(app, await app.db.read(threads.uris, event.posts))
    finally:
        state.following_up -= 1


async def _walk(app: App, uris: list[str]) -> None:
    """In breadth, so that what is near comes first."""
    budget = Budget(MOST_ASKED, spare=True)
    lists: deque[str] = deque()
    for uri in uris:
        with contextlib.suppress(WhimbrelError, ValueError):
            if budget.spend(uri):
                note = await notes.read(app, uri, budget, spare_=True)
                lists += [each for each in (note.replies, note.context) if each is not None]
    while lists:
        try:
            lists += await _list(app, lists.popleft(), budget)
        except (WhimbrelError, ValueError) as error:
            log.info("answers not read", why=type(error).__name__)


async def _list(app: App, address: str, budget: Budget) -> list[str]:
    """Take in what a list holds; where what answers that is listed."""
    found: list[str] = []
    onward: str | None = address
    for _ in range(MOST_PAGES):
        if onward is None or not budget.spend(onward) or not await spare.may_ask(app, onward):
            break
        said = (await abroad.read(app, onward)).said
        items, onward = _page(said, address)
        for item in items:
            with contextlib.suppress(WhimbrelError, ValueError):
                note = await _answer(app, item, address, budget)
                found += [note.replies] if note is not None and note.replies else []
    return found


def _page(said: reading.Object, address: str) -> tuple[list[object], str | None]:
    """What stands on it, and where it goes on: on the same server."""
    items = _held(said)
    first = said.get("first")
    onward = reading.id_of(said.get("next"))
    if isinstance(first, dict):
        items += _held(first)
        onward = onward or reading.id_of(first.get("next"))
    elif not items:
        onward = onward or reading.id_of(first)
    if onward is not None and not same_origin(onward, address):
        onward = None
    return items[:MOST_ITEMS], onward


def _held(said: reading.Object) -> list[object]:
    return [*reading.many(said.get("orderedItems")), *reading.many(said.get("items"))]


async def _answer(app: App, item: object, address: str, budget: Budget) -> Note | None:
    """A post of a list, if it answers what is here. What is embedded counts only if it is of the
    server whose list it is, and by somebody there; else it is read where it lies."""
    uri = reading.id_of(item)
    if uri is None or origin_of(uri) == app.instance.origin:
        return None
    if await app.db.read(notes.known, uri) is not None:
        return None
    if isinstance(item, dict) and same_origin(uri, address) and "attributedTo" in item:
        note = read_note(item)
        if not same_origin(note.author, uri):
            raise NotFound
        await people.admit(app, origin_of(uri).partition("://")[2])
        await notes.writer(app, note, budget, spare_=True)
    elif budget.spend(uri):
        note = await notes.read(app, uri, budget, spare_=True)
    else:
        return None
    if note.reply_to is None or await app.db.read(notes.known, note.reply_to) is None:
        return None
    note = await notes.proven(app, note, budget)
    if note.unapproved:
        return None
    await app.db.write(notes.store_old, note)
    return note


def _now(app: App) -> int:
    return int(app.db.env.clock().timestamp() * 1000)
