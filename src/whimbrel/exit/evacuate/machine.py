"""The side that leaves: one step after the other, each of which can be done again."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from hashlib import file_digest
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from whimbrel.core.app import App
from whimbrel.core.errors import Conflict, Unavailable, WhimbrelError
from whimbrel.core.objects import ObjectStore
from whimbrel.core.objects.store import key_of
from whimbrel.core.tx import Tx
from whimbrel.media.queries import known

from .. import guard, measure, plan
from ..count import count
from ..guard import Standing
from ..plan import Amount, Kind, Plan, Rates
from ..verify import plant
from ..witness import FIRST, Witness
from . import hooks, journal, lay, wipe
from .carry import Carrier, shape
from .files import Copier
from .journal import REHEARSED, STEPS, Journal, Passing, Step
from .orders import ANSWER, ANY, ORDER, Answer, Did, Manifest, Order, Wants
from .progress import Progress

LOOKS = 0.1  # seconds between looks at the other's answer
LIFE = 20.0  # seconds in which the other has to give a sign of life
STOPS = 60.0  # seconds that writers have to end
STARTS = 120.0  # seconds that the other has to serve
LAG = 1.0  # seconds of a pass that is short enough
PASSES = 5
OVERLAP = 3_600_000  # ms that making a file ready may take
RESERVE, MOST_RESERVE = 1 / 20, 1800.0  # of the deadline, and seconds: for what comes after files
MEASURES = 1.0  # seconds for objects of each size
_SLICE = 500


class NotWhole(WhimbrelError):
    """The other node is not whole: it was not promoted, and this one takes writes again."""

    status, code = 409, "not_whole"


class Evacuation:
    """One run of it. `run` goes on where the journal says."""

    def __init__(
        self,
        app: App,
        now: Journal,
        store: ObjectStore,
        witness: Witness,
        progress: Progress,
        hook: Path | None,
    ) -> None:
        self._app, self._now, self._store, self._witness = app, now, store, witness
        self._progress, self._hook = progress, hook
        self._data = app.settings.data
        self._there: set[str] = set()
        self._passing = Passing(self._data)
        self._copier = Copier(app, store, self._there, progress)
        self._carrier = Carrier(app, store, self._there, self._passing, progress.sent)
        self._writers: guard.Writers | None = None

    async def run(self, *, wipes: bool) -> Journal:
        """Until it is over, or wipes are all that is missing and nobody asked for them.

        Raises:
            NotWhole: the proof failed.
            Conflict: it cannot be done, or not now.
            Unavailable: the store, the witness or the other node does not answer.
        """
        async for stored in self._store.list():
            self._there.add(stored.key)
        try:
            while self._now.step is not Step.OVER:
                step = self._now.step
                if step is Step.WIPE_OLD and not (wipes or self._now.rehearse):
                    break
                began = time.monotonic()
                if not (self._now.rehearse and step in REHEARSED):
                    await self._steps()[step]()
                took = self._now.seconds.get(step, 0.0) + time.monotonic() - began
                self._note(
                    step=STEPS[STEPS.index(step) + 1],
                    seconds={**self._now.seconds, step.value: round(took, 3)},
                )
                self._progress.tell("ends", seconds=round(took, 3))
        finally:
            self._passing.close()
            if self._writers is not None:
                self._writers.close()
        return self._now

    def _steps(self) -> dict[Step, Callable[[], Awaitable[None]]]:
        return {
            Step.PLAN: self._plan,
            Step.PRESEED: self._preseed,
            Step.CATCHUP: self._catch_up,
            Step.FREEZE: self._freeze,
            Step.FINAL_SYNC: self._final_sync,
            Step.VERIFY: self._verify,
            Step.PROMOTE: self._promote,
            Step.DNS: self._dns,
            Step.TAIL: self._tail,
            Step.WIPE_OLD: self._wipe,
        }

    def _note(self, **changes: Any) -> None:
        self._now = replace(self._now, **changes)
        journal.write(self._data, self._now)

    # ------------------------------------------------------------------------- before

    async def _plan(self) -> None:
        self._progress.begin(Step.PLAN, Amount())
        newest = await self._witness.newest()
        if newest is None:
            newest = await self._witness.make(FIRST, self._witness.node)
        if newest is None or newest.node != self._witness.node:
            raise Conflict("This node is not the one that may write: it has nothing to leave with.")
        answer = await self._alive()
        measured = await measure.there(self._store, await self._room(), MEASURES, self._passing.add)
        found = await count(self._app)
        classes = [*found.leaves, (Kind.DERIVED, found.derived or Amount())]
        rates = Rates(bytes=measured.bytes, objects=measured.objects)
        hours = (self._now.deadline - time.time()) / 3600 if self._now.deadline else None
        made = plan.plan(classes, rates, hours)
        self._progress.tell("plan", says="\n".join(_table(made)), fits=made.fits, hours=made.hours)
        canary = self._now.canary or await self._app.db.write(plant)
        self._note(canary=canary, node=answer.node, address=answer.address)

    async def _alive(self) -> Answer:
        """The node that follows, which has just given a sign of life."""
        self._note(number=self._now.number + 1)
        now = self._now
        await self._witness.say(ORDER, Order(now.id, now.number, ANY, Wants.NOTHING))
        until = time.monotonic() + LIFE
        while time.monotonic() < until:
            answer = await self._witness.read(ANSWER, Answer)
            if answer is not None and (answer.evacuation, answer.number) == (now.id, now.number):
                return answer
            await asyncio.sleep(LOOKS)
        raise Conflict("Nobody follows: run whimbrel standby follow at the other node.")

    async def _room(self) -> Path:
        folder = self._app.scratch / "leaving"
        await asyncio.to_thread(folder.mkdir, 0o700, True, True)
        return folder

    async def _preseed(self) -> None:
        database = dict((await count(self._app)).leaves)[Kind.DATABASE]
        self._progress.begin(Step.PRESEED, database)
        await self._carrier.ahead()
        self._progress.begin(Step.PRESEED, await self._copier.missing())
        left = await self._copier.copy(until=self._cut())
        self._note(left=tuple(left))

    def _cut(self) -> float | None:
        """When no more files are begun."""
        if not self._now.deadline:
            return None
        span = self._now.deadline - self._now.began
        return self._now.deadline - min(span * RESERVE, MOST_RESERVE)

    async def _catch_up(self) -> None:
        since = 0
        for number in range(PASSES):
            began, now = time.monotonic(), int(time.time() * 1000)
            self._progress.begin(Step.CATCHUP, Amount())
            left = await self._copier.copy(since=max(0, since - OVERLAP), until=self._cut())
            self._note(left=tuple({*self._now.left, *left}) if number else tuple(left))
            await self._send(await self._carrier.ahead(), still=False)
            await self._ordered(Wants.LAY)
            since = now
            if time.monotonic() - began < LAG:
                return

    # ------------------------------------------------------------------------- frozen

    async def _freeze(self) -> None:
        self._progress.begin(Step.FREEZE, Amount())
        if not self._now.frozen:
            self._note(frozen=time.time())
        await self._frozen()

    async def _frozen(self) -> None:
        """Nobody writes, from here on and until this process ends or says so."""
        if self._now.rehearse or self._writers is not None:
            return
        guard.stand(self._data, Standing(frozen=True))
        await self._app.db.close_fence(guard.FROZEN)
        self._app.guard.leave()
        writers = guard.Writers(self._data)
        until = time.monotonic() + STOPS
        while not writers.alone():
            if time.monotonic() > until:
                writers.close()
                self.thaw()
                raise Conflict("Somebody goes on writing: stop other commands, and try again.")
            await asyncio.sleep(0.02)
        self._writers = writers

    def thaw(self) -> None:
        """This node takes writes again: nothing was given away yet."""
        guard.stand(self._data, Standing())
        if self._writers is not None:
            self._writers.close()
            self._writers = None
        self._note(step=Step.CATCHUP, frozen=0.0)

    async def _final_sync(self) -> None:
        await self._frozen()
        self._progress.begin(Step.FINAL_SYNC, Amount())
        left = await self._copier.copy(until=self._cut())
        streams, sums = await self._carrier.whole(still=not self._now.rehearse)
        self._note(left=tuple(left))
        await self._send(streams, still=True, sums=sums)

    async def _send(self, streams: dict[str, list[str]], *, still: bool, sums: Any = None) -> None:
        canary = self._now.canary
        manifest = Manifest(
            engine=self._app.db.env.engine,
            revision=shape(),
            streams=streams,
            still=still,
            vault=await self._vault() if still else {},
            sums=sums or {},
            canaries=[canary] if canary else [],
            left=list(self._now.left),
        )
        keyring = self._app.db.keyring
        room, passing = await self._room(), self._passing.add
        key = await lay.write_manifest(self._store, keyring, manifest, room, passing)
        self._note(manifest=key)

    async def _vault(self) -> dict[str, str]:
        root = self._data / "vault"
        found: dict[str, str] = {}
        for path in await asyncio.to_thread(lambda: sorted(root.rglob("*"))):
            if path.is_file():
                self._passing.add(await asyncio.to_thread(_key_of, path))
                stored = await self._store.put(path)
                found[path.relative_to(root).as_posix()] = stored.key
        return found

    async def _verify(self) -> None:
        await self._frozen()
        self._progress.begin(Step.VERIFY, Amount())
        answer = await self._ordered(Wants.VERIFY)
        for each in answer.lines:
            self._progress.tell("proof", ok=each.ok, says=f"{each.title}: {each.says}")
        if answer.did is Did.VERIFIED:
            return
        wrong = "; ".join(f"{each.title}: {each.says}" for each in answer.lines if not each.ok)
        self._note(failed=wrong)
        if not self._now.rehearse:
            self.thaw()
        raise NotWhole(f"{NotWhole.__doc__} {wrong}")

    async def _ordered(self, wants: Wants) -> Answer:
        """Order something; the answer to it."""
        self._note(number=self._now.number + 1)
        now = self._now
        order = Order(now.id, now.number, now.node, wants, now.manifest)
        await self._witness.say(ORDER, order)
        beat, heard = "", time.monotonic()
        while True:
            answer = await self._witness.read(ANSWER, Answer)
            if answer is not None and answer.evacuation == now.id:
                if answer.did is Did.PROMOTED and wants is Wants.SERVE:
                    return answer  # whichever order it was: it has ended by now
                if answer.number == now.number and wants is not Wants.SERVE:
                    if answer.node != now.node:
                        raise Conflict("Two nodes follow: stop one of them.")
                    return answer
            if answer is not None and answer.beat != beat:
                beat, heard = answer.beat, time.monotonic()
            if time.monotonic() > heard + LIFE:
                heard = time.monotonic()
                self._progress.tell("waits", says="The other node gives no sign of life.")
            await asyncio.sleep(LOOKS)

    # ------------------------------------------------------------------------- over there

    async def _promote(self) -> None:
        await self._frozen()
        self._progress.begin(Step.PROMOTE, Amount())
        newest = await self._witness.newest()
        if newest is not None and newest.node == self._witness.node:
            newest = await self._witness.make(newest.number + 1, self._now.node, self._now.address)
        if newest is None or newest.node != self._now.node:
            raise Conflict("Another node took over meanwhile.")
        guard.stand(self._data, Standing(True, True, newest.number, newest.address))
        await self._ordered(Wants.SERVE)
        if await self._serves(newest.address):
            self._note(thawed=time.time())
            self._progress.tell("serves", says=f"frozen for {self.frozen_for:.1f} s")
        else:
            self._progress.tell(
                "silent", says=f"{newest.address or 'it'} cannot be asked from here"
            )

    @property
    def frozen_for(self) -> float:
        """Seconds in which nobody could write."""
        return self._now.thawed - self._now.frozen

    async def _serves(self, address: str) -> bool:
        until, name = time.monotonic() + STARTS, hooks.names(self._app.instance)[0]
        while address and time.monotonic() < until:
            if await hooks.is_healthy(address, name, self._app.settings.extra_ca):
                return True
            await asyncio.sleep(LOOKS)
        return False

    async def _dns(self) -> None:
        self._progress.begin(Step.DNS, Amount())
        said = await hooks.point(self._hook, self._app.settings, self._app.instance, self._now)
        self._progress.tell("dns", says=said)

    async def _tail(self) -> None:
        self._progress.begin(Step.TAIL, Amount(len(self._now.left), 0))
        left = await self._copier.fetch(self._now.left)
        self._note(left=tuple(left))
        await self._store.delete(await self._app.db.read(_passed, self._passing.keys))
        self._passing.forget()
        self._progress.tell("tail", says="Whoever comes here is served from there.")

    async def _wipe(self) -> None:
        self._progress.begin(Step.WIPE_OLD, Amount())
        if not self._now.thawed and not await self._serves(self._now.address):
            raise Unavailable("The other node does not answer: nothing is wiped.")
        said = await wipe.wipe(self._app)
        self._progress.tell("wiped", says=said)


def _passed(tx: Tx, keys: Collection[str]) -> list[str]:
    """Those that nothing but the way over needed: evidence may be what a post shows, too."""
    all_ = sorted(keys)
    found: list[str] = []
    for at in range(0, len(all_), _SLICE):
        some = all_[at : at + _SLICE]
        found += set(some) - known(tx, some)
    return found


def _key_of(path: Path) -> str:
    with path.open("rb") as file:
        return key_of(file_digest(file, "sha256").hexdigest())


def _table(made: Plan) -> list[str]:
    lines = [
        f"{each.kind:<32}{each.amount.objects:>12,}{each.amount.bytes / 1e6:>12,.1f} MB"
        f"{each.done:>9.2f} h" + (f"  left: {each.left.objects:,}" if each.left.objects else "")
        for each in made.lines
    ]
    lines.append(f"in all {made.hours:.2f} h, by what the other store takes in now")
    if made.fits is False:
        lines.append("It does not fit: what is left behind goes onto the want-list.")
    return lines
