"""Numbers: counted through (D1), guessed (D2)."""

import json
import re
from itertools import pairwise
from random import SystemRandom
from typing import Any
from urllib.parse import urlsplit

from .. import plant, samples
from ..ground import STRANGER, Trial, Who

FAR = 500  # to either side of a known number
THROTTLED = 300  # guesses of one network after which it must be refused
HITS = 3  # public posts that so many guesses may hit by chance
TOKEN = 22  # characters of 128 bits in base64
_IN_ADDRESS = re.compile(r"/media/([^/]+)/")  # of the file; the rest is for whom, and until when

# What goes by an id, and how it is asked for.
KINDS = {
    "public": ("/api/v1/statuses/{}", "/api/v1/statuses/{}/context"),
    "private": ("/api/v1/statuses/{}", "/ap/names/ada/{}"),
    "account": ("/api/v1/accounts/{}", "/ap/users/{}"),
    "private media": ("/api/v1/media/{}",),
    "poll": ("/api/v1/polls/{}",),
    "list": ("/api/v1/lists/{}", "/api/v1/timelines/list/{}"),
    "filter": ("/api/v2/filters/{}", "/api/v1/filters/{}"),
    "keyword": ("/api/v2/filters/keywords/{}",),
    "scheduled": ("/api/v1/scheduled_statuses/{}",),
    "notification": ("/api/v1/notifications/{}",),
}
COUNTED = ("/api/v1/lists", "/api/v2/filters", "/api/v1/apps", "/api/v1/statuses")


async def count_through(trial: Trial) -> None:
    """D1: up and down from what is known, and along every counter there might be."""
    ground = trial.ground
    if ground.inside is None:
        await _count_from_public(trial)
        return
    far, eve = trial.much(FAR, 0), ground.who("eve")
    hits = 0
    for kind, paths in KINDS.items():
        known = int(ground.ids[kind])
        for path in paths:
            steps = [n for n in range(-far, far + 1) if n] if path == paths[0] else [-1, 1, -2, 2]
            for number in [known + step for step in steps]:
                hits += await _is_there(trial, eve, path.format(number))
            if kind not in ("public", "account"):
                hits += await _is_there(trial, eve, path.format(known))
    for number in range(1, trial.much(100, 0)):
        for path in ("/api/v1/statuses/{}", "/api/v1/accounts/{}", "/api/v1/media/{}"):
            hits += await _is_there(trial, STRANGER, path.format(number))
    for path in ("/v3/uuidConversion/post/1", "/api/v1/statuses/1/uuid", "/posts/1", "/users/1"):
        hits += await _is_there(trial, STRANGER, path)
    trial.did(
        f"up to {far} numbers below and above ten kinds of known ids, and 1, 2, 3 ...: {hits} found"
    )
    await _look_for_counters(trial)


async def _is_there(trial: Trial, who: Who, path: str) -> int:
    answer = await trial.ask(who, "GET", path)
    if answer.status == 200:
        trial.wrong(f"{who.name} found something at {path}")
    return answer.status == 200


async def _look_for_counters(trial: Trial) -> None:
    """What is made one after the other must not be numbered so."""
    bob = trial.ground.who("bob")
    made: dict[str, list[int]] = {}
    for path in COUNTED:
        for turn in range(4):
            forms: dict[str, dict[str, Any]] = {
                "/api/v1/lists": {"title": f"a list {turn}"},
                "/api/v2/filters": {
                    "title": f"a filter {turn}",
                    "context": ["home"],
                    "keywords_attributes": [{"keyword": f"word{turn}"}],
                },
                "/api/v1/apps": {
                    "client_name": f"an app {turn}",
                    "redirect_uris": "urn:ietf:wg:oauth:2.0:oob",
                },
                "/api/v1/statuses": {"status": f"number {turn}", "visibility": "direct"},
            }
            answer = await trial.do(bob, "POST", path, **forms[path])
            made.setdefault(path, []).append(int(answer["id"]))
            for keyword in answer.get("keywords", []):
                made.setdefault("keywords", []).append(int(keyword["id"]))
    for path, numbers in made.items():
        gaps = {later - one for one, later in pairwise(numbers)}
        if gaps & {1, 2, -1} or min(numbers) < 1 << 32:
            trial.wrong(f"what {path} makes is numbered one after the other: {numbers}")
    trial.did(f"{len(made)} kinds of things made four times each: none of them is counted")


