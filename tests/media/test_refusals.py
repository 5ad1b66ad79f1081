"""What is said of a file that cannot be taken is known again, to be translated."""

import ast
from pathlib import Path

import pytest

from whimbrel.core.words import Said, language
from whimbrel.media import process, refusals
from whimbrel.media.process.sniff import WANTED

FOLDER = Path(process.__file__).parent


def _text(node: ast.expr) -> str:
    """A sentence with sevens for numbers, and names for names."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr)
    filled = {"WANTED": WANTED, "what": "TIFF pictures", "form.name": "PNG"}
    return "".join(
        str(part.value)
        if isinstance(part, ast.Constant)
        else filled.get(ast.unparse(part.value), "7")
        for part in node.values
    )


def sentences() -> list[str]:
    """Every one that a file is refused with."""
    found = []
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                given = [*node.args[:1]] if node.func.id == "Invalid" else []
                given += [each.value for each in node.keywords if each.arg == "refused"]
                found += [_text(n) for n in given if isinstance(n, ast.Constant | ast.JoinedStr)]
    return found


@pytest.mark.parametrize("said", sentences())
def test_every_refusal_is_known(said):
    """Whoever reads no English would not learn why their picture is not there."""
    heard = refusals.heard(said)
    assert isinstance(heard, Said) and heard == said
    assert language("de").plain(heard) != said


def test_what_else_a_child_says_stays_text():
    """It has read a stranger's bytes, and may say anything."""
    assert refusals.heard("%(name)s <b>") == "%(name)s <b>"
    assert not isinstance(refusals.heard("Nothing like it"), Said)


def test_the_most_fitting_sentence_is_taken():
    """`%(what)s are not taken here` would swallow those that have words of their own."""
    drawing = refusals.heard(f"SVG drawings are not taken here. {WANTED}")
    assert isinstance(drawing, Said) and drawing.words.startswith("SVG")
