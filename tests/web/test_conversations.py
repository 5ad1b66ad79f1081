"""Private posts, on a page."""

from browsing import Site

from whimbrel.posts.rules import Visibility


def test_a_letter_is_listed_until_removed_and_leads_to_its_thread(tell):
    """Private posts would drown among the others, or could not be put away."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        assert "No letters yet" in (await ada.get("/conversations")).text
        await ada.send("/@bob", "/@bob/follow")
        await site.settle()
        post = await bob.write("@ada hello there", visibility=Visibility.DIRECT)
        page = (await ada.get("/conversations")).text
        assert f'href="/@bob/{post}"' in page and "Unread:" in page and "hello there" in page
        path = page.partition('action="')[2].partition('"')[0].removesuffix("/read")
        assert path.startswith("/conversations/")
        await ada.send("/conversations", f"{path}/read")
        assert "Unread:" not in (await ada.get("/conversations")).text
        await ada.send("/conversations", f"{path}/unread")
        assert "Unread:" in (await ada.get("/conversations")).text
        eves = await site.person("eve")
        form = {"_csrf": "x"}
        assert (await eves.client.post(f"{path}/remove", data=form)).status_code == 403
        await ada.send("/conversations", f"{path}/remove")
        assert "No letters yet" in (await ada.get("/conversations")).text
        assert "hello there" in (await ada.get(f"/@bob/{post}")).text

    tell(story)


def test_what_is_not_read_yet_comes_first(tell):
    """Somebody would answer the newest letter and overlook the one before."""

    async def story(site: Site) -> None:
        ada, bob, eve = [await site.person(name) for name in ("ada", "bob", "eve")]
        for name in ("bob", "eve"):
            await ada.send(f"/@{name}", f"/@{name}/follow")
        await site.settle()
        await bob.write("@ada from bob", visibility=Visibility.DIRECT)
        await eve.write("@ada from eve", visibility=Visibility.DIRECT)
        page = (await ada.get("/conversations")).text
        assert page.index("from eve") < page.index("from bob")
        newest = page.partition('action="')[2].partition('"')[0]
        await ada.send("/conversations", newest)
        page = (await ada.get("/conversations")).text
        assert page.index("from bob") < page.index("from eve")

    tell(story)
