"""262 posts as servers out there really write them: `pasture.json`, of fediverse-pasture-inputs."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import browsing
from far import PEERS, Far, ask, far
from sqlalchemy import select

from whimbrel.accounts.queries import count, graph
from whimbrel.core.worker import dead_letters
from whimbrel.federation import inbox, people
from whimbrel.federation.reading import AS, PUBLIC
from whimbrel.posts.tables import posts

SHOWN = 248  # of 262, at least
TAGS = {
    *("p", "br", "a", "span", "del", "s", "pre", "code", "em", "strong", "b", "i", "u", "ul", "ol"),
    *("li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ruby", "rt", "rp", "sub", "sup"),
}
ATTRIBUTES = {"href", "rel", "class", "target", "lang", "translate", "start", "reversed", "value"}


class Judge(HTMLParser):
    """Whether a browser could be made to do anything by this."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.bad.append(tag)
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.bad.append(f"{tag} {name}")
            if name == "href" and not (value or "").startswith(("https://", "http://")):
                self.bad.append(f"{tag} {name}={value}")


def judged(html: str) -> list[str]:
    judge = Judge()
    judge.feed(html)
    judge.close()
    return judge.bad


def written(peer: Far) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and Note of each, as somebody on this server would have written it."""
    text = Path(__file__).with_name("pasture.json").read_text()
    text = text.replace("http://pasture-one-actor/actor", peer.eve)
    for name, examples in json.loads(text.replace("http://pasture-one-actor", peer.origin))[
        "sets"
    ].items():
        for number, example in enumerate(examples):
            note = {
                "id": f"{peer.eve}/notes/{name}-{number}",
                "type": "Note",
                "attributedTo": peer.eve,
                "published": "2026-01-01T00:00:00Z",
                "to": [PUBLIC],
                "cc": [f"{peer.eve}/followers"],
            }
            yield f"{name} {number}", {**note, **example}


async def test_whatever_is_written_out_there_is_shown_or_refused(tmp_path: Path, monkeypatch):
    """A reader who follows somebody on a server of another make misses nothing that could be shown;
    what cannot be is refused for a reason, and nothing is an error of ours or runs in a browser."""
    refused: list[str] = []
    monkeypatch.setattr(inbox.log, "info", lambda event, **more: refused.append(str(more["why"])))
    async with browsing.site(tmp_path, **PEERS) as site, far() as peer:
        ada, db = await site.person("ada"), site.app.db
        for number in ("1", "2"):
            peer.documents[f"/assets/note{number}.jsonap"] = {
                **peer.note(number),
                "id": f"{peer.origin}/assets/note{number}.jsonap",
            }
        eve = await people.found(site.app, peer.eve)
        await db.write(lambda tx: graph.add_follow(tx, ada.viewer.id, eve, graph.Wish()))
        await db.write(lambda tx: count(tx, eve, followers=1))
        sent = dict(written(peer))
        assert len(sent) == 262
        for number, note in enumerate(sent.values()):
            said = peer.act("Create", note, number)
            body = json.dumps({"@context": AS, **said}).encode()
            answer = await ask(site, "/inbox", f"{peer.eve}#main-key", method="POST", body=body)
            assert answer.status_code == 202, note
        for _ in range(12):  # a turn takes 64
            await site.settle()
        assert await db.read(dead_letters) == []
        rows = await db.read(lambda tx: tx.rows(select(posts.c.uri, posts.c.id)))
        found = dict(rows)
        shown = {name: found[note["id"]] for name, note in sent.items() if note["id"] in found}
        missing = sorted(sent.keys() - shown.keys())
        assert len(missing) == len(refused), (missing, refused)
        assert len(shown) >= SHOWN, missing
        for name, id_ in shown.items():
            told = await ada.get(f"/api/v1/statuses/{id_}", headers={"accept": "application/json"})
            assert told.status_code == 200, name
            status = told.json()
            assert judged(status["content"]) == [], name
            assert judged(status["spoiler_text"]) == [], name
            if name.startswith("html_bad") or name.endswith(" 0"):
                page = await ada.get(f"/@eve@{peer.host}:{peer.port}/{id_}")
                assert page.status_code == 200, name
