"""A server that dies where it is told to, and the requests that are made of it."""

import io
import json
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from ledger import Ledger
from PIL import Image

import services
from server import Server, password

PATIENCE = 30  # seconds until what was to die must be dead


class Mortal(Server):
    """`whimbrel serve` that tells its steps, and may be told to die at one; see `points.py`."""

    program = "tests/crash/points.py"

    def __init__(self, data: Path, database: str = "", **env: str) -> None:
        self.crash = data.parent / "crash"
        self.crash.mkdir(exist_ok=True)
        super().__init__(data, database, CRASH_STEPS=str(self.crash), **env)

    def steps(self) -> list[str]:
        """Those taken since this was asked last, each once, in their order."""
        path = self.crash / "steps"
        taken = path.read_text().splitlines() if path.exists() else []
        path.write_text("")
        return list(dict.fromkeys(taken))

    def dies_at(self, step: str) -> None:
        """From now on."""
        (self.crash / "at").write_text(step)

    def is_dead(self) -> bool:
        """Wait until it is; False where it never came to that step."""
        until = time.monotonic() + PATIENCE
        assert self._process is not None
        while self._process.poll() is None:
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
        return True


@contextmanager
def house(request: pytest.FixtureRequest, engine: str, data: Path) -> Iterator[tuple[Mortal, Any]]:
    """One that runs, over a fresh database of this engine, and what its files say."""
    url = ""
    if engine == "postgresql":
        cluster: services.Postgres = request.getfixturevalue("postgres")
        name = f"crash_{uuid4().hex[:12]}"
        url = cluster.create(name)
        request.addfinalizer(lambda: cluster.drop(name))
    server = Mortal(data, url)
    server.start()
    try:
        yield server, Ledger(server, url)
    finally:
        server.kill()


def upload(server: Server, token: str, picture: bytes) -> str:
    """The id of a file that was taken and is ready."""
    answer = httpx.post(
        f"{server.url}/api/v2/media",
        files={"file": ("p.png", picture, "image/png")},
        headers={"Authorization": f"Bearer {token}"},
        timeout=PATIENCE,
    )
    answer.raise_for_status()
    found: str = answer.json()["id"]
    return found


def picture(seed: int, side: int = 24) -> bytes:
    """One like no other, so many pixels wide and high."""
    png = io.BytesIO()
    noise = random.Random(seed).randbytes(side * side * 3)
    Image.frombytes("RGB", (side, side), noise).save(png, "PNG")
    return png.getvalue()


def leave(server: Server, name: str) -> None:
    """Close the account, as its owner does in a browser. Returns once that was acknowledged."""
    with httpx.Client(base_url=server.url, timeout=PATIENCE, follow_redirects=False) as browser:
        signed = _send(browser, "/auth/sign-in", login=name, password=password(name))
        assert signed.status_code == 303, signed.text[:500]
        gone = _send(browser, "/settings/delete", username=name, password=password(name))
        assert gone.headers["location"].startswith("/auth/farewell")


def _send(browser: httpx.Client, page: str, **values: str) -> httpx.Response:
    """Fill in the form of a page and send it."""
    shown = browser.get(page)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown.text))
    answer = browser.post(page, data={**hidden, **values}, headers={"origin": server_of(browser)})
    assert answer.status_code < 500, json.dumps(answer.text[:300])
    return answer


def server_of(browser: httpx.Client) -> str:
    """The origin that a browser would name."""
    return str(browser.base_url).rstrip("/")
