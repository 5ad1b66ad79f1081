"""What others wrote and we send to every browser: what they published, and free to be sent."""

import hashlib
import json
from pathlib import Path

import pytest

import whimbrel

FOLDER = Path(whimbrel.__file__).parent / "static" / "vendor"
LISTED = json.loads((FOLDER / "vendored.json").read_text())


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: entry["file"])
def test_what_is_vendored_is_what_was_published(entry):
    """A changed byte in a script that every page runs would own every account here."""
    content = (FOLDER / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert entry["version"].encode() in content
    assert entry["source"].startswith("https://registry.npmjs.org/")
    assert entry["licence"] and (FOLDER / entry["licence_file"]).read_text()


def test_nothing_is_vendored_that_is_not_listed():
    """A file nobody remembers would stay unpatched for years."""
    listed = {name for entry in LISTED for name in (entry["file"], entry["licence_file"])}
    assert {path.name for path in FOLDER.iterdir()} == listed | {"vendored.json"}


def test_no_template_asks_htmx_to_run_text_as_a_script():
    """The policy would stop it, and the control would be dead for everybody."""
    templates = Path(whimbrel.__file__).parent / "templates"
    for page in sorted(templates.rglob("*.html")):
        text = page.read_text()
        for forbidden in ("hx-on", '"js:', "'js:", "javascript:", " style="):
            assert forbidden not in text, (page.name, forbidden)
