"""Full-text search without the text: an index of keyed words, apart from the main database.

What is stored is a MAC of each word under the server's own secret, so the index is no second copy
of what people wrote: without the keyring it says nothing, and what a deletion leaves in some corner
of a disk is a few hashes. It is derived: never replicated, and made anew by one command."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ..settings import SettingsError
from .sqlite import SqliteIndex
from .words import Words, holds, split

__all__ = ["SearchIndex", "Words", "holds", "open_search", "split"]


class SearchIndex(Protocol):
    """Which posts carry which tokens (see `Words`). Safe to use from many tasks."""

    async def put(self, posts: Mapping[int, Collection[str]]) -> None:
        """Say what these posts are found by; replaces what was said before."""

    async def forget(self, numbers: Sequence[int]) -> None:
        """Drop these, durably, before returning. Absent ones are no error."""

    async def find(
        self,
        all_of: Collection[str],
        any_of: Collection[str] = (),
        none_of: Collection[str] = (),
        *,
        above: int = 0,
        below: int | None = None,
        most: int = 40,
    ) -> list[int]:
        """Up to `most` numbers, highest first, that carry all of `all_of`, one of `any_of` and
        none of `none_of`.

        Args:
            any_of: when empty, nothing more is asked; when `all_of` is empty too, nothing is found.
            above, below: only numbers between these.
        """

    async def clear(self) -> None:
        """Forget everything, before it is made anew."""

    def close(self) -> None:
        """Finish what was accepted and let go."""


def open_search(url: str) -> SearchIndex:
    """The index at `url` (sqlite:///PATH or postgresql://...), made when absent.

    Raises:
        SettingsError: the extra `postgres` is not installed.
    """
    if not url.startswith("postgresql:"):
        return SqliteIndex(Path(url.removeprefix("sqlite:///")))
    # psycopg comes with the extra `postgres` and is not needed by SQLite.
    try:
        from .postgres import PostgresIndex
    except ModuleNotFoundError as missing:
        raise SettingsError(
            f"search_database: needs {missing.name}: pip install 'whimbrel[postgres]'."
        ) from missing
    return PostgresIndex(url)
