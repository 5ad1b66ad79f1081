"""Filters, from the first word to the last."""

from browsing import Site, form_of

from whimbrel.posts import withhold


def test_a_filter_is_made_changed_and_removed_and_does_its_work(tell):
    """Whoever wants to be spared something would need another app."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        await ada.send("/@bob", "/@bob/follow")
        await site.settle()
        await bob.write("the finale was grand")
        assert "No filter yet" in (await ada.get("/filters")).text
        new = "/filters/new"
        form = {
            **form_of((await ada.get(new)).text, new),
            "title": "Series",
            "keywords": "finale\r\n\r\n last episode \r\nfinale",
            "context[]": ["home", "public"],
            "filter_action": "hide",
            "ends": "86400",
        }
        done = await ada.client.post(new, data=form)
        assert done.headers["location"] == "/filters"
        page = (await ada.get("/filters")).text
        assert "Series" in page and "finale, last episode" in page and "until" in page
        assert "the finale" not in (await ada.get("/home")).text
        path = page.partition('whole" href="')[2].partition('"')[0]
        shown = (await ada.get(path)).text
        assert "finale\nlast episode</textarea>" in shown and "As it is: 2" in shown
        form = {**form_of(shown, path), **form, "keywords": "last episode\nmatch", "ends": ""}
        await ada.client.post(path, data=form)
        page = (await ada.get("/filters")).text
        assert "last episode, match" in page and "until" not in page
        assert "the finale" in (await ada.get("/home")).text
        await ada.send(path, f"{path}/delete")
        assert "No filter yet" in (await ada.get("/filters")).text

    tell(story)


def test_what_is_missing_is_said_at_its_field_and_the_rest_is_kept(tell):
    """Ten words typed on a phone would be gone for want of a name."""

    async def story(site: Site) -> None:
        ada, eve = await site.person("ada"), await site.person("eve")
        new = "/filters/new"
        form = form_of((await ada.get(new)).text, new)
        wrong = await ada.client.post(new, data={**form, "keywords": "finale"})
        assert wrong.status_code == 422
        assert 'id="e-title"' in wrong.text and 'id="e-context"' in wrong.text
        assert "finale</textarea>" in wrong.text
        sent = {**form, "title": "x", "context[]": "home", "keywords": "finale", "ends": "soon"}
        assert 'id="e-ends"' in (await ada.client.post(new, data=sent)).text
        await ada.client.post(new, data={**sent, "ends": ""})
        page = (await ada.get("/filters")).text
        path = page.partition('whole" href="')[2].partition('"')[0]
        theirs = form_of((await eve.get(new)).text, new)
        assert (await eve.get(path)).status_code == 404
        for to in (path, f"{path}/delete"):
            answer = await eve.client.post(to, data={**sent, **theirs, "ends": ""})
            assert answer.status_code == 404

    tell(story)


def test_whoever_hides_a_label_comes_upon_it_nowhere(tell):
    """And whoever wants to see all sees it as it was written."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await bob.write("the wound was deep")
        await site.app.db.write(withhold.label, int(post), "graphic")
        warning = "Violence or wounds"
        assert warning in (await ada.get("/public")).text
        for choice, there, warned in (("hide", 0, 0), ("show", 1, 0), ("warn", 1, 1)):
            sent = await ada.send("/filters", "/filters/labels", graphic=choice)
            assert sent.headers["location"] == "/filters#labels"
            assert f'"{choice}" selected' in (await ada.get("/filters")).text
            page = (await ada.get("/public")).text
            assert ("the wound" in page, warning in page) == (there, warned)
        assert (await ada.send("/filters", "/filters/labels", graphic="erase")).status_code == 422

    tell(story)
