"""The files that pages refer to: style, scripts, pictures. Their addresses say what is in them."""

import hashlib
import re
from pathlib import Path

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
    ".webmanifest": "application/manifest+json",
}
VENDORED = "vendor"  # the folder of what others wrote: it is sent as it came
_COMMENT = re.compile(rb"^[ \t]*// .*\n|[ \t]+// .*$", re.MULTILINE)
_IMPORT = re.compile(rb'((?:from|import)[ (]*)"\.\.?/(?:\w+/)?([\w.-]+\.js)"')


def script(path: Path) -> bytes:
    """A module without its comments, which are for who reads it here."""
    found = path.read_bytes()
    return found if path.parent.name == VENDORED else _COMMENT.sub(b"", found)


def read(folder: Path) -> tuple[dict[str, str], dict[str, tuple[bytes, str]]]:
    """Name to address, and address to (content, type), of every file in the folder.

    Style in a folder of it is sent as one file: its parts joined, by name. Scripts in one are
    modules: each is sent by itself, without its comments, and asks for the others by their
    addresses.
    """
    assets: dict[str, str] = {}
    files: dict[str, tuple[bytes, str]] = {}
    modules = {path.name: path for path in sorted(folder.glob("*/*.js"))}

    def keep(name: str, content: bytes) -> str:
        address = f"/static/{hashlib.sha256(content).hexdigest()[:12]}/{name}"
        assets[name] = address
        files[address] = (content, TYPES[Path(name).suffix])
        return address

    def module(name: str) -> str:
        """Those it asks for come first: their addresses are part of its content."""
        return assets.get(name) or keep(name, _IMPORT.sub(addressed, script(modules[name])))

    def addressed(asked: re.Match[bytes]) -> bytes:
        return b'%b"%b"' % (asked[1], module(asked[2].decode()).encode())

    for path in sorted(folder.iterdir()):
        if path.is_file():
            keep(path.name, path.read_bytes())
        elif parts := sorted(path.glob("*.css")):
            keep(f"{path.name}.css", b"".join(part.read_bytes() for part in parts))
    for name in modules:
        module(name)
    return assets, files
