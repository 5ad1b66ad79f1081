"""Somebody seems to copy the server: what readers, strangers and whoever runs it see of that."""

import asyncio

from browsing import Site

from whimbrel.accounts.follow import follow
from whimbrel.app.watch import Watch
from whimbrel.moderation import canaries
from whimbrel.posts.queries.strange import strange
from whimbrel.privacy import alarms


async def _rung(site: Site) -> None:
    """Until the database knows of it."""
    for _ in range(200):
        if await site.app.db.read(alarms.current) is not None:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it was never written down")


def test_an_alarm_closes_the_first_page_and_the_operator_opens_it_again(tell):
    """It would shut out guests for an hour with nobody told why, and nobody able to end it."""

    async def story(site: Site) -> None:
        boss, ada = await site.person("boss", role="admin"), await site.person("ada")
        first = await ada.write("Low tide at ten")
        guest = site.visitor()
        async with Watch.keep(site.app):
            assert "seems to copy" not in (await boss.get("/admin")).text
            site.app.readings.ring("much")
            await _rung(site)
            await site.settle()
            assert "Somebody seems to copy social.example" in site.mail()
            shut = await guest.get("/local")
            assert shut.status_code == 401 and "Somebody is copying this server" in shut.text
            answer = await guest.get("/api/v1/timelines/public?local=true")
            assert answer.status_code == 401 and "copying" in answer.json()["error"]
            assert (await guest.get(f"/@ada/{first}")).status_code == 200, "links go on working"
            assert (await ada.get("/local")).status_code == 200
            page = (await boss.get("/admin")).text
            assert "Somebody seems to copy this server" in page
            assert "Far more is read of people" in page
            done = await boss.send("/admin", "/admin/alarm/silence")
            assert done.headers["location"] == "/admin?done=silence"
            assert "is silenced" in (await boss.get(done.headers["location"])).text
            assert (await guest.get("/local")).status_code == 200
            assert await site.app.db.read(alarms.current) is None

    tell(story, rate_limits=True)


def test_whoever_reads_too_much_is_told_to_wait(tell):
    """A bare error would look like a fault of the server; a home that fails as well, like the end
    of it."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        for number in range(70):
            await ada.write(f"number {number}")
        page, refused = "/@ada", None
        for _ in range(4):
            answer = await bob.get(page)
            if answer.status_code == 429:
                refused = answer
                break
            page = answer.text.partition('id="older" href="')[2].partition('"')[0]
        assert refused is not None and int(refused.headers["retry-after"]) > 0
        assert "You have read a lot by people whom you do not follow" in refused.text
        assert (await bob.get("/home")).status_code == 200
        assert (await bob.get("/@ada")).status_code == 200, "what they had before is no matter"
        for path in ("/@ada", page):
            assert (await ada.get(path)).status_code == 200, "nor is what one wrote oneself"

    tell(story, rate_limits=True, strangers_posts=200)


def test_strangers_are_those_one_does_not_follow(tell):
    """A friend's posts would count, or everybody's would be free."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        theirs, own = await ada.write("theirs"), await bob.write("own")
        db = site.app.db
        assert await db.read(strange, bob.viewer.id, [theirs, own]) == {theirs}
        await db.write(follow, bob.viewer, ada.viewer.id)
        assert await db.read(strange, bob.viewer.id, [theirs, own]) == set()

    tell(story)


def test_canaries_are_public_and_old_and_known_at_once(tell):
    """On top of the timeline everybody would read them, and everybody would be a thief."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        mine = await ada.write("mine")
        async with Watch.keep(site.app):
            names = await site.app.db.write(canaries.plant, 4)
            for _ in range(200):
                if site.app.readings.canaries:
                    break
                await asyncio.sleep(0.01)
            assert len(site.app.readings.canaries) == 4 * canaries.EACH
            assert max(site.app.readings.canaries) < mine
            assert (await site.visitor().get(f"/@{names[0]}")).status_code == 200
            assert site.app.readings.alarm is None

    tell(story, rate_limits=True)
