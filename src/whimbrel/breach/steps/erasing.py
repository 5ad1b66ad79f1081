"""What is deleted (D5)."""

import asyncio
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from whimbrel.privacy.traces import Unreadable, spellings, traces

from .. import plant, samples
from ..ground import STRANGER, Trial, word
from .places import everywhere, filled, shows

Spelled = Mapping[bytes, str]


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
        for path, got in await everywhere(trial, ada, post, said, ada.id)
        if shows(got, said, path)
    ]
    if not seen:
        trial.wrong("the post was nowhere before it was deleted: the drill looked wrongly")
    backup = await asyncio.to_thread(_back_up, here.folder, here.spare) if here else None
    await trial.do(ada, "DELETE", f"/api/v1/statuses/{post}?delete_media=true")
    if here:
        await here.settle()
    looked = 0
    for who in viewers:
        for path, answer in await everywhere(trial, who, post, said, ada.id):
            looked += 1
            if shows(answer, said, path):
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
                target = filled(trial, path, post, said, ada.id)
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
