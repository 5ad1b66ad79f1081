"""What is not for everybody (D6)."""

import re
import statistics
from urllib.parse import quote

from ..client import Answer
from ..ground import STRANGER, Trial, Who, word
from .places import FEDERATED, PAGES, PLACES, everywhere, filled, shows

PASSING = {"date", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"}
_ONCE = re.compile(r'name="(?:once|_csrf)" value="[^"]+"')
LEVELS = ("public", "unlisted", "private", "direct", "withheld")
TONGUES = ("en", "de", "es", "ar", "ja")
TURNS = 25  # times that two answers are timed, in turn
SLOWER, NOTICED = 1.5, 0.0005  # times; seconds


def _may_see(name: str, level: str) -> bool:
    if name == "ada" or level in ("public", "unlisted"):
        return True
    return name == "bob" and level != "withheld"


async def look_at_private(trial: Trial) -> None:
    """D6: everybody looks at posts of every kind, everywhere; and asks for what is not there."""
    ground = trial.ground
    if ground.inside is None:
        await _look_from_outside(trial)
        return
    asked = 0
    viewers = [STRANGER, *(ground.who(name) for name in ("eve", "mallory", "bob", "warden", "ada"))]
    for who in viewers:
        for level in LEVELS:
            said, post = ground.words[level], ground.ids[level]
            places = await everywhere(trial, who, post, said, ground.who("ada").id)
            places += await _every_door(trial, who, post, said)
            asked += len(places)
            shown = [path for path, answer in places if shows(answer, said, path)]
            if _may_see(who.name, level):
                if not shown and who.name != "mallory":
                    trial.wrong(f"{who.name} does not see a {level} post: the drill looks wrongly")
            elif shown:
                trial.wrong(f"{who.name} sees a {level} post at {', '.join(shown[:3])}")
    trial.did(
        f"{len(viewers)} people, {len(LEVELS)} kinds of posts, {len(PLACES + PAGES + FEDERATED)}"
        f" places and every door for reading: {asked} answers"
    )
    for who in (STRANGER, ground.who("eve"), ground.who("mallory")):
        for level in ("private", "direct", "withheld"):
            await _same_as_nothing(trial, who, level)
    await _same_time(trial)
    trial.did(
        f"what is not for somebody is answered as if it had never been, in {len(TONGUES)}"
        " languages, and as fast"
    )


async def _every_door(trial: Trial, who: Who, post: str, said: str) -> list[tuple[str, Answer]]:
    """What each door that can lead to a post shows of it."""
    found, ada = [], trial.ground.who("ada")
    reading = [door for door in trial.ground.doors if door.method == "GET" and "{" in door.path]
    for door in trial.some(reading):
        if door.access.page and who.token and not who.cookie:
            continue
        target = door.to("ada", ada.id, post, quote(f"{said}tag"))
        answer = await trial.ask(who, "GET", target, page=door.access.page)
        found.append((door.path, answer))
    return found


SILENT = (
    "/api/v1/statuses/POST",
    "/api/v1/statuses/POST/context",
    "/@ada/POST",
    "/api/v1/polls/POST",
)


async def _same_as_nothing(trial: Trial, who: Who, level: str) -> None:
    """What is not for them is answered like what never was, in every language."""
    post = trial.ground.ids[level]
    absent = str(int(post) ^ 5)
    for path in SILENT:
        for tongue in TONGUES:
            told = []
            for id_ in (post, absent):
                how = {"accept-language": tongue}
                answer = await trial.ask(
                    who, "GET", path.replace("POST", id_), page="@" in path, headers=how
                )
                told.append(_told(answer, id_))
            if told[0] != told[1]:
                trial.wrong(f"{who.name} can tell that there is a {level} post at {path}")


async def _same_time(trial: Trial) -> None:
    """Nor does it take longer to say no to what is there."""
    eve, post = trial.ground.who("eve"), trial.ground.ids["private"]
    there, nowhere = list[float](), list[float]()
    for _ in range(TURNS):
        for took, id_ in ((there, post), (nowhere, str(int(post) ^ 5))):
            took.append((await trial.ask(eve, "GET", f"/api/v1/statuses/{id_}")).seconds)
    slow, calm = sorted((statistics.median(there), statistics.median(nowhere)))[::-1]
    if slow > SLOWER * calm and slow - calm > NOTICED:
        trial.wrong(
            f"a post that is not for somebody is refused in {statistics.median(there) * 1000:.2f}"
            f" ms, and one that is not there in {statistics.median(nowhere) * 1000:.2f}"
        )


def _told(answer: Answer, id_: str) -> tuple[int, list[tuple[str, str]], str]:
    """All that an answer says, but for its time, its numbers and what was asked for."""
    pairs = [(k, v.replace(id_, "ID")) for k, v in answer.pairs if k not in PASSING]
    return answer.status, pairs, _ONCE.sub("", answer.text.replace(id_, "ID"))


async def _look_from_outside(trial: Trial) -> None:
    """At a running server: a post to nobody, looked for without an account."""
    owner, said = trial.ground.who("owner"), word()
    made = await trial.do(
        owner, "POST", "/api/v1/statuses", status=f"{said} gulls", visibility="direct"
    )
    post = made["id"]
    try:
        trial.ground.ids["direct"] = post
        asked = 0
        for path in SILENT:
            answer = await trial.ask(STRANGER, "GET", filled(trial, path, post, said, owner.id))
            absent = str(int(post) ^ 5)
            nothing = await trial.ask(STRANGER, "GET", filled(trial, path, absent, said, owner.id))
            asked += 2
            if said in answer.text:
                trial.wrong(f"a stranger sees a post that is for nobody at {path}")
            elif _told(answer, post) != _told(nothing, absent):
                trial.wrong(f"a stranger can tell that there is a post at {path}")
        trial.did(f"a post for nobody, looked for by a stranger: {asked} answers, none tells of it")
    finally:
        await trial.do(owner, "DELETE", f"/api/v1/statuses/{post}")
    trial.left_out("followers, blocked people and staff: they would need accounts of their own")
