"""What other servers are shown of us: enough to follow, and of hidden posts not that they are."""

from functools import partial
from pathlib import Path

import browsing
import pytest
from far import PEERS, TYPE, ask, far

import people
from whimbrel.accounts.queries import users
from whimbrel.core.ids import id_of
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility

UNSEEN = ("published", "summary", "followers", "name", "icon")


async def test_somebody_is_found_by_name_and_by_id(tmp_path: Path, database: str):
    """WebFinger leads to the actor, the actor's id leads back: a follow begins with it."""
    async with browsing.site(tmp_path, database, **PEERS) as site:
        ada = await site.person("Ada")
        actor = f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        found = "/.well-known/webfinger?resource="
        for resource in ("acct:ada@social.example", actor, f"{browsing.ORIGIN}/@ADA"):
            said = (await ask(site, found + resource)).json()
            assert said["subject"] == "acct:Ada@social.example"
            links = {link["rel"]: link for link in said["links"]}
            assert links["self"] == {"rel": "self", "type": TYPE, "href": actor}
        ours = (await ask(site, f"{found}acct:social.example@social.example")).json()
        assert ours["aliases"][1] == f"{browsing.ORIGIN}/actor"
        for nobody in ("acct:eve@social.example", "acct:ada@far.example", f"{actor}1"):
            assert (await ask(site, found + nobody)).status_code == 404
        assert (await ask(site, "/.well-known/webfinger")).status_code == 400
        for version in ("2.0", "2.1"):
            said = (await ask(site, f"/nodeinfo/{version}")).json()
            assert said["version"] == version
            assert said["protocols"] == ["activitypub"]
            assert said["usage"]["users"]["total"] == 10  # one, told as about ten


async def test_who_does_not_sign_is_told_name_and_keys(tmp_path: Path, database: str):
    """Keys verify what somebody signed; the profile is for servers that say who they are."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada", note="I read.", display_name="Ada L")
        path = f"/ap/users/{ada.viewer.id}"
        bare = await ask(site, path)
        assert bare.headers["content-type"].startswith(TYPE)
        assert "private" in bare.headers["cache-control"]
        assert bare.headers["vary"].startswith("Accept, Signature")
        said = bare.json()
        assert said["publicKey"]["id"] == f"{browsing.ORIGIN}{path}#main-key"
        assert not {*UNSEEN} & {*said}
        whole = (await ask(site, path, f"{peer.eve}#main-key")).json()
        assert whole["publicKey"] == said["publicKey"]
        assert (whole["name"], whole["preferredUsername"]) == ("Ada L", "ada")
        assert "I read." in whole["summary"]
        assert whole["endpoints"]["sharedInbox"] == f"{browsing.ORIGIN}/inbox"
        assert whole["url"] == f"{browsing.ORIGIN}/@ada"
        page = await ask(site, path, accept="text/html")
        assert (page.status_code, page.headers["location"]) == (303, whole["url"])
        server = (await ask(site, "/actor")).json()
        assert (server["type"], server["preferredUsername"]) == ("Application", "social.example")


@pytest.mark.parametrize("style", ["draft", "rfc9421"])
async def test_the_addresses_that_people_share_are_good_for_servers(
    tmp_path: Path, database: str, style: str
):
    """Somebody pastes the address of a page into the search of their own server."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        post = await ada.write("hello #World :nope:")
        key = f"{peer.eve}#main-key"
        actor = await ask(site, "/@ada", key, style=style)
        assert actor.json()["id"] == f"{browsing.ORIGIN}/ap/users/{ada.viewer.id}"
        note = (await ask(site, f"/@ada/{post}", key, style=style)).json()
        assert note["id"] == f"{actor.json()['id']}/statuses/{post}"
        assert note["url"] == f"{browsing.ORIGIN}/@ada/{post}"
        page = await ask(site, f"/@ada/{post}", accept="text/html,*/*;q=0.8")
        assert page.headers["content-type"].startswith("text/html")
        assert "Accept" in [each.strip() for each in page.headers["vary"].split(",")]


