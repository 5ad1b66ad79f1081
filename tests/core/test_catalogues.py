"""Every word that people read is in the catalogues, in every language of ours, whole."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from jinja2 import Environment, nodes

from whimbrel.core import words

ROOT = Path(__file__).parent.parent.parent
SRC = ROOT / "src" / "whimbrel"
TEMPLATES = sorted((SRC / "templates").glob("**/*.html"))
SPOKEN = {"alt", "aria-description", "aria-label", "label", "placeholder", "title"}
PREVIEWED = {"og:title", "og:description", "og:image:alt"}
UNSPOKEN = {"script", "style", "code", "kbd"}
NO_WORDS = {"UTC", "ALT", "CSV", "MB", "Enter", "Esc"}  # the same in every language
A_SENTENCE = re.compile(r"^[A-Z][a-z]+\b(?!/)|[a-z]{2} [a-z]+ [a-z]{2}.*[.?!…]$")
CLASSES = {"shell", "width"}  # blocks that hold a class
ATTRIBUTE = re.compile(r'[\w-]+="[^"]*"')  # of a macro that says what stands in a tag
HELD = "\x00"  # what stands where a template says something itself
WEB = sorted(path for path in SRC.rglob("*.py") if "web" in (path.stem, path.parent.name))
CODE = re.compile(r"[a-z_]*")  # for programs
SHOWN = {"notice", "error", "title", "words"}  # values of pages that are words


@pytest.fixture(scope="module")
def catalogues() -> ModuleType:
    """`script/catalogues.py`, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("catalogues", ROOT / "script" / "catalogues.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_catalogues_are_those_of_the_code(catalogues):
    """A word that was changed would be English again in the middle of a page, unnoticed."""
    assert catalogues.stale() == [], "run script/words, and translate what is new"


def test_every_word_is_translated(catalogues):
    """Half a page in another language; a placeholder that is wrong breaks it altogether."""
    wrong = [
        fault for path in catalogues.files() for fault in catalogues.faults(catalogues.read(path))
    ]
    assert not wrong, "\n".join(wrong)


def test_each_language_has_its_catalogue(catalogues):
    """It would be offered in the settings, and every page would fail."""
    assert {path.stem for path in catalogues.files()} == words.NAMES.keys() - {words.ENGLISH}


class Visible(HTMLParser):
    """The words of a page that stand in it literally: in sight, or in a name that is read out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.inside.append(tag)
        for name, value in attrs:
            spoken = name in SPOKEN or (name == "content" and given.get("property") in PREVIEWED)
            if spoken:
                self.look(value or "")

    def handle_endtag(self, tag: str) -> None:
        while tag in self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not UNSPOKEN & set(self.inside[-1:]):
            self.look(data)

    def look(self, text: str) -> None:
        said = set(re.findall(r"[^\W\d_]{2,}", ATTRIBUTE.sub("", text))) - NO_WORDS
        if said:
            self.found.append(text.replace(HELD, "…").strip())


def _in_sight(site: Environment, source: str) -> str:
    """The HTML of a template, without what it says itself, classes, and the insides of tags."""
    html, statement, inside = "", ["", ""], False
    for _, kind, text in site.lex(source):
        if kind == "block_end":
            inside = (inside and "endset" not in statement) or (
                statement[1] == "set" and "=" not in statement
            )
        if kind.endswith("_begin"):
            html += " " if html.rfind("<") > html.rfind(">") else HELD
            statement = [kind]
        elif kind == "data" and not (inside or CLASSES & set(statement)):
            html += text
        elif kind not in ("data", "whitespace"):
            statement.append(text)
    return html


def in_sight(path: Path) -> Iterator[str]:
    """Words of a template that are not in any `_()`."""
    source, site = path.read_text(encoding="utf-8"), Environment(autoescape=True)
    yield from Visible(_in_sight(site, source)).found
    tree = site.parse(source)
    asked = {
        id(inner)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "ngettext")
        for inner in call.find_all(nodes.Const)
    }
    for const in tree.find_all(nodes.Const):
        if (
            isinstance(const.value, str)
            and id(const) not in asked
            and const.value not in NO_WORDS
            and A_SENTENCE.search(const.value)
        ):
            yield const.value


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_say_nothing_outside_the_catalogues(path):
    """Whoever does not read English would meet it there, for ever."""
    assert list(in_sight(path)) == [], 'put it into _("...")'


def test_the_test_would_notice(tmp_path):
    """A test that looks past what it is for is none."""
    page = tmp_path / "page.html"
    page.write_text(
        '<p title="Hello there">Good {{ _("day") }}</p>{{ way("/x", "icon", "Home") }}'
        '<img alt="{{ _("A bird") }}"><code>whimbrel</code>{# A note #}<p>{{ name }} · 3</p>'
    )
    assert list(in_sight(page)) == ["Hello there", "Good …", "Home"]


def _literal(node: ast.expr) -> bool:
    """Whether this is words as they stand, not ones marked by `say`."""
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.IfExp):
        return _literal(node.body) or _literal(node.orelse)
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and not CODE.fullmatch(node.value)
    )


@pytest.mark.parametrize("path", WEB, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_pages_are_given_words_that_are_marked(path):
    """`notice="Saved."` would be English on every page."""
    wrong = [
        f"{path.name}:{keyword.value.lineno}: {keyword.arg}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in SHOWN and _literal(keyword.value)
    ]
    assert not wrong, "mark it: say('...')"
