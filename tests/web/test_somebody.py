"""What one does with somebody from the menu of their page."""

from browsing import Site

from whimbrel.accounts import relationships


async def stands(site: Site, one, other):
    return await site.app.db.read(relationships.to, one.viewer, other.viewer.id)


def test_what_is_wanted_of_somebody_followed_is_set_from_their_page(tell):
    """Somebody who boosts too much could only be left."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        page = "/@bob"
        assert "Notify me" not in (await ada.get(page)).text
        token = {"_csrf": (await ada.get(page)).text.partition('_csrf" value="')[2].split('"')[0]}
        none = await ada.client.post("/@bob/notify", data=token)
        assert none.status_code == 404  # nobody is followed so
        await ada.send(page, "/@bob/follow")
        for verb in ("notify", "no_boosts", "endorse"):
            await ada.send(page, f"/@bob/{verb}")
        found = await stands(site, ada, bob)
        assert found.notifying and not found.showing_reblogs and found.endorsed
        assert "@bob" in (await bob.get("/@ada/featured")).text
        for verb in ("hush", "boosts", "unendorse"):
            await ada.send(page, f"/@bob/{verb}")
        found = await stands(site, ada, bob)
        assert not found.notifying and found.showing_reblogs and not found.endorsed

    tell(story)


def test_somebody_is_muted_for_a_week(tell):
    """A quarrel that lasts a week would be muted for ever, or not at all."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        await ada.send("/@bob/mute", "/@bob/mute", days="7", told="true")
        found = await stands(site, ada, bob)
        assert found.muting and not found.muting_notifications and found.muting_expires_at
        assert "You mute this account until" in (await ada.get("/@bob")).text
        await ada.send("/@bob", "/@bob/unmute")
        assert not (await stands(site, ada, bob)).muting
        odd = await ada.send("/@bob/mute", "/@bob/mute", days="8")
        assert odd.status_code == 404
        assert (await ada.get("/@nobody/mute")).status_code == 404

    tell(story)


def test_a_note_is_for_the_one_who_wrote_it(tell):
    """It would be lost, or read by whom it is about."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        await ada.send("/@bob", "/@bob/note", comment="Met at the <pier>")
        page = (await ada.get("/@bob")).text
        assert "Met at the &lt;pier&gt;" in page
        assert "Met at" not in (await bob.get("/@bob")).text
        await ada.send("/@bob", "/@bob/note", comment="")
        assert "Met at" not in (await ada.get("/@bob")).text

    tell(story)


def test_somebody_is_put_into_lists_from_their_page(tell):
    """Each list would have to be opened to look for them."""

    async def story(site: Site) -> None:
        ada, eve = await site.person("ada"), await site.person("eve")
        await site.person("bob")
        assert "No list yet" in (await ada.get("/@bob/lists")).text
        await ada.send("/@bob", "/@bob/follow")
        await ada.send("/lists", "/lists", title="Friends")
        page = (await ada.get("/@bob/lists")).text
        number = page.partition('name="lists[]" value="')[2].partition('"')[0]
        done = await ada.send("/@bob/lists", "/@bob/lists", **{"lists[]": number})
        assert done.headers["location"] == "/@bob"
        assert f'value="{number}" checked' in (await ada.get("/@bob/lists")).text
        await ada.send("/@bob/lists", "/@bob/lists")
        assert " checked" not in (await ada.get("/@bob/lists")).text
        await eve.send("/@bob", "/@bob/follow")
        await eve.send("/lists", "/lists", title="Mine")
        stolen = await eve.send("/@bob/lists", "/@bob/lists", **{"lists[]": number})
        assert stolen.status_code == 404

    tell(story)


def test_an_account_is_reported_without_a_post(tell):
    """Whoever is only a picture and a name, an impostor, could not be reported."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        page = "/@ada/report"
        wrong = await bob.send(page, page, comment="Not Ada")
        assert wrong.status_code == 422 and "Not Ada" in wrong.text
        sent = await bob.send(page, page, category="other", comment="Not Ada")
        assert sent.headers["location"] == "/@ada/reported"
        assert "The moderators have it" in (await bob.get("/@ada/reported")).text
        assert (await ada.get(page)).status_code == 404

    tell(story)


def test_who_one_knows_of_the_followers_is_told(tell):
    """Whether somebody is a stranger or a friend's friend would need a search through lists."""

    async def story(site: Site) -> None:
        ada, bob, eve = [await site.person(name) for name in ("ada", "bob", "eve")]
        assert "whom you follow" not in (await ada.get("/@eve")).text
        await ada.send("/@bob", "/@bob/follow")
        await bob.send("/@eve", "/@eve/follow")
        page = (await ada.get("/@eve")).text
        assert "Followed by" in page and 'href="/@bob"' in page and "whom you follow" in page
        assert "whom you follow" not in (await eve.get("/@eve")).text
        stranger = (await site.visitor().get("/@eve")).text
        assert "Search there for" in stranger and "@eve@social.example" in stranger

    tell(story)
