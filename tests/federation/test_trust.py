"""A server that means harm tries each rule of trust at the door. `TRIED` says where each is tried,
with what happened to others without it."""

import asyncio
import json
import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import browsing
import pytest
from far import PEERS, TYPE, ask, far, keep_away, send
from signing import STYLES, private
from test_inbox import follow, stored
from test_notes import following, post_of

from whimbrel.accounts import tokens
from whimbrel.core import sockets
from whimbrel.core.fetch import Refused, Unreachable
from whimbrel.core.text import clean, to_plain
from whimbrel.federation import abroad, featured, inbox, people
from whimbrel.federation.events import ProfileRead
from whimbrel.federation.reading import AS, PUBLIC
from whimbrel.federation.rules import hosts_of, origin_of, same_origin
from whimbrel.federation.signatures import Request
from whimbrel.posts.preview import head

TRIED = {
    "A signer is actor": {
        "test_inbox.py::test_what_is_not_signed_by_its_actor_is_nothing": "CVE-2025-54888",
        "test_hostile.py::test_a_key_is_only_its_owners": "CVE-2023-49079 CVE-2026-28432",
    },
    "B what is embedded": {
        "test_notes.py::test_nobody_speaks_for_somebody_else": "CVE-2024-23832 CVE-2026-58593",
    },
    "C a document lies where it says": {
        "test_people.py::test_an_actor_lies_where_it_says": "CVE-2024-23832",
    },
    "D redirects": {
        "test_trust.py::test_nothing_without_an_end_holds_us_up": "CVE-2026-77632",
        "test_hostile.py::test_nobody_makes_us_knock_at_a_door_all_day": "CVE-2026-34148",
    },
    "E media types": {
        "test_people.py::test_an_actor_lies_where_it_says": "CVE-2024-25623 CVE-2024-25636",
    },
    "F our own uploads": {
        "test_trust.py::test_no_upload_is_ever_an_activity": "CVE-2024-25623 CVE-2024-25636",
    },
    "G addresses inside": {
        "test_trust.py::test_a_name_that_turns_inside_leads_nowhere": (
            "CVE-2024-39687 CVE-2025-23221 CVE-2026-50131 CVE-2026-22245 CVE-2026-47389"
            " CVE-2025-25194"
        ),
        "../core/test_fetch.py::test_wrapping_an_address_changes_nothing": (
            "CVE-2026-62857 CVE-2026-46348"
        ),
        "../core/test_fetch.py::test_however_the_inside_is_spelled_nothing_is_sent_there": (
            "CVE-2025-54590"
        ),
    },
    "H limits": {
        "test_trust.py::test_nothing_without_an_end_holds_us_up": "CVE-2023-36461",
        "test_attacks.py::test_a_poll_with_too_much_to_choose_is_none": "CVE-2026-23962",
    },
    "I budgets": {
        "test_notes.py::test_a_thread_is_followed_up_as_far_as_its_budget": "CVE-2022-46405",
        "test_trust.py::test_nothing_without_an_end_holds_us_up": "CVE-2025-32947 CVE-2025-32948",
    },
    "J only owners change": {
        "test_notes.py::test_nobody_speaks_for_somebody_else": "CVE-2025-32946",
    },
    "K audiences": {
        "test_notes.py::test_who_may_see_it_is_read_as_it_was_meant": "CVE-2024-37903",
    },
    "L quotes": {
        "test_quotes.py::test_quotes_among_others_are_looked_at": "CVE-2026-33869",
        "test_quotes.py::test_who_may_not_quote_is_told_so": "CVE-2025-62605",
    },
    "M who is kept out": {
        "test_trust.py::test_who_is_kept_out_comes_in_by_no_other_way": "CVE-2026-23961",
    },
    "N names of hosts": {
        "test_trust.py::test_one_host_has_one_name": "CVE-2023-42451",
    },
    "O HTML": {
        "test_pasture.py::test_whatever_is_written_out_there_is_shown_or_refused": (
            "CVE-2023-36459 CVE-2025-53941"
        ),
        "test_attacks.py::test_a_link_that_is_vouched_for_hides_nothing": "CVE-2023-36462",
    },
    "P media, and HTML that takes for ever": {
        "../media/test_sandbox.py::test_nothing_gets_out": "CVE-2023-36460",
        "test_trust.py::test_no_text_takes_for_ever": "CVE-2025-68475",
    },
    "Q hidden posts": {
        "test_show.py::test_a_hidden_post_is_not_there_for_strangers": "CVE-2025-67500",
        "test_hostile.py::test_one_odd_value_stops_nothing_but_its_own_document": "CVE-2026-50129",
    },
    "authorized fetch": {
        "test_attacks.py::test_what_one_is_shown_is_not_shown_to_the_next": (
            "CVE-2026-25540 CVE-2026-25808"
        ),
    },
    "what is remembered of servers": {
        "test_attacks.py::test_what_is_remembered_of_servers_has_an_end": "CVE-2026-69132",
    },
    "claims of a move": {
        "test_moving.py::test_a_move_from_elsewhere_is_asked_of_both": "CVE-2026-47777",
    },
    "claims of what is on top of a profile": {
        "test_featured.py::test_pins_from_elsewhere_are_read_and_kept": "CVE-2026-50128",
    },
    "documents read in two ways": {
        "test_hostile.py::test_what_can_be_read_in_two_ways_is_read_in_none": (
            "CVE-2026-46349 CVE-2026-48028 CVE-2026-42462"
        ),
        "test_attacks.py::test_an_old_signature_in_a_document_proves_nothing": (
            "CVE-2022-24307 CVE-2024-32983"
        ),
    },
}


