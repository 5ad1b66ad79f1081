"""What was found in a letter, for people to read in a terminal."""

from collections.abc import Iterator, Sequence

from whimbrel.core.settings import Instance

from .finding import Item
from .reading import Letter


def told(letter: Letter, items: Sequence[Item], instance: Instance) -> Iterator[str]:
    """Lines of text: from whom it is, by when, what is here, and what somebody has to look at."""
    head = letter.opened
    sender = " ".join(filter(None, (head.name, head.sender and f"<{head.sender}>")))
    for name, value in (("from", sender), ("subject", head.subject), ("ref", head.reference)):
        if value:
            yield f"{name:8} {value}"
    for moment in letter.deadlines:
        yield f'due      {moment.due:%Y-%m-%d %H:%M} UTC?  "{moment.words}"'
    if not letter.deadlines:
        yield "due      It names no moment: 24 hours are to be taken."
    here = [item for item in items if not item.open]
    for item in here:
        yield f"{_kind(item):8} {_address(item, instance)}{_quote(item)}"
    for item in items:
        if item.open:
            yield f"not here {_quote(item).strip() if item.quoted else item.written}"
    if head.pictures:
        yield f"look     {len(head.pictures)} pictures are in it"
    for part in head.unread:
        yield f"look     not read: {part}"
    yield f"{len(here)} found, {len(items) - len(here)} not here."


def _kind(item: Item) -> str:
    return "person" if item.post is None else "post"


def _address(item: Item, instance: Instance) -> str:
    if item.post is None:
        return f"{instance.origin}/ap/users/{item.account}"
    return f"{instance.origin}/ap/users/{item.account}/statuses/{item.post}"


def _quote(item: Item) -> str:
    return f'  "{item.written}"' if item.quoted else ""
