"""People who write, edit, delete, boost, like and block while the server dies under them, each with
a journal of what they were told."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from random import Random
from typing import Any

from whimbrel.accounts import block
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import NotFound, Unavailable
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.media import queries as uploads
from whimbrel.media.rules import File, MediaRow
from whimbrel.posts import boost, delete, edit, marks, publish
from whimbrel.posts.queries import writing
from whimbrel.posts.rules import Draft, Mark, Visibility

FRIENDS = ("ada", "bob", "eve")  # follow each other; whoever of elsewhere follows follows ada
FOE = "joe"  # followed by eve and follows her, until he blocks her
NAMES = (*FRIENDS, FOE)
HOUR = 3_600_000  # ms
OPEN = (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.PRIVATE)


class Journal:
    """What somebody knows: by acknowledgement, or else what may be."""

    def __init__(self) -> None:
        self.posts: dict[int, set[str]] = {}  # id: the texts it may have
        self.levels: dict[int, Visibility] = {}
        self.files: dict[int, str] = {}  # post: its object
        self.gone: set[int] = set()  # deletion acknowledged
        self.maybe_gone: set[int] = set()
        self.boosted: dict[int, set[bool]] = {}
        self.liked: dict[int, set[bool]] = {}
        self.blocks: set[bool] = {False}
        self.unanswered: dict[str, Draft] = {}  # by Idempotency-Key


class Person:
    """One of them, in one life of the server after the other."""

    def __init__(self, name: str, viewer: Viewer, others: dict[str, "Person"]) -> None:
        self.name, self.viewer, self.others = name, viewer, others
        self.journal = Journal()
        self._words = count()

    async def live(self, life: Any, chance: Random) -> None:
        """Act until it is over. What is not heard of was not acknowledged."""
        while True:
            await asyncio.sleep(chance.expovariate(12))
            try:
                await self._act(life, chance)
            except Unavailable:
                life.told(f"{self.name} is refused")

    async def _act(self, life: Any, chance: Random) -> None:
        mine = [p for p in self.journal.posts if p not in self._gone()]
        fate = chance.random()
        if self.name == FOE:
            await self._quarrel(life, not chance.getrandbits(1))
        elif fate < 0.4 or not mine:
            await self._publish(life, chance)
        elif fate < 0.6:
            await self._edit(life, chance.choice(mine))
        elif fate < 0.75:
            await self._delete(life, chance.choice(mine))
        else:
            await self._answer(life, chance, boosts=fate < 0.9)

    def _gone(self) -> set[int]:
        return self.journal.gone | self.journal.maybe_gone

    async def _do(self, life: Any, fn: Callable[..., Any], *args: Any) -> Any:
        life.told(f"{self.name} {fn.__name__} {args[:1]}")
        made = await life.do(fn, self.viewer, *args)
        life.told(f"{self.name} heard of {fn.__name__}")
        return made

    async def _publish(self, life: Any, chance: Random) -> None:
        text = f"{self.name} {next(self._words)}"
        draft = Draft(text=text, visibility=chance.choice(OPEN), idempotency_key=text)
        if chance.random() < 0.2:
            object_ = f"object of {text}"
            await life.outside.keep(object_)
            id_ = await self._do(life, uploaded, object_)
            draft = Draft(
                text=text, visibility=draft.visibility, idempotency_key=text, media=(id_,)
            )
        self.journal.unanswered[text] = draft
        await self._send(life, draft)

    async def _send(self, life: Any, draft: Draft) -> None:
        journal = self.journal
        post = await self._do(life, publish.publish, draft)
        assert draft.idempotency_key is not None
        del journal.unanswered[draft.idempotency_key]
        journal.posts[post.id], journal.levels[post.id] = {draft.text}, post.visibility
        if draft.media:
            journal.files[post.id] = f"object of {draft.text}"

    async def retry(self, life: Any) -> None:
        """What an app does with a post it heard nothing of."""
        for draft in list(self.journal.unanswered.values()):
            await self._send(life, draft)

    async def _edit(self, life: Any, post: int) -> None:
        if post in self.journal.files:
            return
        text = f"{self.name} {next(self._words)}, edited"
        with may_be(life, self.journal.posts[post], text):
            await self._do(life, edit.edit, post, Draft(text=text))

    async def _delete(self, life: Any, post: int) -> None:
        self.journal.maybe_gone.add(post)
        try:
            await self._do(life, delete.delete, post, True)
        except Unavailable:
            if not life.broken:  # it was said that nothing was changed, and so it is
                self.journal.maybe_gone.discard(post)
            raise
        self.journal.maybe_gone.discard(post)
        self.journal.gone.add(post)

    async def _answer(self, life: Any, chance: Random, *, boosts: bool) -> None:
        """Boost or like what a friend wrote, or take that back."""
        friend = self.others[chance.choice([each for each in FRIENDS if each != self.name])]
        known = sorted(friend.journal.posts.keys() - friend._gone())
        open_ = [p for p in known if friend.journal.levels[p] is not Visibility.PRIVATE]
        if not open_:
            return
        post, wanted = chance.choice(open_), chance.random() < 0.7
        said = (self.journal.boosted if boosts else self.journal.liked).setdefault(post, {False})
        with suppress(NotFound), may_be(life, said, wanted):  # its author may be faster
            if boosts:
                await self._do(life, boost.boost if wanted else boost.unboost, post)
            else:
                await self._do(life, marks.mark if wanted else marks.unmark, post, Mark.FAVOURITE)

    async def _quarrel(self, life: Any, wanted: bool) -> None:
        eve = self.others["eve"].viewer.id
        with may_be(life, self.journal.blocks, wanted):
            await self._do(life, block.block if wanted else block.unblock, eve)


@contextmanager
def may_be(life: Any, said: set[Any], value: object) -> Iterator[None]:
    """Something is asked for: until it is answered it may be so or not, then it is; and where it is
    refused, nothing was changed, unless the disk broke over it."""
    before = set(said)
    said.add(value)
    try:
        yield
    except Unavailable:
        if not life.broken:
            said.intersection_update(before)
        raise
    said.intersection_update({value})


def uploaded(tx: Tx, viewer: Viewer, object_: str) -> int:
    """A picture of theirs that was converted and is in the store, waiting for a post."""
    id_ = new_id(tx.now)
    row = MediaRow(
        id=id_,
        account=viewer.id,
        post=None,
        kind="image",
        state="working",
        error=None,
        meta="{}",
        blurhash=None,
        focus=(0.0, 0.0),
        alt=None,
        slot=tx.slot(),
        author_slot=writing.writer(tx, viewer.id).slot,
        purpose="post",
        kept_until=tx.ms + HOUR,
    )
    uploads.add(tx, row)
    file = File(
        token=f"token of {object_}",
        variant="original",
        name="original.png",
        mime="image/png",
        size=99,
        object=object_,
    )
    uploads.make_ready(tx, id_, "image", "{}", None, [file])
    return id_
