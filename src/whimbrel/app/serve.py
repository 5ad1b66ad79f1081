"""`whimbrel serve`: one process, edges and worker, from the first line it prints to a clean end."""

import asyncio
import contextlib
import gc
import resource
import signal
import socket
import sys
from collections.abc import Generator
from contextlib import AsyncExitStack
from functools import partial

import uvicorn

from whimbrel.accounts.signup import setup_link
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import Conflict, DiskBroken
from whimbrel.core.settings import Settings, SettingsError
from whimbrel.core.undumped import undumped
from whimbrel.core.worker import Worker, release
from whimbrel.exit.bring import under_way
from whimbrel.exit.keeper import send as keepers
from whimbrel.exit.standby import keep as standby
from whimbrel.federation import sharing
from whimbrel.federation.courier import Courier
from whimbrel.privacy import erasure

from . import metrics, shared
from .asgi import Doors
from .gate import Gate
from .listener import Listener
from .opening import begin, opened
from .watch import Watch

FILES = 65_536  # that may be open at once, where the system allows it
GRACE = 10  # seconds that requests under way have after SIGTERM
YOUNG = 5_000  # objects between looks for garbage that holds itself: each look holds the loop
VANISHED = 60  # seconds after which who does not acknowledge anything is gone, not slow

log = logs.get(__name__)


class Server(uvicorn.Server):
    """uvicorn, without its habit of dying of the signal it was politely asked to end with."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals are handled by `serve`, which then exits with 0."""
        yield


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; returns when everything is closed."""
    logs.setup(settings.log_level, settings.log_format)
    _refuse_lonely(settings)
    open_many()
    undumped()
    with listen(settings) as listener, asyncio.Runner(loop_factory=event_loop) as runner:
        runner.run(serve(settings, listener))


def event_loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()


def open_many() -> None:
    """Streams and connections to other servers are an open file each. What a shell allows (mostly
    1,024) is meant for programs that wait for theirs with `select`."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(now, min(most, FILES)), most))


def _refuse_lonely(settings: Settings) -> None:
    """Processes that share the work must share what carries it."""
    if settings.role == "all":
        return
    if not settings.database_url.startswith("postgresql:"):
        raise SettingsError(f"role = {settings.role}: needs PostgreSQL; SQLite serves one process.")
    if not settings.domain:
        raise SettingsError(f"role = {settings.role}: needs domain, the same in every process.")
    if not settings.redis:
        raise SettingsError(f"role = {settings.role}: needs redis, to hear of the other processes.")


def listen(settings: Settings) -> socket.socket:
    """The port that the settings name. Raises SettingsError: it cannot be had."""
    host, port = settings.address
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        listener = socket.create_server(
            address[:2], family=family, backlog=2048, reuse_port=False, dualstack_ipv6=False
        )
    except OSError as error:
        raise SettingsError(f"bind = {settings.bind}: {error.strerror or error}.") from None
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # connections inherit it
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED * 1000)
    return listener


async def serve(settings: Settings, listener: socket.socket) -> None:
    """Open everything, answer and work until told to stop, close everything."""
    port = listener.getsockname()[1]
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(opened(settings, port))
        if await app.db.read(under_way):
            raise Conflict("An import was cut short: run the same whimbrel import again first.")
        await stack.enter_async_context(Watch.keep(app))
        await stack.enter_async_context(erasure.keep(app))
        await stack.enter_async_context(shared.keep(app))
        await stack.enter_async_context(sharing.keep(app))
        doors = await stack.enter_async_context(Doors.open(app))
        gate = await stack.enter_async_context(Gate.open(app, doors))
        server = Server(config(settings, gate))
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, _stop, server, doors)
        if settings.metrics_bind:
            stack.enter_context(metrics.exposed(app, settings.metrics_bind))
        closed = app.db.fence.closed
        if closed:
            app.guard.on_open = partial(_open_late, app, stack)
        else:
            await _work(app, stack)
        await _greet(app, settings, port, closed)
        gc.collect()
        gc.freeze()  # what is here now stays: a collection need not go through it again
        gc.set_threshold(YOUNG)
        gc.enable()
        app.db.on_broken = lambda: loop.call_soon_threadsafe(_stop, server, doors)
        if app.db.broken is None:
            await server.serve(sockets=[listener])
    if app.db.broken is not None:
        log.critical("ended: the disk failed", error=type(app.db.broken).__name__)
        raise DiskBroken
    log.info("stopped")


def _stop(server: Server, doors: Doors) -> None:
    server.should_exit = True
    doors.drain()


def config(settings: Settings, gate: Gate) -> uvicorn.Config:
    return uvicorn.Config(
        gate,
        http=Listener,
        ws="websockets-sansio",
        ws_per_message_deflate=False,  # 9,500 idle streams must not hold a window each
        ws_max_size=64 * 1024,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE,
        ssl_certfile=settings.tls_cert or None,
        ssl_keyfile=settings.tls_key or None,
        ssl_ciphers="ECDHE+AESGCM:ECDHE+CHACHA20",  # of TLS 1.2; 1.3 has none that are worse
    )


async def _work(app: App, stack: AsyncExitStack) -> None:
    """Whatever writes by itself begins."""
    if app.settings.role in ("all", "worker"):
        await stack.enter_async_context(keepers.keep(app))
        await stack.enter_async_context(standby.keep(app))
        alone, worker, courier = app.settings.role == "all", Worker(app.db, app), Courier(app)
        if alone:
            await app.db.write(release)
        worker.start()
        stack.push_async_callback(worker.stop)
        await courier.start(alone=alone)
        stack.push_async_callback(courier.stop)


async def _open_late(app: App, stack: AsyncExitStack) -> None:
    """A node that might not write when it started may now."""
    await begin(app)
    await _work(app, stack)


async def _greet(app: App, settings: Settings, port: int, closed: bool) -> None:
    """What the operator sees: where it is, and on the first run how to become its administrator."""
    _say(f"listening on {_address(settings, port)}")
    log.info("serving", role=settings.role)
    if closed:
        _say(f"Read only: {app.db.fence.why or app.guard.red}")
    elif settings.role in ("all", "web"):
        token = await app.db.write(setup_link)
        if token:
            link = f"{app.instance.origin}/auth/setup/{token}"
            _say(f"No administrator yet. Make the first one here (works once): {link}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _address(settings: Settings, port: int) -> str:
    """Where this process itself answers, which behind a proxy is not where the world finds it."""
    host = settings.address[0]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if settings.tls_cert else 'http'}://{shown}:{port}"
