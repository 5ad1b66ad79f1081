"""Who and what is measured: fifty people who all follow each other, and a crowd of ten thousand.

People are imported as an administrator would; what they wrote comes in through the API. Only what
would be slow and teach nothing (more tokens, ten thousand follows) is done straight on the closed
database, by the server's own actions."""

import csv
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from whimbrel.accounts import sessions, tokens
from whimbrel.accounts.follow import follow
from whimbrel.accounts.queries import entry
from whimbrel.accounts.rules import Viewer
from whimbrel.core.tx import Tx

from .server import Server
from .store import Refused, Store

T = TypeVar("T")

SCOPES = "read write follow push"
TOKENS = 5  # of one person: what 1,500 requests in 5 minutes need at 300 a token
AT_ONCE = 20  # follows in one transaction: more would meet in an id too often
WIDTH = 4  # requests on their way at once while seeding
WORDS = ("storm", "bay", "ferry", "council", "vote", "market", "school", "river", "bridge", "fox")


class Person(NamedTuple):
    """Somebody who was imported."""

    name: str
    id: int
    tokens: tuple[str, ...]
    sessions: tuple[str, ...]  # of browsers, as many


def imported(store: Store, names: Sequence[str], each: int = 1) -> list[Person]:
    """New people without passwords, in the order of `names`.

    Args:
        each: tokens of one person.
    """
    rows = store.data / "people.csv"
    with rows.open("w", newline="") as out:
        csv.writer(out).writerows([name, f"{name}@example.org", "", "user"] for name in names)
    command = [str(Path(sys.executable).with_name("whimbrel")), "account", "import", str(rows)]
    said = subprocess.run(
        [*command, "--tokens", SCOPES, "--data", str(store.data)],
        capture_output=True,
        text=True,
        env={**os.environ, **store.env},
    )
    if said.returncode:
        raise Refused(f"whimbrel account import: {said.stderr[-1000:]}")
    secrets = dict(csv.reader(said.stdout.splitlines()))
    with store.opened() as db:
        return db.write_sync(_more_tokens, [(name, secrets[name]) for name in names], each - 1)


def _more_tokens(tx: Tx, people: list[tuple[str, str]], more: int) -> list[Person]:
    found = []
    for name, first in people:
        holder = _holder(tx, first)
        further = [tokens.issue(tx, holder, SCOPES) for _ in range(more)]
        browsers = [sessions.begin(tx, holder, "a browser") for _ in range(more + 1)]
        found.append(Person(name, holder, (first, *further), tuple(browsers)))
    return found


def _holder(tx: Tx, token: str) -> int:
    held = entry.token(tx, sha256(token.encode()).digest())
    if held is None or held.account is None:
        raise Refused("an imported token is nobody's")
    return held.account


def followed(store: Store, authors: Iterable[Person], by: list[Person]) -> None:
    """Everybody in `by` follows each of `authors`."""
    pairs = [(one.id, author.id) for author in authors for one in by]
    with store.opened() as db:
        for start in range(0, len(pairs), AT_ONCE):
            db.write_sync(_follow, pairs[start : start + AT_ONCE])


def _follow(tx: Tx, pairs: list[tuple[int, int]]) -> None:
    for follower, followee in pairs:
        follow(tx, Viewer(account=follower), followee)


def seed(server: Server, people: list[Person], posts: int, say: Callable[[str], None]) -> None:
    """Everyone follows everyone; then posts, a mention in every tenth, every 4th is liked."""
    dice = random.Random(1)
    say(f"{len(people)} people follow each other")
    _each(lambda one: _follow_all(server, one, people), people)
    server.settle()
    say(f"{posts} posts")
    ids = list(_each(lambda n: _publish(server, people, n), range(posts)))
    say(f"{len(ids[::4])} favourites")
    liked = [(post, dice.choice(people).tokens[0]) for post in ids[::4]]
    _each(lambda one: server.call("POST", f"/api/v1/statuses/{one[0]}/favourite", one[1]), liked)
    server.settle()


def _follow_all(server: Server, one: Person, people: list[Person]) -> None:
    for number, other in enumerate(people):
        if other != one:
            token = one.tokens[number % len(one.tokens)]
            server.call("POST", f"/api/v1/accounts/{other.id}/follow", token, {})


def _publish(server: Server, people: list[Person], number: int) -> str:
    dice = random.Random(number)
    text = f"Seed {number}: " + " ".join(dice.choices(WORDS, k=18))
    if number % 10 == 0:
        text += f" @{dice.choice(people).name}"
    one = people[number % len(people)]
    body = {"status": text, "visibility": "public"}
    token = one.tokens[number // len(people) % len(one.tokens)]
    written: dict[str, Any] = server.json("POST", "/api/v1/statuses", token, body)
    return str(written["id"])


def answer(server: Server, one: Person, text: str, to: str | None) -> str:
    """Write a post that answers another; its id."""
    body = {"status": f"{text}: wind on the bay", "visibility": "public", "in_reply_to_id": to}
    return str(server.json("POST", "/api/v1/statuses", one.tokens[0], body)["id"])


def _each(work: Callable[[Any], T], items: Iterable[Any]) -> list[T]:
    with ThreadPoolExecutor(WIDTH) as pool:
        return list(pool.map(work, items))
