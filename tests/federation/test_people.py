"""People elsewhere: only who their own server says they are, and only what is safe to show."""

import asyncio
import json
from pathlib import Path

import browsing
import pytest
from far import PEERS, TYPE, Far, far, keep_away

from whimbrel.accounts import queries as accounts
from whimbrel.accounts import tokens
from whimbrel.core.errors import WhimbrelError
from whimbrel.federation import people
from whimbrel.posts.rules import Visibility

JRD = "/.well-known/webfinger?resource="


def found_at(peer: Far, name: str, actor: str, subject: str = "") -> None:
    """What WebFinger of `peer` says of a name."""
    handle = f"acct:{name}@{peer.host}:{peer.port}"
    link = {"rel": "self", "type": TYPE, "href": actor}
    peer.documents[JRD + handle] = {"subject": subject or handle, "links": [link]}


async def account(site: browsing.Site, id_: int):
    return await site.app.db.read(accounts.by_id, id_)


async def test_somebody_is_found_by_handle_and_kept_as_they_are(tmp_path: Path, database: str):
    """Who looks for a friend elsewhere finds them, with name and words, and nothing that runs."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.person(
            "eve",
            name="Eve \u202e<b>",
            summary="<p onclick=x>Hi <script>alert(1)</script><a href='javascript:x'>me</a></p>",
            attachment=[
                {
                    "type": "PropertyValue",
                    "name": "<i>Web</i>",
                    "value": "<a href='https://e.example'>e</a>",
                },
                {"type": "PropertyValue", "name": 7, "value": {}},
                "nonsense",
            ],
            tag={"type": "Emoji", "name": ":x1:", "icon": {"url": "https://e.example/x.png"}},
            published="2020-02-30T00:00:00Z",
            manuallyApprovesFollowers=True,
            icon={"type": "Image", "url": "file:///etc/passwd"},
            memorial=True,
            attributionDomains=["Paper.example", "https://no where", 7, "bücher.example"],
            hidesToPublicFromUnauthedWeb="yes",
            hidesCcPublicFromUnauthedWeb=True,
        )
        handle = f"@eve@{peer.host}:{peer.port}"
        id_ = await people.found(site.app, handle)
        eve = await account(site, id_)
        assert (eve.username, eve.domain) == ("eve", f"{peer.host}:{peer.port}")
        assert eve.display_name == "Eve <b>"  # plain text, which templates escape
        assert "script" not in eve.note
        assert "javascript" not in eve.note
        assert "onclick" not in eve.note
        assert [field.name for field in eve.fields] == ["Web"]
        assert eve.memorial
        assert eve.attribution_domains == ("paper.example", "xn--bcher-kva.example")
        assert eve.hides == 1 << Visibility.UNLISTED  # "yes" is not true
        assert 'rel="nofollow noopener"' in eve.fields[0].value
        assert eve.locked
        assert await people.found(site.app, peer.eve) == id_
        assert peer.times("/users/eve") == 1  # once met, nobody is asked again
        page = await (await site.person("ada")).get(f"/@eve@{peer.host}:{peer.port}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text


async def test_many_who_look_at_once_ask_once(tmp_path: Path, database: str):
    """A post that names somebody unknown arrives many times: their server must not fall."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        met = await asyncio.gather(*(people.met(site.app, peer.eve) for _ in range(10)))
        assert len({each.id for each in met}) == 1
        assert peer.times("/users/eve") == 1
        nobody = f"{peer.origin}/users/nobody"
        for _ in range(3):
            with pytest.raises(WhimbrelError):
                await people.met(site.app, nobody)
        assert peer.times("/users/nobody") == 1  # and then not again for a while