async def _count_from_public(trial: Trial) -> None:
    """At a running server: from public posts, as anybody could."""
    known = await public_posts(trial, 2)
    tried = 0
    for post in known:
        for step in (-3, -2, -1, 1, 2, 3):
            await _is_public(trial, f"/api/v1/statuses/{post + step}")
            tried += 1
    for number in range(1, 9):
        for path in ("/api/v1/statuses/{}", "/api/v1/media/{}", "/v3/uuidConversion/post/{}"):
            await _is_there(trial, STRANGER, path.format(number))
            tried += 1
    trial.did(f"{tried} numbers beside {len(known)} public posts, and from 1 upwards")
    trial.left_out("lists, filters and the like: only what strangers find is walked from")


async def public_posts(trial: Trial, most: int) -> list[int]:
    """Ids of some that everybody is shown."""
    answer = await trial.ask(STRANGER, "GET", "/api/v1/timelines/public?local=true")
    if answer.status != 200:
        return []
    return [int(post["id"]) for post in json.loads(answer.body)][:most]


async def _is_public(trial: Trial, path: str) -> bool:
    answer = await trial.ask(STRANGER, "GET", path, once=True)
    if answer.status != 200:
        return False
    if json.loads(answer.body).get("visibility") not in ("public", "unlisted"):
        trial.wrong(f"a post that is not public at {path}")
    return True


async def guess(trial: Trial) -> None:
    """D2: within the milliseconds of posts that are known to exist."""
    known = await _known(trial)
    if known:
        await _guess_one(trial, known)
        if trial.ground.inside is not None:
            await _guess_many(trial, known)
        else:
            trial.left_out("20,000 guesses: people live here")
    else:
        trial.left_out("guessing: no public post is shown to strangers")
    await _look_at_addresses(trial)


async def _known(trial: Trial) -> list[int]:
    if trial.ground.inside is None:
        return await public_posts(trial, 5)
    return [int(trial.ground.ids[name]) for name in ("public", "unlisted", "private", "direct")]


def _beside(post: int) -> int:
    """Another number of the same millisecond."""
    return post ^ (1 + SystemRandom().randrange(0xFFFF))


async def _guess_one(trial: Trial, known: list[int]) -> None:
    """One network alone is refused soon."""
    if trial.ground.inside is not None:  # nothing is left from before
        trial.ground.inside.clock.ahead += 600
    guesser = Who("a guesser", address="100.126.0.7")
    for number in range(1, THROTTLED + 21):
        path = f"/api/v1/statuses/{_beside(known[number % len(known)])}"
        answer = await trial.ask(guesser, "GET", path, once=True)
        if answer.status == 429:
            trial.did(f"one network alone: refused at guess {number}")
            return
    trial.wrong(f"one network could guess {THROTTLED + 20} times without being refused")


async def _guess_many(trial: Trial, known: list[int]) -> None:
    guesses, hits = trial.much(20_000, 0), 0
    for number in range(guesses):
        path = f"/api/v1/statuses/{_beside(known[number % len(known)])}"
        hits += await _is_public(trial, path)
        if number % 25_000 == 24_999:
            trial.ground.within.clock.ahead += 300
    if hits > HITS:
        trial.wrong(f"{hits} of {guesses} guesses hit a post")
    trial.did(f"{guesses} guesses from many networks: {hits} hits")


async def _look_at_addresses(trial: Trial) -> None:
    """Addresses of files have nothing in common."""
    who = trial.ground.who("carl" if trial.ground.inside is not None else "owner")
    tokens: list[str] = []
    for number in range(4):
        file = samples.plain(f"entropy {number}")
        made = await plant.send_file(trial, who, file, "image/png", f"{number}.png")
        media = trial.right(made, "/api/v2/media")
        for name in ("url", "preview_url"):
            found = _IN_ADDRESS.search(urlsplit(media[name] or "").path)
            tokens += [found[1]] if found else []
        await trial.ask(who, "DELETE", f"/api/v1/media/{media['id']}")
    tokens = [*dict.fromkeys(tokens)]
    short = [token for token in tokens if len(token) < TOKEN]
    starts = {token[:4] for token in tokens}
    if short or len(starts) < len(tokens) or len(tokens) < 8:
        trial.wrong(f"addresses of files can be guessed: {tokens[:4]}")
    trial.did(f"addresses of {len(tokens)} files: at least 128 random bits each, no common start")
