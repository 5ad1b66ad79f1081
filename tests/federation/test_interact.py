"""From one server to another: people with an account here come from elsewhere, and the reverse."""

from pathlib import Path
from urllib.parse import quote

import browsing
from far import PEERS, ask, far, keep_away, send

from whimbrel.accounts import queries as accounts
from whimbrel.core.pages import plain
from whimbrel.federation import people
from whimbrel.posts.rules import Visibility

ARRIVE = "/authorize_interaction?uri="
SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"


async def test_who_is_sent_here_finds_whom_they_came_for(tmp_path: Path, database: str):
    """Bob stands on Eve's page elsewhere and presses Follow: he would be told that it is gone."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada, bob = await site.person("ada"), await site.person("bob")
        note, hidden = peer.note(), peer.note("2", to=[f"{peer.eve}/followers"], cc=[])
        eve = f"/@eve@{peer.host}:{peer.port}"
        # A stranger signs in first, and nobody is asked for them.
        sent = await site.visitor().get(ARRIVE + quote(peer.eve, safe=""))
        back = quote(ARRIVE + quote(peer.eve, safe=""), safe="")
        assert sent.headers["location"] == f"/auth/sign-in?next={back}"
        assert peer.asked == []
        for named in (peer.eve, f"acct:{eve[2:]}", f"@{eve[2:]}"):
            sent = await bob.get(ARRIVE + quote(named, safe=""))
            assert (sent.status_code, sent.headers["location"]) == (303, eve), named
        await bob.send(eve, f"{eve}/follow")
        sent = await bob.get(ARRIVE + quote(note["id"], safe=""))
        assert sent.headers["location"].startswith(f"{eve}/")
        assert "Hello" in (await bob.get(sent.headers["location"])).text
        # Ours, by every name they have; and what is not for Bob is not there.
        post = await ada.write("hello")
        secret = await ada.write("psst", visibility=Visibility.DIRECT)
        me = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        for named in ("acct:ada@social.example", f"{browsing.ORIGIN}/@ada", me):
            assert (await bob.get(ARRIVE + named)).headers["location"] == "/@ada", named
        for named in (f"{browsing.ORIGIN}/@ada/{post}", f"{me}/statuses/{post}"):
            assert (await bob.get(ARRIVE + named)).headers["location"] == f"/@ada/{post}"
        for named in (
            f"{browsing.ORIGIN}/@ada/{secret}",
            f"{me}/statuses/{secret}",
            f"{me}/statuses/x",
            f"{browsing.ORIGIN}/@nobody",
            hidden["id"],
            "javascript:alert(1)",
            "//evil.example",
        ):
            shown = await bob.get(ARRIVE + quote(named, safe=""))
            assert (shown.status_code, "Nothing found" in shown.text) == (404, True), named
        assert (await bob.get("/authorize_interaction")).status_code == 200
        said = (await bob.get("/.well-known/webfinger?resource=acct:ada@social.example")).json()
        [link] = [each for each in said["links"] if each["rel"] == SUBSCRIBE]
        assert link["template"] == f"{browsing.ORIGIN}{ARRIVE}{{uri}}"


async def test_who_has_an_account_elsewhere_is_led_there(tmp_path: Path, database: str):
    """Eve reads Ada's page without an account here; where she is led, no page of a stranger may
    run a script, and nobody may have us knock at doors for them."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        post = await ada.write("hello")
        secret = await ada.write("psst", visibility=Visibility.DIRECT)
        me = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        eve, host = site.visitor(), f"{peer.host}:{peer.port}"
        found = peer.documents[f"/.well-known/webfinger?resource=acct:eve@{host}"]

        async def led(account: str, to: str = "/@ada") -> str:
            answer = await eve.send(f"/interact?to={to}", "/interact", account=account)
            return answer.headers.get("location", str(answer.status_code))

        for page in ("/@ada", f"/@ada/{post}"):
            assert f'href="/interact?to={quote(page)}"' in (await eve.get(page)).text
        form = await eve.get("/interact?to=/@ada")
        assert "form-action 'self' https:;" in form.headers["content-security-policy"]
        uri = quote(me, safe="")
        usual = f"https://{host}{ARRIVE}{uri}"
        assert await led(f"@eve@{host}") == usual  # her server names no page of its own
        link = {"rel": SUBSCRIBE, "template": "https://web.far.example/go?a=1&u={uri}"}
        found["links"].append(link)
        assert await led(f"eve@{host}") == f"https://web.far.example/go?a=1&u={uri}"
        there = await led(f"eve@{host}", f"/@ada/{post}")
        assert there.endswith(quote(f"{me}/statuses/{post}", safe=""))
        for template in (
            "javascript:alert('{uri}')",
            "http://far.example/{uri}",
            "https://a:b@far.example/{uri}",
            "https://{uri}/x",
            "https://far.example/x",
            "https://far.example/\r\nx: {uri}",
            {"no": "text"},
        ):
            link["template"] = template
            assert await led(f"eve@{host}") == usual, template
        asked = len(peer.asked)
        assert await led(host) == usual
        assert await led("ada@social.example") == "/auth/sign-in?next=%2F%40ada"
        for nothing in (
            "",
            "eve",
            "eve@",
            "javascript:x",
            "https://a.example:x/",
            "@a@b@c.example",
        ):
            assert await led(nothing) == "422", nothing
        await site.app.db.write(keep_away, peer.host, "suspend")
        assert await led(f"eve@{host}") == usual  # and is not asked
        assert len(peer.asked) == asked
        for hidden in (f"/@ada/{secret}", "/@nobody", "/home", "//evil.example"):
            assert (await eve.get(f"/interact?to={hidden}")).status_code == 404, hidden
        assert (await ada.get("/interact?to=/@ada")).headers["location"] == "/@ada"


