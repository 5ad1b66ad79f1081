"""From one server to another: people with an account here come from elsewhere, and the reverse."""

from pathlib import Path
from urllib.parse import quote

import browsing
from far import PEERS, far

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
