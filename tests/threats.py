"""`script/threats`: runs each test that `threats.toml` names, and prints how each flaw fared."""

import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

HERE = Path(__file__).parent


def table() -> dict[str, dict[str, list[str] | str]]:
    """By part: `tried` (id to tests), `apart` and `open` (id to why)."""
    return tomllib.loads((HERE / "threats.toml").read_text())


def named() -> list[str]:
    """Every test in the table, once, as `file` or `file::name`."""
    return sorted({test for tests in table()["tried"].values() for test in tests})


def main(arguments: list[str]) -> int:
    """Args: for pytest. Returns the exit status: 0 = all of them passed."""
    tests = [f"tests/{test}" for test in named()]
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments, *tests]
        subprocess.run(command, cwd=HERE.parent, stdout=sys.stderr, check=False)
        ended = _ended(report)
    wrong = 0
    for id_, tests in table()["tried"].items():
        for test in tests:
            result = ended.get(test, "not run")
            wrong += result != "passed"
            print(f"{id_:17} {result:9} {test}")  # noqa: T201
    for part in ("apart", "open"):
        for id_, why in table()[part].items():
            print(f"{id_:17} {part:9} {why}")  # noqa: T201
    return 1 if wrong else 0


def _ended(report: Path) -> dict[str, str]:
    """How each test ended, over all its cases: `passed`, `failed` or `skipped`."""
    cases: dict[str, set[str]] = defaultdict(set)
    for case in ElementTree.parse(report).iter("testcase"):
        file = case.get("classname", "").removeprefix("tests.").replace(".", "/") + ".py"
        kinds = {each.tag for each in case}
        end = "failed" if kinds & {"failure", "error"} else "skipped" if kinds else "passed"
        cases[f"{file}::{case.get('name', '').partition('[')[0]}"].add(end)
    return {
        test: next(end for end in ("failed", "passed", "skipped") if end in ends)
        for test, ends in cases.items()
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
