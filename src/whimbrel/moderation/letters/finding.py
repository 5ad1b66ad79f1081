"""What a letter names, found: by its address, or by the words it quotes."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from whimbrel.accounts.queries import people
from whimbrel.accounts.rules import Account
from whimbrel.core.app import App
from whimbrel.core.ids import id_of
from whimbrel.core.search import Words, holds, split
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import bodies
from whimbrel.posts.render import words_of
from whimbrel.posts.rules import Visibility

from ..queries import letters as queries
from ..queries.letters import Known
from .addresses import Address, Kind
from .reading import Letter

FEWEST_WORDS = 4  # of a passage that is looked for: fewer stand everywhere
CANDIDATES = 200  # posts that a passage is looked for in, the newest
MOST_HITS = 10  # posts with the same passage
_OPEN = (Visibility.PUBLIC, Visibility.UNLISTED)


class Item(NamedTuple):
    """One thing a letter names. Neither post nor account: it is not here (any more), and somebody
    has to look."""

    written: str  # an address, or the passage
    quoted: bool
    post: int | None
    account: int | None

    @property
    def open(self) -> bool:
        """Whether nothing was found for it."""
        return self.account is None


async def find(app: App, letter: Letter) -> list[Item]:
    """What of this letter is here, each thing once: what has an address in its order, then what was
    found by its words alone.

    A passage is looked for in what anybody may read: a letter opens nobody's private messages."""
    items = await app.db.read(addressed, letter.addresses, slow=True)
    met = {item.post for item in items if item.post is not None}
    for passage in letter.quotes:
        found = await _quoted(app, passage)
        hits = [item for item in found if item.post not in met]
        if not found and len(split(passage)) >= FEWEST_WORDS:
            hits = [Item(passage, True, None, None)]
        met |= {item.post for item in hits if item.post is not None}
        items += hits
    return items


def addressed(tx: Tx, named: Iterable[Address]) -> list[Item]:
    """What these addresses lead to. Where something has several, it is one item: the first."""
    named = list(named)
    stored = queries.posts_of(tx, {id_of(value) for value in _of(named, "post")})
    files = queries.files_of(tx, set(_of(named, "media")))
    called = people.handles(tx, [(name, None) for name in _of(named, "profile")])
    actors = people.by_ids(tx, {id_of(value) for value in _of(named, "actor")})
    items: dict[tuple[int | None, int | None] | str, Item] = {}
    for address in named:
        found = _known(address, stored, files, called, actors)
        if found is None:
            items.setdefault(address.written, Item(address.written, False, None, None))
        else:
            item = Item(address.written, False, found.post, found.account)
            items.setdefault((found.post, found.account), item)
    return list(items.values())


def _of(named: Iterable[Address], kind: Kind) -> list[str]:
    return [address.value for address in named if address.kind == kind]


def _known(
    address: Address,
    stored: Mapping[int, Known],
    files: Mapping[str, Known],
    called: Mapping[tuple[str, str | None], Account],
    actors: Mapping[int, Account],
) -> Known | None:
    value = address.value
    if address.kind == "post":
        return stored.get(id_of(value))
    if address.kind == "media":
        return files.get(value)
    who: Account | None = None
    if address.kind == "profile":
        who = called.get((value, None))
    elif address.kind == "actor":
        who = actors.get(id_of(value))
    return None if who is None else Known(None, who.id, None)


async def _quoted(app: App, passage: str) -> list[Item]:
    """Posts with these words side by side."""
    if len(split(passage)) < FEWEST_WORDS:
        return []
    tokens = Words(app.db.keyring).of(passage)
    candidates = await app.search.find(tokens, most=CANDIDATES)
    return await app.db.read(_holding, passage, candidates, slow=True)


def _holding(tx: Tx, passage: str, candidates: list[int]) -> list[Item]:
    found = []
    for body in bodies(tx, candidates, lambda _: False)[0]:
        post, content = body.post, body.post.content
        if content is None or post.visibility not in _OPEN:
            continue
        if holds(words_of(content), passage):
            found.append(Item(passage, True, post.id, post.author))
    return sorted(found, key=lambda item: item.post or 0)[:MOST_HITS]
