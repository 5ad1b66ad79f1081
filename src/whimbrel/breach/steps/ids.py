"""Numbers: counted through (D1), guessed (D2)."""

import json
import re
from random import SystemRandom
from typing import NamedTuple
from urllib.parse import urlsplit

from whimbrel.accounts import links

from .. import many as many_
from .. import plant, samples
from ..client import Answer
from ..ground import A_WHILE, STRANGER, Trial, Who

FAR = 500  # to either side of a known number
KNOWN = 20  # ids of each kind
AT_ONCE = 250  # requests, before budgets are full again
UPLOADS = 1000
THIN = 0.1  # below that a few have to do
START = 8  # characters: 48 bits, in which two of so many files do not meet
THROTTLED = 300  # guesses of one network after which it must be refused
HITS = 3  # public posts that so many guesses may hit by chance
TOKEN = 22  # characters of 128 bits in base64
_IN_ADDRESS = re.compile(r"/media/([^/]+)/")  # of the file; the rest is for whom, and until when


class Kind(NamedTuple):
    """Something that goes by an id."""

    path: str  # where one is asked for
    beside: tuple[str, ...] = ()  # further doors, tried right beside what is known
    listed: bool = False  # anybody may list them: to meet one is no find


KINDS = {
    "public": Kind("/api/v1/statuses/{}", ("/api/v1/statuses/{}/context",), listed=True),
    "private": Kind("/ap/users/ADA/statuses/{}", ("/@ada/{}", "/ap/names/ada/{}")),
    "account": Kind("/api/v1/accounts/{}", ("/ap/users/{}",), listed=True),
    "media": Kind("/api/v1/media/{}"),
    "list": Kind("/api/v1/lists/{}", ("/api/v1/timelines/list/{}", "/lists/{}")),
    "report": Kind("/api/v1/admin/reports/{}", ("/admin/reports/{}",)),
    "poll": Kind("/api/v1/polls/{}"),
    "notification": Kind("/api/v1/notifications/{}"),
    "filter": Kind("/api/v2/filters/{}", ("/api/v1/filters/{}", "/filters/{}")),
    "keyword": Kind("/api/v2/filters/keywords/{}"),
    "scheduled": Kind("/api/v1/scheduled_statuses/{}"),
    "receipt": Kind("/api/whimbrel/v1/receipts/{}"),
}
SHORT = (
    "/v3/uuidConversion/post/{}",
    "/api/v1/statuses/{}/uuid",
    "/posts/{}",
    "/users/{}",
    "/p/{}",
)
NEAR = (-2, -1, 0, 1, 2)


async def count_through(trial: Trial) -> None:
    """D1: up and down from what is known, and along every counter there might be."""
    ground = trial.ground
    if ground.inside is None:
        await _count_from_public(trial)
        return
    far, eve = trial.much(FAR, 0), ground.who("eve")
    many = max(1, min(KNOWN, round(KNOWN * ground.scale)))
    made = await many_.of_each(trial, max(many, 4))
    hits = 0
    for name, kind in KINDS.items():
        known = made[name][:many]
        path = kind.path.replace("ADA", str(ground.who("ada").id))
        steps = [(path, step) for step in range(-far, far + 1)]
        steps += [(other, step) for other in kind.beside for step in NEAR]
        for number in known:
            for where, step in steps:
                if step or not kind.listed:
                    hits += await _is_there(trial, eve, where.format(number + step), kind.listed)
    for number in range(1, trial.much(100, 0)):
        for where in (*SHORT, *(kind.path for kind in KINDS.values() if "ADA" not in kind.path)):
            hits += await _is_there(trial, STRANGER, where.format(number))
    trial.did(
        f"up to {far} numbers below and above {many} known ids of each of {len(KINDS)} kinds, and"
        f" 1, 2, 3 ...: {hits} found"
    )
    for name, numbers in made.items():
        if name != "account" and many_.counted(numbers):
            trial.wrong(f"a {name} is numbered after the one before: {numbers[:4]}")
    trial.did(f"{len(made)} kinds of things, made one after the other: none of them is counted")
    trial.left_out("apps, and files that are brought in: nothing here is asked for by their number")


async def _is_there(trial: Trial, who: Who, path: str, listed: bool = False) -> int:
    page = path.startswith(("/@", "/lists/", "/filters/", "/admin/"))
    if trial.ground.inside is not None and trial.requests % AT_ONCE == 0:
        trial.ground.inside.clock.ahead += A_WHILE
    answer = await trial.ask(who, "GET", path, page=page)
    if answer.status != 200 or (listed and _is_for_all(answer)):
        return 0
    trial.wrong(f"{who.name} found something at {path}")
    return 1


def _is_for_all(answer: Answer) -> bool:
    """A post that everybody sees, what hangs on one, or somebody."""
    told = json.loads(answer.body)
    return told.get("visibility", "public") in ("public", "unlisted")


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
    """Addresses of files have nothing in common, nor have the secrets of letters."""
    here = trial.ground.inside
    who = trial.ground.who("carl" if here is not None else "owner")
    thin = here is None or trial.ground.scale < THIN
    uploads = 4 if thin else round(UPLOADS * trial.ground.scale)
    tokens: list[str] = []
    for number in range(uploads):
        file = samples.plain(f"entropy {number}")
        made = await plant.send_file(trial, who, file, "image/png", f"{number}.png")
        media = trial.right(made, "/api/v2/media")
        for name in ("url", "preview_url"):
            found = _IN_ADDRESS.search(urlsplit(media[name] or "").path)
            tokens += [found[1]] if found else []
        await trial.ask(who, "DELETE", f"/api/v1/media/{media['id']}")
    tokens = [*dict.fromkeys(tokens)]
    if len(tokens) < 2 * uploads:
        trial.wrong(f"{uploads} files have only {len(tokens)} addresses between them")
    _judge(trial, "addresses of files", tokens)
    trial.did(
        f"addresses of {len(tokens)} versions of {uploads} files: 128 random bits each at least, no"
        " common start"
    )
    if here is not None:
        sent = [await here.app.db.write(links.issue, "reset", who.id) for _ in range(8)]
        _judge(trial, "links in letters", sent)
        trial.did("links in letters as well")


def _judge(trial: Trial, what: str, tokens: list[str]) -> None:
    short = [token for token in tokens if len(token) < TOKEN]
    starts = {token[:START] for token in tokens}
    if short or len(starts) < len(tokens):
        trial.wrong(f"{what} can be guessed: {[*short, *tokens][:4]}")
