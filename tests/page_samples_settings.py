"""Awkward values for the pages on which people set how they read and who finds them."""

from typing import Any

from whimbrel.accounts.keyboard import WORDS
from whimbrel.accounts.rules import Preferences
from whimbrel.core.languages import LANGUAGES
from whimbrel.timelines.push import KINDS

LONG = "Supercalifragilisticexpialidocious" * 2
AT = 1795330000000


def every_page(own: dict[str, Any], out: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name of a sample to its template and values."""
    me = own["me"]
    link = '<a href="https://estuary.example" rel="me">estuary.example</a>'
    rows = [("Survey", "https://estuary.example", AT), (LONG, LONG, None), ("", "", None)]
    form = {"display_name": LONG, "note": "Hello\n\nthere", "bot": True, "rows": rows}
    form["attribution_domains"] = "example.org\nblog.example.org"
    bare = {"display_name": "", "note": "", "bot": False, "rows": [("", "", None)] * 4}
    bare["attribution_domains"] = ""
    fields = [
        {"name": "Survey", "value": link, "verified_at": "2026-03-03T10:00:00.000Z"},
        {"name": LONG, "value": LONG, "verified_at": None},
    ]
    seen = {**me, "display_name": LONG, "name_html": LONG, "bot": True, "fields": fields}
    wrong = {"avatar": "is no picture", "fields": "need a name for every value"}
    profile = {**own, "path": "/settings/profile", "worn": {"avatar": True, "header": True}}
    plain = {**profile, "worn": {"avatar": False, "header": False}, "preview": None}
    other = Preferences(
        theme="dark", contrast="more", size="larger", density="compact", counts="opened"
    )
    usual = Preferences()
    reach = dict.fromkeys(("locked", "discoverable", "indexable", "hide_collections"), True)
    posts = {"sensitive": False, "visibility": "unlisted", "quote_policy": "nobody"}
    privacy = {"languages": LANGUAGES, "path": "/settings/privacy"}
    told = {"alerts": dict.fromkeys(KINDS, True), "policy": "follower"}
    here = {**own, "path": "/settings/notifications", "key": "key"}
    name = "settings"
    return {
        "settings": (f"{name}.html", {**own, "path": "/settings"}),
        "settings-profile": (f"{name}_profile.html", {**plain, "form": bare}),
        "settings-profile-preview": (
            f"{name}_profile.html",
            {**profile, "form": form, "preview": seen, "errors": wrong},
        ),
        "settings-appearance": (
            f"{name}_appearance.html",
            {**own, "path": "/settings/appearance", "form": usual},
        ),
        "settings-appearance-other": (
            f"{name}_appearance.html",
            {**own, "path": "/settings/appearance", "form": other, "prefers": other},
        ),
        "settings-letters": (
            f"{name}_letters.html",
            {
                **own,
                "path": "/settings/appearance",
                "letters": WORDS,
                "form": {"j": "W", "k": "W"},
                "errors": {"j": "stands for two things"},
            },
        ),
        "settings-privacy": (
            f"{name}_privacy.html",
            {
                **own,
                **privacy,
                "form": {**reach, **posts, "language": "de"},
                "errors": {"language": "must be a language code such as en or pt-BR"},
            },
        ),
        "settings-push": (f"{name}_notifications.html", {**here, "here": None, "staff": False}),
        "settings-push-on": (f"{name}_notifications.html", {**here, "here": told, "staff": True}),
        "offline": ("offline.html", out),
    }
