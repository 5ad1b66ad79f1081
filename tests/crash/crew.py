"""People who write, upload and leave while the power goes, each with a journal of what they were
told: nothing that was acknowledged may be missing, and nothing may be there twice."""

import asyncio
import random
import time
from typing import Any
from uuid import uuid4

import aiohttp
import httpx
from yard import leave, picture

from server import Server

WRITERS = ("ada", "bob", "eve", "ivy", "joe")  # everybody follows everybody
FANS = ("kim", "lee")  # follow and unfollow ada all the time
PAINTERS = ("mia", "ned")  # post pictures, and delete them again
SETTLED = 60  # seconds until every consequence must be there


class Journal:
    """What a writer knows: certain things by their acknowledgement, and what was under way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.posts: dict[str, set[str]] = {}  # id: the texts it may have
        self.gone: set[str] = set()  # deletion acknowledged
        self.maybe_gone: set[str] = set()
        self.liked: dict[str, set[bool]] = {}
        self.following: set[bool] = {False}
        self.unanswered: dict[str, str] = {}  # Idempotency-Key: text
        self.shown: dict[str, str] = {}  # post: where its picture is


class Crew:
    """The writers at work, until the server dies under them."""

    def __init__(self, server: Server, tokens: dict[str, str]) -> None:
        self.server, self.tokens = server, tokens
        self.journals = {name: Journal(name) for name in (*WRITERS, *FANS, *PAINTERS)}
        self.ids: dict[str, str] = {}
        self.leaving: set[str] = set()  # who asked for it and heard nothing yet
        self.left: set[str] = set()
        self.random = random.Random(7)

    async def call(self, http: Any, name: str, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[name]}", **more.pop("headers", {})}
        url = self.server.url + path
        async with http.request(method, url, headers=headers, **more) as answer:
            assert answer.status == 200, f"{answer.status} {await answer.text()}"
            return await answer.json()

    async def write(self, http: Any, journal: Journal) -> None:
        """Post, edit, delete and like without a pause."""
        while True:
            alive = [p for p in journal.posts if p not in journal.gone | journal.maybe_gone]
            chance = self.random.random()
            if chance < 0.6 or len(alive) < 3:
                key, text = uuid4().hex, f"{journal.name} {uuid4().hex}"
                journal.unanswered[key] = text
                await self._post(http, journal, key)
            elif chance < 0.75:
                post, text = self.random.choice(alive), f"edited {uuid4().hex}"
                journal.posts[post].add(text)
                await self.call(
                    http, journal.name, "PUT", f"/api/v1/statuses/{post}", json={"status": text}
                )
                journal.posts[post] = {text}
            elif chance < 0.85:
                post = self.random.choice(alive)
                journal.maybe_gone.add(post)
                await self.call(http, journal.name, "DELETE", f"/api/v1/statuses/{post}")
                journal.maybe_gone.discard(post)
                journal.gone.add(post)
            else:
                await self._like(http, journal, self.random.choice(alive))

    async def _post(self, http: Any, journal: Journal, key: str) -> None:
        text = journal.unanswered[key]
        headers, body = {"Idempotency-Key": key}, {"status": text}
        post = await self.call(
            http, journal.name, "POST", "/api/v1/statuses", json=body, headers=headers
        )
        del journal.unanswered[key]
        journal.posts[post["id"]] = {text}

    async def _like(self, http: Any, journal: Journal, post: str) -> None:
        wanted = self.random.random() < 0.7
        journal.liked.setdefault(post, {False}).add(wanted)
        verb = "favourite" if wanted else "unfavourite"
        await self.call(http, journal.name, "POST", f"/api/v1/statuses/{post}/{verb}")
        journal.liked[post] = {wanted}

    async def dither(self, http: Any, journal: Journal) -> None:
        """Follow ada, or not."""
        while True:
            wanted = self.random.random() < 0.5
            journal.following.add(wanted)
            verb = "follow" if wanted else "unfollow"
            path = f"/api/v1/accounts/{self.ids['ada']}/{verb}"
            await self.call(http, journal.name, "POST", path)
            journal.following = {wanted}
            await asyncio.sleep(0.01)

    async def paint(self, http: Any, journal: Journal) -> None:
        """Upload, post, and delete most of it with its picture."""
        while True:
            form = aiohttp.FormData()
            form.add_field("file", picture(self.random.getrandbits(32)), filename="p.png")
            media = await self.call(http, journal.name, "POST", "/api/v2/media", data=form)
            key, text = uuid4().hex, f"painted {uuid4().hex}"
            journal.unanswered[key] = text  # and never tried again: it may be there or not
            body = {"status": text, "media_ids": [media["id"]]}
            post = await self.call(http, journal.name, "POST", "/api/v1/statuses", json=body)
            del journal.unanswered[key]
            journal.posts[post["id"]] = {text}
            journal.shown[post["id"]] = post["media_attachments"][0]["url"]
            if self.random.random() < 0.6:
                await self._wipe(http, journal, self.random.choice(sorted(journal.shown)))

    async def _wipe(self, http: Any, journal: Journal, post: str) -> None:
        if post in journal.gone | journal.maybe_gone:
            return
        journal.maybe_gone.add(post)
        path = f"/api/v1/statuses/{post}?delete_media=true"
        await self.call(http, journal.name, "DELETE", path)
        journal.maybe_gone.discard(post)
        journal.gone.add(post)

    async def depart(self, name: str) -> None:
        """Somebody who was here closes the account."""
        self.leaving.add(name)
        await asyncio.to_thread(leave, self.server, name)
        self.leaving.discard(name)
        self.left.add(name)

    async def until_the_crash(self, seconds: float, leaver: str = "", pictures: int = 0) -> None:
        """Everybody at once, and then the power goes.

        Args:
            leaver: who closes the account meanwhile.
            pictures: so many more have to be posted first.
        """
        wanted = self.pictures() + pictures
        async with aiohttp.ClientSession() as http:
            for name in self.tokens.keys() - self.ids.keys():
                me = await self.call(http, name, "GET", "/api/v1/accounts/verify_credentials")
                self.ids[name] = me["id"]
            work = [self.write(http, self.journals[name]) for name in WRITERS]
            work += [self.dither(http, self.journals[name]) for name in FANS]
            work += [self.paint(http, self.journals[name]) for name in PAINTERS]
            work += [self.depart(leaver)] if leaver else []
            tasks = [asyncio.create_task(one) for one in work]
            await asyncio.sleep(seconds)
            until = time.monotonic() + SETTLED
            while self.pictures() < wanted and time.monotonic() < until:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            self.server.kill()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            fine = (aiohttp.ClientError, OSError, httpx.TransportError, type(None))
            assert isinstance(outcome, fine), repr(outcome)

    def pictures(self) -> int:
        """How many were posted, deleted ones included."""
        return sum(len(self.journals[name].shown) for name in PAINTERS)

    async def retry(self) -> None:
        """What an app does with a post it heard nothing of: the same once more."""
        async with aiohttp.ClientSession() as http:
            for name in WRITERS:
                for key in list(self.journals[name].unanswered):
                    await self._post(http, self.journals[name], key)

    async def check(self) -> None:
        """Hold the server to every journal."""
        async with aiohttp.ClientSession() as http:
            for name in (*WRITERS, *PAINTERS):
                await self._check_writer(http, self.journals[name])
            for name in PAINTERS:
                await self._check_pictures(http, self.journals[name])
            asked = {"id[]": self.ids["ada"]}
            for name in FANS:
                (stand,) = await self.call(
                    http, name, "GET", "/api/v1/accounts/relationships", params=asked
                )
                assert stand["following"] in self.journals[name].following
            await self._check_homes(http)

    async def _check_writer(self, http: Any, journal: Journal) -> None:
        path = f"/api/v1/accounts/{self.ids[journal.name]}/statuses"
        shown = await self._all(http, journal.name, path)
        ids = [post["id"] for post in shown]
        assert len(ids) == len(set(ids))
        by_id = {post["id"]: post for post in shown}
        missing = journal.posts.keys() - journal.gone - journal.maybe_gone - by_id.keys()
        assert not missing, f"{len(missing)} acknowledged posts of {journal.name} are lost"
        back = journal.gone & by_id.keys()
        assert not back, f"{len(back)} acknowledged deletions of {journal.name} are undone"
        for post in by_id.keys() - journal.posts.keys():
            assert _said(by_id[post]) in journal.unanswered.values(), "a post that nobody wrote"
        for post, texts in journal.posts.items():
            if post in by_id:
                assert _said(by_id[post]) in texts, f"an acknowledged edit of {post} is lost"
                assert by_id[post]["favourited"] in journal.liked.get(post, {False})

    async def _check_pictures(self, http: Any, journal: Journal) -> None:
        for post, url in journal.shown.items():
            if post in journal.maybe_gone:
                continue
            async with http.get(url) as answer:
                there = answer.status == 200 and len(await answer.read()) > 0
            assert there is (post not in journal.gone), f"the picture of {post}"

    async def _check_homes(self, http: Any) -> None:
        """Every post is in every follower's home, once; consequences may take a moment."""
        written = {
            post
            for name in WRITERS
            for post in self.journals[name].posts
            if post not in self.journals[name].gone | self.journals[name].maybe_gone
        }
        newest = set(sorted(written, key=int)[-300:])  # homes keep so many, and more
        until = time.monotonic() + SETTLED
        for name in WRITERS:
            while True:
                home = [p["id"] for p in await self._all(http, name, "/api/v1/timelines/home")]
                if newest <= set(home) or time.monotonic() > until:
                    break
                await asyncio.sleep(0.2)
            assert newest <= set(home), f"{len(newest - set(home))} posts never reached {name}"
            assert len(home) == len(set(home)), "a post is twice in a home"
            assert not set(home) & set().union(*(j.gone for j in self.journals.values()))

    async def _all(self, http: Any, name: str, path: str) -> list[Any]:
        """A whole list, page by page."""
        found: list[Any] = []
        params = {"limit": "40"}
        while page := await self.call(http, name, "GET", path, params=params):
            found += page
            params["max_id"] = page[-1]["id"]
        return found


def _said(post: Any) -> str:
    content: str = post["content"]
    return content.removeprefix("<p>").removesuffix("</p>")
