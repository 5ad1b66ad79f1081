"""Lists of servers that others keep, on the pages of the staff."""

import re

from aiohttp import web
from browsing import Site, form_of
from test_admin import press, staff

AT = "/admin/federation/lists"
LIST = b"""#domain,#severity,#reject_media,#reject_reports,#public_comment
far.example,suspend,false,false,spam
near.example,silence,true,false,
own.example,suspend,false,false,
"""


async def host(content: bytes) -> tuple[web.AppRunner, str]:
    """A server with a list on it, and where that is."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=content)

    app = web.Application()
    app.router.add_get("/list.csv", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/list.csv"


def test_a_list_is_read_looked_at_taken_over_in_part_and_undone(tell):
    """From an address to servers that are kept away, and back."""

    async def story(site: Site) -> None:
        boss, mod = await staff(site, "boss", "admin"), await staff(site, "mod", "moderator")
        assert (await mod.get(AT)).status_code == 403
        wrong = await boss.send(AT, AT, name="Ours", url="ftp://lists.example")
        assert wrong.status_code == 422 and 'id="e-url"' in wrong.text
        there, url = await host(LIST)
        await press(boss, AT, AT, name="Ours", url=url)
        await site.settle()
        await there.cleanup()
        page = (await boss.get(AT)).text
        assert "far.example" in page and "near.example" in page and "says Ours" in page
        assert "far.example" not in (await boss.get("/admin/federation/blocks")).text

        async def settle(do: str, *domains: str) -> str:
            form = form_of((await boss.get(AT)).text, f"{AT}/drafts")
            sent = {**form, "do": do, "domains[]": list(domains)}
            done = await boss.client.post(f"{AT}/drafts", data=sent)
            assert done.status_code == 303, done.text
            return (await boss.get(done.headers["location"])).text

        assert "Nothing was chosen." in await settle("chosen")
        page = await settle("exclude", "own.example")
        assert "No list decides about these any more." in page and "Left out for good" in page
        assert "It can be undone for a day." in await settle("chosen", "far.example")
        kept = (await boss.get("/admin/federation/blocks")).text
        assert "far.example" in kept and "near.example" not in kept
        page = await settle("all")
        assert "All is as the lists say" in page
        uses = re.findall(rf"{AT}/uses/(\d+)/undo", page)
        assert len(uses) == 2
        assert "as it was before" in await press(boss, AT, f"{AT}/uses/{uses[1]}/undo")
        kept = (await boss.get("/admin/federation/blocks")).text
        assert "far.example" not in kept and "near.example" in kept
        await press(boss, AT, f"{AT}/include", domain="own.example")
        assert "own.example" in (await boss.get(AT)).text
        stale = form_of((await boss.get(AT)).text, f"{AT}/drafts") | {"seen": "else"}
        late = await boss.client.post(f"{AT}/drafts", data={**stale, "do": "all"})
        assert "Look at them again." in (await boss.get(late.headers["location"])).text
        (number,) = set(re.findall(rf"{AT}/(\d+)/remove", page))
        assert "being read" in await press(boss, AT, f"{AT}/{number}/fetch")
        assert "read no more" in await press(boss, AT, f"{AT}/{number}/remove")

    tell(story, allow_private=("127.0.0.1",))
