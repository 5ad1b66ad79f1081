"""A server on which every field that people, staff or other servers fill is full of markup.

`xss.txt` holds one JSON string a line. Called as `xss(1)` a payload has run; `evil.example` in any
request means that it spoke to somebody."""

import io
import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.request import Request

import msgspec
import stories
from PIL import Image
from sqlalchemy import bindparam, select, update

import people
from server import Server, fetched
from whimbrel.accounts import clients, passkeys, sessions, tokens
from whimbrel.accounts.rules import Field, Viewer
from whimbrel.accounts.tables import accounts
from whimbrel.app.handlers import routes
from whimbrel.core.db import open_db
from whimbrel.core.engines import Query
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.text import clean, tidy, to_plain
from whimbrel.core.tx import Tx, utc_now
from whimbrel.instance import announcements, texts
from whimbrel.posts import drafts
from whimbrel.posts.queries.stored import encode_content, slot_of
from whimbrel.posts.rules import Attachment, Content, Preview, Unfinished
from whimbrel.posts.tables import posts

HERE = Path(__file__).parent
PAYLOADS: list[str] = [
    json.loads(line) for line in (HERE / "xss.txt").read_text(encoding="utf-8").splitlines()
]
FAR = "elsewhere.example"
SCOPES = "read write follow"


def packed(most: int, payloads: Iterable[str] = (), glue: str = "\n") -> Iterator[str]:
    """All payloads that fit into a field of `most` characters, as few fields as will do."""
    text = ""
    for payload in payloads or PAYLOADS:
        written = tidy(payload)
        if glue != "\n":
            written = " ".join(written.split())
        if len(written) > most:
            continue
        if text and len(text) + len(glue) + len(written) > most:
            yield text
            text = ""
        text = text + glue + written if text else written
    yield text


