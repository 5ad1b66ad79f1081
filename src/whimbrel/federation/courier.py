"""Who carries letters to other servers: calls on each that something is due for, some at a time.

A server that does not answer must not make the others wait. Each is called on by itself; whoever is
slow gives up its place to the next after a moment; and one that did not answer before is called on
from a few places of its own, with one letter, more and more seldom. After a week all that waits for
it is thrown away."""

import asyncio
import contextlib
from collections import defaultdict
from functools import partial
from typing import NamedTuple

from whimbrel.accounts import follow
from whimbrel.accounts.queries import graph
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.tx import Tx

from .abroad import STYLE_LASTS
from .deliver import LADDER, Outcome, Sender, Sent, wait_after
from .queries import letters, reach, signers
from .queries.letters import Call, Waiting
from .rules import Style

PAUSE = 0.25  # seconds between looks
PLACES, SLOW_PLACES, SICK_PLACES = 100, 150, 20  # servers called on at a time
MOMENT = 1.0  # seconds after which whoever is called on is slow
AT_ONCE = 3  # letters to one server at a time
BATCH = 24  # letters of one call
LEASE = 240_000  # ms; a call with all that can go wrong takes less
GIVES_UP = 7 * 86_400_000  # ms
SOME = 500  # rows of one transaction

log = logs.get(__name__)


class Done(NamedTuple):
    """What became of a letter."""

    waiting: Waiting
    sent: Sent


class Round(NamedTuple):
    """What the letters of one call have in common."""

    known: Style | None  # how the server takes signatures
    places: asyncio.Semaphore
    silent: asyncio.Event  # it does not answer: nothing more is tried


