"""What must be true of a server that died some times and has come to rest, held against what people
were told."""

import asyncio
from collections import Counter, defaultdict
from typing import Any

from folk import FOE, FRIENDS, Journal, Person
from ledger import CONTRADICTIONS
from life import Life
from sqlalchemy import select

from whimbrel.accounts.queries import graph
from whimbrel.core.ids import MAX_ID
from whimbrel.core.native import apsw
from whimbrel.core.tables import jobs, shredded
from whimbrel.core.tx import Tx
from whimbrel.federation.tables import deliveries
from whimbrel.media.tables import files
from whimbrel.posts import queries as posts
from whimbrel.posts.rules import Mark, Post
from whimbrel.posts.tables import posts as table
from whimbrel.timelines import homes, reads
from whimbrel.timelines.rules import AccountFilter, Window

ALL = 10_000


async def settled(life: Life, patience: float) -> None:
    """Return when nothing that was asked for is left to be done."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    while left := await life.db.read(_left):
        assert loop.time() < until, left
        await asyncio.sleep(1)


def _left(tx: Tx) -> list[Any]:
    """Jobs that are due, were begun or have failed, and letters under way. Clocks run on."""
    wanted = (jobs.c.due <= tx.ms) | (jobs.c.tries > 0) | jobs.c.error.is_not(None)
    left: list[Any] = tx.rows(select(jobs.c.task, jobs.c.tries, jobs.c.error).where(wanted))
    return left or tx.rows(select(deliveries.c.letter, deliveries.c.tries))


async def check(life: Life, folk: dict[str, Person]) -> None:
    """Hold the server to every journal."""
    connection = apsw.Connection(str(life.disk.folder / "whimbrel.db"), apsw.SQLITE_OPEN_READONLY)
    _agrees(connection)
    connection.close()
    await life.db.read(_check, life, folk)


def _check(tx: Tx, life: Life, folk: dict[str, Person]) -> None:
    written = {name: _written(tx, person) for name, person in folk.items()}
    alive = {id_ for each in written.values() for id_ in each}
    _homes(tx, folk, written, alive)
    _quarrel(tx, folk)
    for person in folk.values():
        _marks(tx, person, alive)
    for (slot,) in tx.rows(select(shredded.c.slot)):
        assert not life.db.keyring.alive(slot), f"the key in slot {slot} was given up and lives"
    assert life.outside.index.keys() == alive
    _stored(tx, life, folk, alive)
    _sent(life, folk["ada"].journal, alive)


def _agrees(connection: Any) -> None:
    """Nothing contradicts anything else."""
    for what, statement in CONTRADICTIONS.items():
        assert list(connection.execute(statement)) == [], what
    assert list(connection.execute("PRAGMA integrity_check")) == [("ok",)]
    assert list(connection.execute("PRAGMA foreign_key_check")) == []


def _written(tx: Tx, person: Person) -> dict[int, Post]:
    """Somebody's posts: each that was acknowledged is there, once, and says what it was to."""
    journal, viewer = person.journal, person.viewer
    rows = reads.account(tx, viewer, viewer.id, Window(most=ALL), AccountFilter())
    shown = [row[0] for row in rows]
    assert len(shown) == len(set(shown))
    found = {id_: posts.own_post(tx, viewer, id_) for id_ in shown}
    own = {id_: post for id_, post in found.items() if post.boost_of is None}
    missing = journal.posts.keys() - journal.gone - journal.maybe_gone - own.keys()
    assert not missing, f"posts of {person.name} are lost: {missing}"
    back = journal.gone & own.keys()
    assert not back, f"deletions of {person.name} are undone: {back}"
    assert own.keys() <= journal.posts.keys(), f"{person.name} never wrote that"
    for id_, post in own.items():
        assert post.content is not None
        said = post.content.text
        assert said in journal.posts[id_], f"{said!r} of {person.name}, not {journal.posts[id_]}"
        journal.posts[id_] = {said}  # what may have been so is known now
    for id_ in journal.maybe_gone - own.keys():
        journal.gone.add(id_)
    texts = Counter(post.content.text for post in own.values() if post.content)
    assert all(times == 1 for times in texts.values()), texts
    return own


