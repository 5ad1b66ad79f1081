"""Much at once: reading on without an account (D3), copying the whole server (D4)."""

import json
import random
import re
import time
from collections import defaultdict, deque

from whimbrel.moderation import canaries

from .. import plant, queries
from ..client import Answer
from ..ground import STRANGER, Trial, Who, word

FIRST_PAGE = 40  # posts of one person that a stranger may see
AUTHORS, POSTS = 120, 60
LONG_POSTS = 100  # of the one whose profile strangers try to read on
NETWORKS, ACCOUNTS, READERS = 50, 20, 5
AT_ONCE = 5  # requests that one of the crew makes in a second, at most
SECONDS, STEP = 600, 5
WHOLE = 100_000  # posts of a server of which a share is told: budgets do not grow with it
MOST, A_MINUTE = WHOLE // 10, WHOLE // 500
ALARM = 60.0  # seconds
SLOWER, LEAST = 2.0, 0.005  # times; seconds below which nobody notices
CANARIES = 20  # accounts
_LONG_NUMBER = re.compile(r"\d{15,20}")
_POST = re.compile(rb'\{"id":"(\d+)","created_at"')
NEWEST = ("/api/v1/accounts/{id_:str}/statuses", "/@{handle:str}")
FURTHER = ("", "limit=40", "max_id={last}", "min_id=0", "since_id=0&limit=40", "offset=40")
PAGES = (*FURTHER, "page=2", "cursor={last}", "max_id={last}&limit=40&_=1")
LIVE = (
    "/api/v1/timelines/public?local=true",
    "/api/v1/accounts/{author}/statuses",
    "/api/v1/accounts/{author}/followers",
    "/api/v2/search?q=the",
    "/api/v1/directory",
    "/api/v1/trends/statuses",
)


async def read_on(trial: Trial) -> None:
    """D3: every door for reading, without an account, asked for one page after the other."""
    if trial.ground.inside is None:
        await _read_on_outside(trial)
        return
    name = f"author{word()[6:12]}"
    people = await plant.authors(trial.ground, 2, LONG_POSTS, name)
    whose = {post: author for author, posts in people.items() for post in posts}
    author, posts = next(iter(people.items()))
    seen: dict[int, set[int]] = defaultdict(set)
    asked = 0
    reading = [door for door in trial.ground.doors if door.method == "GET"]
    doors = [*trial.some(reading), *(door for door in reading if door.path in NEWEST)]
    for door in doors:
        for page in PAGES:
            for last in (posts[-40], posts[20]) if "{last}" in page else (0,):
                path = door.to(f"{name}0", author, posts[50]) + "?" + page.format(last=last)
                page_there = door.access.page
                answer = await trial.ask(STRANGER, "GET", path.rstrip("?"), page=page_there)
                asked += 1
                for number in _LONG_NUMBER.findall(answer.text):
                    if int(number) in whose:
                        seen[whose[int(number)]].add(int(number))
    for found in seen.values():
        if len(found) > FIRST_PAGE + 1:  # and the one whose id was known
            trial.wrong(f"a stranger saw {len(found)} of {LONG_POSTS} posts of one person")
    most = max((len(found) for found in seen.values()), default=0)
    if not most:
        trial.wrong("not even the newest page was seen: the drill looked at the wrong thing")
    trial.did(
        f"{len(doors)} doors for reading, {asked} pages: at most {most} of {LONG_POSTS} posts of a"
        " person seen"
    )


async def _read_on_outside(trial: Trial) -> None:
    answer = await trial.ask(STRANGER, "GET", LIVE[0])
    posts = json.loads(answer.body) if answer.status == 200 else []
    if not posts:
        trial.left_out("strangers are shown no posts here, so there was nothing to read on from")
        return
    author = posts[0]["account"]["id"]
    seen: set[str] = set()
    asked = 0
    for path in LIVE:
        for page in ("limit=40", f"max_id={posts[-1]['id']}", "min_id=0", "offset=40"):
            target = path.format(author=author)
            target += ("&" if "?" in target else "?") + page
            answer = await trial.ask(STRANGER, "GET", target)
            asked += 1
            if answer.status == 200 and "/statuses" in path and "accounts" in path:
                seen |= {post["id"] for post in json.loads(answer.body)}
    if len(seen) > FIRST_PAGE:
        trial.wrong(f"a stranger saw {len(seen)} posts of one person")
    trial.did(f"{asked} pages of lists that anybody knows: {len(seen)} posts of one person seen")
    trial.left_out("every door there is: people live here")


# ------------------------------------------------------------------------------ copying


class Copier:
    """One of the crew: a network, or an account in a network of its own."""

    def __init__(self, who: Who) -> None:
        self.who = who
        self.free_at = 0.0
        self.page: str | None = None


