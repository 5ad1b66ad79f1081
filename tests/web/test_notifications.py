"""What somebody is told, on pages: in groups, held back, cleared."""

from browsing import Person, Site

from whimbrel.posts import marks
from whimbrel.posts.rules import Mark, Visibility


async def like(site: Site, post: int, *people: Person) -> None:
    for each in people:
        await site.app.db.write(marks.mark, each.viewer, post, Mark.FAVOURITE)
    await site.settle()


def test_many_who_like_one_post_are_one_line_that_leads_to_it(tell):
    """A post that goes well would bury everything else somebody was told."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        fans = [await site.person(f"fan{n}") for n in range(5)]
        post = await ada.write("seven notes")
        await like(site, post, *fans)
        page = (await ada.get("/notifications")).text
        assert page.count("liked your post") == 1
        assert "and 3 others liked your post" in page
        assert f'href="/@ada/{post}">seven notes' in page

    tell(story)


def test_what_is_new_is_marked_once(tell):
    """Everything would look new for ever, or nothing would."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await ada.write("seven notes")
        await like(site, post, bob)
        mentions = (await ada.get("/notifications/mentions")).text
        assert "Nobody has named you" in mentions
        assert 'class="count">1<' in mentions  # they were not shown, so they were not read
        assert "nt like new" in (await ada.get("/notifications")).text
        assert "nt like new" not in (await ada.get("/notifications")).text

    tell(story)


def test_a_mention_stands_under_its_tab_as_the_post_it_is(tell):
    """Somebody could not answer from where they were asked."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        await bob.send("/@ada", "/@ada/follow")
        post = await bob.write("@ada are you there?")
        page = (await ada.get("/notifications/mentions")).text
        assert "are you there?" in page and f"/posts/{post}/favourite" in page
        assert "follows you" not in page

    tell(story)


def test_clearing_asks_first_and_leaves_nothing(tell):
    """One slip would cost a list, or the list would never be empty."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        await like(site, await ada.write("seven notes"), bob)
        page = (await ada.get("/notifications")).text
        assert "Clear all…" in page and "The posts themselves stay." in page
        assert (await ada.client.post("/notifications/clear", data={})).status_code == 403
        done = await ada.send("/notifications", "/notifications/clear")
        assert (done.status_code, done.headers["location"]) == (303, "/notifications")
        assert "All quiet" in (await ada.get("/notifications")).text

    tell(story)


def test_a_stranger_who_writes_in_private_waits_until_let_in(tell):
    """Letters nobody asked for would ring the bell, or be lost without a word."""

    async def story(site: Site) -> None:
        ada, eve = await site.person("ada"), await site.person("eve")
        await eve.write("@ada buy ribs", visibility=Visibility.DIRECT)
        assert "buy ribs" not in (await ada.get("/notifications")).text
        page = (await ada.get("/notifications/requests")).text
        assert "buy ribs" in page
        path = page.partition('<a class="who-link" href="')[2].partition('"')[0]
        assert "buy ribs" in (await ada.get(path)).text
        assert (await eve.get(path)).status_code == 404
        done = await ada.send(path, f"{path}/accept")
        assert done.headers["location"] == "/notifications/requests"
        assert "Nobody waits" in (await ada.get("/notifications/requests")).text
        assert "buy ribs" in (await ada.get("/notifications")).text
        assert "buy ribs" in (await ada.get("/conversations")).text

    tell(story)


def test_a_dismissed_request_is_forgotten_and_the_next_waits_again(tell):
    """To send somebody away would let them in, or need doing for each letter's sender anew."""

    async def story(site: Site) -> None:
        ada, eve = await site.person("ada"), await site.person("eve")
        for text in ("first", "second"):
            await eve.write(f"@ada {text}", visibility=Visibility.DIRECT)
            page = (await ada.get("/notifications/requests")).text
            assert text in page
            path = page.partition('<a class="who-link" href="')[2].partition('"')[0]
            await ada.send("/notifications/requests", f"{path}/dismiss")
            assert "Nobody waits" in (await ada.get("/notifications/requests")).text
        assert "All quiet" in (await ada.get("/notifications")).text

    tell(story)


def test_whom_one_wants_to_hear_of_is_chosen_on_a_page(tell):
    """Only those with another app could choose; or a wrong word would be lost in silence."""

    async def story(site: Site) -> None:
        ada, eve = await site.person("ada"), await site.person("eve")
        path = "/notifications/policy"
        done = await ada.send(path, path, for_not_following="drop")
        assert done.headers["location"] == f"{path}?saved=1"
        page = (await ada.get(done.headers["location"])).text
        assert "Saved." in page
        assert 'name="for_not_following" value="drop" checked' in page
        await eve.write("@ada hello")
        assert "hello" not in (await ada.get("/notifications")).text
        wrong = await ada.send(path, path, for_bots="maybe")
        assert wrong.status_code == 422
        assert 'id="e-for_bots"' in wrong.text

    tell(story)
