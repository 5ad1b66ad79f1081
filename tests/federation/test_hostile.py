"""Keys and documents of those who mean harm, and of those who make mistakes."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import browsing
import pytest
from far import PEERS, Far, ask, far
from hypothesis import given, settings
from hypothesis import strategies as st

from whimbrel.core.errors import Malformed
from whimbrel.federation import reading
from whimbrel.federation.allowance import Allowance
from whimbrel.federation.incoming import read_activity, read_actor, read_note
from whimbrel.federation.pairs import make
from whimbrel.federation.reading import AS
from whimbrel.federation.state import state_of
from whimbrel.federation.tables import remote_keys

EVE = "https://far.example/users/eve"
ACTOR: dict[str, Any] = {
    "id": EVE,
    "type": "Person",
    "preferredUsername": "eve",
    "inbox": f"{EVE}/inbox",
    "endpoints": {"sharedInbox": "https://far.example/inbox"},
    "summary": "<p>x</p>",
    "url": [{"type": "Link", "href": "https://far.example/@eve", "mediaType": "text/html"}],
    "icon": {"type": "Image", "url": "https://far.example/a.png"},
    "attachment": [{"type": "PropertyValue", "name": "a", "value": "b"}],
    "tag": [{"type": "Emoji", "name": ":x1:", "icon": {"url": "https://far.example/x.png"}}],
    "alsoKnownAs": ["https://far.example/users/old"],
    "published": "2020-01-01T00:00:00Z",
    "publicKey": {"id": f"{EVE}#main-key", "owner": EVE, "publicKeyPem": "x"},
}
NOTE: dict[str, Any] = {
    "id": f"{EVE}/notes/1",
    "type": "Note",
    "attributedTo": EVE,
    "content": "<p>Hello</p>",
    "contentMap": {"en": "<p>Hello</p>"},
    "summary": "w",
    "to": ["as:Public"],
    "cc": [f"{EVE}/followers"],
    "inReplyTo": None,
    "published": "2020-01-01T00:00:00Z",
    "updated": "2020-01-01T00:00:00+14:00",
    "tag": [{"type": "Mention", "href": EVE, "name": "@eve"}, {"type": "Hashtag", "name": "#a"}],
    "attachment": [{"type": "Image", "url": "https://far.example/p.png", "name": "alt"}],
    "oneOf": [{"type": "Note", "name": "Yes", "replies": {"totalItems": 1}}],
    "url": "https://far.example/1",
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        ["", "\0", "\ud800", "https://[", "javascript:x", "2020-99-99", "<script>", "//"]
    ),
    st.lists(st.none() | st.text(max_size=5), max_size=3),
    st.dictionaries(st.sampled_from(["id", "type", "href", "name", "url", "en"]), st.none()),
)


@st.composite
def mutated(draw: st.DrawFn, whole: dict[str, Any]) -> dict[str, Any]:
    """A document with one to four of its values, however deep, made something else."""
    made = json.loads(json.dumps(whole))
    for _ in range(draw(st.integers(1, 4))):
        at: Any = made
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            key = draw(st.sampled_from(keys))
            if not isinstance(at[key], dict | list) or not at[key] or draw(st.booleans()):
                break
            at = at[key]
        at[key] = draw(ODD)
    return made


def _is_safe(html: str) -> None:
    assert "<script" not in html.lower()
    assert "javascript:" not in html.lower() or "href" not in html.lower()


@settings(max_examples=400, deadline=None)
@given(st.one_of(mutated(ACTOR), mutated(NOTE)))
def test_one_odd_value_stops_nothing_but_its_own_document(said: dict[str, Any]):
    """Rule Q: a language, a date or a tag that nobody thought of must not be an error of ours, for
    then a peer sends the same for days (CVE-2026-50129)."""
    for read in (read_actor, read_note):
        try:
            found: Any = read(said)
        except Malformed:
            continue
        if read is read_note:
            _is_safe(found.html)
            assert found.at is None or found.at >= 0
            assert all(tag.isprintable() for tag in found.tags)
        else:
            _is_safe(found.person.note)
            assert found.inbox.startswith("https://far.example/")
    body = json.dumps({"@context": AS, **said}).encode()
    with suppress(Malformed):
        assert read_activity(body).actor


def test_what_can_be_read_in_two_ways_is_read_in_none():
    """Section 7: graphs inside of documents, keys twice under two names, numbers without an end
    (CVE-2022-24307, CVE-2026-42462)."""
    context = f'"@context":"{AS}"'
    for odd in (
        '"type":"a","type":"b"',
        '"type":"a","@type":"b"',
        '"content":"a","as:content":"b"',
        '"@graph":[]',
        '"object":{"@included":[]}',
        '"object":[{"@reverse":{}}]',
        '"n":NaN',
        '"n":-Infinity',
        f'"n":{"9" * 100_000}',
        '"n":' + "[" * 40 + "]" * 40,
        '"n":[' + "1," * 20_000 + "1]",
    ):
        with pytest.raises(Malformed):
            reading.parse(f"{{{context},{odd}}}".encode())
    for body in (b"", b"null", b"[]", b'"x"', b"{}", b'{"@context":"https://e.example"}', b"\xff"):
        with pytest.raises(Malformed):
            reading.parse(body)
    said = reading.parse(f'{{{context},"as:to":"as:Public","cc":{{"id":"x"}}}}'.encode())
    assert reading.ids_of(said["to"]) == [reading.PUBLIC]
    assert reading.ids_of(said["cc"]) == ["x"]


async def test_a_key_is_only_its_owners(tmp_path: Path, database: str):
    """Rules A, C and D: a key that says whose it is proves nothing, nor does one of another server
    (CVE-2023-49079, CVE-2026-34148)."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        ada = await site.person("ada")
        path = f"/ap/users/{ada.viewer.id}/outbox"

        async def answers(key_id: str) -> int:
            return (await ask(site, path, key_id)).status_code

        lone = {"@context": AS, "id": f"{peer.origin}/key", "publicKeyPem": make().public.rsa}
        peer.documents["/key"] = {**peer.key(peer.eve, f"{peer.origin}/key"), "@context": AS}
        assert await answers(f"{peer.origin}/key") == 401  # she does not know it
        peer.documents["/key2"] = {**lone, "id": f"{peer.origin}/key2", "owner": other.eve}
        assert await answers(f"{peer.origin}/key2") == 401  # of another server
        peer.documents["/key3"] = (302, {"location": f"{other.eve}"}, b"")
        assert await answers(f"{peer.origin}/key3") == 401
        body = json.dumps(peer.documents["/users/eve"]).encode()
        peer.documents["/key4"] = (200, {"content-type": "text/plain"}, body)
        assert await answers(f"{peer.origin}/key4") == 401
        wrong = {**peer.key(peer.eve), "publicKeyPem": make().public.rsa}
        peer.person("mallory", publicKey={**wrong, "owner": peer.eve})
        assert await answers(f"{peer.origin}/users/mallory#main-key") == 401
        peer.person(
            "weak", publicKey={**peer.key(f"{peer.origin}/users/weak"), "publicKeyPem": "x"}
        )
        assert await answers(f"{peer.origin}/users/weak#main-key") == 401
        for nowhere in (
            "",
            "x",
            "https://",
            "acct:eve@far.example",
            f"{browsing.ORIGIN}/actor#main-key",
        ):
            assert await answers(nowhere or "?") == 401
        assert await answers(f"{peer.eve}#main-key") == 200
        # What could not be had is not asked for again at once.
        missing = f"{peer.origin}/users/none#main-key"
        assert [await answers(missing) for _ in range(3)] == [401] * 3
        assert peer.times("/users/none") == 1


