"""The storm of passwords over real lines: a server in a process of its own, five hundred
connections from as many networks, a reader and an owner beside them.

The whole of it, a minute of 2,000 tries a second:
WHIMBREL_LONG=1 pytest tests/drills/test_storm.py -s"""

import asyncio
import json
import os
import re
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

from server import Server, password, running

LONG = bool(os.environ.get("WHIMBREL_LONG"))
ADDRESSES = 500 if LONG else 20
PACE = 2000 if LONG else 80  # tries in a second
POSTS = 40 if LONG else 2  # in home
NOBODIES = 1000 if LONG else 2  # names that are tried beside the owner's; each costs some hashes
SECONDS = float(os.environ.get("WHIMBREL_STORM_SECONDS") or (60 if LONG else 0.5))
SLOWEST = 0.1  # seconds that 99 in 100 homes may take
READER = Path(__file__).with_name("reader.py")
FORM = "/auth/sign-in"


class Line:
    """One connection of somebody behind an address of their own."""

    def __init__(self, server: Server, address: str) -> None:
        self.server, self.address = server, address
        self.cookies: dict[str, str] = {}

    async def open(self) -> "Line":
        self.reader, self.writer = await asyncio.open_connection("localhost", self.server.port)
        return self

    async def close(self) -> None:
        """Hang up."""
        self.writer.close()
        await self.writer.wait_closed()

    async def ask(self, method: str, path: str, **form: str) -> tuple[int, str]:
        """Status and text of an answer; what cookies it sets are kept."""
        body = urlencode(form).encode()
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: localhost:{self.server.port}",
            f"Origin: {self.server.url}",
            "Accept: text/html",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
            f"X-Forwarded-For: {self.address}",
            *([f"Cookie: {cookies}"] if cookies else []),
        ]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        for name, value in re.findall(r"(?im)^set-cookie: ([^=]+)=([^;\r]*)", head):
            self.cookies[name] = value
        size = re.search(r"(?im)^content-length: (\d+)", head)
        text = await self.reader.readexactly(int(size[1]) if size else 0)
        return int(head.split(" ", 2)[1]), text.decode()

    async def sign_in(self, login: str, word: str, csrf: str) -> int:
        """By the form."""
        status, _ = await self.ask("POST", FORM, _csrf=csrf, login=login, password=word)
        return status

    async def csrf(self) -> str:
        """What the form hides."""
        _, page = await self.ask("GET", FORM)
        found = re.search(r'name="_csrf" value="([^"]+)"', page)
        assert found is not None
        return found[1]


async def rage(server: Server, told: Counter[int], seconds: float) -> None:
    """All of them try, each once its last try is answered."""
    places = [f"198.{18 + n // 250}.{n % 250}.9" for n in range(ADDRESSES)]
    lines = [await Line(server, place).open() for place in places]
    csrf, began = await lines[0].csrf(), time.monotonic()
    ends = began + seconds

    async def one(number: int, line: Line) -> None:
        turn = number
        while (due := began + turn / PACE) < ends > time.monotonic():
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            login = "ada" if turn % 2 else f"nobody{turn % NOBODIES}"
            told[await line.sign_in(login, f"wrong {turn}", csrf)] += 1
            turn += ADDRESSES
        await line.close()

    await asyncio.gather(*(one(number, line) for number, line in enumerate(lines)))


async def enter(owner: Line) -> tuple[int, float]:
    """The owner signs in on a device that is known, at the first try: the answer, and seconds."""
    owner.cookies = {n: v for n, v in owner.cookies.items() if n.endswith("device")}
    began = time.monotonic()
    status = await owner.sign_in("ada", password("ada"), await owner.csrf())
    return status, time.monotonic() - began


async def storm(server: Server, token: str) -> tuple[Counter[int], list[float], float]:
    """All at once: what the storm was told, what homes took, and how long the owner waited."""
    told: Counter[int] = Counter()
    owner = await Line(server, "192.0.2.7").open()
    assert await owner.sign_in("ada", password("ada"), await owner.csrf()) == 303
    words = ("localhost", str(server.port), token, str(SECONDS))
    reading = await asyncio.create_subprocess_exec(
        sys.executable, str(READER), *words, stdout=asyncio.subprocess.PIPE
    )
    raging = asyncio.create_task(rage(server, told, SECONDS))
    await asyncio.sleep(SECONDS * 0.6)
    await owner.close()
    status, waited = await enter(await owner.open())  # who is silent for long is hung up on
    await owner.close()
    assert status == 303, "the owner, on a device that is known"
    await raging
    said, _ = await reading.communicate()
    assert reading.returncode == 0
    return told, sorted(json.loads(said)), waited


def test_a_storm_over_real_lines(tmp_path: Path) -> None:
    """What holds in one process may not where bytes have to come and go."""
    limits = {"WHIMBREL_RATE_LIMITS": "on", "WHIMBREL_TRUSTED_PROXIES": "127.0.0.0/8,::1"}
    with running(tmp_path / "data", **limits) as server:
        tokens = server.people("ada", "bob")
        followed = server.call(tokens["bob"], "GET", "/api/v1/accounts/lookup", acct="ada")["id"]
        server.call(tokens["bob"], "POST", f"/api/v1/accounts/{followed}/follow")
        for number in range(POSTS):
            server.call(tokens["ada"], "POST", "/api/v1/statuses", status=f"tide {number}")
        told, took, waited = asyncio.run(storm(server, tokens["bob"]))
    assert told[200] == told[303] == 0
    tried, hashed = told.total(), told[422]
    assert tried > ADDRESSES and hashed < tried * (0.05 if LONG else 0.5)
    assert took
    slow = took[len(took) * 99 // 100]
    if LONG:
        sys.stdout.write(
            f"\n{tried} tries in {SECONDS:.0f} s: {dict(told)}; home: {len(took)} times,"
            f" p50 {took[len(took) // 2] * 1000:.1f} ms, p99 {slow * 1000:.1f} ms; the owner waited"
            f" for {waited:.1f} s\n"
        )
        assert slow < SLOWEST