async def test_a_post_is_a_note_with_all_that_others_read(tmp_path: Path, database: str):
    """Audience, mentions, tags, warning and language: each lost one changes what was said."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada, bob = await site.person("ada"), await site.person("bob")
        first = await bob.write("who?")
        post = await ada.write("@bob me #Birds", reply_to=first, spoiler="birds", language="en")
        own = await ada.write("and more", reply_to=post)
        path = f"/ap/users/{ada.viewer.id}/statuses/{post}"
        note = (await ask(site, path, f"{peer.eve}#main-key")).json()
        actor, theirs = (f"{browsing.ORIGIN}/ap/users/{who.viewer.id}" for who in (ada, bob))
        assert note["type"] == "Note"
        assert note["attributedTo"] == actor
        assert note["to"] == ["https://www.w3.org/ns/activitystreams#Public"]
        assert note["cc"] == [f"{actor}/followers", theirs]
        assert note["inReplyTo"] == f"{theirs}/statuses/{first}"
        assert (note["summary"], note["contentMap"]["en"]) == ("birds", note["content"])
        tags = {tag["type"]: tag for tag in note["tag"]}
        assert tags["Mention"]["href"] == theirs
        assert tags["Mention"]["name"] == "@bob@social.example"
        assert tags["Hashtag"]["name"] == "#Birds"
        assert note["replies"]["first"]["items"] == [f"{actor}/statuses/{own}"]
        made = (await ask(site, f"{path}/activity", f"{peer.eve}#main-key")).json()
        assert (made["type"], made["actor"], made["object"]["id"]) == ("Create", actor, note["id"])
        replies = await ask(site, f"{path}/replies?page=2", f"{peer.eve}#main-key")
        assert replies.json()["items"] == [f"{actor}/statuses/{own}"]
        # The conversation is listed where it began, and what is for a few is not on the list.
        await ada.write("psst", reply_to=post, visibility=Visibility.PRIVATE)
        assert note["context"] == note["conversation"]
        listed = (await ask(site, note["context"], f"{peer.eve}#main-key")).json()
        assert (listed["type"], listed["attributedTo"]) == ("Collection", theirs)
        page = (await ask(site, listed["first"], f"{peer.eve}#main-key")).json()
        said = [f"{theirs}/statuses/{first}", note["id"], f"{actor}/statuses/{own}"]
        assert page["items"] == said
        wrong = f"{browsing.ORIGIN}/ap/threads/{post}"
        assert (await ask(site, wrong, f"{peer.eve}#main-key")).status_code == 404


async def test_a_hidden_post_is_not_there_for_strangers(tmp_path: Path, database: str):
    """The same answer as for one that never was: 403 would tell that there is something."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        hidden = await ada.write("for friends", visibility=Visibility.PRIVATE)
        key = f"{peer.eve}#main-key"
        base = f"/ap/users/{ada.viewer.id}/statuses"
        absent = await ask(site, f"{base}/{hidden + 1}", key)
        for end in ("", "/activity", "/replies", "/likes", "/shares"):
            found = await ask(site, f"{base}/{hidden}{end}", key)
            assert (found.status_code, found.content) == (404, absent.content)
        outbox = await ask(site, f"/ap/users/{ada.viewer.id}/outbox?page=true", key)
        assert outbox.json()["orderedItems"] == []


async def test_whoever_does_not_sign_reads_no_posts(tmp_path: Path, database: str):
    """What a scraper takes without saying who it is, nobody can stop it from taking."""
    async with browsing.site(tmp_path, database, **PEERS) as site:
        ada = await site.person("ada")
        post = await ada.write("hello")
        base = f"/ap/users/{ada.viewer.id}"
        lists = ("outbox", "followers", "following", "collections/featured", "collections/tags")
        for path in (f"{base}/statuses/{post}", *(f"{base}/{each}" for each in lists)):
            assert (await ask(site, path)).status_code == 401