def _homes(
    tx: Tx, folk: dict[str, Person], written: dict[str, dict[int, Post]], alive: set[int]
) -> None:
    """Among friends everything came home, once; and nothing that is gone is in any."""
    stored = dict(tx.rows(select(table.c.id, table.c.boost_of)))
    for name, person in folk.items():
        home = _home(tx, person)
        assert len(home) == len(set(home)), f"twice in the home of {name}"
        assert set(home) <= stored.keys(), f"what is gone is in the home of {name}"
        plain = {id_ for id_ in home if stored[id_] is None}
        assert plain <= alive
        if name in FRIENDS:
            wanted = {id_ for each in FRIENDS for id_ in written[each]}
            assert wanted <= plain, f"{wanted - plain} never came home to {name}"


def _home(tx: Tx, person: Person) -> list[int]:
    rows = homes.page(tx, person.viewer, 0, MAX_ID, ALL, ascending=False) or []
    return [row[0] for row in rows]


def _quarrel(tx: Tx, folk: dict[str, Person]) -> None:
    """A block that was acknowledged holds, and has ended what there was."""
    joe, eve = folk[FOE], folk["eve"]
    there, back = (
        graph.standing(tx, one.viewer.id, other.viewer.id)
        for one, other in ((eve, joe), (joe, eve))
    )
    assert there.blocked in joe.journal.blocks, (there, joe.journal.blocks)
    if there.blocked:
        assert there.follow is None and back.follow is None
        assert not eve.journal.posts.keys() & set(_home(tx, joe))


def _marks(tx: Tx, person: Person, alive: set[int]) -> None:
    """Each boost and favourite as it was acknowledged, and once."""
    me = person.viewer.id
    mine = select(table.c.boost_of).where(table.c.author == me, table.c.boost_of.is_not(None))
    boosted = Counter(row[0] for row in tx.rows(mine))
    assert all(times == 1 for times in boosted.values()), boosted
    rows = reads.marked(tx, person.viewer, Mark.FAVOURITE, Window(most=ALL))
    liked = Counter(row[0] for row in rows)
    for found, said in ((boosted, person.journal.boosted), (liked, person.journal.liked)):
        assert found.keys() <= said.keys()
        for post in said.keys() & alive:
            assert (post in found) in said[post], f"{post} by {person.name}: {said[post]}"


def _stored(tx: Tx, life: Life, folk: dict[str, Person], alive: set[int]) -> None:
    """A file is in the store as long as its post, and no longer."""
    of_posts = {post: key for each in folk.values() for post, key in each.journal.files.items()}
    kept = {row[0] for row in tx.rows(select(files.c.object))}
    used = {key for post, key in of_posts.items() if post in alive}
    assert used <= kept <= life.outside.objects
    assert not ({*of_posts.values()} - used) & life.outside.objects, "a file outlives its post"


def _sent(life: Life, journal: Journal, alive: set[int]) -> None:
    """Whoever is far away and follows heard of each post, and of what became of it last."""
    said: dict[str, list[Any]] = defaultdict(list)
    for letter in life.outside.letters:
        thing = letter["object"]
        said[(thing if isinstance(thing, str) else thing["id"]).rpartition("/")[2]].append(letter)
    for id_, texts in journal.posts.items():
        letters = said[str(id_)]
        if id_ in alive:
            assert letters, f"{id_} was never sent"
            assert letters[-1]["type"] in ("Create", "Update"), letters
            assert all(text in letters[-1]["object"]["content"] for text in texts), letters
        elif letters:
            assert letters[-1]["type"] == "Delete", letters
