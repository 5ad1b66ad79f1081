"""What the desk has to show is shown by tests that are there; the first of it in a small form."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import services

HERE = Path(__file__).parent.parent
PAGE = HERE / "docs" / "development.md"
SHIFT = (sys.executable, "-m", "bench.shift", "--reports", "70", "--graver", "20")
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


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_nothing_urgent_is_late_with_three_at_the_desk(
    engine: str, request: pytest.FixtureRequest
) -> None:
    """Proof obligation 1, small: the whole is `python -m bench.shift`, 26,000 reports. Three people
    at the pages of a real server, whose clock goes on for a week."""
    said = subprocess.run(
        [*SHIFT, "--database", services.database(request, engine)],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert said.returncode == 0, (said.stdout[-2000:], said.stderr[-2000:])
    print(said.stdout)  # noqa: T201
    late = dict(re.findall(r"^(\w\d) +\d+ +(\d+) ", said.stdout, re.MULTILINE))
    assert {late[klass] for klass in ("L0", "V1", "H1")} == {"0"}
