"""Who carries letters to other servers: calls on each that something is due for, some at a time.

A server that does not answer must not make the others wait. Each is called on by itself; whoever is
slow gives up its place to the next after a moment, a shorter one when many are; where so many are
that there is no other place, those that have been for long are left; and one that did not answer
before is called on from a few places of its own, with one letter, more and more seldom. After a
week all that waits for it is thrown away."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from whimbrel.accounts import follow
from whimbrel.accounts.queries import graph
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.elsewhere import unseen
from whimbrel.core.tx import Tx

from .abroad import STYLE_LASTS
from .deliver import LADDER, Outcome, Sender, Sent, wait_after
from .queries import letters, reach, signers
from .queries.letters import Call, Waiting
from .rules import Style

PAUSE = 0.25  # seconds between looks
PLACES, SLOW_PLACES, SICK_PLACES = 100, 400, 20  # servers called on at a time
MOMENT = 1.0  # seconds after which whoever is called on is slow
HASTE, MANY = 0.25, 50  # the same, while so many are
LONG = 3.0  # seconds after which a slow one is left, where another needs its place
AT_A_TIME = 20  # servers of one transaction: while it is prepared, little else runs
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


class Visit(NamedTuple):
    """A server that is called on now, and with what."""

    call: Call
    found: list[Waiting]
    known: Style | None  # how it takes signatures


class Ended(NamedTuple):
    """What came of a visit."""

    visit: Visit
    done: list[Done]


class Under:
    """A call under way."""

    def __init__(self, now: float) -> None:
        self.limit = asyncio.timeout(None)  # ends it
        self.at = now  # when it began, or when it was answered last, by the clock of the loop


class Courier:
    """Carries letters until it is told to stop."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._sender = Sender(app)
        self._stopping = asyncio.Event()
        self._calls: set[asyncio.Task[None]] = set()
        self._slow: dict[asyncio.Task[None], Under] = {}
        self._over: set[asyncio.Task[None]] = set()  # what came of these is being written down
        self._sick: set[asyncio.Task[None]] = set()
        self._ended: list[Ended] = []  # well, and not written down yet
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
        under_way = self._under_way()
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._ended and not self._app.db.fence.closed:
            await self._app.db.write(_all_well, self._ended)

    async def _run(self) -> None:
        unseen.set(True)
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
        """Write down what ended well, and call on some that something is due for; whether there
        were any. One transaction for all of it."""
        if self._app.db.fence.closed:
            return False
        await self._some_free()
        places = {False: PLACES - len(self._calls), True: SICK_PLACES - len(self._sick)}
        free = {sick: min(most, AT_A_TIME) for sick, most in places.items() if most > 0}
        if not self._ended and not await self._app.db.read(_any_due, list(free)):
            return False
        ended = list(self._ended)
        visits = await self._app.db.write(_take, ended, free)
        del self._ended[: len(ended)]
        for visit in visits:
            self._begin(visit)
            await asyncio.sleep(0)  # one in a turn of the loop: who reads here waits for none
        return bool(visits)

    async def settle(self) -> None:
        """Until nothing is due and nobody is being called on."""
        while await self.turn() or self._under_way() or self._ended:
            under_way = self._under_way()
            if under_way:
                await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)

    def _under_way(self) -> set[asyncio.Task[None]]:
        return {*self._calls, *self._slow, *self._sick, *self._over}

    async def _some_free(self) -> None:
        """Places are taken some at a time, for each look is a transaction."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAUSE):
                while PLACES - len(self._calls) < max(1, PLACES // 5):
                    self._freed.clear()
                    await self._freed.wait()

    def _begin(self, visit: Visit) -> None:
        loop = asyncio.get_running_loop()
        under = Under(loop.time())
        task = asyncio.create_task(self._call(visit, under))
        place = self._sick if visit.call.failures else self._calls
        place.add(task)
        task.add_done_callback(self._done)
        moment = MOMENT if len(self._slow) < MANY else HASTE
        loop.call_later(moment, self._make_room, task, under)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._leave(task)
        self._over.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("call failed", why=type(task.exception()).__name__)

    def _leave(self, task: asyncio.Task[None]) -> None:
        """It needs no place any more."""
        self._calls.discard(task)
        self._sick.discard(task)
        self._slow.pop(task, None)
        self._over.add(task)
        self._freed.set()

    def _make_room(self, task: asyncio.Task[None], under: Under) -> None:
        if task not in self._calls:
            return
        loop = asyncio.get_running_loop()
        if len(self._slow) >= SLOW_PLACES:
            longest, its = min(self._slow.items(), key=lambda each: each[1].at)
            if its.at > loop.time() - LONG:
                loop.call_later(HASTE, self._make_room, task, under)
                return
            its.limit.reschedule(loop.time())
            self._leave(longest)
        self._calls.discard(task)
        self._slow[task] = under
        self._freed.set()

    async def _call(self, visit: Visit, under: Under) -> None:
        """Bring a server what is due: of each thing one letter after the other."""
        things: dict[int, list[Waiting]] = {}
        for each in sorted(visit.found):
            things.setdefault(each.thing, []).append(each)
        ended, rest = Ended(visit, []), iter(things.values())
        hands = [self._carry(rest, ended, under) for _ in range(min(AT_ONCE, len(things)))]
        try:
            async with under.limit:
                await (hands[0] if len(hands) == 1 else asyncio.gather(*hands))
        except TimeoutError:
            ended.done.append(Done(visit.found[0], Sent(Outcome.SILENT)))
        if (task := asyncio.current_task()) is not None:
            self._leave(task)
        if all(sent.outcome in _WELL for _, sent in ended.done):
            self._ended.append(ended)
        else:
            await self._app.db.write(settle, ended)

    async def _carry(self, rest: Iterator[list[Waiting]], ended: Ended, under: Under) -> None:
        """What is about one thing after what is about another, as long as anybody answers."""
        for thing in rest:
            for each in thing:
                if any(sent.outcome is Outcome.SILENT for _, sent in ended.done):
                    return
                sent = await self._sender.send(each.letter, each.inbox, ended.visit.known)
                under.at = asyncio.get_running_loop().time()
                ended.done.append(Done(each, sent))
                if sent.outcome in _STAYS:
                    break


def _any_due(tx: Tx, kinds: list[bool]) -> bool:
    return any(letters.due(tx, sick=sick, most=1) for sick in kinds)


def _take(tx: Tx, ended: list[Ended], free: dict[bool, int]) -> list[Visit]:
    """Write down what ended well, and see who is to be called on with what.

    Args:
        free: places for those that answer, and for those that did not.
    """
    if ended:
        _all_well(tx, ended)
    calls = [
        call
        for sick, most in free.items()
        for call in letters.take(tx, sick=sick, most=most, until=tx.ms + LEASE)
    ]
    known = signers.styles(tx, [call.origin for call in calls], tx.ms - STYLE_LASTS)
    visits = []
    for call in calls:
        found = letters.waiting(tx, call.origin, 1 if call.failures else BATCH)
        visits.append(Visit(call, found, known.get(call.origin)))
    # What is due there has to wait for something that is due later.
    letters.well(tx, [each.call.origin for each in visits if not each.found], after=tx.ms)
    return [each for each in visits if each.found]


def _all_well(tx: Tx, ended: list[Ended]) -> None:
    letters.sent(tx, [waiting for each in ended for waiting, _ in each.done])
    for each in ended:
        _learn(tx, each)
    letters.well(tx, [each.visit.call.origin for each in ended])


def _learn(tx: Tx, ended: Ended) -> None:
    """How a server takes signatures."""
    style = next((sent.style for _, sent in ended.done if sent.style is not None), None)
    if style is not None and style is not ended.visit.known:
        signers.set_style(tx, ended.visit.call.origin, style)


def settle(tx: Tx, ended: Ended) -> None:
    """Write down what came of a visit that did not go well altogether."""
    over = []
    for waiting, sent in ended.done:
        if sent.outcome is Outcome.GONE:
            _drop_followers(tx, sent.owner, waiting.inbox)
        if sent.outcome is Outcome.LATER and waiting.tries < len(LADDER):
            letters.put_off(tx, waiting, tx.ms + wait_after(waiting.tries + 1))
        elif sent.outcome is not Outcome.SILENT:
            over.append(waiting)
    letters.sent(tx, over)
    _learn(tx, ended)
    outcomes = [sent.outcome for _, sent in ended.done]
    # One letter that a server chokes on is no sign that it is away; several are.
    away = _STAYS.issuperset(outcomes) and outcomes != [Outcome.LATER]
    if away:
        _did_not_answer(tx, ended.visit.call, max(sent.wait for _, sent in ended.done))
    else:
        letters.well(tx, [ended.visit.call.origin])


_WELL = {Outcome.TAKEN, Outcome.REFUSED, Outcome.OVER}
_STAYS = {Outcome.LATER, Outcome.SILENT}


def _did_not_answer(tx: Tx, call: Call, wait: int) -> None:
    """Args: `wait`: seconds that it asks us to."""
    if not call.since or tx.ms - call.since <= GIVES_UP:
        letters.ill(tx, call, tx.ms + max(wait_after(call.failures + 1), wait * 1000))
    elif letters.give_up(tx, call.origin, SOME):
        letters.ill(tx, call, tx.ms)  # the rest, at once
    else:
        letters.well(tx, [call.origin])


def _drop_followers(tx: Tx, owner: int, inbox: str) -> None:
    """Nobody is behind that inbox any more: whoever was follows nobody."""
    for follower in reach.followers_at(tx, owner, inbox, SOME):
        graph.lock(tx, owner, follower)
        letters.forget_follow(tx, follower, owner)
        follow.end(tx, follower, owner)
