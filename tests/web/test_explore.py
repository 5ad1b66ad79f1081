"""Explore: what there is to find for somebody who does not know what to look for."""

from browsing import Site

from whimbrel.core.tx import Tx
from whimbrel.discovery import trends
from whimbrel.discovery.events import TrendsDue
from whimbrel.posts import marks
from whimbrel.posts.rules import Mark


def count(tx: Tx) -> None:
    """The clock of trends, now."""
    turn = trends.queries.counter(tx, trends.TURN)
    trends.tick(tx, TrendsDue(turn=turn))


def test_an_empty_place_says_what_will_be_here_and_how(tell):
    """A newcomer's first look would be at nothing, without a word."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        for path, words in (
            ("/explore", "A calm day"),
            ("/explore/tags", "No tag stands out"),
            ("/explore/news", "No news travels yet"),
            ("/explore/people", "Nobody to suggest yet"),
            ("/explore/directory", "Nobody has asked to be found"),
        ):
            page = (await ada.get(path)).text
            assert words in page, path
            assert (await site.visitor().get(path)).status_code == 303

    tell(story)


def test_what_many_like_and_talk_about_stands_there(tell):
    """Explore would be empty for ever; or what one blocks would be held under one's nose."""

    async def story(site: Site) -> None:
        found = {"discoverable": True}
        ada, eve = await site.person("ada"), await site.person("eve", **found)
        others = [await site.person(f"fan{n}", **found) for n in range(4)]
        liked = await eve.write("everybody likes this")
        for each in others:
            await each.write("we all count #birds")
            await site.app.db.write(marks.mark, each.viewer, liked, Mark.FAVOURITE)
        await site.app.db.write(count)
        page = (await ada.get("/explore")).text
        assert "everybody likes this" in page
        page = (await ada.get("/explore/tags")).text
        assert 'href="/tags/birds"' in page and "4 posts this week" in page
        await ada.send("/@eve", "/@eve/block")
        assert "everybody likes this" not in (await ada.get("/explore")).text

    tell(story, trends_review=False)


def test_people_are_followed_or_sent_away_where_they_are_suggested(tell):
    """Each would need a visit to their page; or come back for ever."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        found = {"discoverable": True}
        for name in ("cora", "dan"):
            await site.person(name, **found)
            await bob.send(f"/@{name}", f"/@{name}/follow")
        await ada.send("/@bob", "/@bob/follow")
        await site.settle()
        path = "/explore/people"
        page = (await ada.get(path)).text
        assert "@cora" in page and "@dan" in page and "followed by people you follow" in page
        done = await ada.send(path, "/@cora/follow")
        assert done.headers["location"] == path
        page = (await ada.get(path)).text
        assert "@cora" not in page
        dan = page.partition('action="/explore/people/')[2].partition('"')[0]
        await ada.send(path, f"/explore/people/{dan}")
        assert "@dan" not in (await ada.get(path)).text
        for order in ("active", "new"):
            page = (await ada.get(f"/explore/directory?order={order}")).text
            assert ("@cora" in page) is (order == "new")  # she has posted nothing

    tell(story)
