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
from sqlalchemy import insert

import people
from server import Server, fetched
from whimbrel.accounts import clients, passkeys, sessions, tokens
from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import Distance, Field, Viewer
from whimbrel.app.handlers import routes
from whimbrel.core.db import open_db
from whimbrel.core.keyring import Slot
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx, utc_now
from whimbrel.federation.handles import Handle
from whimbrel.federation.incoming.actor import read_actor
from whimbrel.federation.incoming.note import read_note
from whimbrel.federation.notes import store_old
from whimbrel.federation.people import keep
from whimbrel.federation.tables import servers as federated
from whimbrel.instance import announcements, texts
from whimbrel.moderation import appeals, decide, gates, notice, servers
from whimbrel.moderation.queries import reports, verdicts
from whimbrel.posts import drafts, links
from whimbrel.posts.rules import Preview, Unfinished

HERE = Path(__file__).parent
PAYLOADS: list[str] = [
    json.loads(line) for line in (HERE / "xss.txt").read_text(encoding="utf-8").splitlines()
]
FAR = "elsewhere.example"
KINDS = ("Note", "Question", "Article", "Event", "Video")  # what another server may send
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


def _actor(at: int, name: str, share: list[str]) -> dict[str, Any]:
    """Somebody elsewhere, by whose server."""
    at_home = f"https://{FAR}/u/{at}"
    rows = [{"type": "PropertyValue", "name": name, "value": each} for each in share[:8]]
    emoji = {"type": "Emoji", "name": name, "icon": {"type": "Image", "url": f"{at_home}.png"}}
    said = {"name": name, "summary": "".join(share), "attachment": rows, "tag": [emoji]}
    here = {"id": at_home, "type": "Person", "preferredUsername": f"far{at}"}
    return {**here, **said, "inbox": f"{at_home}/inbox", "url": at_home}


def _post(kind: str, at: int, words: str, html: str) -> dict[str, Any]:
    """What they write: HTML where it may stand, plain words elsewhere."""
    here = f"https://{FAR}/{kind}/{at}"
    file = {"type": "Document", "mediaType": "text/x", "url": f"{here}.x", "name": words}
    tags = [{"type": "Hashtag", "name": f"#{words}"}, {"type": "Mention", "name": words}]
    given = {
        "id": here,
        "type": kind,
        "attributedTo": f"https://{FAR}/u/{at}",
        "to": "https://www.w3.org/ns/activitystreams#Public",
        "content": f"https://{FAR}/page {html or words}",
        "summary": words,
        "attachment": file,
        "tag": tags,
        "url": here,
    }
    if kind == "Question":
        given["oneOf"] = [{"type": "Note", "name": each} for each in (words, f"{words} not")]
    elif kind != "Note":
        place = {"type": "Place", "name": words}
        given |= {"name": words, "location": place, "startTime": "2026-11-22T10:00:00Z"}
    return given


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
        self.blocks: list[str] = []
        self.waiting = 0
        self.notices: list[str] = []  # secrets of their links
        self.cases: list[str] = []  # of notices
        self.appealed = ""  # the case of an appeal
        self.statements: list[str] = []
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
            said = Unfinished(text=text, spoiler=text[:200], options=(text, text))
            self.draft = drafts.save(tx, ada, msgspec.structs.replace(said, before=(said,)))
            announcements.publish(tx, text)
        for kind in ("description", "privacy"):
            texts.write(tx, kind, "\n\n".join(PAYLOADS))
        for rule in packed(300):
            texts.add_rule(tx, rule, rule)
        for at, (name, note) in enumerate(zip(packed(30), cycle(packed(500)), strict=False)):
            near = people.make(tx, f"near{at}", display_name=name, note=note)
            stories.follow(tx, near, bob)
        stories.popular(tx, bob, 40)
        self._elsewhere(tx, ada, boss)
        self._staff(tx, boss, bob)

    def _staff(self, tx: Tx, boss: Viewer, bob: Viewer) -> None:
        """What the staff writes down, and what is said to it alone."""
        for at, text in enumerate(packed(5000)):
            door = gates.NetworkForm(
                ip=f"192.0.2.{at}/32", severity="no_access", comment=text[:1000]
            )
            gates.add_network(tx, boss, door, "198.51.100.7")
            form = servers.BlockForm(domain=f"far{at}.example", public_comment=text)
            servers.add_block(tx, boss, form)
            form = servers.BlockForm(domain=f"away{at}.example", private_comment=text)
            self.blocks.append(servers.add_block(tx, boss, form)["id"])
        for text in packed(500):
            decide.act(tx, boss, bob.id, decide.ActionForm(type="none", text=text))
        self._desk(tx, bob)
        for at, text in enumerate(packed(500)):
            asks = people.make(tx, f"asks{at}")
            user = users.by_account(tx, asks.id)
            reason = tx.seal(Slot(user.slot, user.slot, asks.id, "users.reason"), text.encode())
            users.change(tx, asks.id, approved_at=None, reason=reason)
            self.waiting = asks.id

    def _desk(self, tx: Tx, bob: Viewer) -> None:
        """What somebody without an account complains of, and what Bob says to what was decided."""
        for text in packed(notice.COMMENT_CHARS):
            form = notice.NoticeForm(
                about=f"{tx.instance.origin}/@bob",
                kind="rules",
                comment=text,
                name=text[: notice.NAME_CHARS],
                email="a@example.org",
                honest=True,
            )
            filed = notice.file(tx, form)
            self.notices.append(filed.secret)
            self.cases.append(str(reports.one(tx, filed.number).case))
        for verdict, text in zip(
            verdicts.about(tx, bob.id), packed(appeals.TEXT_CHARS), strict=False
        ):
            made = appeals.appeal(tx, verdict.id, bob.id, text)
            self.statements.append(str(verdict.statement))
            self.appealed = str(made.case)

    def _elsewhere(self, tx: Tx, ada: Viewer, boss: Viewer) -> None:
        """People and posts as another server sends them, read as all of them are."""
        self.far_root = str(stories.write(tx, ada, "Far answers"))
        root = f"{tx.instance.origin}/ap/users/{ada.id}/statuses/{self.far_root}"
        for at, name in enumerate(packed(200, glue=" ")):
            share = PAYLOADS[at::40] if at < 40 else []
            met = keep(tx, read_actor(_actor(at, name, share)), Handle(f"far{at}", FAR), Distance())
            stories.follow(tx, Viewer(account=met.id), (ada, boss)[at % 2])
            for kind in KINDS if share else ("Note",):
                note = read_note(_post(kind, at, name, "".join(share)) | {"inReplyTo": root})
                self._link(tx, store_old(tx, note), name)
        far = {"origin": f"https://{FAR}", "seen_at": tx.ms}
        known = {"software": PAYLOADS[0][:100], "version": PAYLOADS[1][:100]}
        tx.run(insert(federated).values(**far, **known))
        for popular in (ada, boss):
            stories.popular(tx, popular, 40)

    def _link(self, tx: Tx, post: int, words: str) -> None:
        """What the page that a post leads to says of itself."""
        page = f"https://{FAR}/page"
        told = {"title": words, "description": words, "author": words, "provider": words}
        links.put(tx, post, page, Preview(url=page, author_url=f"https://{FAR}/", **told), None)

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
        """Reports, which the staff reads, and collections, which stand on no page."""
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