async def test_a_new_key_is_learned_and_the_old_one_is_worth_nothing(tmp_path: Path, database: str):
    """Somebody whose key was stolen makes another; until then a stranger spoke for them."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        path, key_id = f"/ap/users/{ada.viewer.id}/outbox", f"{peer.eve}#main-key"
        assert (await ask(site, path, key_id)).status_code == 200
        fetched = peer.times("/users/eve")
        peer.person("eve", publicKey={**peer.key(peer.eve), "publicKeyPem": make().public.rsa})
        assert (await ask(site, path, key_id)).status_code == 200  # believed for a day
        assert peer.times("/users/eve") == fetched
        await site.app.db.write(_age, key_id)
        assert (await ask(site, path, key_id)).status_code == 401
        assert peer.times("/users/eve") == fetched + 1


async def test_nobody_makes_us_knock_at_a_door_all_day(tmp_path: Path, database: str):
    """Whoever makes up keys costs the server that they name a few questions a minute, and one that
    does not answer none; whom we know is heard meanwhile, and who is real may come again."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        ada = await site.person("ada")
        path = f"/ap/users/{ada.viewer.id}/outbox"

        async def answers(where: Far, name: str) -> int:
            return (await ask(site, path, f"{where.origin}/users/{name}#main-key")).status_code

        state_of(site.app).keys = Allowance(3, 60_000, 2)
        assert await answers(peer, "eve") == 200
        made_up = [await answers(peer, f"none{number}") for number in range(4)]
        assert made_up == [401, 401, 429, 429]
        assert sum("none" in asked for _, asked, _ in peer.asked) == 2
        assert await answers(peer, "eve") == 200
        other.documents["/users/ill"] = 503
        assert await answers(other, "ill") == 401
        assert await answers(other, "eve") == 429
        assert other.times("/users/eve") == 0


def _age(tx, key_id: str) -> None:
    day = 25 * 3_600_000
    tx.run(remote_keys.update().where(remote_keys.c.key_id == key_id).values(at=tx.ms - day))
