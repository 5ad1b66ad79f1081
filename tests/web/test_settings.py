"""Settings: the list, the profile and its preview, how pages look, who finds one."""

import html
import io
import json
import re

import pytest
from browsing import Site
from PIL import Image

from whimbrel.accounts import keyboard
from whimbrel.accounts.rules import LETTERS

PROFILE, PRIVACY = "/settings/profile", "/settings/privacy"
APPEARANCE = "/settings/appearance"
LIKING = {
    "theme": "dark",
    "contrast": "more",
    "size": "large",
    "density": "compact",
    "motion": "reduce",
    "counts": "never",
    "media": "default",
    "older": "link",
}


def picture() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(out, "PNG")
    return out.getvalue()


def test_every_setting_is_on_the_list_and_opens(tell):
    """What stands nowhere is found by nobody; a dead row is worse."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        page = (await ada.get("/settings")).text
        rows = re.findall(r'<a class="who-link whole" href="([^"#]+)', page)
        assert len(rows) >= 11
        for row in rows:
            answer = await ada.get(row)
            assert answer.status_code == 200, row
        assert (await site.visitor().get("/settings")).status_code == 303

    tell(story)


def test_a_profile_is_saved_with_its_picture(tell):
    """Nobody could say who they are."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        answer = await ada.send(
            PROFILE,
            PROFILE,
            files={"avatar": ("me.png", picture(), "image/png")},
            display_name="Ada Lund",
            note="Counts birds.",
            bot="true",
            **{"field_name[]": ["Pronouns", "", ""], "field_value[]": ["she / her", "", ""]},
        )
        assert answer.headers["location"] == f"{PROFILE}?done=1"
        assert "Your profile is saved." in (await ada.get(f"{PROFILE}?done=1")).text
        page = (await site.visitor().get("/@ada")).text
        assert "Ada Lund" in page and "Counts birds." in page and "Automated" in page
        assert "Pronouns" in page and "she / her" in page
        assert re.search(r"/media/[^/]+/avatar", page)
        await ada.send(PROFILE, PROFILE, display_name="Ada Lund", remove_avatar="true")
        page = (await site.visitor().get("/@ada")).text
        assert not re.search(r"/media/[^/]+/avatar", page) and "Pronouns" not in page

    tell(story)


def test_a_preview_shows_what_would_be_and_saves_nothing(tell):
    """Whoever only wanted to look would be seen by everybody."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        rows = {"field_name[]": ["Site"], "field_value[]": ["https://ada.example/<b>"]}
        words = {"display_name": "A. <i>Lund</i>", "note": "See https://birds.example"}
        answer = await ada.send(PROFILE, PROFILE, do="preview", **words, **rows)
        seen = answer.text.partition('id="preview"')[2].partition("</section>")[0]
        assert answer.status_code == 200 and "A. &lt;i&gt;Lund" in seen
        assert 'href="https://birds.example"' in seen and "<b>" not in seen
        assert 'value="https://ada.example/&lt;b&gt;"' in answer.text  # still there to be saved
        assert "birds.example" not in (await site.visitor().get("/@ada")).text
        answer = await ada.send(PROFILE, PROFILE, do="preview", display_name="N" * 99)
        assert answer.status_code == 422 and 'id="e-display_name"' in answer.text

    tell(story)


def test_what_is_wrong_with_a_profile_is_told_and_nothing_is_changed(tell):
    """Half a change is worse than none."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        files = {"avatar": ("me.png", b"no picture", "image/png")}
        answer = await ada.send(PROFILE, PROFILE, files=files, display_name="New")
        assert answer.status_code == 422 and 'id="e-avatar"' in answer.text
        row = {"field_name[]": [""], "field_value[]": ["https://ada.example"]}
        answer = await ada.send(PROFILE, PROFILE, display_name="New", **row)
        assert answer.status_code == 422 and 'id="e-fields"' in answer.text
        assert 'value="https://ada.example"' in answer.text
        assert "New" not in (await site.visitor().get("/@ada")).text

    tell(story)


