"""The site as an app: what a device is told of it, in its language, and what it keeps."""

import json

import pytest

from whimbrel.core.device import manifest, worker
from whimbrel.core.pages import Pages


@pytest.fixture(scope="module")
def site() -> Pages:
    return Pages()


def test_the_manifest_points_at_icons_that_are_there(site):
    """Put on a home screen, the site would be a grey square."""
    told = json.loads(manifest(site, "A very long name for a server"))
    assert len(told["short_name"]) <= 12
    assert {icon["src"] for icon in told["icons"]} <= site.static_files().keys()
    assert "description" not in told


def test_the_manifest_speaks_the_language_of_the_place(site):
    """A menu on a home screen that its owner cannot read."""
    told = json.loads(manifest(site, "Salzwiese", "Am Wasser.", "ar"))
    assert (told["lang"], told["dir"], told["description"]) == ("ar", "rtl", "Am Wasser.")
    english = json.loads(manifest(site, "Salzwiese"))
    assert told["shortcuts"][1]["name"] != english["shortcuts"][1]["name"]


def test_the_worker_keeps_another_shell_when_a_file_of_it_changes(site, tmp_path):
    """Old style under new pages, for as long as the phone lives."""
    first = worker(site)
    (tmp_path / "static").mkdir()
    for name in ("icons.svg", "icon-app.svg", "sw.js"):
        (tmp_path / "static" / name).write_bytes(site.static_files()[site.asset(name)][0])
    style = tmp_path / "static" / "whimbrel"
    style.mkdir()
    (style / "00.css").write_text("p { color: red; }")
    second = worker(Pages(tmp_path))
    assert first.partition(b";\n")[0] != second.partition(b";\n")[0]
    assert first.partition(b";\n")[2] == second.partition(b";\n")[2]
