"""One letter to one inbox: signed, knocked twice if need be, and what the answer means."""

import asyncio
import random
from collections import OrderedDict
from enum import Enum
from typing import NamedTuple

import msgspec

from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.fetch import Answer, Unreachable
from whimbrel.core.keyring import Shredded
from whimbrel.media import links

from . import keys, signatures, synchronize
from .outgoing import compose
from .queries import letters
from .rules import Kind, Style, origin_of
from .signatures import proofs
from .signatures.message import request_to

# seconds to the next try
LADDER = (60, 300, 1800, 7200, 21_600, 43_200, 86_400, 172_800)
TYPE = "application/activity+json"
MOST_READY = 64
TURNS = 4  # of the loop for each signature: whoever reads here has the others
FRESH = 60_000  # ms: so long a letter is not composed anew
_AGAIN = (401, 408, 425)  # of 4xx: these may be another answer later
_AWAY = (429, 502, 503, 504)


class Outcome(Enum):
    """What became of a delivery."""

    TAKEN = "taken"
    REFUSED = "refused"  # and will be
    OVER = "over"  # there is nothing to send any more
    GONE = "gone"  # nobody is behind that inbox
    LATER = "later"  # it answers, but not well: perhaps not for this one alone
    SILENT = "silent"  # it does not answer, or says that it cannot


class Ready(NamedTuple):
    """A letter with all that it takes to send it."""

    body: bytes  # links to files that not everybody may see are put in for each server
    keys: signatures.PrivateKeys
    key_id: str
    owner: int
    at: int  # ms
    # by server, who follows there: sent with what is for followers alone
    digests: dict[str, str] | None = None


class Sent(NamedTuple):
    """An outcome, and in which style the server took the signature."""

    outcome: Outcome
    style: Style | None = None
    wait: int = 0  # seconds that it asks us to
    owner: int = 0  # who signed it


def wait_after(failures: int) -> int:
    """Milliseconds to the next try after so many; never all at the same time."""
    seconds = LADDER[min(max(failures, 1), len(LADDER)) - 1]
    return int(1000 * seconds * random.uniform(0.8, 1.2))


class Sender:
    """Composes each letter once, however many inboxes it goes to, and signs one in some turns of
    the loop: a signature takes 0.3 ms and, in a thread too, lets nobody else run meanwhile."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._ready: OrderedDict[int, asyncio.Task[Ready | None]] = OrderedDict()
        self._pen = asyncio.Lock()

    async def send(self, letter: int, inbox: str, known: Style | None) -> Sent:
        """POST a letter to an inbox.

        Args:
            known: how its server takes signatures, if we know; else both ways are tried.
        """
        ready = await self._get(letter)
        if ready is None:
            return Sent(Outcome.OVER)
        first = known or Style.RFC9421
        second = Style.DRAFT if first is Style.RFC9421 else Style.RFC9421
        try:
            style = first
            answer, wish = await self._post(ready, inbox, style)
            if wish is not None:
                style = Style.RFC9421
                answer, _ = await self._post(ready, inbox, style, wish)
            if answer.status in (400, 401):
                style = second
                answer, _ = await self._post(ready, inbox, style)
        except Unreachable:  # or refused: whatever its name leads to now, it may be right again
            return Sent(Outcome.SILENT)
        return _meaning(answer, style)._replace(owner=ready.owner)

    async def _post(
        self, ready: Ready, inbox: str, style: Style, wish: signatures.Wish | None = None
    ) -> tuple[Answer, signatures.Wish | None]:
        """The answer, and how it asks to be signed to. Args: `wish`: how it asked before."""
        if self._app.fetcher is None:
            raise Unreachable
        given = {"content-type": TYPE, "accept": TYPE}
        if ready.digests is not None:
            digest = ready.digests.get(origin_of(inbox))
            origin = self._app.instance.origin
            given[synchronize.NAME] = synchronize.header(origin, ready.owner, digest)
        now = self._app.db.env.clock().timestamp()
        body = ready.body
        if links.has_gaps(body):
            ms = int(now * 1000)
            body = links.filled(self._app.db.keyring, body, origin_of(inbox), ms)
        request = request_to("POST", inbox, body, given)
        async with self._pen:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            headers = keys.sign(style, request, ready.keys, ready.key_id, now, wish)
            await asyncio.sleep(0)  # nor is it sent in the same turn
        answer = await self._app.fetcher.post(inbox, body, headers=headers, most=1 << 16)
        return answer, signatures.wished(answer.headers, request) if answer.status == 401 else None

    async def _get(self, letter: int) -> Ready | None:
        """A letter, composed; whoever wants the same meanwhile waits for the same."""
        now = int(self._app.db.env.clock().timestamp() * 1000)
        task = self._ready.get(letter)
        if task is None or _is_old(task, now):
            task = asyncio.create_task(self._compose(letter, now))
            self._ready[letter] = task
            self._ready.move_to_end(letter)
            while len(self._ready) > MOST_READY:
                self._ready.popitem(last=False)
        return await asyncio.shield(task)

    async def _compose(self, id_: int, now: int) -> Ready | None:
        db = self._app.db
        letter = await db.read(letters.read, id_)
        if letter is None:
            return None
        try:
            private = await keys.private_of(self._app, letter.owner)  # first: a profile shows them
            body = await db.read(compose.body_of, id_, letter)
        except (NotFound, Shredded):
            return None
        if body is None:
            return None
        if letter.kind != Kind.PASSED and compose.is_for_everybody(body):
            body = self._proven(body, private, letter.owner)
        digests = None
        if letter.kind in (Kind.POST, Kind.EDIT) and compose.is_for_followers(body):
            digests = await db.read(synchronize.digests, letter.owner)
        actor = keys.actor_of(self._app.instance, letter.owner)
        return Ready(body, private, f"{actor}#main-key", letter.owner, now, digests)

    def _proven(self, body: bytes, private: signatures.PrivateKeys, owner: int) -> bytes:
        """What everybody may read proves by itself whose it is."""
        key_id = f"{keys.actor_of(self._app.instance, owner)}#ed25519-key"
        at = self._app.db.env.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        document = msgspec.json.decode(body)
        return msgspec.json.encode(proofs.add(document, private.ed25519, key_id, at))


def _is_old(task: asyncio.Task[Ready | None], now: int) -> bool:
    """Whether it was composed a while ago, or could not be."""
    if not task.done():
        return False
    if task.cancelled() or task.exception() is not None:
        return True
    ready = task.result()
    return ready is None or now - ready.at > FRESH


def _meaning(answer: Answer, style: Style) -> Sent:
    status = answer.status
    if 200 <= status < 300:
        return Sent(Outcome.TAKEN, style)
    if status == 410:
        return Sent(Outcome.GONE)
    if status in _AWAY:
        asked = answer.headers.get("retry-after", "")
        known = asked.isascii() and asked.isdigit() and len(asked) < 10
        return Sent(Outcome.SILENT, wait=min(int(asked), LADDER[-1]) if known else 0)
    if status >= 500 or status in _AGAIN:
        return Sent(Outcome.LATER)
    return Sent(Outcome.REFUSED)
