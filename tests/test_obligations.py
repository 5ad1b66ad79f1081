"""What the desk has to show is shown by tests that are there."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent.parent
PAGE = HERE / "docs" / "development.md"
TEST = re.compile(r"`(tests/[a-z_/]{1,80}\.py)::(test_\w{1,120})`")


def test_each_of_the_nine_names_a_test_that_is_there_or_a_command():
    """A test that was renamed must not leave a promise that nothing keeps."""
    text = PAGE.read_text().partition("### What the desk is proven by")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d) \| [^|\n]{1,200} \| ([^|\n]{1,600}) \|", text, re.MULTILINE)
    assert [number for number, _ in rows] == [str(n) for n in range(1, 10)]
    assert all(TEST.search(by) or "python -m bench." in by for _, by in rows)
    named = TEST.findall(text)
    assert len(named) > 12
    for file, name in named:
        tree = ast.parse((HERE / file).read_text())
        kinds = ast.FunctionDef | ast.AsyncFunctionDef
        assert name in {each.name for each in tree.body if isinstance(each, kinds)}, (file, name)
