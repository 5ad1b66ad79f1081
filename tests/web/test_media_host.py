"""Files have a name of their own, under which nothing else is served; and no file is served under
the name where people are signed in."""

import sys
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "media"))

import media_samples as samples

from whimbrel.app.doctor import CHECKS
from whimbrel.core.settings import Settings
from whimbrel.core.settings.checks import conflicts

FILES = "https://files.example"


def test_pages_are_here_and_files_are_there(tell):
    """A file that turned out to be a page after all would run beside somebody's session."""

    async def story(site):
        ada = await site.person("ada")
        face = {"avatar": ("a.jpg", samples.jpeg())}
        sent = await ada.send("/settings/profile", "/settings/profile", face)
        assert sent.status_code == 303
        page = await ada.client.get("/@ada")
        policy = page.headers["content-security-policy"]
        assert f"img-src 'self' {FILES};" in policy
        assert f"media-src 'self' {FILES};" in policy
        told = (await ada.client.get("/api/v1/accounts/lookup?acct=ada")).json()
        assert told["avatar"].startswith(f"{FILES}/media/")
        path = told["avatar"].removeprefix(FILES)
        there = httpx.AsyncClient(transport=httpx.ASGITransport(site.doors), base_url=FILES)
        answer = await there.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert "set-cookie" not in answer.headers
        assert answer.headers["strict-transport-security"].startswith("max-age=63072000")
        here = await ada.client.get(path)
        assert (here.status_code, here.headers["location"], here.content) == (
            301,
            FILES + path,
            b"",
        )
        for page in ("/", "/about", "/auth/sign-in", "/api/v2/instance", "/static/icon-192.png"):
            gone = await there.get(page, headers={"accept": "text/html"})
            assert (gone.status_code, gone.json()) == (404, {"error": "Record not found"}), page
        cookie = f"__Host-whimbrel={ada.client.cookies['__Host-whimbrel']}"
        assert (await there.get("/home", headers={"cookie": cookie})).status_code == 404
        assert (await there.post("/inbox", content=b"{}")).status_code == 404
        assert (await ada.client.get("/media/nothing")).status_code == 404
        assert (await there.options(path)).headers["access-control-allow-origin"] == "*"

    tell(story, media_domain="files.example")


def test_we_are_not_asked_for_our_own_files(tell):
    """A post elsewhere that names one of our files would have us ask ourselves for it, and a file
    of a stranger under our name would speak for us (CVE-2024-49363; Akkoma 3.12)."""

    async def story(site):
        instance = site.app.instance
        assert instance.is_own("files.example")
        assert not instance.is_own("")
        assert instance.is_here(f"{FILES}/media/x")
        assert instance.is_here("https://social.example/@ada")
        assert not instance.is_here("https://files.example.org/media/x")

    tell(story, media_domain="files.example")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"domain": "social.example"}, "media_domain is not set"),
        ({"domain": "social.example", "media_domain": "files.example"}, "does not lead here"),
        ({"domain": "localhost"}, None),
        ({}, None),
    ],
)
def test_the_doctor_asks_where_files_lie(settings, said):
    """Whoever forgets it would never notice; on one's own machine it is no matter."""
    found = list(CHECKS["Where files are served"](Settings(**settings)))
    assert [said in line for line in found] == ([True] if said else [])


def test_files_get_a_name_of_their_own():
    """The same name twice would be no wall."""
    same = Settings(domain="a.example", media_domain="a.example")
    there = Settings(domain="a.example", origin="https://b.example", media_domain="b.example")
    apart = Settings(domain="a.example", media_domain="files.a.example")
    assert [key for key, _ in conflicts(same)] == ["media_domain"]
    assert [key for key, _ in conflicts(there)] == ["media_domain"]
    assert not list(conflicts(apart))
