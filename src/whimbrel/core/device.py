"""The site as an app on somebody's device: how it presents itself there, and its service worker."""

import hashlib
import json

from . import words
from .pages import Pages
from .words import ENGLISH, say

_SHELL = ("whimbrel.css", "icons.svg", "icon-app.svg")  # all that the page `/offline` needs


def manifest(pages: Pages, title: str, about: str = "", reads: str = ENGLISH) -> bytes:
    """The web app manifest, JSON: how the site looks once put on a home screen.

    Args:
        about: one sentence.
        reads: the language of its words.
    """
    png = {"type": "image/png"}
    icons = [
        {"src": pages.asset(f"icon-{size}.png"), "sizes": f"{size}x{size}", **png}
        for size in (192, 512)
    ]
    vector = {"src": pages.asset("icon-app.svg"), "sizes": "any", "type": "image/svg+xml"}
    masked = {"src": pages.asset("icon-maskable.png"), "sizes": "512x512", **png}
    with words.reading(reads) as language:
        ways = {"/compose": say("Write"), "/notifications": say("Notifications")}
        shortcuts = [
            {"name": language.plain(name), "url": url, "icons": icons[:1]}
            for url, name in ways.items()
        ]
    shared = {"title": "title", "text": "text", "url": "url"}
    return json.dumps(
        {
            "id": "/home",
            "name": title,
            "short_name": title[:12].strip(),
            **({"description": about} if about else {}),
            "lang": language.code,
            "dir": language.direction,
            "start_url": "/home",
            "scope": "/",
            "display": "standalone",
            "background_color": "#eaf0f0",
            "theme_color": "#00627a",
            "icons": [*icons, vector, {**masked, "purpose": "maskable"}],
            "shortcuts": shortcuts,
            "share_target": {"action": "/compose", "method": "GET", "params": shared},
        },
        ensure_ascii=False,
    ).encode()


def worker(pages: Pages) -> bytes:
    """The service worker, with what it keeps for when there is no network."""
    kept = [pages.asset(name) for name in _SHELL]
    name = hashlib.sha256(f"{kept}".encode()).hexdigest()[:12]
    shell = json.dumps({"name": f"whimbrel-{name}", "kept": ["/offline", *kept]})
    script, _ = pages.static_files()[pages.asset("sw.js")]
    return b"const SHELL = %b;\n%b" % (shell.encode(), script)
