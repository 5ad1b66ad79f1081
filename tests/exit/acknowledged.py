"""People who write, edit, delete, boost and block until their server is gone, what they were told
and when; and what of it is in a database somewhere else."""

import random
import sqlite3
import threading
import time
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError

import msgspec
import psycopg

from server import Server
from whimbrel.core.keyring import Keyring, Shredded
from whimbrel.posts.queries.stored import slot_of
from whimbrel.posts.rules import Content

Key = tuple[str, int]  # what it is about: a post, the boost of one, the block of an account
Value = str | bool | None  # its words, None where it is gone; whether it is boosted or blocked
NEVER: dict[str, Value] = {"post": None, "boost": False, "block": False}  # before the first act

_POSTS = """
SELECT posts.id, boost_of, content, posts.slot, accounts.slot FROM posts
JOIN accounts ON accounts.id = author
"""
_BLOCKS = "SELECT target FROM blocks"


class Act(NamedTuple):
    """What was acknowledged: from this moment on (`time.monotonic`) it is so."""

    at: float
    value: Value


class There(NamedTuple):
    """What a database says, as its keyring lets it be read."""

    known: dict[Key, Value]

    @classmethod
    def read(cls, url: str, folder: Path) -> "There":
        """Of SQLite in `folder` (`url` ""), or of PostgreSQL; the keyring is in `folder`."""
        if url:
            with psycopg.connect(url, autocommit=True) as there:
                posts, blocks = ([*there.execute(each.encode())] for each in (_POSTS, _BLOCKS))
        else:
            with closing(sqlite3.connect(folder / "whimbrel.db")) as here:
                posts, blocks = ([*here.execute(each)] for each in (_POSTS, _BLOCKS))
        known: dict[Key, Value] = {("block", target): True for (target,) in blocks}
        keyring = Keyring.open(folder / "keyring.bin")
        for id_, boost_of, content, slot, author_slot in posts:
            if boost_of is not None:
                known["boost", boost_of] = True
                continue
            try:  # what nobody can read any more is gone, though its row be there
                raw = keyring.unseal(slot_of(id_, slot, author_slot), bytes(content))
            except Shredded:
                continue
            known["post", id_] = msgspec.json.decode(raw, type=Content).text
        keyring.close()
        return cls(known)

    def value(self, key: Key) -> Value:
        return self.known.get(key, NEVER[key[0]])


class Journal:
    """What one writer was told of each thing, oldest first, and what was asked for last."""

    def __init__(self) -> None:
        self.told: dict[Key, list[Act]] = {}
        self.asked: tuple[Key, Value] | None = None

    def hear(self, key: Key, value: Value) -> None:
        self.asked = None
        self.told.setdefault(key, []).append(Act(time.monotonic(), value))

    def lost(self, there: There) -> list[tuple[Key, Act]]:
        """The acknowledged acts that have left no trace there.

        Raises:
            AssertionError: something is there that was never so.
        """
        lost = []
        for key, acts in self.told.items():
            found = there.value(key)
            if (key, found) == self.asked:
                continue
            values = [NEVER[key[0]], *(act.value for act in acts)]
            assert found in values, f"{key} was never {found!r}: {acts}"
            since = len(values) - 1 - values[::-1].index(found)
            lost += [(key, act) for act in acts[since:]]
        return lost


class Writer:
    """One of them, with things and people of their own to act on: no two meet over one."""

    def __init__(self, server: Server, token: str, target: int) -> None:
        self._server, self._token, self._target = server, token, target
        self.journal = Journal()
        self.took: list[float] = []
        self._alive: list[int] = []
        self._anchor = 0  # a post that stays, to be boosted and not

    def live(self) -> None:
        """Act until nobody answers any more."""
        try:
            while True:
                began = time.monotonic()
                self._act(random.random())
                self.took.append(time.monotonic() - began)
        except HTTPError as error:
            if error.code < 500:
                raise
        except (OSError, HTTPException):
            return

    def _act(self, fate: float) -> None:
        if not self._anchor:
            self._anchor = self._publish()
        elif fate < 0.5 or not self._alive:
            self._alive.append(self._publish())
        elif fate < 0.7:
            post, text = random.choice(self._alive), f"edited {random.random()}"
            self._ask(("post", post), text, "PUT", f"statuses/{post}", status=text)
        elif fate < 0.85:
            post = self._alive.pop(random.randrange(len(self._alive)))
            self._ask(("post", post), None, "DELETE", f"statuses/{post}")
        elif fate < 0.93:
            wanted = self._wanted(key := ("boost", self._anchor))
            self._ask(key, wanted, "POST", f"statuses/{self._anchor}/{_un(wanted)}reblog")
        else:
            wanted = self._wanted(key := ("block", self._target))
            self._ask(key, wanted, "POST", f"accounts/{self._target}/{_un(wanted)}block")

    def _publish(self) -> int:
        text = f"{random.random()}"
        made = self._server.call(self._token, "POST", "/api/v1/statuses", status=text)
        self.journal.hear(("post", int(made["id"])), text)
        return int(made["id"])

    def _wanted(self, key: Key) -> bool:
        """The other of what it is."""
        acts = self.journal.told.get(key)
        return not acts[-1].value if acts else True

    def _ask(self, key: Key, value: Value, method: str, path: str, **more: Any) -> None:
        self.journal.asked = (key, value)
        self._server.call(self._token, method, f"/api/v1/{path}", **more)
        self.journal.hear(key, value)


def _un(wanted: bool) -> str:
    return "" if wanted else "un"


class Load:
    """Some of them at once."""

    def __init__(self, server: Server, token: str, targets: list[int]) -> None:
        """Args: `targets`: whom each of them blocks and does not."""
        self.writers = [Writer(server, token, target) for target in targets]
        self._threads = [threading.Thread(target=each.live) for each in self.writers]

    def start(self) -> "Load":
        for each in self._threads:
            each.start()
        return self

    def join(self) -> None:
        for each in self._threads:
            each.join()

    @property
    def acts(self) -> list[tuple[Key, Act]]:
        """Everything that was acknowledged."""
        each = [pair for writer in self.writers for pair in [*writer.journal.told.items()]]
        return [(key, act) for key, acts in each for act in acts]

    def lost(self, there: There) -> list[tuple[Key, Act]]:
        """What of that is not there."""
        return [each for writer in self.writers for each in writer.journal.lost(there)]
