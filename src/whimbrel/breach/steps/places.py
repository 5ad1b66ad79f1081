"""Everywhere a post may be seen, and whether it is."""

from ..client import Answer
from ..ground import Trial, Who

ACTIVITY = {"accept": "application/activity+json"}


# Everywhere a post may be seen. POST and AUTHOR are ids, WORD stands in it, TAG is its tag.
PLACES = (
    "/api/v1/statuses/POST",
    "/api/v1/statuses?id[]=POST",
    "/api/v1/statuses/POST/context",
    "/api/v1/statuses/POST/source",
    "/api/v1/statuses/POST/history",
    "/api/v1/statuses/POST/favourited_by",
    "/api/v1/accounts/AUTHOR/statuses",
    "/api/v1/accounts/AUTHOR/statuses?only_media=true",
    "/api/v1/timelines/public?local=true",
    "/api/v1/timelines/home",
    "/api/v1/timelines/tag/TAG",
    "/api/v2/search?q=WORD",
    "/api/v1/notifications",
    "/api/v1/conversations",
    "/api/v1/bookmarks",
    "/api/v1/favourites",
    "/api/v1/trends/statuses",
    "/api/oembed?url=ORIGIN/@ada/POST",
)
PAGES = (
    "/@ada/POST",
    "/@ada/POST/embed",
    "/@ada",
    "/@ada/media",
    "/@ada.atom",
    "/@ada.rss",
    "/tags/TAG",
    "/local",
    "/home",
    "/search?q=WORD",
    "/conversations",
    "/posts/POST/history",
)
FEDERATED = (
    "/ap/users/AUTHOR/statuses/POST",
    "/ap/users/AUTHOR/statuses/POST/activity",
    "/ap/users/AUTHOR/outbox",
    "/ap/names/ada/POST",
    "/@ada/POST",
)


def filled(trial: Trial, path: str, post: str, said: str, author: int) -> str:
    for name, value in (
        ("ORIGIN", trial.ground.client.base),
        ("POST", post),
        ("AUTHOR", str(author)),
        ("TAG", f"{said}tag"),
        ("WORD", said),
    ):
        path = path.replace(name, value)
    return path


async def everywhere(
    trial: Trial, who: Who, post: str, said: str, author: int
) -> list[tuple[str, Answer]]:
    """What somebody is answered at every place where a post may be."""
    found = []
    for paths, how in ((PLACES, {}), (FEDERATED, ACTIVITY)):
        for path in paths:
            target = filled(trial, path, post, said, author)
            found.append((path, await trial.ask(who, "GET", target, headers=how)))
    for path in PAGES if who.cookie or not who.token else ():
        target = filled(trial, path, post, said, author)
        found.append((f"page {path}", await trial.ask(who, "GET", target, page=True)))
    return found


def shows(answer: Answer, said: str, path: str) -> bool:
    """Whether an answer tells it; the form for searching says again what was looked for."""
    if answer.status >= 400 or "WORD" in path:
        return f"{said}tag" in answer.text and answer.status < 400
    return f"{said} " in answer.text or f"{said}<" in answer.text or f">{said}" in answer.text
