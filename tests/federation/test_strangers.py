"""Who is named is met, who takes something back may, and who did not sign is told how."""

import re
from pathlib import Path
from typing import Any

import browsing
import met
from far import PEERS, ask, far, send

from whimbrel.accounts import block
from whimbrel.core.app import App
from whimbrel.core.tx import Tx
from whimbrel.federation import people
from whimbrel.posts import queries as posts
from whimbrel.posts.queries import acts
from whimbrel.posts.rules import Mark


async def test_whom_a_post_names_is_asked_for_before_it_is_written(tmp_path: Path, database: str):
    """Eve would never hear that Ada speaks to her, for nobody here had heard of Eve."""
    async with browsing.site(tmp_path, database) as site:
        ada = await site.person("ada")
        asked: list[str] = []

        async def abroad(app: App, text: str) -> Any:
            asked.append(text)
            if text == "@eve@far.example":
                await app.db.write(met.somebody, "https://far.example/users/eve")

        site.app.abroad = abroad
        words = "hello @eve@far.example and @nobody@far.example, @ada@social.example"
        for _ in range(2):
            await ada.send("/compose", "/compose", text=words)
        assert asked == ["@eve@far.example", *["@nobody@far.example"] * 2]
        page = (await ada.get("/@ada")).text
        assert re.search('href="(https://far.example/users/eve|/@eve@far.example)"', page)
        many = " ".join(f"@p{number}@far.example" for number in range(9))
        await ada.send("/compose", "/compose", text=many)
        assert len(asked) == 3 + 5


async def test_whom_somebody_elsewhere_names_is_met(tmp_path: Path, database: str):
    """Their name would lead nowhere; and of a long list of names only some are asked for."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as peer,
        far("127.0.0.2") as other,
    ):
        ada = await site.person("ada")
        me = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        for number in range(20):
            other.person(f"p{number}")
        named = [me, other.eve, *(f"{other.origin}/users/p{number}" for number in range(20))]
        tags = [{"type": "Mention", "href": uri, "name": "@x"} for uri in named]
        note = peer.note(tag=tags, cc=named[:-1])
        await send(site, peer.act("Create", note))
        assert await site.app.db.read(people.known, other.eve) is not None
        found = [path for _, path, _ in other.asked if path.startswith("/users/p")]
        assert 0 < len(found) < 10
        assert f"{other.origin}/users/p19" not in str(found)  # it is not for them


async def test_who_was_blocked_can_still_take_back(tmp_path: Path, database: str):
    """What Eve likes no more must not stand under her name for ever."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        post = await ada.write("hello")
        uri = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}/statuses/{post}"
        like, boost = peer.act("Like", uri), peer.act("Announce", uri, to=["as:Public"])
        await send(site, like)
        await send(site, boost)
        eve = await site.app.db.read(people.known, peer.eve)
        assert eve is not None
        await site.app.db.write(block.block, ada.viewer, eve)
        await send(site, peer.act("Undo", like))
        await send(site, peer.act("Undo", boost, 2))
        await site.app.db.write(block.unblock, ada.viewer, eve)

        def read(tx: Tx) -> tuple[int, int, int]:
            found = posts.any_post(tx, post)
            return found.favourites, found.boosts, acts.marked(tx, eve, Mark.FAVOURITE)

        assert await site.app.db.read(read) == (0, 0, 0)


async def test_who_does_not_sign_is_told_how(tmp_path: Path, database: str):
    """A server that signs otherwise can do it right the second time (RFC 9421, section 5)."""
    async with browsing.site(tmp_path, database) as site:
        ada = await site.person("ada")
        path = f"/ap/users/{ada.viewer.id}/outbox"
        answer = await ask(site, path)
        assert answer.status_code == 401
        assert answer.headers["accept-signature"] == 'sig1=("@method" "@target-uri");created;keyid'
        for inbox in ("/inbox", f"/ap/users/{ada.viewer.id}/inbox"):
            answer = await ask(site, inbox, method="POST", body=b"{}")
            assert answer.status_code == 401
            assert '"content-digest"' in answer.headers["accept-signature"]
        assert "accept-signature" not in (await ada.get("/api/v1/accounts/x")).headers
