"""Values of reports."""

from typing import Literal

import msgspec

Category = Literal["spam", "legal", "violation", "other"]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report as stored, with the comment unsealed."""

    id: int
    account: int
    target: int
    category: Category
    comment: str
    posts: tuple[int, ...]
    rules: tuple[str, ...]
    forward: bool
    resolved_at: int | None = None  # ms
