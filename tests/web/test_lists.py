"""Lists, from making one to reading it."""

from browsing import Site, form_of


def test_a_list_is_made_filled_read_and_removed(tell):
    """Without another app nobody could read some of those they follow apart."""

    async def story(site: Site) -> None:
        ada, bob, eve = [await site.person(name) for name in ("ada", "bob", "eve")]
        for name in ("bob", "eve"):
            await ada.send(f"/@{name}", f"/@{name}/follow")
        await site.settle()
        assert "No list yet" in (await ada.get("/lists")).text
        wrong = await ada.send("/lists", "/lists", title=" ")
        assert wrong.status_code == 422 and 'id="e-title"' in wrong.text
        made = await ada.send("/lists", "/lists", title="Birders", replies_policy="none")
        edit = made.headers["location"]
        path = edit.removesuffix("/edit")
        page = (await ada.get(edit)).text
        assert "0 people in it" in page and "@bob" in page and "@eve" in page
        found = (await ada.get(f"{edit}?q=bob")).text
        assert "@bob" in found and "@eve" not in found
        form = form_of(found, f"{path}/add")
        done = await ada.client.post(f"{path}/add", data=form)
        assert done.headers["location"] == f"{edit}?q=bob"
        assert "1 person in it" in (await ada.get(edit)).text
        await bob.write("from bob")
        await eve.write("from eve")
        page = (await ada.get(path)).text
        assert "from bob" in page and "from eve" not in page
        await ada.send(edit, edit, title="Bob alone", exclusive="true", replies_policy="list")
        assert "Bob alone" in (await ada.get("/lists")).text
        assert "Kept off Home" in (await ada.get("/lists")).text
        await ada.send(edit, f"{path}/remove")
        assert "0 people in it" in (await ada.get(edit)).text
        await ada.send(edit, f"{path}/delete")
        assert "No list yet" in (await ada.get("/lists")).text

    tell(story)


def test_somebody_elses_list_is_not_there(tell):
    """Its name would tell what its owner thinks of people."""

    async def story(site: Site) -> None:
        ada, eve = await site.person("ada"), await site.person("eve")
        made = await ada.send("/lists", "/lists", title="People I distrust")
        edit = made.headers["location"]
        form = form_of((await eve.get("/lists")).text, "/lists")
        for path in (edit, edit.removesuffix("/edit")):
            assert (await eve.get(path)).status_code == 404
        for verb in ("edit", "add", "remove", "delete"):
            sent = {**form, "title": "x", "account": str(eve.viewer.id)}
            answer = await eve.client.post(edit.replace("edit", verb), data=sent)
            assert answer.status_code == 404, verb
        assert "People I distrust" in (await ada.get("/lists")).text
        stranger = await site.visitor().get("/lists")
        assert stranger.status_code == 303

    tell(story)


def test_only_who_is_followed_can_be_put_into_a_list(tell):
    """A list would show what its owner never asked to read."""

    async def story(site: Site) -> None:
        ada, eve = await site.person("ada"), await site.person("eve")
        made = await ada.send("/lists", "/lists", title="Friends")
        edit = made.headers["location"]
        form = form_of((await ada.get(edit)).text, edit)
        sent = {**form, "account": str(eve.viewer.id)}
        answer = await ada.client.post(edit.replace("edit", "add"), data=sent)
        assert answer.status_code == 404

    tell(story)
