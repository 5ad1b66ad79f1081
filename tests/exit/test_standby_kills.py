"""Everything at A dies under load, again and again; what was acknowledged is at B.

The ordinary run lets it die once with `remote`, WHIMBREL_LONG=1 twenty times in each mode."""

import asyncio
import os
import random
import sqlite3
import statistics
import sys
import threading
import time
from contextlib import ExitStack, closing
from http.client import HTTPException
from pathlib import Path
from typing import Any

import clusters
import psycopg
import pytest
from kept import KeeperHouse, until
from test_standby import place_of, settings_of

import warm
from server import Server, running
from whimbrel.exit.keeper import certificates
from whimbrel.exit.standby.restore import KeeperAt, restore

LONG = bool(os.environ.get("WHIMBREL_LONG"))
KILLS = int(os.environ.get("WHIMBREL_KILLS") or (20 if LONG else 1))
WRITERS = 4
ASYNC = 1.0  # seconds of what is acknowledged that may be lost with `async`


class Load:
    """People who write until their server is gone, and note what they were told and when."""

    def __init__(self, server: Server, token: str) -> None:
        self._server, self._token = server, token
        self.told: dict[int, float] = {}
        self.took: list[float] = []
        self._threads = [threading.Thread(target=self._write) for _ in range(WRITERS)]

    def start(self) -> "Load":
        for each in self._threads:
            each.start()
        return self

    def join(self) -> None:
        for each in self._threads:
            each.join()

    def _write(self) -> None:
        while True:
            began = time.monotonic()
            try:
                made = self._server.call(
                    self._token, "POST", "/api/v1/statuses", status=f"{random.random()}"
                )
            except (OSError, HTTPException):
                return
            now = time.monotonic()
            self.told[int(made["id"])] = now
            self.took.append(now - began)


class A:
    """The first provider, and how one asks the second what it has."""

    def __init__(self, stack: ExitStack, engine: str, folder: Path, s3: Any, mode: str) -> None:
        self.folder, self.engine, self.rounds = folder, engine, 0
        self.keeper = KeeperHouse(folder / "keeper").start()
        stack.callback(self.keeper.kill)
        data, env = folder / "a", settings_of(s3)
        data.mkdir(mode=0o700)
        self.keeper.pair(data)
        certificates.pair(self.keeper.folder, folder / "r.pem", restore=True)
        env |= {"WHIMBREL_STANDBY_DURABILITY": mode, "WHIMBREL_KEEPERS": self.keeper.address}
        url = ""
        if engine == "postgresql":
            self.near, self.far = stack.enter_context(clusters.pair())
            env["WHIMBREL_STANDBY_REPLICA"] = self.far.url("postgres")
            env["WHIMBREL_DATABASE"] = url = self.near.url("postgres")
        self.server = Server(data, url, **env)
        self.place = place_of(env)
        self.server.cli("standby", "init")
        self.server.start()
        stack.callback(self.server.kill)

    def kill(self) -> None:
        """All of it at once."""
        self.server.kill()
        if self.engine == "postgresql":
            self.near.kill()

    def at_b(self) -> set[int]:
        """The posts that are at B."""
        self.rounds += 1
        to = self.folder / f"b{self.rounds}"
        at = KeeperAt(self.keeper.address, self.folder / "r.pem")
        asyncio.run(restore(self.place, to, at))
        if self.engine == "sqlite":
            with closing(sqlite3.connect(to / "whimbrel.db")) as there:
                return {row[0] for row in there.execute("SELECT id FROM posts")}
        with psycopg.connect(self.far.url("postgres"), autocommit=True) as there:
            # What came last may be half a record, which is never replayed.
            until(lambda: _stands_still(there))
            return {row[0] for row in there.execute("SELECT id FROM posts")}

    def taken_over(self, token: str, post: int) -> None:
        """A server goes on with the replica, once that is promoted."""
        self.near.kill()
        to, env = self.folder / "b", {**self.server.env}
        words = ["whimbrel", "standby", "restore", to, "--promote"]
        words += ["--keeper", self.keeper.address, "--with", self.folder / "r.pem"]
        said = warm.run([*words, "--data", self.server.data], env)
        assert said.returncode == 0, said.stderr
        assert "The replica takes writes" in said.stdout
        with running(to, self.far.url("postgres")) as b:
            assert b.call(token, "GET", f"/api/v1/statuses/{post}")["id"] == str(post)
            b.call(token, "POST", "/api/v1/statuses", status="life goes on")

    def again(self) -> None:
        if self.engine == "postgresql":
            self.near.start()
        self.server.start()


def _stands_still(there: "psycopg.Connection[Any]") -> bool:
    """Whether the replica has replayed what it can."""
    seen = set()
    for _ in range(5):
        seen.add(there.execute("SELECT pg_last_wal_replay_lsn()").fetchone())
        time.sleep(0.2)
    return len(seen) == 1


@pytest.mark.parametrize("mode", ["remote", "async"] if LONG else ["remote"])
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_what_was_acknowledged_is_at_b_whenever_a_dies(engine, mode, tmp_path, s3):
    """None of it is lost with `remote`, and no more than the last second with `async`."""
    lost, told, took = [], 0, []
    with ExitStack() as stack:
        a = A(stack, engine, tmp_path, s3, mode)
        token = a.server.people("ada")["ada"]
        for _ in range(KILLS):
            load = Load(a.server, token).start()
            until(lambda load=load: len(load.told) > WRITERS)
            time.sleep(random.uniform(0.5, 2.0 if LONG else 1.0))
            died = time.monotonic()
            a.kill()
            load.join()
            there = a.at_b()
            gone = [at for post, at in load.told.items() if post not in there]
            lost += [died - at for at in gone]
            told, took = told + len(load.told), took + load.took
            a.again()
        assert a.server.stop() == 0
        if engine == "postgresql":
            a.taken_over(token, max(load.told))
        assert "Traceback" not in a.server.tail(1 << 22)
    took.sort()
    median, most = statistics.median(took) * 1000, took[int(len(took) * 0.99)] * 1000
    sys.stdout.write(
        f"\n{engine}, {mode}: {KILLS} kills, {told} posts acknowledged, {len(lost)} lost, the "
        f"oldest {max(lost, default=0):.2f} s before; a post took {median:.0f} ms, p99 {most:.0f} "
        f"ms with {WRITERS} writers\n"
    )
    assert told > KILLS * WRITERS
    if mode == "remote":
        assert lost == []
    else:
        assert max(lost, default=0) < ASYNC
