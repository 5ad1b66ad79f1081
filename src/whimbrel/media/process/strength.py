"""How strong are the walls on this machine? Put them up and run against them.

Both sides are here: `sandbox_strength` asks, and the module run as a child answers."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from whimbrel.media.process import jail
from whimbrel.media.process.result import Limits


class Order(Struct, frozen=True):
    """`port` has a listener on this machine; `secret` is a file next to, not in, `room`."""

    room: str
    secret: str
    port: int
    parent: int


class Finding(Struct, frozen=True):
    """The walls that stand, by name, and what got through nevertheless."""

    walls: tuple[str, ...]
    holes: tuple[str, ...]


def sandbox_strength() -> str:
    """One line for `doctor`, for example "strong: landlock 7, namespaces, system calls".

    It begins with "strong" when nothing got out, with "weak" when something did, and names what.
    """
    found = try_walls()
    walls = ", ".join(found.walls) or "limits on time and memory only"
    if not found.holes:
        return f"strong: {walls}"
    return f"weak: {walls}; a decoder gone wrong could {', '.join(found.holes)}"


def try_walls() -> Finding:
    """Run the probe in a child. Blocks for about 0.1 s."""
    with (
        tempfile.TemporaryDirectory() as place,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        room, secret = Path(place, "room"), Path(place, "secret")
        room.mkdir()
        secret.write_text("the keyring, say")
        order = Order(str(room), str(secret), listener.getsockname()[1], os.getpid())
        answer = subprocess.run(
            [sys.executable, "-I", "-m", "whimbrel.media.process.strength"],
            input=msgspec.json.encode(order),
            stdout=subprocess.PIPE,
            env={},
            check=True,
            timeout=30,
        )
    return msgspec.json.decode(answer.stdout, type=Finding)


def _probe(order: Order) -> Finding:
    """In the child: lock ourselves in, then try to get out. Any OSError is a wall that held."""

    def connect() -> None:
        socket.create_connection(("127.0.0.1", order.port), timeout=1).close()

    def run() -> None:
        # With vfork or fork; EPERM from either, or from exec, comes up as an OSError.
        subprocess.run([sys.executable, "-V"], check=True, capture_output=True)

    def fork() -> None:
        if os.fork() == 0:
            os._exit(0)
        os.wait()

    ways: dict[str, Callable[[], object]] = {
        "reach the network": connect,
        "read other files": Path(order.secret).read_bytes,
        "write other files": lambda: Path(order.secret).write_bytes(b"x"),
        "run other programs": run,
        "start other processes": fork,
        "signal the server": lambda: os.kill(order.parent, 0),
    }
    upload = Path(order.room, "upload")
    upload.touch()
    jail.limit(Limits(), 10, order.parent)
    walls = jail.lock(upload, Path(order.room))
    holes = []
    for name, way in ways.items():
        with contextlib.suppress(OSError):
            way()
            holes.append(name)
    return Finding(tuple(walls), tuple(holes))


if __name__ == "__main__":
    told = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    sys.stdout.buffer.write(msgspec.json.encode(_probe(told)))