async def test_a_server_that_reads_everybodys_outbox_is_slowed_down(tmp_path: Path):
    """A name and a key cost a scraper less than an account."""
    limited = {**PEERS, "rate_limits": True, "strangers_posts": 200}
    async with browsing.site(tmp_path, **limited) as site, far() as peer:
        key, answers = f"{peer.eve}#main-key", []
        for name in ("ada", "bob", "cat"):
            author = await site.person(name)
            for number in range(40):
                await site.app.db.write(publish, author.viewer, Draft(text=f"{number}"))
            pages = f"/ap/users/{author.viewer.id}/outbox?page=true"
            for _ in range(2):
                answers.append(await ask(site, pages, key))
                pages = answers[-1].json().get("next", pages)
        assert [each.status_code for each in answers] == [200] * 5 + [429]
        assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_server_that_fetches_every_post_by_itself_is_slowed_down(tmp_path: Path):
    """What is counted by the page could be had one by one."""
    limited = {**PEERS, "rate_limits": True, "strangers_posts": 100}
    async with browsing.site(tmp_path, **limited) as site, far() as peer:
        key, ada = f"{peer.eve}#main-key", await site.person("ada")
        told = [
            (await site.app.db.write(publish, ada.viewer, Draft(text=f"{number}"))).id
            for number in range(51)
        ]
        at = f"/ap/users/{ada.viewer.id}/statuses"
        for post in told[:50]:
            for path in (f"{at}/{post}", f"/@ada/{post}", f"{at}/{post}/activity"):
                assert (await ask(site, path, key)).status_code == 200, "one post counts once"
        refused = await ask(site, f"{at}/{told[50]}", key)
        assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
        assert (await ask(site, f"{at}/{told[0]}", key)).status_code == 200


async def test_lists_are_told_in_pages_and_hidden_where_somebody_hides_them(
    tmp_path: Path, database: str
):
    """Who follows whom is their own to tell."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        shy = await site.person("shy", hide_collections=True)
        posts = [await ada.write(f"{number}") for number in range(22)]
        key = f"{peer.eve}#main-key"
        base = f"/ap/users/{ada.viewer.id}"
        outbox = (await ask(site, f"{base}/outbox", key)).json()
        assert outbox["totalItems"] == 22
        first = (await ask(site, outbox["first"], key)).json()
        second = (await ask(site, first["next"], key)).json()
        told = [each["object"]["id"] for each in first["orderedItems"] + second["orderedItems"]]
        assert [id_of(each.rpartition("/")[2]) for each in told] == posts[::-1]
        assert "next" not in second
        followers = (await ask(site, f"/ap/users/{shy.viewer.id}/followers", key)).json()
        assert followers["totalItems"] == 0
        assert "first" not in followers
        page = await ask(site, f"/ap/users/{shy.viewer.id}/followers?page=true", key)
        assert page.status_code == 404


async def test_every_document_costs_three_statements_at_most(
    tmp_path: Path, database: str, monkeypatch
):
    """A post that becomes known is fetched by every server there is within a minute."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        post = await ada.write("hello @ada #birds")
        base, key = f"/ap/users/{ada.viewer.id}", f"{peer.eve}#main-key"
        paths = [
            *("", "/outbox?page=true", "/followers?page=true", "/collections/featured"),
            *("/collections/tags", f"/statuses/{post}", f"/statuses/{post}/activity"),
            *(f"/statuses/{post}/replies?page=2", f"/statuses/{post}/likes"),
        ]
        await ask(site, base, key)  # her key is fetched, ours are made
        counted: list[int] = []
        real = browsing.Tx._run

        def counting(tx, query, values):
            counted.append(1)
            return real(tx, query, values)

        monkeypatch.setattr(browsing.Tx, "_run", counting)
        for path in paths:
            await site.app.db.write(
                people.make, f"p{path.count(chr(47))}{len(path)}"
            )  # none recalled
            counted.clear()
            assert (await ask(site, base + path, key)).status_code == 200
            assert len(counted) <= 3, path


async def test_who_is_gone_or_not_let_in_is_nobody(tmp_path: Path, database: str):
    """A name that waits for approval must not be known abroad; a suspended one says nothing."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        key = f"{peer.eve}#main-key"
        gone = (await site.person("gone", suspended_at=1, note="words")).viewer
        waits = (await site.person("waits")).viewer
        await site.app.db.write(partial(users.change, approved_at=None), waits.id)
        said = (await ask(site, f"/ap/users/{gone.id}", key)).json()
        assert said["suspended"]
        assert said["summary"] == ""
        assert (await ask(site, f"/ap/users/{gone.id}/outbox", key)).status_code == 404
        assert (await ask(site, f"/ap/users/{waits.id}", key)).status_code == 404
