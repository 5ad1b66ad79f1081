"""A long conversation in pieces that fit on a page: branches of branches are folded away behind the
post they hang on, and what is left comes some at a time."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from .queries.thread import ANSWERS

LEVELS = 5  # forks one after the other; what only goes on, post by post, is no fork
LENGTH = 100  # answers of a page


class Piece(NamedTuple):
    """Some answers in their order, as rows of `queries.thread`."""

    rows: list[Any]
    folded: dict[int, int]  # post: how many answers below it are left out
    after: int | None  # the last one here, where there are more to come


def piece(
    subject: int, below: Sequence[Any], after: int | None, levels: int = LEVELS, most: int = LENGTH
) -> Piece:
    """The answers that come after one of them.

    Args:
        below: what answers `subject`, depth first.
        after: the last one of the piece before; None, or one that is gone, means from the start.
    """
    kept, folded = _fold(subject, below, levels)
    start = next((at + 1 for at, row in enumerate(kept) if row[0] == after), 0)
    rows = kept[start : start + most]
    last = rows[-1][0] if start + most < len(kept) else None
    shown = {row[0] for row in rows}
    return Piece(rows, {post: count for post, count in folded.items() if post in shown}, last)


def _fold(subject: int, below: Sequence[Any], levels: int) -> tuple[list[Any], Counter[int]]:
    """The rows that stay, and how many go for each of those that they hang on."""
    answers = Counter(row[ANSWERS] for row in below)
    level = {subject: 0}
    hangs_on: dict[int, int] = {}  # of those that go
    kept, folded = [], Counter[int]()
    for row in below:
        post, parent = row[0], row[ANSWERS]
        level[post] = level.get(parent, 0) + (answers[parent] > 1)
        if parent in hangs_on or level[post] > levels:
            hangs_on[post] = hangs_on.get(parent, parent)
            folded[hangs_on[post]] += 1
        else:
            kept.append(row)
    return kept, folded
