"""How heavy a page may be: what a phone on a slow line has to fetch before anything is read."""

import gzip
import re
from pathlib import Path

import page_samples
import whimbrel
from whimbrel.core import statics
from whimbrel.core.pages import Pages

OWN_SCRIPTS = 25_000  # bytes, as they are sent: without their comments
LEAVING = 7_000  # the same, on the page of the recovery kit alone
HOME = 60_000  # bytes by gzip, without pictures that people posted
SCRIPTS = Path(whimbrel.__file__).parent / "static" / "js"


def fetched(pages: Pages, html: str) -> set[str]:
    """The files of ours that a page needs, with all that its scripts ask for."""
    files = pages.static_files()
    needed: set[str] = set()
    waiting = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', html))
    while waiting:
        path = waiting.pop()
        needed.add(path)
        if path.endswith(".js"):
            text = files[path][0].decode()
            waiting |= set(re.findall(r'(?:from|import)[ (]*"(/static/[^"]+)"', text)) - needed
    return needed


def test_our_own_scripts_stay_small():
    """A little more with every wish, and old phones stop answering."""
    sent = {path.name: statics.script(path) for path in SCRIPTS.glob("*.js")}
    sizes = {name: len(script) for name, script in sent.items()}
    assert sum(sizes.values()) <= OWN_SCRIPTS, sizes
    leaving = (SCRIPTS.parent / "leaving").glob("*.js")
    assert sum(len(statics.script(path)) for path in leaving) <= LEAVING
    assert not [name for name, script in sent.items() if b"// " in script]
    for path, (served, _) in Pages().static_files().items():
        if path.rpartition("/")[2] in sent:
            assert len(re.sub(rb'"/static/\w+/', b'"./', served)) <= len(sent[Path(path).name]), (
                path
            )


def test_home_is_light():
    """On a slow line every second of waiting loses people."""
    pages = Pages()
    template, context = page_samples.every_page()["home"]
    html = pages.render(template, **context)
    needed = fetched(pages, html.decode())
    assert any(path.endswith("/htmx.js") for path in needed)
    sent = {path: len(gzip.compress(pages.static_files()[path][0], 6)) for path in needed}
    sent["the page"] = len(gzip.compress(html, 6))
    big = {path: size for path, size in sent.items() if not path.endswith(".png")}
    assert sum(big.values()) <= HOME, big


def test_nothing_but_the_style_holds_up_the_first_words():
    """A script in the way, and a page is white until it came."""
    pages = Pages()
    for name, (template, context) in page_samples.every_page().items():
        html = pages.render(template, **context).decode()
        # The staff's have a second; what is counted of their work is shown as they see it.
        most = 2 if template.startswith(("admin", "transparency")) else 1
        assert html.count('rel="stylesheet"') <= most, name
        for script in re.findall(r"<script\b[^>]*>", html):
            assert 'type="module"' in script, (name, script)
