"""Keepers in processes of their own."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import services
import warm
from whimbrel.exit.keeper import certificates
from whimbrel.exit.keeper.held import NAME

SOON = 30  # seconds, on a busy machine


class KeeperHouse:
    """A keeper in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, services.free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("WHIM")}
        self.process: warm.Fork | None = None
        certificates.init(folder)

    def start(self) -> "KeeperHouse":
        log = self.folder / "log"
        with log.open("wb") as out, Path(os.devnull).open() as nothing:
            files = (nothing.fileno(), out.fileno(), out.fileno())
            words = ["whimbrel", "keeper", "serve", "--data", str(self.folder)]
            self.process = warm.start([*words, "--bind", self.address], self.env, *files)
        until(lambda: b"listening on" in log.read_bytes())
        return self

    def kill(self) -> None:
        """The power goes."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SOON)

    def pair(self, data: Path) -> None:
        (data / "keepers").mkdir(mode=0o700, exist_ok=True)
        certificates.pair(
            self.folder, data / "keepers" / f"127.0.0.1-{self.port}.pem", restore=False
        )

    @property
    def disk(self) -> bytes:
        return (self.folder / NAME).read_bytes()


def until(met: Callable[[], object]) -> None:
    """Wait until it is so."""
    end = time.monotonic() + SOON
    while not met():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.05)
