"""The files that come with the package: pictures, style, icons. From memory, to be cached."""

from typing import Any

from whimbrel.accounts.serialize import MISSING_AVATAR, MISSING_HEADER
from whimbrel.core import device
from whimbrel.core.app import App
from whimbrel.core.http import Receive, Send, send_bytes
from whimbrel.core.http.compress import IMMUTABLE
from whimbrel.core.words import first

_PLAIN = (b"x-content-type-options", b"nosniff")
_OPEN = (b"access-control-allow-origin", b"*")
_FOREVER = (b"cache-control", IMMUTABLE)
_A_DAY = (b"cache-control", b"public, max-age=86400")
_WORKER = (
    (b"cache-control", b"no-cache"),
    (b"content-security-policy", b"default-src 'none'; connect-src 'self'"),
    _PLAIN,
)

# Addresses that others remember, so that they cannot change with the content.
_NAMED = {
    MISSING_AVATAR: "avatar-missing.png",
    MISSING_HEADER: "header-missing.png",
    "/favicon.ico": "favicon.ico",
    "/static/icon-192.png": "icon-192.png",
    "/static/icon-512.png": "icon-512.png",
}
_ROBOTS = b"User-agent: *\nDisallow: /api/\nDisallow: /auth/\nDisallow: /settings\n"


class Files:
    """Path to file, for all that is served as it is."""

    def __init__(self, app: App) -> None:
        pages = app.pages
        self._held = {
            path: (content, kind.encode(), (_FOREVER, _PLAIN, _OPEN))
            for path, (content, kind) in pages.static_files().items()
        }
        for path, name in _NAMED.items():
            content, kind, _ = self._held[pages.asset(name)]
            self._held[path] = (content, kind, (_A_DAY, _PLAIN, _OPEN))
        here = app.instance
        manifest = device.manifest(pages, here.title, here.description, first(here.languages))
        few = (_A_DAY, _PLAIN, _OPEN)
        self._held["/manifest.webmanifest"] = (manifest, b"application/manifest+json", few)
        self._held["/sw.js"] = (device.worker(pages), b"text/javascript; charset=utf-8", _WORKER)
        self._held["/robots.txt"] = (_ROBOTS, b"text/plain; charset=utf-8", few)

    def __contains__(self, path: str) -> bool:
        return path in self._held

    async def serve(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD for a path that is `in` here."""
        content, kind, headers = self._held[scope["path"]]
        if scope["method"] not in ("GET", "HEAD"):
            allow = ((b"allow", b"GET, HEAD"),)
            await send_bytes(send, 405, b"", allow, b"text/plain; charset=utf-8")
        elif scope["method"] == "HEAD":
            await send_bytes(send, 200, b"", headers, kind)
        else:
            await send_bytes(send, 200, content, headers, kind)
