"""Search: people, tags and posts. What may be found is asked of the database each time; the index
only narrows down where to look, and holds no words (see `core/search`)."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from whimbrel.accounts.queries import people as accounts
from whimbrel.accounts.rules import STRANGER, Viewer
from whimbrel.core.app import App
from whimbrel.core.ids import id_of
from whimbrel.core.search import Words, holds, split
from whimbrel.core.settings import Instance
from whimbrel.core.text import tag_key
from whimbrel.core.tx import Tx
from whimbrel.posts import serialize
from whimbrel.posts.queries import cards_of
from whimbrel.posts.views import tag_as_written

from . import operators
from .indexing import LONGEST_BEGINNING, words
from .operators import END, Asked
from .queries import search as queries
from .queries.search import Tagged
from .serialize import EMPTY, Shown, shown

LONGEST = 500  # characters of a question; what follows is not looked for
SPARE = 2  # candidates more than a page has, for those that are not found after all
NEAR = 60  # candidates that are looked at where the question is asked
LOOK = 200  # candidates asked of the index at a time, as long as that was not enough
FAR = 1000  # and how many in vain, before a rare word among many hidden posts is given up
ROUNDS = 5


class Part(NamedTuple):
    """Which part of what is found: `most` after the first `offset`, with ids between the two, and
    of one author, if any."""

    most: int
    offset: int = 0
    author: int | None = None
    low: int = 0
    high: int | None = None


class _Wanted(NamedTuple):
    """What the index is asked for, and what is looked at afterwards."""

    all_of: frozenset[str]
    any_of: list[str]
    none_of: frozenset[str]
    low: int
    high: int
    phrases: tuple[str, ...]
    not_phrases: tuple[str, ...]
    asked: Asked


async def find_posts(app: App, viewer: Viewer, text: str, part: Part) -> Shown:
    """Posts that are as `text` says (see `operators`), newest first: the viewer's own, those that
    name them or that they did something with, and public ones of people who allow it."""
    wanted = await _wanted(app, viewer, operators.read(text[:LONGEST]), part)
    if wanted is None:
        return EMPTY
    end = part.offset + part.most
    found: list[Any] = []
    below, look, seen = wanted.high, min(end + SPARE, LOOK), 0
    while True:
        candidates = await app.search.find(
            wanted.all_of, wanted.any_of, wanted.none_of, above=wanted.low, below=below, most=look
        )
        seen += len(candidates)
        last = len(candidates) < look or seen >= end + FAR
        # Phrases have to be read in the posts, and a long look takes its time: not for the loop.
        near = look <= NEAR and not (wanted.phrases or wanted.not_phrases)
        read = app.db.look if near else partial(app.db.read, slow=True)
        found, page = await read(_add, viewer, wanted, part, found, candidates, last)
        if page is not None:
            return page
        below, look = candidates[-1], min(2 * look, LOOK)


def _add(
    tx: Tx,
    viewer: Viewer,
    wanted: _Wanted,
    part: Part,
    found: list[Any],
    candidates: list[int],
    last: bool,
) -> tuple[list[Any], Shown | None]:
    """`found`, with what may be found of the candidates; and the page, as soon as it is whole."""
    spans = wanted.asked.not_during
    if spans:
        candidates = [
            id_ for id_ in candidates if not any(begin <= id_ >> 16 < end for begin, end in spans)
        ]
    rows = queries.found(tx, viewer, candidates, wanted.asked.reach)
    if rows and (wanted.phrases or wanted.not_phrases):
        rows = _with_phrases(tx, wanted, rows)
    found = found + rows if found else rows
    end = part.offset + part.most
    if not last and len(found) < end:
        return found, None
    return found, shown(tx, viewer, found[part.offset : end])


def _with_phrases(tx: Tx, wanted: _Wanted, rows: list[Any]) -> list[Any]:
    said = serialize.words(tx, rows)
    return [
        row
        for row in rows
        if row[0] in said
        and all(holds(said[row[0]], each) for each in wanted.phrases)
        and not any(holds(said[row[0]], each) for each in wanted.not_phrases)
    ]


async def _wanted(app: App, viewer: Viewer, asked: Asked, part: Part) -> _Wanted | None:
    """As tokens; None where nothing is asked or nothing can be found."""
    known = words(app.db.keyring)
    whole = " ".join((*asked.words, *asked.phrases))
    all_of = known.asked(whole) | {known.facet(*each) for each in asked.facets}
    single = [each for each in asked.not_words if len(split(each)) == 1]
    none_of = known.asked(" ".join(single)) | {known.facet(*each) for each in asked.not_facets}
    low = max(part.low, (asked.since << 16) - 1)
    high = min(asked.until << 16, asked.until << 16 if part.high is None else part.high)
    authors = set() if part.author is None else {part.author}
    not_phrases = tuple(each for each in asked.not_words if len(split(each)) > 1)
    rest = (asked.people, asked.not_people, asked.not_during, asked.since, asked.until < END)
    if not any((all_of, none_of, not_phrases, authors, *rest, asked.reach != "all")):
        return None
    if asked.people or asked.not_people:
        ids = await app.db.look(_authors, viewer, {*asked.people, *asked.not_people})
        authors |= {ids.get(name, -1) for name in asked.people}
        none_of |= {known.facet("author", ids[name]) for name in asked.not_people if name in ids}
    if len(authors) > 1 or low >= high:
        return None
    return _Wanted(
        all_of | {known.facet("author", author) for author in authors},
        _reach(known, asked, viewer),
        none_of,
        low,
        high,
        tuple(each for each in asked.phrases if split(each)),
        not_phrases,
        asked,
    )


def _reach(known: Words, asked: Asked, viewer: Viewer) -> list[str]:
    open_, near = known.facet("open", ""), known.facet("reader", viewer.id)
    return {"all": [open_, near], "public": [open_], "library": [near]}[asked.reach]


def _authors(tx: Tx, viewer: Viewer, names: set[str]) -> dict[str, int]:
    """Those of these people that are known here, by how they were called."""
    pairs = {name: name.partition("@")[::2] for name in names}
    met = accounts.handles(tx, [(name, domain) for name, domain in pairs.values()])
    found = {name: met[pair].id for name, pair in pairs.items() if pair in met}
    return found | ({operators.ME: viewer.id} if operators.ME in names else {})


async def find_tags(app: App, text: str, most: int, offset: int) -> list[Tagged]:
    """Tags that begin so and stand in a public post, in order: others would tell of private ones.

    Of a beginning that very many posts share, the tag itself and those that were used last."""
    key = tag_key(text.strip().removeprefix("#"))
    if not key:
        return []
    known = words(app.db.keyring)
    asked = {known.facet("tag", key[:LONGEST_BEGINNING]), known.facet("public", "")}
    found = {each.name: each for each in await app.db.read(queries.in_public, key)}
    below = None
    for _ in range(ROUNDS):
        candidates = await app.search.find(asked, below=below, most=LOOK)
        more = await app.db.read(queries.tags_on, candidates, key, slow=True)
        found = {each.name: each for each in more} | found
        if len(candidates) < LOOK or len(found) >= offset + most:
            break
        below = candidates[-1]
    return [found[name] for name in sorted(found)[offset : offset + most]]


def spelled(tx: Tx, found: Sequence[Tagged]) -> list[str]:
    """Each of these tags as people write it, BirdWatch and not birdwatch."""
    folded = [each.post for each in found if each.written == each.name]
    body = serialize.page(tx, STRANGER, cards_of(tx, STRANGER, sorted(set(folded), reverse=True)))
    return [
        tag_as_written(body, each.name) if each.written == each.name else each.written
        for each in found
    ]


class Abroad(NamedTuple):
    """What another server was asked for: somebody or a post, by our id; 0 = none."""

    account: int = 0
    post: int = 0


async def abroad(app: App, text: str) -> Abroad:
    """Who is meant by the handle of somebody elsewhere, or what by an address of another server,
    asked of it where nobody here met it yet."""
    if text.startswith(f"{app.instance.origin}/") or len(text) > LONGEST or app.abroad is None:
        return Abroad()
    address = text.startswith(("https://", "http://"))
    if not address and "@" not in text.removeprefix("@"):
        return Abroad()
    found = await app.abroad(app, text)
    return Abroad() if found is None else Abroad(**{found[0]: found[1]})


def post_at(instance: Instance, address: str) -> int | None:
    """The id in one of our own addresses of a post (page or ActivityPub), if it is one."""
    match _path_of_ours(instance, address):
        case ["", name, number] if name.startswith("@"):
            return id_of(number)
        case ["", "users", _, "statuses", number] | ["", "ap", "users", _, "statuses", number]:
            return id_of(number)
        case _:
            return None


def _path_of_ours(instance: Instance, address: str) -> list[str]:
    """The path of an address of this server in pieces; empty for anything else."""
    if not address.startswith(instance.origin):
        return []
    try:
        parts = urlsplit(address)
    except ValueError:
        return []
    ours = f"{parts.scheme}://{parts.netloc}" == instance.origin
    return parts.path.split("/") if ours else []


def posts_after(tx: Tx, last: int, most: int) -> tuple[list[int], int]:
    """Ids of posts in order, and how many are left beside them: for making the index anew."""
    return queries.posts_after(tx, last, most)
