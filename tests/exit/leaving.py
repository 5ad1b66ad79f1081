"""Two nodes of one server: one that is left, one that follows it, and a witness between them."""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import services
import warm

SOON = 120  # seconds, on a busy machine
Event = dict[str, Any]


class Command:
    """A command in a process of its own, which can be killed."""

    def __init__(self, words: list[str], env: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as out, Path(os.devnull).open() as nothing:
            self.began = out.tell()
            files = (nothing.fileno(), out.fileno(), out.fileno())
            self._process = warm.start(["whimbrel", *words], env, *files)

    @property
    def said(self) -> str:
        return self.log.read_bytes()[self.began :].decode(errors="replace")

    def events(self) -> list[Event]:
        """What it told so far, as a machine reads it."""
        whole = self.said.rpartition("\n")[0].splitlines()
        return [json.loads(line) for line in whole if line.startswith("{")]

    def over(self) -> int | None:
        return self._process.poll()

    def wait(self) -> int:
        status: int = self._process.wait(SOON)
        return status

    def kill(self) -> None:
        """The power goes."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class Nodes:
    """The one that is left, in `here`, and the one that follows, in `there`."""

    def __init__(self, folder: Path, here: str, there: str, **env: str) -> None:
        self.here, self.there, self.place = folder / "a", folder / "b", folder / "witness"
        for each in (self.here, self.there, self.place):
            each.mkdir(mode=0o700, exist_ok=True)
        self.databases = (here, there)
        self.ports = (services.free_port(), services.free_port())
        self.own: tuple[dict[str, str], dict[str, str]] = ({}, {})  # settings of either alone
        self._env = {k: v for k, v in os.environ.items() if not k.startswith("WHIM")} | {
            "WHIMBREL_DOMAIN": f"localhost:{self.ports[0]}",
            "WHIMBREL_WITNESS": str(self.place),
            "WHIMBREL_WITNESS_LEASE": "2",
            "WHIMBREL_RATE_LIMITS": "off",
            **env,
        }

    def env(self, node: int) -> dict[str, str]:
        """The settings of a node: 0 or 1."""
        bind = f"localhost:{self.ports[node]}"
        return {
            **self._env,
            "WHIMBREL_DATABASE": self.databases[node],
            "WHIMBREL_BIND": bind,
            **self.own[node],
        }

    @property
    def address(self) -> str:
        return f"http://localhost:{self.ports[1]}"

    def give_keys(self) -> None:
        """As if a keeper had been asked."""
        if not (self.there / "keyring.bin").exists():
            shutil.copy(self.here / "keyring.bin", self.there / "keyring.bin")

    def evacuate(self, *words: str, to: str = "") -> Command:
        to = to or str(self.there)
        told = ["evacuate", "--to", to, "--json", "--data", str(self.here), *words]
        return Command(told, self.env(0), self.here.with_suffix(".log"))

    def follow(self, *words: str) -> Command:
        told = ["standby", "follow", "--data", str(self.there), *words]
        return Command(told, self.env(1), self.there.with_suffix(".log"))


def until(met: Callable[[], object], what: Callable[[], str] = lambda: "") -> None:
    """Wait until it is so."""
    end = time.monotonic() + SOON
    while not met():
        assert time.monotonic() < end, f"it never came to be\n{what()}"
        time.sleep(0.02)


@contextlib.contextmanager
def ended(*commands: Command) -> Iterator[None]:
    """None of them outlives the block."""
    try:
        yield
    finally:
        for each in commands:
            each.kill()