def test_pages_look_as_their_reader_chose_from_the_first_byte(tell):
    """A page that is white for a blink at night, on every click."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await bob.write("a post")
        await ada.client.get("/home")
        page = await ada.get(APPEARANCE)
        assert "data-" not in re.search(r"<html[^>]*>", page.text)[0]
        answer = await ada.send(APPEARANCE, APPEARANCE, **LIKING, spoilers="true", home="true")
        assert answer.headers["location"] == f"{APPEARANCE}?done=1"
        for path in ("/home", f"/@bob/{post}", "/settings", "/auth/forgot"):
            root = re.search(r"<html[^>]*>", (await ada.get(path)).text)[0]
            for said in ("theme", "contrast", "size", "density", "motion", "counts"):
                assert f'data-{said}="{LIKING[said]}"' in root, path
            assert 'data-keys="off"' in root and 'data-older="link"' in root, path
        assert "data-" not in re.search(r"<html[^>]*>", (await bob.get("/home")).text)[0]

    tell(story)


def test_folds_and_counts_are_as_their_reader_chose(tell):
    """Who asked for no numbers would be shown them, and a screen reader would say them."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        post = await bob.write("all of it", spoiler="a warning")
        await ada.send(f"/@bob/{post}", f"/posts/{post}/favourite")
        page = (await ada.get(f"/@bob/{post}")).text
        assert "1 like" in page and '<details class="fold">' in page
        await ada.send(APPEARANCE, APPEARANCE, **LIKING, spoilers="true")
        page = (await ada.get(f"/@bob/{post}")).text
        assert "1 like" not in page and '<details class="fold" open>' in page

    tell(story)


@pytest.mark.parametrize("wrong", [{"theme": "pink"}, {"size": ""}, {"keys": "maybe"}])
def test_what_is_no_choice_changes_nothing(tell, wrong):
    """A broken value would follow somebody to every page."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        answer = await ada.send(APPEARANCE, APPEARANCE, **{**LIKING, **wrong})
        assert answer.status_code == 422
        assert "data-" not in re.search(r"<html[^>]*>", (await ada.get("/home")).text)[0]
        csrf = {"_csrf": "made up", **LIKING}
        assert (await ada.client.post(APPEARANCE, data=csrf)).status_code == 403

    tell(story)


def test_reach_and_what_a_new_post_is_are_saved(tell):
    """Somebody who asked not to be found would be; apps would begin with something else."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        given = {"locked": "true", "visibility": "private", "quote_policy": "nobody"}
        answer = await ada.send(PRIVACY, PRIVACY, **given, language="fr", sensitive="true")
        assert answer.headers["location"] == f"{PRIVACY}?done=1"
        page = (await ada.get(PRIVACY)).text
        assert 'name="locked" value="true" checked' in page
        assert 'name="visibility" value="private" checked' in page
        assert '<option value="fr" lang="en" selected>' in page
        assert 'name="visibility" value="private" checked' in (await ada.get("/compose")).text
        assert "Asks first" in (await site.visitor().get("/@ada")).text
        answer = await ada.send(PRIVACY, PRIVACY, **{**given, "language": "no language"})
        assert answer.status_code == 422 and 'id="e-language"' in answer.text
        answer = await ada.send(PRIVACY, PRIVACY, **{**given, "visibility": "direct"})
        assert answer.status_code == 422

    tell(story)


def test_letters_of_ones_own_are_kept_and_shown(tell):
    """On some keyboards a letter is out of reach; some programs for the blind take it first."""

    async def story(site: Site) -> None:
        ada, at = await site.person("ada"), f"{APPEARANCE}/keys"
        assert at in (await ada.get(APPEARANCE)).text and "".join(keyboard.WORDS) == LETTERS
        for wrong in ({"j": "k"}, {"j": "\u200b"}, {"f": "ab"}):
            answer = await ada.send(at, at, **wrong)
            assert answer.status_code == 422 and 'aria-invalid="true"' in answer.text, wrong
        assert "data-letters" not in (await ada.get("/home")).text
        await ada.send(at, at, j="k", k="j", f="&")
        page = (await ada.get("/home")).text
        told = html.unescape(re.search(r'data-letters="([^"]*)"', page)[1])
        assert json.loads(told) == {"f": "", "&": "f", "j": "k", "k": "j"}
        shown = (await ada.get("/keys")).text
        assert re.search(r"<kbd>&amp;</kbd></dt><dd>Like", shown)
        assert re.search(r"<kbd>k</kbd> <kbd>j</kbd></dt><dd>Next post, post before", shown)
        await ada.send(APPEARANCE, APPEARANCE, theme="dark", keys="true")  # keeps them
        assert 'value="&amp;"' in (await ada.get(at)).text
        await ada.send(at, at, usual="true", j="w")
        assert "data-letters" not in (await ada.get("/home")).text
        assert "<kbd>&amp;</kbd>" not in (await site.visitor().get("/keys")).text

    tell(story)
