"""`threats.toml` says where each published flaw of servers like this one is tried against ours."""

import ast
import re
from pathlib import Path

import threats

HERE = Path(__file__).parent
IDS = re.compile(r"CVE-20\d\d-\d{4,7}|D(1[0-6]|[1-9])|Akkoma 3\.12")
FLAWS = 110  # 93 with a number, one without, and the sixteen lessons of 2021


def test_every_flaw_has_a_test_that_is_there_or_a_reason():
    """A test that was renamed must not leave a hole that nobody sees."""
    parts = threats.table()
    ids = [id_ for part in parts.values() for id_ in part]
    assert len(ids) == len(set(ids)) == FLAWS
    assert [id_ for id_ in ids if not IDS.fullmatch(id_)] == []
    assert [id_ for part in ("apart", "open") for id_, why in parts[part].items() if not why] == []
    for test in threats.named():
        file, _, name = test.partition("::")
        tree = ast.parse((HERE / file).read_text())
        kinds = ast.FunctionDef | ast.AsyncFunctionDef
        assert name in {each.name for each in tree.body if isinstance(each, kinds)}, test