class Town:
    """Who is there, and by what they are let in."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cookies: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.root = ""  # the post that all others answer
        self.far_root = ""
        self.pictures = ""  # the same, with descriptions
        self.app, self.draft = "", 0
        self.told: list[str] = []  # where apps are told what no page of ours shows

    def fill(self) -> None:
        """What no client of the API can write, straight into the tables."""
        settings = Settings(data=self.server.data)
        instance = Instance.of(settings, self.server.port)
        db = open_db("", settings.data, instance, routes(), utc_now)
        db.write_sync(self._fill)
        db.close()

    def _fill(self, tx: Tx) -> None:
        agents = list(packed(200, glue=" "))
        known: dict[str, Viewer] = {}
        rows = [Field(each, each) for each in packed(255, glue=" ")]
        about = {"display_name": next(packed(30)), "note": next(packed(500))}
        about["fields"] = msgspec.json.encode(rows).decode()
        for name, role in (("ada", "user"), ("bob", "user"), ("boss", "admin")):
            who = people.make(tx, name, role=role, **about)
            self.cookies[name] = sessions.begin(tx, who.id)
            self.tokens[name] = tokens.issue(tx, who.id, SCOPES)
            known[name] = who
        ada, bob, boss = known["ada"], known["bob"], known["boss"]
        for agent in agents:
            sessions.begin(tx, ada.id, agent)
        for name in packed(clients.NAME_CHARS, glue=" "):
            app, _ = clients.register(
                tx, name, ["https://app.example/"], SCOPES, "https://app.example"
            )
            tokens.issue(tx, ada.id, SCOPES, app.id)
            self.app = self.app or app.client_id
        # A browser's part in making one is no matter here.
        for at, name in enumerate(packed(passkeys.LONGEST_NAME, glue=" ")):
            passkeys._add(tx, ada, name, b"credential %d" % at, b"key", 0)
        for text in packed(2000):
            self.draft = drafts.save(
                tx, ada, Unfinished(text=text, spoiler=text[:200], options=(text, text))
            )
            announcements.publish(tx, text)
        texts.write(tx, "description", "\n\n".join(PAYLOADS))
        for rule in packed(300):
            texts.add_rule(tx, rule, rule)
        for at, (name, note) in enumerate(zip(packed(30), cycle(packed(500)), strict=False)):
            near = people.make(tx, f"near{at}", display_name=name, note=note)
            stories.follow(tx, near, bob)
        stories.popular(tx, bob, 40)
        self._elsewhere(tx, ada, boss)

    def _elsewhere(self, tx: Tx, ada: Viewer, boss: Viewer) -> None:
        """People and posts as another server would send them: its HTML went through `clean`."""
        html = [clean(payload) for payload in PAYLOADS]
        root = stories.write(tx, ada, "Far answers")
        self.far_root = str(root)
        for at, name in enumerate(packed(200, glue=" ")):
            who = people.make(tx, f"far{at}", handle=f"far{at}@{FAR}", domain=FAR)
            share = html[at::40] if at < 40 else []
            note, fields = "".join(share)[:4000], [Field(name, each) for each in share[:8]]
            stated = {"display_name": name, "note": clean(note)}
            stated["fields"] = msgspec.json.encode(fields).decode()
            uri = f"https://{FAR}/u/{at}"
            tx.run(update(accounts).where(accounts.c.id == who.id).values(uri=uri, **stated))
            stories.follow(tx, who, (ada, boss)[at % 2])
            self._answer(tx, who, root, "".join(share), name, f"https://{FAR}/p/{at}")
        for popular in (ada, boss):
            stories.popular(tx, popular, 40)

    def _answer(self, tx: Tx, who: Viewer, root: int, html: str, name: str, uri: str) -> None:
        post = stories.write(tx, who, reply_to=root, local=False)
        alt = Attachment(id="1", type="unknown", url=None, preview_url=None, description=name)
        plain = to_plain(html)
        words = {"title": name, "description": plain, "author": name, "provider": name}
        content = Content(
            html=html,
            spoiler=name if len(html) % 2 else "",
            media=(alt,),
            card=Preview(url=f"https://{FAR}/page", author_url=f"https://{FAR}/", **words),
        )
        slots = select(posts.c.slot, accounts.c.slot).join(
            accounts, posts.c.author == accounts.c.id
        )
        (slot, author_slot), *_ = tx.rows(
            Query(slots.where(posts.c.id == bindparam("id"))), id=post
        )
        sealed = tx.seal(slot_of(post, slot, author_slot), encode_content(content))
        changed = {"content": sealed, "uri": uri, "url": uri}
        tx.run(update(posts).where(posts.c.id == post).values(**changed))

    def speak(self) -> None:
        """What people write through their apps."""
        self.root = self.say("ada", status="Near answers")["id"]
        parts = list(packed(900))
        for text, spoiler in zip(parts, reversed(parts), strict=True):
            self.say("bob", status=text, spoiler_text=spoiler, in_reply_to_id=self.root)
        when = (utc_now() + timedelta(days=1)).isoformat()
        self.say("ada", status=parts[0], spoiler_text=parts[1], scheduled_at=when)
        bob = self.call("bob", "GET", "accounts/verify_credentials")["id"]
        self.call("ada", "POST", f"accounts/{bob}/note", comment=parts[0])
        self._to_apps(bob, parts)
        self.pictures = self.say("ada", status="Look")["id"]
        texts = iter(packed(1500))
        while part := list(islice(texts, 4)):
            media = [self.upload("ada", text) for text in part]
            self.say("ada", status="Look", media_ids=media, in_reply_to_id=self.pictures)
        options = list(dict.fromkeys(packed(50, glue=" ")))
        for at in range(0, len(options) - 1, 20):
            poll = {"options": options[at : at + 20], "expires_in": 3600}
            self.say("bob", status="?", poll=poll, in_reply_to_id=self.root)
        for title in packed(200, glue=" "):
            self.call("ada", "POST", "lists", title=title)
            keyword = {"keyword": title, "whole_word": False}
            self.call(
                "ada",
                *("POST", "../v2/filters"),
                title=title,
                context=["account"],
                keywords_attributes=[keyword],
            )

    def _to_apps(self, bob: str, parts: list[str]) -> None:
        """Reports and collections, which stand on no page yet."""
        for text in packed(1000):
            self.call("ada", "POST", "reports", account_id=bob, comment=text)
        names = list(packed(40, glue=" "))
        for name, text in list(zip(names, packed(100, glue=" "), strict=False))[:10]:
            made = self.call("bob", "POST", "collections", name=name, description=text)
            self.told.append(f"/api/v1/collections/{made['collection']['id']}")

    def upload(self, who: str, words: str) -> str:
        """The id of a picture with these words to it."""
        out = io.BytesIO()
        Image.new("RGB", (32, 24)).save(out, "PNG")
        part = '--b\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
        body = part.format("description", "").encode() + words.encode() + b"\r\n"
        body += part.format("file", '; filename="a.png"').encode() + out.getvalue()
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        headers["Content-Type"] = "multipart/form-data; boundary=b"
        asked = Request(f"{self.server.url}/api/v2/media", body + b"\r\n--b--\r\n", headers)
        return str(json.loads(fetched(asked))["id"])

    def say(self, who: str, **draft: Any) -> Any:
        return self.call(who, "POST", "statuses", **draft)

    def call(self, who: str, method: str, path: str, **values: Any) -> Any:
        path = f"/api/{path[3:]}" if path.startswith("../") else f"/api/v1/{path}"
        return self.server.call(self.tokens[who], method, path, **values)