async def test_a_handle_is_only_theirs_whose_domain_says_so(tmp_path: Path, database: str):
    """Rules C and N: whoever could take a handle of another server would speak in their name."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        # Another server's handle is claimed, and that server says that it is its own Eve's.
        peer.person("eve", webfinger=f"eve@{other.host}:{other.port}")
        assert await people.found(site.app, peer.eve) is None
        # WebFinger of her own server leads to another actor.
        peer.person("mallory")
        found_at(peer, "mallory", other.eve)
        assert await people.found(site.app, f"{peer.origin}/users/mallory") is None
        # The subject leads on to a server that knows nothing of it.
        peer.person("trent")
        found_at(
            peer, "trent", f"{peer.origin}/users/trent", f"acct:trent@{other.host}:{other.port}"
        )
        assert await people.found(site.app, f"{peer.origin}/users/trent") is None
        # The name in the subject is another.
        peer.person("oscar")
        found_at(peer, "oscar", f"{peer.origin}/users/oscar", f"acct:root@{peer.host}:{peer.port}")
        assert await people.found(site.app, f"{peer.origin}/users/oscar") is None
        # Where both say so, the domain of the handle may be another than that of the actor.
        peer.person("wanda")
        wanda = f"{peer.origin}/users/wanda"
        there = f"wanda@{other.host}:{other.port}"
        found_at(peer, "wanda", wanda, f"acct:{there}")
        found_at(other, "wanda", wanda)
        id_ = await people.found(site.app, wanda)
        assert (await account(site, id_)).acct == there


async def test_an_actor_lies_where_it_says(tmp_path: Path, database: str):
    """Rules C, D, E and G: each of these has made a server believe a stranger (CVE-2024-23832,
    CVE-2024-25623, CVE-2026-34148)."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        said = peer.person("eve")
        body = json.dumps(said).encode()
        copies = {
            "/copy": said,  # says that it lies elsewhere on its server: it is read there
            "/stolen": {**said, "id": other.eve},
            "/html": (200, {"content-type": "text/html"}, body),
            "/json": (200, {"content-type": "application/json"}, body),
            "/upload": (200, {"content-type": "application/ld+json"}, body),
            "/away": (302, {"location": other.eve}, b""),
            "/loop": (302, {"location": f"{peer.origin}/loop"}, b""),
            "/inside": (302, {"location": "http://127.0.0.3/users/eve"}, b""),
            "/endless": (200, {"content-type": TYPE}, b'{"x":"' + b"a" * (2 << 20)),
            "/deep": (200, {"content-type": TYPE}, b"[" * 5000),
            "/twice": (200, {"content-type": TYPE}, b'{"id":1,' + body[1:]),
            "/packed": (200, {"content-type": TYPE, "content-encoding": "gzip"}, body),
            "/note": {**said, "type": "Note"},
            "/mute": {key: value for key, value in said.items() if key != "inbox"},
            "/inbox": {**said, "inbox": f"{other.origin}/users/eve/inbox"},
            "/odd": {**said, "preferredUsername": "eve\u0000@x"},
        }
        for path, document in copies.items():
            if isinstance(document, dict) and document.get("id") == peer.eve and path != "/copy":
                document = {**document, "id": peer.origin + path}
            peer.documents[path] = document
            id_ = await people.found(site.app, peer.origin + path)
            assert (id_ is not None) == (path == "/copy"), path
        for nowhere in (
            "https://127.0.0.1/users/eve",  # nothing listens there
            "http://127.0.0.9/users/eve",
            "http://[::1]/users/eve",
            "http://169.254.169.254/latest",
            f"http://user:word@{peer.host}:{peer.port}/users/eve",
            "file:///etc/passwd",
            f"{browsing.ORIGIN}/actor",
            f"{browsing.ORIGIN}/ap/users/1",
            "@eve@social.example",
            "@eve@127.0.0.1:1/x?",
        ):
            assert await people.found(site.app, nowhere) is None, nowhere


async def test_who_is_kept_out_is_not_asked(tmp_path: Path, database: str):
    """Rule M: a suspended server must not come back because somebody looks for it."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        await site.app.db.write(keep_away, peer.host, "suspend")
        assert await people.found(site.app, peer.eve) is None
        assert await people.found(site.app, f"@eve@{peer.host}:{peer.port}") is None
        assert peer.asked == []


async def test_who_comes_from_a_limited_server_is_limited(tmp_path: Path, database: str):
    """A new account there is no way around the limit."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        await site.app.db.write(keep_away, peer.host, "silence")
        id_ = await people.found(site.app, peer.eve)
        assert (await account(site, id_)).silenced_at is not None


async def test_what_somebody_says_anew_is_taken_over(tmp_path: Path, database: str):
    """A new name is seen; a server that is away takes nobody's name from them."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        first = await people.met(site.app, peer.eve)
        peer.person("eve", name="Evelyn")
        again = await people.met(site.app, peer.eve, fresh=True)
        assert again.id == first.id
        assert (await account(site, first.id)).display_name == "Evelyn"
        peer.documents["/users/eve"] = 500
        with pytest.raises(WhimbrelError):
            await people.met(site.app, peer.eve, fresh=True)
        assert (await people.met(site.app, peer.eve)).id == first.id


async def test_search_finds_who_nobody_here_met(tmp_path: Path, database: str):
    """Nobody could be followed who is not known already; and no stranger makes us ask others."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        handle = f"@eve@{peer.host}:{peer.port}"
        stranger = await site.visitor().get(f"/api/v2/search?q={handle}&resolve=true")
        assert (stranger.status_code, peer.asked) == (401, [])
        token = await site.app.db.write(tokens.issue, ada.viewer.id, "read")
        headers = {"authorization": f"Bearer {token}"}
        for q in (peer.eve, handle):
            said = await ada.get(f"/api/v2/search?q={q}&resolve=true", headers=headers)
            (eve,) = said.json()["accounts"]
            assert eve["uri"] == peer.eve
            assert f"@{eve['acct']}" == handle
            assert f'href="/{handle}"' in (await ada.get(f"/search?q={q}")).text
        note = peer.note(content="<p>Looked up</p>")
        (status,) = (
            await ada.get(f"/api/v2/search?q={note['id']}&resolve=true", headers=headers)
        ).json()["statuses"]
        assert (status["uri"], status["content"]) == (note["id"], "<p>Looked up</p>")
        assert "Looked up" in (await ada.get(f"/search?q={note['id']}")).text
        hidden = peer.note("2", to=[f"{peer.eve}/followers"], cc=[])
        none = await ada.get(f"/api/v2/search?q={hidden['id']}&resolve=true", headers=headers)
        assert none.json()["statuses"] == []
        nobody = await ada.get(f"/api/v2/search?q={peer.origin}/none&resolve=1", headers=headers)
        assert nobody.json() == {"accounts": [], "statuses": [], "hashtags": []}
