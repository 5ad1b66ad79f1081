"""What is read here without signing in, on pages and by apps: `public_reading`.

Row D3 of the threat model: what anybody may read from end to end, somebody will."""

from browsing import Site, Visitor

PAGES = ("/@ada", "/@ada/with_replies", "/@ada.atom", "/local", "/tags/mud", "/tags/mud.atom")
TEXT = "This method requires an authenticated user"


async def _story(site: Site) -> tuple[Visitor, str, int]:
    """A stranger, and the account and the first post of somebody who wrote a lot."""
    ada = await site.person("ada")
    first = await ada.write("the first #mud")
    for number in range(21):
        await ada.write(f"number {number} #mud")
    return site.visitor(), str(ada.viewer.id), first


async def _statuses(stranger: Visitor, *paths: str) -> list[int]:
    return [(await stranger.get(path)).status_code for path in paths]


def test_strangers_are_shown_the_newest_page_and_how_to_read_on(tell):
    """Everything ever said here would be somebody's data set by tonight; or a guest would stand
    before a bare error."""

    async def story(site: Site) -> None:
        stranger, account, first = await _story(site)
        assert await _statuses(stranger, *PAGES, f"/@ada/{first}") == [200] * 7
        local = (await stranger.get("/local")).text
        on = local.partition('id="older" href="')[2].partition('"')[0]
        assert on.startswith("/auth/sign-in?next=%2Flocal%3Fmax_id%3D")
        assert "Sign in to read on" in local and "the first" not in local
        further = await stranger.get(f"/@ada?max_id={first + 1}")
        assert further.status_code == 401 and "Sign in to read on" in further.text
        assert f'href="/auth/sign-in?next=%2F%40ada%3Fmax_id%3D{first + 1}"' in further.text
        assert "the first" not in further.text
        assert (await stranger.get("/public")).status_code == 401
        ada = site.visitor(authorization="Bearer x")
        assert (await ada.get("/@ada")).status_code == 200, "a cookie is what counts on a page"
        statuses = f"/api/v1/accounts/{account}/statuses"
        assert len((await stranger.get(f"{statuses}?limit=40")).json()) == 20
        shown = (
            *("/api/v1/timelines/public?local=true", f"{statuses}?since_id=1"),
            *("/api/v1/timelines/tag/mud", "/api/v1/directory?offset=0", "/api/v1/trends/statuses"),
            *(f"/api/v1/statuses/{first}", f"/api/v1/statuses/{first}/context"),
            *(f"/api/oembed?url=https://social.example/@ada/{first}", "/api/v2/instance"),
        )
        assert await _statuses(stranger, *shown) == [200] * len(shown)
        refused = (
            *(f"{statuses}?max_id={first + 1}", f"{statuses}?min_id=0", "/api/v2/search?q=mud"),
            *("/api/v1/timelines/public", "/api/v1/timelines/public?local=true&min_id=0"),
            *("/api/v1/directory?offset=20", f"/api/v1/statuses?id[]={first}"),
            *(f"/api/v1/statuses/{first}/favourited_by", f"/api/v1/accounts/{account}/followers"),
        )
        for path in refused:
            answer = await stranger.get(path)
            assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"] == "Bearer"
        assert (await stranger.get(refused[0])).json() == {"error": TEXT}
        sneaked = await stranger.client.request(
            "GET", "/api/v1/directory", json={"offset": 20}, headers={"accept": "*/*"}
        )
        assert sneaked.status_code == 401, "a page can be asked for in a body, too"

    tell(story)


def test_an_operator_opens_everything_or_nothing(tell):
    """A museum wants to be read, a self-help group does not."""

    known: list[tuple[str, int]] = []

    async def opened(site: Site) -> None:
        stranger, account, first = await _story(site)
        known.append((account, first))
        local = (await stranger.get("/local")).text
        older = local.partition('id="older" href="')[2].partition('"')[0]
        assert "the first" in (await stranger.get(older)).text
        more = f"/api/v1/accounts/{account}/statuses?max_id={first + 1}"
        assert await _statuses(stranger, more, "/public", "/api/v1/timelines/public") == [200] * 3
        access = (await stranger.get("/api/v2/instance")).json()["configuration"]
        assert access["timelines_access"]["live_feeds"] == {"local": "public", "remote": "public"}

    async def closed(site: Site) -> None:
        stranger, ((account, first),) = site.visitor(), known
        assert "number" not in (await stranger.get("/about")).text
        one = (f"/@ada/{first}", f"/@ada/{first}/embed", f"/api/v1/accounts/{account}")
        apps = (f"/api/v1/statuses/{first}", "/api/v1/timelines/public?local=true")
        for path in (*PAGES, *one, *apps, f"/api/oembed?url=https://social.example/@ada/{first}"):
            answer = await stranger.get(path)
            assert answer.status_code == 401 and "number" not in answer.text, path
        assert await _statuses(stranger, "/auth/sign-in", "/api/v1/instance") == [200] * 2
        assert "for those who are signed in" in (await stranger.get("/@ada")).text

    tell(opened, public_reading="open")
    tell(closed, public_reading="closed")
