"""A server of its own in a scratch folder, for the drills of a breach and of a restore, and all
doors there are.

It answers on a port of this machine, in this process, and works off its jobs when it is told to:
so a drill need not wait for what follows from what it did."""

import asyncio
import os
import re
import socket
import sys
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from litestar.exceptions import LitestarDeprecationWarning

from whimbrel.breach.client import Broken
from whimbrel.breach.ground import Clock, Door, Served
from whimbrel.core.app import App
from whimbrel.core.settings import Settings
from whimbrel.core.worker import Worker
from whimbrel.federation.courier import Courier
from whimbrel.privacy import erasure
from whimbrel.privacy.budgets import Budgets

from . import rooms
from .asgi import Doors
from .gate import Gate
from .opening import opened
from .serve import Server, config, listen
from .watch import Watch

PATIENCE = 60.0  # seconds for a restored server, from its start to its end
STARTED = 0.005  # seconds between looks whether it answers


def doors() -> list[Door]:
    """Every route, and whom it lets in, in one order."""
    return sorted(
        Door(method, path, handler.opt["access"])
        for handler in rooms.ROUTES
        for path in handler.paths
        for method in getattr(handler, "http_methods", ("GET",))
    )


@asynccontextmanager
async def served(folder: Path, clock: Clock) -> AsyncIterator[Served]:
    """A server over this folder for the length of the block."""
    hops = ("127.0.0.0/8", "::1")
    settings = Settings(data=folder, bind="localhost:0", signups="open", trusted_proxies=hops)
    with listen(settings) as listener:
        port = listener.getsockname()[1]
        async with opened(settings, port, clock) as app, Watch.keep(app), erasure.keep(app):
            app.budgets = Budgets(clock=clock.seconds)
            if app.readings is not None:
                app.readings.clock = clock.seconds
            async with _answering(app, settings, listener):
                yield Served(app, f"http://localhost:{port}")


@asynccontextmanager
async def _answering(app: App, settings: Settings, listener: socket.socket) -> AsyncIterator[None]:
    """Requests are answered for the length of the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        ways = Doors.open(app)
        async with ways as front, Gate.open(app, front) as gate:
            server = Server(config(settings, gate))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                while not server.started:  # noqa: ASYNC110 (uvicorn tells nobody)
                    await asyncio.sleep(STARTED)
                yield
            finally:
                front.drain()
                server.should_exit = True
                await serving


@asynccontextmanager
async def rehearsed(
    settings: Settings, ready: Callable[[App], Awaitable[None]]
) -> AsyncIterator[tuple[App, str]]:
    """A whole server with these settings, its worker and its courier too, for the length of the
    block: and where it answers.

    Args:
        ready: what is done before anything begins.
    """
    with listen(settings) as listener:
        port = listener.getsockname()[1]
        async with opened(settings, port) as app, erasure.keep(app):
            await ready(app)
            async with _answering(app, settings, listener):
                worker, courier = Worker(app.db, app), Courier(app)
                worker.start()
                await courier.start(alone=True)
                try:
                    yield app, f"http://localhost:{port}"
                finally:
                    await courier.stop()
                    await worker.stop()


@asynccontextmanager
async def restored(folder: Path) -> AsyncIterator[str]:
    """A server over this folder in a process of its own, for the length of the block: where."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("WHIMBREL_")}
    command = (sys.executable, "-m", "whimbrel", "serve", "--data", str(folder))
    serving = await asyncio.create_subprocess_exec(
        *command,
        "--bind",
        "localhost:0",
        env=mine,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            yield await _listening(serving)
    finally:
        if serving.returncode is None:
            serving.terminate()
        await serving.wait()


async def _listening(serving: asyncio.subprocess.Process) -> str:
    said = serving.stdout
    while said is not None and (line := await said.readline()):
        if found := re.search(r"listening on (http\S+)", line.decode()):
            return found[1]
    raise Broken("a server over the restored backup did not start")
