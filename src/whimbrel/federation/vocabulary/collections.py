"""Lists: what is in them, a page at a time, or only how much."""

from collections.abc import Sequence
from typing import Any


def collection(id_: str, total: int, items: Sequence[Any] | None = None) -> dict[str, Any]:
    """A small one, whole; or its size alone."""
    said: dict[str, Any] = {"id": id_, "type": "Collection", "totalItems": total}
    return said if items is None else {**said, "items": list(items)}


def ordered(
    id_: str, total: int, *, first: str | None = None, items: Sequence[Any] | None = None
) -> dict[str, Any]:
    """One in order: whole, in pages from `first` on, or its size alone."""
    said: dict[str, Any] = {"id": id_, "type": "OrderedCollection", "totalItems": total}
    if first is not None:
        said["first"] = first
    if items is not None:
        said["orderedItems"] = list(items)
    return said


def page(
    id_: str, of: str, items: Sequence[Any], *, after: str | None, in_order: bool = True
) -> dict[str, Any]:
    """A page of one. Args: `after` is the address of the next page."""
    said: dict[str, Any] = {
        "id": id_,
        "type": "OrderedCollectionPage" if in_order else "CollectionPage",
        "partOf": of,
        "orderedItems" if in_order else "items": list(items),
    }
    return said if after is None else {**said, "next": after}
