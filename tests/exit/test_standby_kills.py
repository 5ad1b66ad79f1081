"""Everything at A dies under load, again and again; what was acknowledged is at B.

The ordinary run lets it die once with `remote`, WHIMBREL_LONG=1 twenty times in each mode."""

import asyncio
import os
import random
import statistics
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import clusters
import psycopg
import pytest
from acknowledged import Journal, Load, There, Value
from kept import KeeperHouse, until
from test_standby import place_of, settings_of

import warm
from server import Server, running
from whimbrel.exit.keeper import certificates
from whimbrel.exit.standby.restore import KeeperAt, restore

LONG = bool(os.environ.get("WHIMBREL_LONG"))
KILLS = int(os.environ.get("WHIMBREL_KILLS") or (20 if LONG else 1))
FOES = ("bob", "eve", "ivy", "joe")  # one for each writer, who blocks them and does not
ENOUGH = 20  # acts before anything is killed
ASYNC = 1.0  # seconds of what is acknowledged that may be lost with `async`


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

    def at_b(self) -> There:
        """What B has of what people did."""
        self.rounds += 1
        to = self.folder / f"b{self.rounds}"
        at = KeeperAt(self.keeper.address, self.folder / "r.pem")
        asyncio.run(restore(self.place, to, at))
        if self.engine == "sqlite":
            return There.read("", to)
        url = self.far.url("postgres")
        with psycopg.connect(url, autocommit=True) as there:
            # What came last may be half a record, which is never replayed.
            until(lambda: _stands_still(there))
        return There.read(url, to)

    def taken_over(self, token: str, load: Load) -> None:
        """A server goes on with the replica, once that is promoted."""
        asked = {writer.journal.asked[0] for writer in load.writers if writer.journal.asked}
        posts = {
            key[1]: act.value for key, act in load.acts if key[0] == "post" and key not in asked
        }
        self.near.kill()
        to, env = self.folder / "b", {**self.server.env}
        words = ["whimbrel", "standby", "restore", to, "--promote"]
        words += ["--keeper", self.keeper.address, "--with", self.folder / "r.pem"]
        said = warm.run([*words, "--data", self.server.data], env)
        assert said.returncode == 0, said.stderr
        assert "The replica takes writes" in said.stdout
        with running(to, self.far.url("postgres")) as b:
            for post, text in posts.items():
                if text is None:
                    with pytest.raises(HTTPError):
                        b.call(token, "GET", f"/api/v1/statuses/{post}")
                else:
                    assert text in b.call(token, "GET", f"/api/v1/statuses/{post}")["content"]
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
    lost, told, took = [], Counter(), []
    with ExitStack() as stack:
        a = A(stack, engine, tmp_path, s3, mode)
        tokens = a.server.people("ada", *FOES)
        ids = [
            int(a.server.call(tokens[foe], "GET", "/api/v1/accounts/verify_credentials")["id"])
            for foe in FOES
        ]
        for _ in range(KILLS):
            load = Load(a.server, tokens["ada"], ids)
            for foe, writer in zip(ids, load.writers, strict=True):
                a.server.call(tokens["ada"], "POST", f"/api/v1/accounts/{foe}/unblock")
                assert writer.journal.told == {}
            load.start()
            until(lambda load=load: len(load.acts) > ENOUGH)
            time.sleep(random.uniform(0.5, 2.0 if LONG else 1.0))
            died = time.monotonic()
            a.kill()
            load.join()
            gone = load.lost(a.at_b())
            lost += [(died - act.at, key[0], act.value) for key, act in gone]
            told.update(_kind(load))
            took += [each for writer in load.writers for each in writer.took]
            a.again()
        assert a.server.stop() == 0
        if engine == "postgresql":
            a.taken_over(tokens["ada"], load)
        assert "Traceback" not in a.server.tail(1 << 22)
    took.sort()
    median, most = statistics.median(took) * 1000, took[int(len(took) * 0.99)] * 1000
    oldest = max((age for age, *_ in lost), default=0)
    sys.stdout.write(
        f"\n{engine}, {mode}: {KILLS} kills, acknowledged {dict(told)}, {len(lost)} lost, the "
        f"oldest {oldest:.2f} s before; an act took {median:.0f} ms, p99 {most:.0f} ms with "
        f"{len(FOES)} writers\n"
    )
    assert told.total() > KILLS * ENOUGH
    if mode == "remote":
        assert lost == []
    else:
        assert oldest < ASYNC, lost


def test_the_checker_sees_what_is_lost_and_what_comes_back():
    """One that finds nothing missing whatever is there proves nothing."""
    journal, post, block = Journal(), ("post", 7), ("block", 3)
    for key, value in ((post, "first"), (post, "edited"), (block, True)):
        journal.hear(key, value)

    def lost(**known: Value) -> list[Value]:
        there = There({{"post": post, "block": block}[name]: is_ for name, is_ in known.items()})
        return [act.value for _, act in journal.lost(there)]

    assert lost(post="edited", block=True) == []
    assert lost(post="first", block=True) == ["edited"]
    assert lost(post="edited") == [True]
    assert lost() == ["first", "edited", True]
    with pytest.raises(AssertionError, match="was never"):
        lost(post="by nobody", block=True)
    journal.asked = (post, None)  # on its way when the power went: both may be
    assert lost(post="edited", block=True) == lost(block=True) == []
    journal.hear(post, None)
    assert lost(block=True) == []
    assert lost(post="edited", block=True) == [None]  # a deletion that is undone


def _kind(load: Load) -> Counter[str]:
    """How many of each were acknowledged."""
    kinds: Counter[str] = Counter()
    for writer in load.writers:
        for (kind, _), acts in writer.journal.told.items():
            if kind != "post":
                kinds[f"{kind}s and their end"] += len(acts)
                continue
            gone = acts[-1].value is None
            kinds.update({"posts": 1, "edits": len(acts) - 1 - gone, "deletions": int(gone)})
    return kinds
