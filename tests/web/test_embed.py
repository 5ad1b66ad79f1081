"""Posts in frames on other people's pages: what they show, may do and tell."""

import json

from browsing import Site

from whimbrel.posts.rules import Visibility


def test_a_post_can_be_framed_by_anybody_and_only_this_page_can(tell):
    """Every other page of ours in a frame would be a way to have somebody press a button."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        page = f"/@ada/{await ada.write('hello frame')}"
        for who in (site.visitor(), ada):
            framed = await who.get(f"{page}/embed")
            assert framed.status_code == 200 and "hello frame" in framed.text
            policy = framed.headers["content-security-policy"]
            assert "frame-ancestors *" in policy and "script-src" not in policy
            assert "x-frame-options" not in framed.headers
            assert "<form" not in framed.text and "<script" not in framed.text
            assert (
                "frame-ancestors 'none'" in (await who.get(page)).headers["content-security-policy"]
            )

    tell(story)


def test_nobody_but_strangers_posts_are_framed(tell):
    """A reader's own rights must not show in a page that another site has around it."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        secret = await ada.write("for friends", visibility=Visibility.PRIVATE)
        open_ = await ada.write("for all")
        for path in (f"/@ada/{secret}", f"/@bob/{open_}", "/@ada/7", f"/ada/{open_}"):
            assert (await ada.get(f"{path}/embed")).status_code == 404
            answer = await ada.get(f"/api/oembed?url=https://social.example{path}")
            assert answer.status_code == 404

    tell(story)


def test_oembed_tells_where_the_frame_is_and_nothing_of_what_is_in_it(tell):
    """Those who ask keep the answer for a day, and the author may take the post back at once."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        id_ = await ada.write("hello frame")
        visitor = site.visitor()
        origin = site.app.instance.origin
        named = f"/ap/users/{ada.viewer.id}/statuses/{id_}"
        for path in (f"/@ada/{id_}", f"/users/ada/statuses/{id_}", f"/@ADA/{id_}?x=1#y", named):
            url = (origin + path).replace("?", "%3F").replace("#", "%23")
            answer = await visitor.get(f"/api/oembed?url={url}&maxwidth=300&maxheight=200")
            told = json.loads(answer.text)
            assert (told["type"], told["version"], told["width"]) == ("rich", "1.0", 300)
            assert told["height"] == 200
            assert f'src="{origin}/@ada/{id_}/embed"' in told["html"]
            assert "hello" not in answer.text
        for url in ("", "x", "https://other.example/@ada/1", f"{origin}.evil.example/@ada/{id_}"):
            assert (await visitor.get(f"/api/oembed?url={url}")).status_code == 404
        found = (await visitor.get(f"/@ada/{id_}")).text
        assert 'type="application/json+oembed"' in found

    tell(story)
