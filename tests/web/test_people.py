"""Pages of people: followers, requests, whom one keeps away; and around a post."""

from browsing import Site

from whimbrel.accounts.profile import Changes, update
from whimbrel.posts import edit
from whimbrel.posts.rules import Draft, Visibility


def test_who_follows_whom_is_shown_to_those_who_may_see_it(tell):
    """A list somebody hides would be open; or nobody could look around at a friend's."""

    async def story(site: Site) -> None:
        ada, bob, eve = [await site.person(name) for name in ("ada", "bob", "eve")]
        await bob.send("/@ada", "/@ada/follow")
        assert "@bob" in (await eve.get("/@ada/followers")).text
        assert "@ada" in (await eve.get("/@bob/following")).text
        done = await eve.send("/@ada/followers", "/@bob/follow")
        assert done.headers["location"] == "/@ada/followers"
        assert "Following</span>" in (await eve.get("/@ada/followers")).text
        assert (await site.visitor().get("/@ada/followers")).status_code == 303
        assert (await eve.get("/@nobody/followers")).status_code == 404
        await site.app.db.write(update, ada.viewer, Changes(hide_collections=True))
        hidden = (await eve.get("/@ada/followers")).text
        assert "Kept private" in hidden and "@bob" not in hidden
        assert "@bob" in (await ada.get("/@ada/followers")).text
        await bob.send("/@eve", "/@eve/block")
        assert "@ada" not in (await eve.get("/@bob/following")).text.partition("<main")[2]

    tell(story)


def test_who_asks_to_follow_is_answered_on_one_page(tell):
    """Requests would be buried under likes."""

    async def story(site: Site) -> None:
        ada = await site.person("ada", locked=True)
        for name in ("bob", "eve"):
            await (await site.person(name)).send("/@ada", "/@ada/follow")
        path = "/follow_requests"
        done = await ada.send(path, "/@bob/accept")
        assert done.headers["location"] == path
        await ada.send(path, "/@eve/refuse")
        assert "Nobody asks" in (await ada.get(path)).text
        page = (await ada.get("/@ada/followers")).text
        assert "@bob" in page and "@eve" not in page

    tell(story)


def test_somebody_is_muted_and_blocked_by_name_and_let_go_again(tell):
    """Whoever never posts where one looks could not be kept away; or for ever."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        await site.person("bob")
        for path, undo in (("/mutes", "unmute"), ("/blocks", "unblock")):
            wrong = await ada.send(path, path, name="@nobody")
            assert wrong.status_code == 422 and "Nobody is called so here." in wrong.text
            assert 'value="@nobody"' in wrong.text
            assert "That is you." in (await ada.send(path, path, name="ada")).text
            done = await ada.send(path, path, name="@bob@social.example", days="3")
            assert done.headers["location"] == path
            page = (await ada.get(path)).text
            assert "@bob" in page and ("until" in page) is (path == "/mutes")
            await ada.send(path, f"/@bob/{undo}")
            assert "@bob" not in (await ada.get(path)).text.partition("<main")[2]
        wrong = await ada.send("/mutes", "/mutes", name="bob", days="ten")
        assert wrong.status_code == 422 and 'id="e-days"' in wrong.text

    tell(story)


def test_a_server_is_blocked_and_let_go_again(tell):
    """Somebody would have to block everybody there one by one."""

    async def story(site: Site) -> None:
        ada, path = await site.person("ada"), "/domain_blocks"
        wrong = await ada.send(path, path, domain="social.example")
        assert wrong.status_code == 422 and 'id="e-domain"' in wrong.text
        await ada.send(path, path, domain="Spam.example")
        assert "spam.example" in (await ada.get(path)).text
        await ada.send(path, f"{path}/remove")
        assert "You block no server" in (await ada.get(path)).text

    tell(story)


def test_who_liked_and_boosted_is_told_to_who_may_see_the_post(tell):
    """A number would stay a number; or a hidden post would tell who its readers are."""

    async def story(site: Site) -> None:
        ada, bob, eve = [await site.person(name) for name in ("ada", "bob", "eve")]
        post = await ada.write("seven notes")
        page = f"/@ada/{post}"
        for verb in ("favourite", "reblog"):
            await bob.send(page, f"/posts/{post}/{verb}")
        for kind in ("favourites", "reblogs"):
            assert f'href="{page}/{kind}"' in (await eve.get(page)).text
            assert "@bob" in (await eve.get(f"{page}/{kind}")).text
            assert (await site.visitor().get(f"{page}/{kind}")).status_code == 303
        hidden = await ada.write("for friends", visibility=Visibility.PRIVATE)
        for kind in ("favourites", "reblogs"):
            assert (await eve.get(f"/@ada/{hidden}/{kind}")).status_code == 404
        await bob.send(page, f"/posts/{post}/favourite".replace("/favourite", "/unfavourite"))
        assert "Nobody yet" in (await eve.get(f"{page}/favourites")).text

    tell(story)


def test_what_was_changed_under_a_like_can_be_read(tell):
    """Readers would be made to have liked what they never saw."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await ada.write("I like mud")
        await site.app.db.write(edit.edit, ada.viewer, post, Draft(text="I like war"))
        path = f"/posts/{post}/history"
        assert f'href="{path}">Edited' in (await bob.get(f"/@ada/{post}")).text
        page = (await bob.get(path)).text
        assert page.index("I like war") < page.index("I like mud")

    tell(story)


def test_what_one_liked_is_kept_in_a_list(tell):
    """A good post would be found again by luck only."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await ada.write("seven notes")
        assert "seven notes" not in (await bob.get("/favourites")).text
        await bob.send(f"/@ada/{post}", f"/posts/{post}/favourite")
        assert "seven notes" in (await bob.get("/favourites")).text
        for path in ("/more", "/mutes", "/blocks", "/filters"):
            assert (await bob.get(path)).status_code == 200

    tell(story)
