"""Which post a row is about is said by one column, the same everywhere."""

import re
from pathlib import Path

import whimbrel


def test_what_hangs_on_a_post_is_declared_in_one_place():
    """One of the copies would miss ON DELETE one day, and rows about erased posts would stay."""
    folder = Path(whimbrel.__file__).parent
    columns = re.compile(r'"posts\.id",\s*ondelete="CASCADE"')
    found = [
        str(path.relative_to(folder))
        for path in folder.glob("**/tables.py")
        for _ in columns.findall(path.read_text(encoding="utf-8"))
    ]
    assert found == ["posts/tables.py"] * 2  # the helper, and what a boost repeats
