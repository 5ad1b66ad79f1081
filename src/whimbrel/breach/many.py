"""Many of everything that goes by an id, for those who count and guess."""

from itertools import pairwise
from typing import Any

from . import plant, samples
from .ground import Ground, Trial, word

API = "/api/v1"


async def of_each(trial: Trial, many: int) -> dict[str, list[int]]:
    """Ada makes so many of each, or has them made; their ids by what they are."""
    made: dict[str, list[int]] = {}
    for _ in range(many):
        for kind, id_ in (await _one_of_each(trial)).items():
            made.setdefault(kind, []).append(int(id_))
    await trial.ground.within.settle()
    ada = trial.ground.who("ada")
    told = await trial.got(ada, f"{API}/notifications?limit=40&types[]=favourite")
    made["notification"] = [int(each["id"]) for each in told[:many]]
    deleted = await trial.got(ada, "/api/whimbrel/v1/receipts")
    made["receipt"] = [int(each["id"]) for each in deleted[:many]]
    made["account"] = [who.id for who in trial.ground.people.values()][:many]
    return made


async def _one_of_each(trial: Trial) -> dict[str, str]:
    ada, bob = trial.ground.who("ada"), trial.ground.who("bob")
    media = await plant.upload(trial, ada, samples.plain(word()), "image/png")
    made = {"media": media}
    for kind, path, how in _forms(trial.ground):
        answer = await trial.do(bob if kind == "report" else ada, "POST", f"{API}/{path}", **how)
        made[kind] = answer["id"]
        if kind == "asked":
            made["poll"] = answer["poll"]["id"]
    filter_ = await trial.do(
        ada,
        "POST",
        "/api/v2/filters",
        title=word(),
        context=["home"],
        keywords_attributes=[{"keyword": word()}],
    )
    made["filter"], made["keyword"] = filter_["id"], filter_["keywords"][0]["id"]
    await trial.do(bob, "POST", f"{API}/statuses/{made['public']}/favourite")
    await trial.do(ada, "DELETE", f"{API}/statuses/{made.pop('mistake')}")
    return made


def _forms(ground: Ground) -> list[tuple[str, str, dict[str, Any]]]:
    options = {"options": [word(), word()], "expires_in": 86_400}
    later = "2099-01-01T00:00:00Z"
    app = {"client_name": word(), "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
    return [
        ("public", "statuses", {"status": word(), "visibility": "public"}),
        ("private", "statuses", {"status": word(), "visibility": "private"}),
        ("mistake", "statuses", {"status": word(), "visibility": "private"}),
        ("asked", "statuses", {"status": word(), "visibility": "private", "poll": options}),
        ("scheduled", "statuses", {"status": word(), "scheduled_at": later}),
        ("list", "lists", {"title": word()}),
        ("report", "reports", {"account_id": str(ground.who("ada").id), "comment": word()}),
        ("app", "apps", app),
    ]


def counted(numbers: list[int]) -> bool:
    """Whether things that were made one after the other are numbered so."""
    steps = {later - one for one, later in pairwise(numbers)}
    return bool(steps & {1, 2, -1}) or min(numbers, default=1 << 32) < 1 << 32
