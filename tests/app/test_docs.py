"""What the pages under docs/ say of the server, held against the server."""

import re
from pathlib import Path

import pytest

from whimbrel.app.reference import reference
from whimbrel.app.rooms import ROUTES

DOCS = Path(__file__).parents[2] / "docs"
FOR_APPS = ("/api/", "/oauth/", "/.well-known/", "/nodeinfo/")
SPAN = re.compile(r"`([A-Z ]+) (/[^\s`]+)`")

Routes = set[tuple[str, str]]


def router() -> Routes:
    """(method, path) of everything there is for apps."""
    return {
        (method, re.sub(r"\{(\w+?)_?:str\}", r":\1", path))
        for handler in ROUTES
        for path in handler.paths
        if path.startswith(FOR_APPS)
        for method in handler.http_methods - {"OPTIONS"}
    }


def column(number: int) -> Routes:
    """(method, path) of what stands in a column of the table of areas."""
    lines = (DOCS / "apps.md").read_text().split("## Routes by area")[1].splitlines()
    cells = [line.split("|")[number] for line in lines if line.count("|") == 4]
    return {
        (method, path)
        for cell in cells
        for methods, path in SPAN.findall(cell)
        for method in methods.split()
    }


def test_apps_md_lists_every_route_that_is_there():
    """Whoever writes an app would believe that something is missing, or build on what is not."""
    assert column(2) == router()


def test_what_is_planned_is_not_there_yet():
    """A plan that came true and still stands as a plan."""
    assert not column(3) & router()


def test_the_reference_of_settings_is_the_settings():
    """An administrator would set what is no more, or never learn of what is new."""
    assert (DOCS / "configuration.md").read_text() == reference()


@pytest.mark.parametrize(
    "page", sorted(DOCS.parent.glob("*.md")) + sorted(DOCS.rglob("*.md")), ids=str
)
def test_links_between_pages_lead_somewhere(page):
    """A reader who follows a link would stand before nothing."""
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    links += re.findall(r'src="([^":]+)"', page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