async def test_handles_may_have_another_name_than_the_server(tmp_path: Path, database: str):
    """Ada is @ada@town.example, though the server answers at social.example: whoever uses either
    name, here or elsewhere, would speak to nobody."""
    split = {"domain": "town.example", "origin": browsing.ORIGIN, **PEERS}
    async with browsing.site(tmp_path, database, **split) as site, far() as peer:
        ada, bob = await site.person("ada"), await site.person("bob")
        me = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        for named in ("acct:ada@town.example", "acct:ADA@social.example", me):
            said = (await bob.get(f"/.well-known/webfinger?resource={named}")).json()
            assert said["subject"] == "acct:ada@town.example", named
            assert me in said["aliases"]
        for named in ("town.example@town.example", "town.example@social.example"):
            said = (await bob.get(f"/.well-known/webfinger?resource=acct:{named}")).json()
            assert said["subject"] == "acct:town.example@town.example"
        elsewhere = await bob.get("/.well-known/webfinger?resource=acct:ada@other.example")
        assert elsewhere.status_code == 404
        whole = (await ask(site, f"/ap/users/{ada.viewer.id}", f"{peer.eve}#main-key")).json()
        assert whole["webfinger"] == "ada@town.example"
        for named in ("@ada@town.example", "@ada@social.example"):
            assert 'href="/@ada"' in (await bob.get(f"/search?q={named}")).text, named
            assert (await bob.get(ARRIVE + named)).headers["location"] == "/@ada"
            await bob.send("/compose", "/compose", text=f"{named} hello {named[5:]}")
        tag = {"type": "Mention", "href": me, "name": "@ada@town.example"}
        note = peer.note(tag=[tag], cc=[me], content="<p>from Eve</p>")
        await send(site, peer.act("Create", note))
        told = (await ada.get("/notifications")).text
        for words in ("hello town.example", "hello social.example", "from Eve"):
            assert words in plain(told, 1 << 20), words
        # Nobody elsewhere can have a handle at either of our names.
        for domain in ("town.example", "social.example"):
            peer.person("ada", webfinger=f"ada@{domain}")
            assert await people.found(site.app, f"{peer.origin}/users/ada") is None


async def test_handles_elsewhere_may_have_another_name(tmp_path: Path, database: str):
    """Wanda's handle is at the bare name of her town, which sends who asks on to her server: she
    is one person, by whatever she is looked for."""
    async with (
        browsing.site(tmp_path, database, **PEERS) as site,
        far() as web,
        far("127.0.0.2") as town,
    ):
        web.person("wanda")
        here, there = (f"acct:wanda@{each.host}:{each.port}" for each in (web, town))
        asked = "/.well-known/webfinger?resource="
        said = {**web.documents[f"{asked}{here}"], "subject": there}
        web.documents |= {f"{asked}{here}": said, f"{asked}{there}": said}
        onward = {"location": f"{web.origin}{asked}{quote(there, safe='')}"}
        town.documents[f"{asked}{there}"] = (301, onward, b"")
        ids = {
            await people.found(site.app, each)
            for each in (f"@{there[5:]}", f"@{here[5:]}", f"{web.origin}/users/wanda")
        }
        (wanda,) = ids
        assert wanda is not None
        assert (await site.app.db.read(accounts.by_id, wanda)).acct == there[5:]