class Courier:
    """Carries letters until it is told to stop."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._sender = Sender(app)
        self._stopping = asyncio.Event()
        self._calls: set[asyncio.Task[None]] = set()
        self._slow: set[asyncio.Task[None]] = set()
        self._sick: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self, *, alone: bool) -> None:
        """Begin. Args: `alone`: nobody else carries for this database, so what is held is not."""
        if alone:
            await self._app.db.write(letters.release)
        self._task = asyncio.create_task(self._run(), name="courier")

    async def stop(self, patience: float = 10.0) -> None:
        """Let calls under way finish; what does not is done again later."""
        self._stopping.set()
        if self._task is not None:
            await self._task
        under_way = self._calls | self._slow | self._sick
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            busy = False
            try:
                busy = await self.turn()
            except Exception as error:
                log.error("courier stumbled", why=type(error).__name__)
                await asyncio.sleep(1)
            if not busy:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), PAUSE)

    async def turn(self) -> bool:
        """Call on some that something is due for; whether there were any."""
        healthy = await self._begin(self._calls, PLACES, sick=False)
        sick = await self._begin(self._sick, SICK_PLACES, sick=True)
        return healthy or sick

    async def settle(self) -> None:
        """Until nothing is due and nobody is being called on."""
        while await self.turn() or self._calls or self._slow or self._sick:
            under_way = self._calls | self._slow | self._sick
            if under_way:
                await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _begin(self, place: set[asyncio.Task[None]], most: int, *, sick: bool) -> bool:
        await self._some_free(place, most)
        free = most - len(place)
        find = partial(letters.due, sick=sick, most=free)
        if free <= 0 or not await self._app.db.read(find):
            return False
        calls = await self._app.db.write(_held, sick, free)
        for call in calls:
            task = asyncio.create_task(self._call(call))
            place.add(task)
            task.add_done_callback(self._over)
            asyncio.get_running_loop().call_later(MOMENT, self._make_room, task)
        return bool(calls)

    async def _some_free(self, place: set[asyncio.Task[None]], most: int) -> None:
        """Places are taken some at a time, for each look is a transaction."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAUSE):
                while most - len(place) < max(1, most // 10):
                    self._freed.clear()
                    await self._freed.wait()

    def _over(self, task: asyncio.Task[None]) -> None:
        for place in (self._calls, self._slow, self._sick):
            place.discard(task)
        self._freed.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("call failed", why=type(task.exception()).__name__)

    def _make_room(self, task: asyncio.Task[None]) -> None:
        if task in self._calls and len(self._slow) < SLOW_PLACES:
            self._calls.discard(task)
            self._slow.add(task)
            self._freed.set()

    async def _call(self, call: Call) -> None:
        """Bring a server what is due: of each thing one letter after the other."""
        db = self._app.db
        most = 1 if call.failures else BATCH
        began = int(db.env.clock().timestamp() * 1000)
        found = await db.read(letters.waiting, call.origin, most)
        known = await db.read(signers.style, call.origin, began - STYLE_LASTS)
        things: dict[int, list[Waiting]] = defaultdict(list)
        for each in sorted(found):
            things[each.thing].append(each)
        round_ = Round(known, asyncio.Semaphore(AT_ONCE), asyncio.Event())
        done = await asyncio.gather(*(self._carry(each, round_) for each in things.values()))
        outcomes = [each for some in done for each in some]
        await db.write(settle, call, outcomes, known, began)

    async def _carry(self, waiting: list[Waiting], round_: "Round") -> list[Done]:
        done: list[Done] = []
        async with round_.places:
            for each in waiting:
                if round_.silent.is_set():
                    break
                sent = await self._sender.send(each.letter, each.inbox, round_.known)
                done.append(Done(each, sent))
                if sent.outcome is Outcome.SILENT:
                    round_.silent.set()
                if sent.outcome in _STAYS:
                    break
        return done


def _held(tx: Tx, sick: bool, most: int) -> list[Call]:
    return [
        call
        for call in letters.due(tx, sick=sick, most=most)
        if letters.hold(tx, call, tx.ms + LEASE)
    ]


def settle(tx: Tx, call: Call, done: list[Done], known: Style | None, began: int) -> None:
    """Write down what became of a call that began then (ms)."""
    over = []
    for waiting, sent in done:
        if sent.outcome is Outcome.GONE:
            _drop_followers(tx, sent.owner, waiting.inbox)
        if sent.outcome is Outcome.LATER and waiting.tries < len(LADDER):
            letters.put_off(tx, waiting, tx.ms + wait_after(waiting.tries + 1))
        elif sent.outcome is not Outcome.SILENT:
            over.append(waiting)
    letters.sent(tx, over)
    style = next((sent.style for _, sent in done if sent.style is not None), None)
    if style is not None and style is not known:
        signers.set_style(tx, call.origin, style)
    outcomes = [sent.outcome for _, sent in done]
    # One letter that a server chokes on is no sign that it is away; several are.
    away = bool(outcomes) and _STAYS.issuperset(outcomes) and outcomes != [Outcome.LATER]
    if away:
        _did_not_answer(tx, call, max(sent.wait for _, sent in done))
    else:
        letters.well(tx, call.origin, after=0 if done else began)


_STAYS = {Outcome.LATER, Outcome.SILENT}


def _did_not_answer(tx: Tx, call: Call, wait: int) -> None:
    """Args: `wait`: seconds that it asks us to."""
    if not call.since or tx.ms - call.since <= GIVES_UP:
        letters.ill(tx, call, tx.ms + max(wait_after(call.failures + 1), wait * 1000))
    elif letters.give_up(tx, call.origin, SOME):
        letters.ill(tx, call, tx.ms)  # the rest, at once
    else:
        letters.well(tx, call.origin)


def _drop_followers(tx: Tx, owner: int, inbox: str) -> None:
    """Nobody is behind that inbox any more: whoever was follows nobody."""
    for follower in reach.followers_at(tx, owner, inbox, SOME):
        graph.lock(tx, owner, follower)
        letters.forget_follow(tx, follower, owner)
        follow.end(tx, follower, owner)
