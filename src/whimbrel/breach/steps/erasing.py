"""What is deleted (D5), and what is not for everybody (D6)."""

import asyncio
import re
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from whimbrel.privacy.traces import Unreadable, spellings, traces

from .. import plant, samples
from ..client import Answer
from ..ground import STRANGER, Trial, Who, word

ACTIVITY = {"accept": "application/activity+json"}
PASSING = {"date", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"}
_ONCE = re.compile(r'name="(?:once|_csrf)" value="[^"]+"')

Spelled = Mapping[bytes, str]

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


def _filled(trial: Trial, path: str, post: str, said: str, author: int) -> str:
    for name, value in (
        ("ORIGIN", trial.ground.client.base),
        ("POST", post),
        ("AUTHOR", str(author)),
        ("TAG", f"{said}tag"),
        ("WORD", said),
    ):
        path = path.replace(name, value)
    return path


async def _everywhere(
    trial: Trial, who: Who, post: str, said: str, author: int
) -> list[tuple[str, Answer]]:
    """What somebody is answered at every place where a post may be."""
    found = []
    for paths, how in ((PLACES, {}), (FEDERATED, ACTIVITY)):
        for path in paths:
            target = _filled(trial, path, post, said, author)
            found.append((path, await trial.ask(who, "GET", target, headers=how)))
    for path in PAGES if who.cookie or not who.token else ():
        target = _filled(trial, path, post, said, author)
        found.append((f"page {path}", await trial.ask(who, "GET", target, page=True)))
    return found


def _shows(answer: Answer, said: str, path: str) -> bool:
    """Whether an answer tells it; the form for searching says again what was looked for."""
    if answer.status >= 400 or "WORD" in path:
        return f"{said}tag" in answer.text and answer.status < 400
    return f"{said} " in answer.text or f"{said}<" in answer.text or f">{said}" in answer.text


# ------------------------------------------------------------------------------ deleted


async def delete(trial: Trial) -> None:
    """D5: a post is planted and deleted; then everybody looks, everywhere, and in every file."""
    ground = trial.ground
    here = ground.inside
    ada = ground.who("ada" if here else "owner")
    said, seed = word(), word()
    level = "public" if here else "direct"
    media = await plant.upload(trial, ada, samples.plain(seed), "image/png")
    text = f"{said} #{said}tag gulls"
    made = await trial.do(
        ada, "POST", "/api/v1/statuses", status=text, visibility=level, media_ids=[media]
    )
    post, file = made["id"], made["media_attachments"][0]["url"]
    picture = (await trial.ask(STRANGER, "GET", file)).body if here else b""
    viewers = [ada, STRANGER]
    if here:
        bob = ground.who("bob")
        await trial.do(bob, "POST", f"/api/v1/statuses/{post}/favourite")
        await trial.do(bob, "POST", f"/api/v1/statuses/{post}/bookmark")
        await trial.do(bob, "POST", f"/api/v1/statuses/{post}/reblog")
        await here.settle()
        viewers += [bob, ground.who("eve"), ground.who("warden")]
    seen = [
        path
        for path, got in await _everywhere(trial, ada, post, said, ada.id)
        if _shows(got, said, path)
    ]
    if not seen:
        trial.wrong("the post was nowhere before it was deleted: the drill looked wrongly")
    backup = await asyncio.to_thread(_back_up, here.folder, here.spare) if here else None
    await trial.do(ada, "DELETE", f"/api/v1/statuses/{post}?delete_media=true")
    if here:
        await here.settle()
    looked = 0
    for who in viewers:
        for path, answer in await _everywhere(trial, who, post, said, ada.id):
            looked += 1
            if _shows(answer, said, path):
                trial.wrong(f"{who.name} still sees the deleted post at {path}")
    gone = await trial.ask(STRANGER, "GET", file)
    if gone.status not in (403, 404, 410):
        trial.wrong("the file of the deleted post is still served")
    trial.did(f"seen at {len(seen)} places, deleted, then looked for at {looked}, and its file")
    if here is None or backup is None:
        trial.left_out("files, database and backups: they can only be looked through from inside")
        return
    texts = {each: spellings(each) for each in (said, f"{said}tag")}
    files, found = await asyncio.to_thread(_look_through, here.folder, texts, picture)
    for name in found:
        trial.wrong(f"the deleted words, or their picture, are in {name}")
    trial.did(f"looked through {files} files of the server")
    await _restore(trial, backup, post, said, file)


def _back_up(folder: Path, spare: Path) -> Path:
    """Yesterday's backup: the database and the files, but not the keyring, which is apart."""
    backup = spare / "backup"
    shutil.copytree(folder / "objects", backup / "objects", dirs_exist_ok=True)
    with (
        sqlite3.connect(folder / "whimbrel.db") as now,
        sqlite3.connect(backup / "whimbrel.db") as then,
    ):
        now.backup(then)
    return backup


def _look_through(folder: Path, texts: dict[str, Spelled], picture: bytes) -> tuple[int, list[str]]:
    """How many files there are, and those with traces in them."""
    files, found = 0, []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        files += 1
        name = str(path.relative_to(folder))
        try:
            with path.open("rb") as opened:
                here = next(iter(traces(opened, texts)), None)
                opened.seek(0)
                whole = opened.read()
        except (Unreadable, FileNotFoundError):
            continue
        middle = len(picture) // 2
        if here is not None or (len(picture) > 128 and picture[middle : middle + 64] in whole):
            found.append(name)
    return files, found


async def _restore(trial: Trial, backup: Path, post: str, said: str, file: str) -> None:
    """A server over yesterday's backup with today's keys: it must not find its way back. It is a
    process of its own, for this one still remembers what it answered."""
    here = trial.ground.within
    shutil.copy(here.folder / "keyring.bin", backup / "keyring.bin")
    ada, live = trial.ground.who("ada"), trial.ground.client
    async with here.restored(backup) as base:
        trial.ground.client = type(live)(base)
        try:
            for path in ("/api/v1/statuses/POST", "/api/v1/accounts/AUTHOR/statuses", "/@ada/POST"):
                target = _filled(trial, path, post, said, ada.id)
                answer = await trial.ask(ada, "GET", target)
                if said in answer.text:
                    trial.wrong(f"a restored backup shows the deleted post at {path}")
            known = await trial.ask(ada, "GET", f"/api/v1/statuses/{trial.ground.ids['public']}")
            if trial.ground.words["public"] not in known.text:
                trial.wrong("the backup was not restored: what was not deleted is not there either")
            picture = await trial.ask(ada, "GET", urlsplit(file).path)
            if picture.status == 200:
                trial.wrong("a restored backup serves the file of the deleted post")
        finally:
            await trial.ground.client.close()
            trial.ground.client = live
    trial.did("restored a backup from before: other posts are there, the deleted one is unreadable")


# ------------------------------------------------------------------------------ private


def _may_see(name: str, level: str) -> bool:
    if name == "ada" or level in ("public", "unlisted"):
        return name != "mallory" or level != "private"
    return name == "bob"


async def look_at_private(trial: Trial) -> None:
    """D6: everybody looks at posts of every kind, everywhere; and asks for what is not there."""
    ground = trial.ground
    if ground.inside is None:
        await _look_from_outside(trial)
        return
    asked = 0
    viewers = [STRANGER, *(ground.who(name) for name in ("eve", "mallory", "bob", "warden", "ada"))]
    for who in viewers:
        for level in ("public", "unlisted", "private", "direct"):
            said, post = ground.words[level], ground.ids[level]
            places = await _everywhere(trial, who, post, said, ground.who("ada").id)
            asked += len(places)
            shown = [path for path, answer in places if _shows(answer, said, path)]
            if _may_see(who.name, level):
                if not shown and who.name != "mallory":
                    trial.wrong(f"{who.name} does not see a {level} post: the drill looks wrongly")
            elif shown:
                trial.wrong(f"{who.name} sees a {level} post at {', '.join(shown[:3])}")
    trial.did(f"six people, four kinds of posts, {len(PLACES + PAGES + FEDERATED)} places: {asked}")
    for who in (STRANGER, ground.who("eve"), ground.who("mallory")):
        for level in ("private", "direct"):
            await _same_as_nothing(trial, who, level)
    trial.did("what is not for somebody is answered as if it had never been, in three languages")


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
        for tongue in ("en", "de", "ar"):
            told = []
            for id_ in (post, absent):
                how = {"accept-language": tongue}
                answer = await trial.ask(
                    who, "GET", path.replace("POST", id_), page="@" in path, headers=how
                )
                told.append(_told(answer, id_))
            if told[0] != told[1]:
                trial.wrong(f"{who.name} can tell that there is a {level} post at {path}")


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
            answer = await trial.ask(STRANGER, "GET", _filled(trial, path, post, said, owner.id))
            absent = str(int(post) ^ 5)
            nothing = await trial.ask(STRANGER, "GET", _filled(trial, path, absent, said, owner.id))
            asked += 2
            if said in answer.text:
                trial.wrong(f"a stranger sees a post that is for nobody at {path}")
            elif _told(answer, post) != _told(nothing, absent):
                trial.wrong(f"a stranger can tell that there is a post at {path}")
        trial.did(f"a post for nobody, looked for by a stranger: {asked} answers, none tells of it")
    finally:
        await trial.do(owner, "DELETE", f"/api/v1/statuses/{post}")
    trial.left_out("followers, blocked people and staff: they would need accounts of their own")
