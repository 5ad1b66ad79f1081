"""Settings: profile, letters, passwords, who is signed in where, and leaving."""

import io
import re

from browsing import Site
from PIL import Image


def picture() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(out, "PNG")
    return out.getvalue()


def test_a_profile_is_saved_with_its_picture(tell):
    """Nobody could say who they are."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        answer = await ada.send(
            "/settings",
            "/settings/profile",
            files={"avatar": ("me.png", picture(), "image/png")},
            display_name="Ada Lund",
            note="Counts birds.",
            locked="true",
        )
        assert answer.headers["location"] == "/settings?done=profile"
        assert "Your profile is saved." in (await ada.get("/settings?done=profile")).text
        page = (await site.visitor().get("/@ada")).text
        assert "Ada Lund" in page and "Counts birds." in page and "Asks first" in page
        assert re.search(r"/media/[^/]+/avatar", page)

    tell(story)


def test_what_is_wrong_with_a_profile_is_told_and_nothing_is_changed(tell):
    """Half a change is worse than none."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        files = {"avatar": ("me.png", b"no picture", "image/png")}
        answer = await ada.send("/settings", "/settings/profile", files=files, display_name="New")
        assert answer.status_code == 422 and 'id="e-avatar"' in answer.text
        answer = await ada.send("/settings", "/settings/profile", display_name="N" * 99)
        assert answer.status_code == 422 and 'id="e-display_name"' in answer.text
        assert "New" not in (await site.visitor().get("/@ada")).text

    tell(story)
