"""Taking along and bringing in, on a page."""

from browsing import Site

PATH = "/settings/carry"


def test_a_file_goes_out_and_comes_in(tell):
    """Nobody could leave, or come, without a command line."""

    async def story(site: Site) -> None:
        ada, new = await site.person("ada"), await site.person("new")
        await site.person("bob")
        await ada.send("/@bob", "/@bob/follow")
        answer = await ada.get(f"{PATH}/following_accounts.csv")
        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.text == (
            "Account address,Show boosts,Notify on new posts,Languages\n"
            "bob@social.example,true,false,\n"
        )
        files = {"data": ("follows.csv", answer.content, "text/csv")}
        done = await new.send(PATH, PATH, files=files, kind="follows")
        assert done.headers["location"] == f"{PATH}#brought"
        assert "0 of 1 done." in (await new.get(PATH)).text
        again = await new.send(PATH, PATH, files=files, kind="follows")
        assert again.status_code == 422 and "Another file is still" in again.text
        await site.settle()
        assert "1 line, all done." in (await new.get(PATH)).text
        assert "@bob" in (await new.get("/@new/following")).text
        assert (await site.visitor().get(f"{PATH}/lists.csv")).status_code == 303
        assert (await ada.get(f"{PATH}/passwords.csv")).status_code == 404

    tell(story)


def test_what_is_wrong_with_a_file_is_said_at_its_field(tell):
    """Somebody would wait for what was never begun."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        picture = {"data": ("a.png", b"\x89PNG\xff\xfe", "image/png")}
        wrong = await ada.send(PATH, PATH, files=picture, kind="mutes")
        assert wrong.status_code == 422
        assert 'id="e-data"' in wrong.text and 'value="mutes" selected' in wrong.text
        wrong = await ada.send(PATH, PATH, kind="everything")
        assert 'id="e-kind"' in wrong.text

    tell(story)