def test_each_rule_is_tried_by_a_test():
    """A test that was renamed or thrown away must not leave a rule that nobody tries."""
    for rule, tests in TRIED.items():
        for where, cves in tests.items():
            file, _, name = where.partition("::")
            text = (Path(__file__).parent / file).read_text()
            assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE), (rule, where)
            assert all(re.fullmatch(r"CVE-20\d\d-\d{5}", each) for each in cves.split()), rule


async def test_a_signature_is_good_for_its_own_letter_alone(tmp_path: Path):
    """Whoever reads along cannot send it again to another door, later, or with other words."""
    async with browsing.site(tmp_path, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        me = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        body = json.dumps({"@context": AS, **follow(peer, me)}).encode()
        now = site.app.db.env.clock().timestamp()
        client = site.visitor().client
        client.headers.clear()

        async def sent(style: str, at: float, to: str, signed_to: str, words: bytes) -> int:
            request = Request("POST", browsing.ORIGIN, signed_to, {"content-type": TYPE}, body)
            headers = STYLES[style](request, private(), f"{peer.eve}#main-key", at)
            headers.pop("host", None)
            return (await client.post(to, headers=headers, content=words)).status_code

        mine = f"/ap/users/{ada.viewer.id}/inbox"
        for style in STYLES:
            assert await sent(style, now - 4000, "/inbox", "/inbox", body) == 401
            assert await sent(style, now + 4000, "/inbox", "/inbox", body) == 401
            assert await sent(style, now, "/inbox", mine, body) == 401
            assert await sent(style, now, mine, "/inbox", body) == 401
            assert await sent(style, now, "/inbox", "/inbox", body.replace(b"Foll", b"Bloc")) == 401
        assert await stored(site) == []
        assert await sent("draft", now, "/inbox", "/inbox", body) == 202


@asynccontextmanager
async def inside(port: int) -> AsyncIterator[list[bytes]]:
    """Something on this machine that nobody outside may reach; what was said to it."""
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.9", port)
    async with server:
        yield heard


async def test_a_name_that_turns_inside_leads_nowhere(tmp_path: Path, monkeypatch):
    """A name that meant a public address when it was looked at, and our database when it was asked:
    for actors, keys, posts, pictures and inboxes alike."""
    real = socket.getaddrinfo
    asked: list[str] = []

    def rebound(host: Any, *more: Any, **how: Any) -> Any:
        if host == "rebound.example":
            asked.append(host)
            host = "127.0.0.1" if len(asked) == 1 else "127.0.0.9"
        return real(host, *more, **how)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    monkeypatch.setattr(sockets, "REMEMBERED", 0)  # or the second time would be the first again
    async with (
        browsing.site(tmp_path, **PEERS) as site,
        far() as peer,
        inside(peer.port) as heard,
    ):
        there = f"http://rebound.example:{peer.port}"
        peer.documents["/x"] = (302, {"location": f"{there}/y", "connection": "close"}, b"")
        with pytest.raises(Refused):
            await abroad.read(site.app, f"{there}/x")
        assert len(asked) == 2
        ada = await site.person("ada")
        path = f"/ap/users/{ada.viewer.id}/outbox"
        assert (await ask(site, path, f"{there}/users/eve#main-key")).status_code == 401
        assert await people.found(site.app, f"{there}/users/eve") is None
        assert await people.found(site.app, f"@eve@rebound.example:{peer.port}") is None
        assert site.app.fetcher is not None
        with pytest.raises(Unreachable):
            await site.app.fetcher.post(f"{there}/inbox", b"{}")
        with pytest.raises(Unreachable):
            await site.app.fetcher.get(f"{there}/a.png")
        assert heard == []


async def test_nothing_without_an_end_holds_us_up(tmp_path: Path, monkeypatch):
    """Documents, redirects, pages of collections and single bytes that never end: each costs a
    moment, and whatever else was to be done is done."""
    async with browsing.site(tmp_path, **PEERS) as site, far() as peer:
        await following(site, "ada", peer)
        rounds = iter(range(1000))
        peer.documents["/on"] = lambda _: (302, {"location": f"/on?{next(rounds)}"}, b"")
        with pytest.raises(Refused):
            await abroad.read(site.app, f"{peer.origin}/on")
        assert next(rounds) == abroad.REDIRECTS + 1
        # A profile whose list of posts goes on for ever, each of them answering another.
        for number in range(60):
            peer.note(str(number), inReplyTo=f"{peer.eve}/notes/{number + 1}")
        pages = f"{peer.eve}/pins"

        def page(_: object) -> tuple[int, dict[str, str], bytes]:
            items = [f"{peer.eve}/notes/{number}" for number in range(0, 60, 5)]
            said = {"id": pages, "type": "OrderedCollection", "orderedItems": items}
            body = json.dumps({"@context": AS, **said, "next": pages, "first": pages}).encode()
            return 200, {"content-type": TYPE}, body

        peer.documents["/users/eve/pins"] = page
        eve = await people.met(site.app, peer.eve)
        await featured.read(site.app, ProfileRead(account=eve.id, posts=pages, tags=pages))
        assert peer.times("/users/eve/pins") <= 4
        fetched = {path for _, path, _ in peer.asked if "/notes/" in path}
        assert len(fetched) <= featured.MOST_POSTS + 1
        # Byte by byte: the time for a document is for all of it.
        monkeypatch.setattr(abroad, "SECONDS", 0.3)
        slow = await asyncio.start_server(_drip, peer.host, 0)
        async with slow:
            there = f"http://{peer.host}:{slow.sockets[0].getsockname()[1]}"
            began = time.monotonic()
            with pytest.raises(Unreachable):
                await abroad.read(site.app, f"{there}/users/eve")
            body = json.dumps({"@context": AS, "id": f"{there}/1", "type": "Like"})
            said = {**json.loads(body), "actor": f"{there}/users/eve", "object": peer.eve}
            assert (await send(site, said)).status_code == 401
            assert time.monotonic() - began < 8
        await send(site, peer.act("Create", peer.note("after", inReplyTo=None)))
        assert await post_of(site, f"{peer.eve}/notes/after") is not None


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/activity+json\r\n\r\n{")
    while not writer.is_closing():
        writer.write(b" ")
        await asyncio.sleep(0.05)


async def test_a_letter_that_never_ends_is_put_down(tmp_path: Path, monkeypatch):
    """Whoever sends one byte a second to a thousand doors would hold all of them open."""
    monkeypatch.setattr(inbox, "SECONDS", 0.2)
    async with browsing.site(tmp_path, **PEERS) as site, far() as peer:

        async def dripping() -> AsyncIterator[bytes]:
            while True:
                yield b" "
                await asyncio.sleep(0.05)

        client = site.visitor().client
        client.headers.clear()
        headers = {"content-type": TYPE, "signature": f'keyId="{peer.eve}#main-key",signature="x"'}
        answer = await client.post("/inbox", headers=headers, content=dripping())
        assert 400 <= answer.status_code < 500
        assert await stored(site) == []


async def test_no_upload_is_ever_an_activity(tmp_path: Path):
    """A file of somebody here that looks like an actor of our server would speak for all of us: on
    whatever address and however it is asked for, it is a picture."""
    async with browsing.site(tmp_path, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        actor = json.dumps({"@context": AS, "id": f"{browsing.ORIGIN}/x", "type": "Person"})
        token = await site.app.db.write(tokens.issue, ada.viewer.id, "read write")
        client = site.visitor(accept=TYPE, authorization=f"Bearer {token}").client
        for name, kind in (("a.json", TYPE), ("a.png", "image/png"), ("a.html", "text/html")):
            files = {"file": (name, actor.encode(), kind)}
            answer = await client.post("/api/v2/media", files=files)
            assert answer.status_code == 422, (name, answer.text)
        # What lies elsewhere under a picture's address is no document of ours, whatever it says.
        document = (200, {"content-type": TYPE}, actor.encode())
        peer.documents["/a.png"] = document
        await following(site, "bob", peer)
        there = {"type": "Image", "url": f"{peer.origin}/a.png", "mediaType": TYPE}
        note = peer.note(attachment=there)
        await send(site, peer.act("Create", note))
        post = await post_of(site, note["id"])
        assert post is not None
        for each in (url for one in post.content.media for url in (one.url, one.preview_url)):
            path = each.removeprefix(browsing.ORIGIN)
            seen = await site.visitor(accept=TYPE).get(path)
            assert seen.headers["content-type"] in ("image/png", "application/json")
            assert "Person" not in seen.text
            if seen.status_code == 200:
                assert seen.headers["x-content-type-options"] == "nosniff"
                assert "sandbox" in seen.headers["content-security-policy"]


async def test_who_is_kept_out_comes_in_by_no_other_way(tmp_path: Path, database: str):
    """Their posts must not come back because somebody else boosts, answers or shows them."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        ada = await following(site, "ada", peer)
        await site.app.db.write(keep_away, other.host, "suspend")
        theirs = other.note("1", content="<p>From outside</p>")
        public = {"to": [PUBLIC], "cc": []}
        await send(site, peer.act("Announce", theirs["id"], **public))
        await send(site, peer.act("Announce", theirs, 2, **public))
        group = {**other.act("Create", theirs), **public}
        await send(site, peer.act("Announce", group, 3, **public))
        await send(site, peer.act("Create", peer.note("a", inReplyTo=theirs["id"])))
        await send(site, peer.act("Create", theirs, 5))
        assert await post_of(site, theirs["id"]) is None
        assert "From outside" not in (await ada.get("/home")).text
        for way in (other.act("Like", theirs["id"]), other.act("Create", theirs)):
            assert (await send(site, way)).status_code == 403
        assert await people.found(site.app, other.eve) is None
        with pytest.raises(Refused):
            await people.met(site.app, other.eve)
        assert other.asked == []


def test_one_host_has_one_name():
    """Two spellings of a host were two servers to one check and one to the next."""
    assert origin_of("https://FAR.Example/x") == origin_of("https://far.example:443/y")
    assert same_origin("https://far.example/a", "https://far.example/b#c")
    assert not same_origin("https://far.example", "http://far.example")
    assert not same_origin("https://far.example", "https://far.example:8443")
    for odd in (
        *("https://far.example./x", "https://far%2eexample/x", "https://fár.example/x"),
        *("https://a:b@far.example/x", "https://far.example\\@b/x", "https://far.example\t/x"),
        *("ftp://far.example", "https:far.example", "//far.example", "https://", "acct:a@b"),
    ):
        with pytest.raises(ValueError, match=r"address|URL|port|netloc"):
            origin_of(odd)
    assert hosts_of("a.b.example") == ("a.b.example", "b.example", "example")


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a",
        "<a href='",
        "<p><b>",
        "<!--",
        "&amp",
        "<![CDATA[",
        "<link rel=",
        "\u202e<i>",
        "]]>",
    ],
)
def test_no_text_takes_for_ever(piece: str):
    """A regular expression over somebody's HTML was the end of a server. Ten times as much takes
    ten times as long, not a hundred: what is measured is our own processor time."""

    def takes(many: int) -> float:
        text = piece * (many // len(piece))
        began = time.process_time()
        to_plain(clean(text))
        head.read(text)
        return time.process_time() - began

    takes(1000)
    assert takes(100_000) < 1.0
