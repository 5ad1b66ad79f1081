"""A browser that has the place as an app: its manifest, its service worker, what it is told when
nobody looks, what is handed over by other apps, and that signing out clears all of it."""

import json
import re
from pathlib import Path

import pytest
from browsing import ORIGIN, Site

import whimbrel
from phone import Phone
from whimbrel.core import webpush

PATH = "/settings/notifications"
APPEARANCE = "/settings/appearance"
LARGEST = 4000  # bytes of the service worker
ENDPOINT = "https://push.example/ada"


def test_a_phone_can_put_the_place_on_its_home_screen(tell):
    """An icon that is cut off, a name that is missing: then it is no app to a phone."""

    async def story(site: Site) -> None:
        visitor = site.visitor()
        answer = await visitor.get("/manifest.webmanifest")
        assert answer.headers["content-type"] == "application/manifest+json"
        said = json.loads(answer.text)
        assert said["display"] == "standalone" and said["name"] and said["theme_color"]
        purposes = {icon.get("purpose", "any") for icon in said["icons"]}
        assert purposes == {"any", "maskable"}
        for icon in said["icons"]:
            assert (await visitor.get(icon["src"])).status_code == 200
        ada = await site.person("ada")
        for way in said["shortcuts"]:
            assert (await ada.get(way["url"])).status_code == 200
        assert said["share_target"]["action"] == "/compose"

    tell(story)


def test_the_service_worker_is_small_never_old_and_bound_to_us(tell):
    """One that is kept for a day keeps its faults for a day."""

    async def story(site: Site) -> None:
        visitor = site.visitor()
        answer = await visitor.get("/sw.js")
        assert answer.headers["cache-control"] == "no-cache"
        assert "connect-src 'self'" in answer.headers["content-security-policy"]
        assert len(answer.content) <= LARGEST
        kept = json.loads(re.match(r"const SHELL = (.*);", answer.text)[1])["kept"]
        for path in kept:
            assert (await visitor.get(path)).status_code == 200, path
        policy = (await visitor.get("/about")).headers["content-security-policy"]
        assert "worker-src 'self'" in policy and "manifest-src 'self'" in policy

    tell(story)


def test_the_page_without_a_network_needs_nothing_that_is_not_kept(tell):
    """It would be shown without its style."""

    async def story(site: Site) -> None:
        visitor = site.visitor()
        page = (await visitor.get("/offline")).text
        kept = (await visitor.get("/sw.js")).text
        needed = re.findall(r'rel="stylesheet" href="([^"]+)"', page)
        needed += re.findall(r'<use href="([^"#]+)', page)
        assert len(needed) > 1 and all(path in kept for path in needed)
        assert "<script" not in page and "_csrf" not in page
        german = await visitor.get("/offline", headers={"accept-language": "de"})
        assert '<html lang="de"' in german.text

    tell(story)


def test_only_who_asks_for_it_leaves_their_home_in_a_browser(tell):
    """What friends write for friends would lie on a computer that others use."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        assert "x-keep" not in (await ada.get("/home")).headers
        choices = {"theme": "system", "home": "true"}
        await ada.send(APPEARANCE, APPEARANCE, **choices)
        assert (await ada.get("/home")).headers["x-keep"] == "home"
        for path in ("/notifications", "/conversations", "/@ada"):
            assert "x-keep" not in (await ada.get(path)).headers
        answer = await ada.send("/settings", "/auth/sign-out")
        assert answer.headers["clear-site-data"] == '"cache", "storage"'
        assert "x-keep" not in (await ada.get("/home")).headers

    tell(story)


def test_what_another_app_hands_over_is_written_about(tell):
    """A link shared from a news app would be lost."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        given = {"title": "Tides & moons", "text": "read this", "url": "https://sea.example/?a=1&b"}
        page = (await ada.get("/compose", params=given)).text
        assert "Tides &amp; moons\nread this\nhttps://sea.example/?a=1&amp;b</textarea>" in page
        same = {"text": "https://sea.example", "url": "https://sea.example"}
        assert (await ada.get("/compose", params=same)).text.count("//sea.example") == 1
        stranger = await site.visitor().get("/compose", params=given)
        assert "sea.example" in stranger.headers["location"]  # it is still there after signing in

    tell(story)


def keys(phone: Phone) -> dict[str, str]:
    return {"p256dh": webpush.encoded(phone.point), "auth": webpush.encoded(phone.auth)}


def test_a_browser_is_told_what_it_asked_for_until_it_stops(tell):
    """Nobody would hear of a letter; or of everything, for ever."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        page = (await ada.get(PATH)).text
        assert re.search(r'data-key="[\w-]{87}"', page) and 'id="push-stop"' not in page
        asked = {"kinds[]": ["mention", "poll"], "policy": "followed"}
        given = {"endpoint": ENDPOINT, **keys(Phone()), **asked}
        answer = await ada.send(PATH, f"{PATH}/push", **given)
        assert answer.headers["location"] == f"{PATH}?done=on"
        page = (await ada.get(PATH)).text
        ticked = re.findall(r'name="kinds\[\]" value="([\w.]+)" checked', page)
        assert ticked == ["mention", "poll"] and 'value="followed" selected' in page
        assert ENDPOINT not in page
        await ada.send(PATH, f"{PATH}/push", **{"kinds[]": ["follow"], "policy": "all"})
        page = (await ada.get(PATH)).text
        assert re.findall(r'name="kinds\[\]" value="([\w.]+)" checked', page) == ["follow"]
        answer = await ada.send(PATH, f"{PATH}/push/stop")
        assert answer.headers["location"] == f"{PATH}?done=off"
        assert 'id="push-stop"' not in (await ada.get(PATH)).text

    tell(story)


@pytest.mark.parametrize(
    "wrong", [{"endpoint": "javascript:1"}, {"p256dh": "short"}, {"auth": "bm90IDE2IGJ5dGVz!"}]
)
def test_a_subscription_that_is_none_is_refused(tell, wrong):
    """We would ask that address later, in somebody's name."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        given = {"endpoint": ENDPOINT, **keys(Phone()), "kinds[]": ["mention"]}
        answer = await ada.send(PATH, f"{PATH}/push", **{**given, **wrong})
        assert answer.status_code == 422
        csrf = {"_csrf": "another's", **given}
        answer = await ada.client.post(f"{PATH}/push", data=csrf, headers={"origin": ORIGIN})
        assert answer.status_code == 403
        assert 'id="push-stop"' not in (await ada.get(PATH)).text

    tell(story)


def test_the_scripts_of_a_device_are_small():
    """They are fetched by everybody, and used by few."""
    scripts = Path(whimbrel.__file__).parent / "static" / "js"
    assert (scripts / "push.js").stat().st_size < 3000
    assert (scripts / "worker.js").stat().st_size < 600
