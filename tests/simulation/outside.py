"""Whom the server under simulation talks to: an index, a store of files and an inbox far away. Each
takes its time, and while the line is bad says nothing, or says it too late."""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from random import Random
from typing import Any

from whimbrel.core.abroad import Answer, Unreachable
from whimbrel.core.errors import Unavailable


class Outside:
    """What stays when the server dies. The line to it is bad until `heals`, virtual seconds."""

    def __init__(self, chance: Random, told: Callable[[str], None], heals: float) -> None:
        self._chance, self._told, self.heals = chance, told, heals
        self.began = 0.0  # the age of the simulation when this life of the server began
        self.index: dict[int, frozenset[str]] = {}
        self.objects: set[str] = set()
        self.letters: list[dict[str, Any]] = []  # taken by the inbox

    async def line(self) -> tuple[bool, bool]:
        """Whether what is said now arrives, and whether the answer does."""
        await asyncio.sleep(self._chance.uniform(0, 0.05))
        bad = self.began + asyncio.get_running_loop().time() < self.heals
        fate = self._chance.random() if bad else 1.0
        return fate > 0.25, fate > 0.4

    async def _ask(self, what: str, do: Callable[[], None], refusal: Exception) -> None:
        arrives, answers = await self.line()
        if arrives:
            do()
        self._told(f"{what} {'arrived' if arrives else 'lost'} {'' if answers else 'unanswered'}")
        if not answers:
            raise refusal

    # ------------------------------------------------------------------ `core.search.SearchIndex`

    async def put(self, posts: Mapping[int, Collection[str]]) -> None:
        new = {post: frozenset(tokens) for post, tokens in posts.items()}
        what = f"put {sorted(new)}"
        await self._ask(what, lambda: self.index.update(new), Unavailable("no index"))

    async def forget(self, numbers: Sequence[int]) -> None:
        def do() -> None:
            for each in numbers:
                self.index.pop(each, None)

        await self._ask(f"forget {numbers}", do, Unavailable("no index"))

    # ------------------------------------------------------------------ `core.objects.ObjectStore`

    async def keep(self, key: str) -> None:
        """A file comes into the store."""
        await self._ask(f"store {key}", lambda: self.objects.add(key), Unavailable("no store"))

    async def delete(self, keys: Sequence[str]) -> None:
        do = self.objects.difference_update
        await self._ask(f"delete {keys}", lambda: do(keys), Unavailable("no store"))

    # ------------------------------------------------------------------ `core.fetch.Fetcher`

    async def post(self, url: str, body: bytes, **_: Any) -> Answer:
        letter = json.loads(body)
        what = f"letter {letter['type']} {_about(letter)}"
        await self._ask(what, lambda: self.letters.append(letter), Unreachable())
        return Answer(202, {}, b"", url)


def _about(letter: Mapping[str, Any]) -> str:
    thing = letter["object"]
    said: str = thing if isinstance(thing, str) else thing["id"]
    return said