class Crew:
    """They know every account, share the work, keep to what they are told, and come again."""

    def __init__(self, trial: Trial, people: dict[int, list[int]], secret: set[int]) -> None:
        self.trial, self.clock = trial, trial.ground.within.clock
        self.theirs = {post for posts in people.values() for post in posts}
        self.secret = secret
        self.reached: set[int] = set()
        self.leaked: set[int] = set()
        strangers = [*people]
        random.Random(2021).shuffle(strangers)
        near = [f"/api/v1/accounts/{id_}/statuses" for id_ in strangers]
        self.near = deque(["/api/v1/timelines/public?local=true", *near])
        self.deep = deque(f"{each}?limit=40" for each in near)

    async def work(self, copier: Copier) -> None:
        """A second of one of them."""
        for _ in range(AT_ONCE):
            if self.clock.seconds() < copier.free_at:
                return
            pages = self.deep if copier.who.token else self.near
            copier.page = copier.page or (pages.popleft() if pages else None)
            if copier.page is None:
                return
            answer = await self.trial.ask(copier.who, "GET", copier.page, once=True)
            if answer.status == 429:
                wait = max(1, int(answer.headers["retry-after"]))
                copier.free_at = self.clock.seconds() + wait
                return
            self._got(copier, answer)

    def _got(self, copier: Copier, answer: Answer) -> None:
        page, copier.page = copier.page or "", None
        if answer.status != 200:
            return
        found = [int(id_) for id_ in _POST.findall(answer.body)]
        self.reached.update(self.theirs.intersection(found))
        self.leaked.update(self.secret.intersection(found))
        if copier.who.token and len(found) == FIRST_PAGE:
            copier.page = re.sub(r"&max_id=\d+|$", f"&max_id={found[-1]}", page, count=1)


async def copy_all(trial: Trial) -> None:
    """D4: fifty networks and twenty accounts copy what they can for ten minutes."""
    ground = trial.ground
    if ground.inside is None:
        await _read_fast(trial)
        return
    app, clock = ground.inside.app, ground.inside.clock
    people = await plant.authors(ground, AUTHORS, POSTS, "writer")
    bait = await _canaries(trial)
    people.update(bait)
    secret = {int(ground.ids[name]) for name in ("private", "direct", "withheld")}
    crew = Crew(trial, people, secret)
    copiers = [Copier(who) for who in await plant.copiers(ground, ACCOUNTS)]
    copiers += [Copier(Who("a copier", address=f"203.0.{n}.7")) for n in range(NETWORKS)]
    readers = [ground.who("bob")] * READERS
    clock.ahead += 3600  # nothing is left from before
    idle = [await _home(trial, who) for who in readers for _ in range(8)]
    began, rang, refused, busy = clock.seconds(), None, 0, []
    first_minute = 0
    for at in range(0, SECONDS, STEP):
        for copier in copiers:
            await crew.work(copier)
            if rang is None and app.readings is not None and app.readings.alarm is not None:
                rang = clock.seconds() - began
        took = await _home(trial, readers[0])
        refused += took < 0
        busy.append(took)
        if at + STEP == 60:
            first_minute = len(crew.reached)
        clock.ahead += STEP
    in_a_minute = (len(crew.reached) - first_minute) / (SECONDS / 60 - 1)
    share = len(crew.reached) * 100 / WHOLE
    if rang is None or rang > ALARM:
        trial.wrong("no alarm rang within a minute")
    if len(crew.reached) > MOST or in_a_minute > A_MINUTE:
        trial.wrong(
            f"the crew has {len(crew.reached)} posts, {share:.1f} % of a server of {WHOLE:,}, and"
            f" {in_a_minute:.0f} more each minute"
        )
    if len(crew.reached) == len(crew.theirs):
        trial.wrong(f"the crew has all {len(crew.theirs)} posts that there are")
    if crew.leaked:
        trial.wrong(f"{len(crew.leaked)} posts that are not public were among them")
    if refused:
        trial.wrong(f"somebody who lives here was refused {refused} times")
    trial.did(
        f"{NETWORKS} networks and {ACCOUNTS} accounts for ten minutes: alarm after"
        f" {rang or 0:.0f} s, {len(crew.reached)} posts reached, {share:.1f} % of {WHOLE:,},"
        f" {in_a_minute:.0f} a minute after the first; {refused} of {len(busy)} requests of those"
        " who live here refused"
    )
    slow, calm = _late(busy), _late(idle)
    if slow > max(SLOWER * calm, calm + LEAST):
        trial.wrong(f"a home takes {slow * 1000:.1f} ms while they copy, {calm * 1000:.1f} before")
    trial.did(f"95 in 100 homes took {slow * 1000:.1f} ms meanwhile, {calm * 1000:.1f} before")
    baits = {post for posts in bait.values() for post in posts}
    trial.did(f"{len(crew.reached & baits)} of {len(baits)} canaries were read by them")
    await plant.end_alarm(ground)
    clock.ahead += 7200


async def _canaries(trial: Trial) -> dict[int, list[int]]:
    """Posts that nobody has a reason to look for, and whose they are."""
    here = trial.ground.within
    await here.app.db.write(canaries.plant, CANARIES)
    if here.app.readings is not None:
        here.app.readings.canaries = await here.app.db.read(canaries.posts)
    return await here.app.db.read(queries.authors_of, await here.app.db.read(canaries.posts))


def _late(took: list[float]) -> float:
    """What 95 in 100 do not exceed."""
    return sorted(took)[len(took) * 95 // 100]


async def _home(trial: Trial, who: Who) -> float:
    """Seconds of the processor that a page of somebody's home takes; below 0 = refused. Server and
    drill are one process, and what else the machine does is no matter."""
    began = time.process_time()
    answer = await trial.ask(who, "GET", "/api/v1/timelines/home?limit=40", once=True)
    return -1.0 if answer.status != 200 else time.process_time() - began


async def _read_fast(trial: Trial) -> None:
    """At a running server: one address alone, until it is told to stop."""
    path = "/api/v1/timelines/public?local=true"
    for number in range(1, 401):
        answer = await trial.ask(STRANGER, "GET", path, once=True)
        if answer.status == 429:
            trial.did(f"one address alone reads fast: refused at request {number}")
            break
    else:
        trial.wrong("one address could read 400 pages at once without being refused")
    trial.left_out("fifty networks and twenty accounts: the drill has one address, and no accounts")
