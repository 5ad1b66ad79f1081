"""Search: people, tags and posts. What may be found is asked of the database each time; the index
only narrows down where to look, and holds no words (see `core/search`)."""

from urllib.parse import urlsplit

from whimbrel.accounts.queries import search as people
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.core.app import App
from whimbrel.core.ids import id_of
from whimbrel.core.text import tag_key
from whimbrel.core.tx import Tx

from .indexing import LONGEST_BEGINNING, words
from .queries import search as queries

LOOK = 200  # candidates asked of the index at a time
ROUNDS = 5  # and how often, before a rare word among many private posts is given up


async def find_posts(
    app: App, viewer: Viewer, text: str, *, most: int, offset: int = 0, author: int | None = None
) -> list[int]:
    """Ids of posts that hold all words of `text`, newest first: the viewer's own, those that name
    them, and public ones of people who allow it.

    Args:
        author: only posts of this account.
    """
    known = words(app.db.keyring)
    asked = known.of(text)
    if not asked:
        return []
    if author is not None:
        asked.add(known.facet("author", author))
    reach = [known.facet("public", ""), known.facet("reader", viewer.id)]
    found: list[int] = []
    below = None
    for _ in range(ROUNDS):
        candidates = await app.search.find(asked, reach, below=below, most=LOOK)
        found += await app.db.read(queries.findable, viewer, candidates)
        if len(candidates) < LOOK or len(found) >= offset + most:
            break
        below = candidates[-1]
    return found[offset : offset + most]


def find_people(
    tx: Tx, viewer: Viewer, text: str, most: int, offset: int, following: bool
) -> list[Account]:
    """See `accounts.queries.search.find`; the address of a profile finds whose it is alone."""
    name = _name_at(tx, text)
    if name is None:
        return people.find(tx, viewer.id, text, most=most, offset=offset, following=following)
    found = people.find(tx, viewer.id, name, most=1, offset=offset, following=following)
    return [person for person in found if person.username.lower() == name.lower()]


def _name_at(tx: Tx, address: str) -> str | None:
    """The name in one of our own addresses of a person, if it is one."""
    match _path_of_ours(tx, address):
        case ["", name] if name.startswith("@"):
            return name.removeprefix("@")
        case ["", "users", name]:
            return name
        case _:
            return None


async def find_tags(app: App, text: str, most: int, offset: int) -> list[str]:
    """Tags that begin so and stand in a public post, in order: others would tell of private ones.

    Of a beginning that very many posts share, the tag itself and those that were used last."""
    key = tag_key(text.strip().removeprefix("#"))
    if not key:
        return []
    known = words(app.db.keyring)
    asked = {known.facet("tag", key[:LONGEST_BEGINNING]), known.facet("public", "")}
    found = {key} if await app.db.read(queries.in_public, key) else set()
    below = None
    for _ in range(ROUNDS):
        candidates = await app.search.find(asked, below=below, most=LOOK)
        found |= await app.db.read(queries.tags_on, candidates, key, slow=True)
        if len(candidates) < LOOK or len(found) >= offset + most:
            break
        below = candidates[-1]
    return sorted(found)[offset : offset + most]


def post_at(tx: Tx, address: str) -> int | None:
    """The id in one of our own addresses of a post (page or ActivityPub), if it is one."""
    match _path_of_ours(tx, address):
        case ["", name, number] if name.startswith("@"):
            return id_of(number)
        case ["", "users", _, "statuses", number]:
            return id_of(number)
        case _:
            return None


def _path_of_ours(tx: Tx, address: str) -> list[str]:
    """The path of an address of this server in pieces; empty for anything else."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return []
    ours = f"{parts.scheme}://{parts.netloc}" == tx.instance.origin
    return parts.path.split("/") if ours else []


def posts_after(tx: Tx, last: int, most: int) -> tuple[list[int], int]:
    """Ids of posts in order, and how many are left beside them: for making the index anew."""
    return queries.posts_after(tx, last, most)
