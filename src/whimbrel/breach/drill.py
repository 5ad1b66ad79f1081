"""A whole drill: the ground is made, and the steps are taken one after the other."""

import asyncio
import contextlib
import io
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from whimbrel import __version__
from whimbrel.core.tx import utc_now

from . import plant
from .client import Broken, Client
from .ground import Clock, Door, Ground, Inside, Restore, Serve, Step, Trial, Who, run
from .rules import BY_ID, LESSONS, Lesson, Report, Result
from .steps import STEPS

Told = Callable[[Result], object]
Begins = Callable[[Lesson], object]
LAST = ("D2", "D4")  # at a running server: they end with being refused


@asynccontextmanager
async def copy(serve: Serve, restored: Restore, doors: Sequence[Door]) -> AsyncIterator[Ground]:
    """A throw-away server with people in it, for the length of the block."""
    clock = Clock()
    with TemporaryDirectory(prefix="whimbrel-drill-") as scratch:
        folder, spare = Path(scratch, "data"), Path(scratch, "spare")
        await asyncio.to_thread(spare.mkdir)
        with contextlib.redirect_stdout(io.StringIO()):  # what a first start says
            async with serve(folder, clock) as served:
                client = Client(served.base)
                ground = Ground(client, doors, Inside(served.app, clock, folder, spare, restored))
                await plant.people(ground)
                await plant.things(ground)
                try:
                    yield ground
                finally:
                    await client.close()


@asynccontextmanager
async def outside(base: str, token: str, doors: Sequence[Door]) -> AsyncIterator[Ground]:
    """A running server, for whoever shows that it is theirs: by the token of an administrator.

    Raises:
        ValueError: no address, or an unprotected one.
        Broken: it cannot be reached, or the token is no administrator's.
    """
    client = Client(base)
    if not client.base.startswith("https:") and not client.is_here:
        raise ValueError("A token must not travel in clear: say https://...")
    ground = Ground(client, doors)
    trial = Trial(ground, BY_ID["D12"])
    try:
        owner, path = Who("owner", token=token), "/api/v1/accounts/verify_credentials"
        answer = await trial.ask(owner, "GET", path)
        shown = trial.right(answer, path) if answer.status == 200 else {}
        if not int((shown.get("role") or {}).get("permissions") or 0) & 1:
            raise Broken("that is not the token of an administrator of this server")
        ground.people["owner"] = owner._replace(id=int(shown["id"]))
        yield ground
    finally:
        await client.close()


async def drill(
    ground: Ground, told: Told, steps: dict[str, Step] = STEPS, begins: Begins = lambda _: None
) -> Report:
    """All steps, in an order in which none stands in the way of the next.

    Args:
        told: called with each result.
        begins: called before each step.
    """
    began, at = time.monotonic(), utc_now()
    order = [lesson for lesson in LESSONS if lesson.id in steps]
    if ground.inside is None:
        order.sort(key=lambda lesson: lesson.id in LAST)
    results = []
    for lesson in order:
        begins(lesson)
        result = await run(ground, lesson, steps[lesson.id])
        results.append(result)
        told(result)
        if ground.inside is not None:
            await ground.inside.settle()
    results.sort(key=lambda result: int(result.id[1:]))
    return Report(
        server=ground.client.base,
        copy=ground.inside is not None,
        version=__version__,
        began=at.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - began, 1),
        results=results,
    )
