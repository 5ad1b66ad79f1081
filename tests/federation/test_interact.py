"""From one server to another: people with an account here come from elsewhere, and the reverse."""

from pathlib import Path
from urllib.parse import quote

import browsing
from far import PEERS, far, keep_away

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
