"""Apps at the end of lines that fail: what they were told holds, nothing is done twice, and whoever
is slow holds up nobody."""

import contextlib
import random
import socket
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from line import Line, line_to

import services
from server import Server, running

WRITERS, POSTS = 4, 4
SLOW = 100  # connections


def post(url: str, token: str, text: str) -> str:
    """What an app does: the same again until it is told. Its id."""
    headers = {"authorization": f"Bearer {token}", "idempotency-key": text}
    until = time.monotonic() + 40
    while True:
        assert time.monotonic() < until
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.post(
                f"{url}/api/v1/statuses", json={"status": text}, headers=headers, timeout=0.5
            )
            if answer.status_code == 200:
                found: str = answer.json()["id"]
                return found
            assert answer.status_code in (409, 422, 503), answer.text  # the first is under way
            time.sleep(0.05)


def of(server: Server, token: str) -> list[Any]:
    me = server.call(token, "GET", "/api/v1/accounts/verify_credentials")["id"]
    found: list[Any] = server.call(token, "GET", f"/api/v1/accounts/{me}/statuses", limit=40)
    return found


def weather(line: Line, over: threading.Event) -> None:
    """Something else every moment."""
    chance = random.Random(7)
    kinds = [line.snaps, line.swallows, line.hangs, line.cuts, lambda: line.delays(0.05)]
    while not over.is_set():
        chance.choice(kinds)()
        over.wait(chance.uniform(0.05, 0.15))
        line.flows()
        over.wait(chance.uniform(0.1, 0.2))


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_post_is_there_once_whatever_the_line_does(engine, tmp_path: Path, request) -> None:
    """An answer that was lost is asked for again: the post would be there twice, or not at all."""
    url = services.database(request, engine)
    with running(tmp_path / "data", url) as server, line_to(server.url) as (line, through):
        token = server.people("ada")["ada"]
        told: dict[str, str] = {}

        def write(writer: int) -> None:
            for number in range(POSTS):
                text = f"writer {writer}, post {number}"
                told[text] = post(through, token, text)

        over = threading.Event()
        threads = [threading.Thread(target=write, args=(each,)) for each in range(WRITERS)]
        outside = threading.Thread(target=weather, args=(line, over))
        for each in (*threads, outside):
            each.start()
        for each in threads:
            each.join()
        over.set()
        outside.join()
        assert len(told) == WRITERS * POSTS
        there = of(server, token)
        assert {each["id"] for each in there} == set(told.values())
        assert len(there) == WRITERS * POSTS
        # the same by four connections, of which the last comes first
        line.shuffles(4)
        ids: list[str] = []
        threads = [
            threading.Thread(target=lambda: ids.append(post(through, token, "again and again")))
            for _ in range(4)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert len(ids) == 4 and len(set(ids)) == 1
        assert len(of(server, token)) == WRITERS * POSTS + 1


def test_readers_stay_fast_while_many_are_slow(tmp_path: Path) -> None:
    """A byte a second on a hundred connections, and as many that say nothing any more, cost
    an attacker nothing; everybody else would wait."""
    with running(tmp_path / "data") as server, line_to(server.url) as (line, _):
        token = server.people("ada")["ada"]
        for number in range(20):
            server.call(token, "POST", "/api/v1/statuses", status=f"post {number} " + "x" * 400)
        asked = b"GET /api/v1/timelines/home HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer "
        asked += token.encode() + b"\r\n\r\n"
        with contextlib.ExitStack() as stack:
            for befalls in (line.trickles, line.hangs):
                for _ in range(SLOW):
                    slow = socket.create_connection(("127.0.0.1", line.port))
                    stack.enter_context(slow)
                    slow.sendall(asked)
                befalls()
                took = []
                for _ in range(30):
                    began = time.monotonic()
                    assert server.call(token, "GET", "/api/v1/timelines/home")
                    took.append(time.monotonic() - began)
                assert sorted(took)[27] < 0.5
                line.cuts()
                line.flows()
