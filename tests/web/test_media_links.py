"""D9: a file of a post for few is opened by a link that names its reader, for a quarter of an hour,
and by nothing else."""

import json
import re

from whimbrel.accounts import tokens
from whimbrel.accounts.follow import follow, unfollow
from whimbrel.accounts.rules import Viewer
from whimbrel.core.ids import millis
from whimbrel.federation.outgoing import compose
from whimbrel.federation.queries.posts import links as named
from whimbrel.federation.queries.posts import one as written
from whimbrel.federation.vocabulary import create
from whimbrel.media import links
from whimbrel.posts import history, serialize
from whimbrel.posts.delete import delete
from whimbrel.posts.rules import Visibility
from whimbrel.timelines.streaming import audience

FEW = Visibility.PRIVATE
_PASS = re.compile(r"(/media/[^/]+)/([^/]+)/([^/]+)$")


async def told(site, viewer, post):
    """Where the two files of a post are, as `viewer` is told."""
    status = json.loads(await site.app.db.read(serialize.one, viewer, post))
    shown = (status["reblog"] or status)["media_attachments"][0]
    return shown["url"], shown["preview_url"]


async def status(site, url, **headers):
    return (await site.visitor(**headers).get(url)).status_code


def test_a_link_is_for_one_reader_and_a_quarter_of_an_hour(tell):
    """Whoever came by an address would see what was meant for friends, for ever."""

    async def story(site):
        ada, bob, eve = [await site.person(name) for name in ("ada", "bob", "eve")]
        await site.app.db.write(follow, bob.viewer, ada.viewer.id)
        post = await ada.show(FEW)
        urls = await told(site, bob.viewer, post)
        for url in urls:
            answer = await site.visitor().get(url)
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "private, no-store"
        url = urls[0]
        mine, theirs = [
            await site.app.db.write(tokens.issue, each.viewer.id, "read") for each in (bob, eve)
        ]
        assert await status(site, url, authorization=f"Bearer {mine}") == 200
        assert await status(site, url, authorization=f"Bearer {theirs}") == 404
        assert await status(site, url, authorization="Bearer nobody's") == 404
        bare = _PASS.sub(r"\1/\3", url)
        assert await status(site, bare) == 404
        assert await status(site, url.replace("/media/", "/media//")) == 404
        own = await eve.show(FEW)
        hers, _ = await told(site, eve.viewer, own)
        assert await status(site, hers) == 200
        swapped = _PASS.sub(rf"\1/{_PASS.search(hers)[2]}/\3", url)
        assert await status(site, swapped) == 404
        small = _PASS.sub(rf"\1/{_PASS.search(urls[1])[2]}/\3", url)
        assert await status(site, small) == 404
        gap = re.sub(r"/media/([^/]+)/[^/]+/", rf"/media/\1/{links.gap(post)}/", url).encode()
        now, keyring = millis(site.app.db.env.clock()), site.app.db.keyring

        def made(who, minutes=0):
            return links.filled(keyring, gap, who, now - minutes * 60_000).decode()

        assert await status(site, made(eve.viewer.id)) == 404  # even a genuine one of hers
        assert await status(site, made(bob.viewer.id, 9)) == 200
        assert await status(site, made(bob.viewer.id, 16)) == 404
        assert await status(site, made(bob.viewer.id, -16)) == 404
        await site.app.db.write(unfollow, bob.viewer, ada.viewer.id)
        assert await status(site, url) == 404
        await site.app.db.write(follow, bob.viewer, ada.viewer.id)
        assert await status(site, url) == 200
        await site.app.db.write(delete, ada.viewer, post)
        assert await status(site, url) == 404

    tell(story)


def test_everybody_sees_what_is_for_everybody_until_it_is_gone(tell):
    """Whoever keeps files for others must ask within a minute whether they are still there."""

    async def story(site):
        ada = await site.person("ada")
        post = await ada.show(Visibility.UNLISTED)
        url, _ = await told(site, Viewer(), post)
        answer = await site.visitor().get(url)
        assert (answer.status_code, "s-maxage=60" in answer.headers["cache-control"]) == (200, True)
        gone = await site.app.db.write(delete, ada.viewer, post)
        assert await status(site, url) == 404
        # but its author still sees it where they write it anew
        again = json.loads(gone.status)["media_attachments"][0]["url"]
        assert again != url and await status(site, again) == 200

    tell(story)


def test_every_reader_has_links_of_their_own(tell):
    """Pages, versions, streams and letters: what is kept for many must not carry one's link to
    another, nor a gap to anybody."""

    async def story(site):
        ada, bob, eve = [await site.person(name) for name in ("ada", "bob", "eve")]
        db = site.app.db
        for reader in (bob, eve):
            await db.write(follow, reader.viewer, ada.viewer.id)
        post = await ada.show(FEW)
        await site.settle()
        seen = {(await told(site, each.viewer, post))[0] for each in (ada, bob, eve, bob)}
        assert len(seen) == 3
        for each in (bob, eve):
            page = (await each.get("/home")).text
            url, small = await told(site, each.viewer, post)
            path = small.removeprefix(site.app.instance.origin)
            assert f'src="{path}"' in page and not links.has_gaps(page.encode())
            for found in (url, small):
                assert await status(site, found) == 200
        told_as = json.dumps(await db.read(history.versions, bob.viewer, post), default=str)
        assert (await told(site, bob.viewer, post))[0] in told_as
        payload, _ = await db.read(audience.of_homes, post)
        assert links.has_gaps(payload)
        filled = links.filled(db.keyring, payload, bob.viewer.id, millis(db.env.clock()))
        assert (await told(site, bob.viewer, post))[0] in filled.decode()

    tell(story)


def test_a_server_gets_a_link_only_where_the_post_went(tell):
    """A letter opens its pictures for the server it went to; nobody else can use that link."""

    async def story(site):
        ada = await site.person("ada")
        post = await ada.show(FEW)
        db = site.app.db

        def note(tx):
            found = written(tx, ada.viewer.id, post, ada.viewer.id)
            return json.dumps(create(tx.instance, *found, named(tx, [found]), tx.ms)).encode()

        body = await db.read(note)
        assert links.has_gaps(body) and compose.is_for_followers(body)
        now = millis(db.env.clock())
        mine = links.filled(db.keyring, body, "https://far.example", now)
        url = json.loads(mine)["object"]["attachment"][0]["url"]
        assert await status(site, url) == 404  # nobody there follows her

    tell(story)
