"""All open streams of this process: who listens to what, and what each is told.

One subscription to `live`, one look at the tokens of all every second, one heartbeat for all."""

import asyncio
from collections.abc import Container, Iterable, Mapping

from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import TooMany
from whimbrel.core.ids import millis
from whimbrel.media import links
from whimbrel.posts.queries import tags

from .. import live
from ..queries import streams
from ..rules import FilterContext
from . import audience, filtered
from .audience import Ears
from .frames import Event, Happening
from .names import DIRECT, HASHTAGS, NOTIFICATIONS, USER, Stream, Topic
from .socket import GOING_AWAY, POLICY, TRY_LATER, Socket

PER_ACCOUNT = 50  # open streams of one account in this process
PER_SOCKET = 100  # streams on one socket
MERGE = 0.05  # seconds in which what happens is gathered before it is sent
RECHECK = 1.0  # seconds in which every token is looked at again
SLICE = 500  # tokens looked at in one statement
BEAT = 12.0  # seconds between heartbeats
FEW = 100  # accounts whose filters are asked for on the loop

log = logs.get(__name__)


class Hub:
    """Who listens to what in this process. All of it is for the event loop's thread."""

    def __init__(self, app: App) -> None:
        self._app, self._db = app, app.db
        self._rooms: dict[str, dict[int | str, dict[Socket, tuple[str, ...]]]] = {}
        self._accounts: dict[int, set[Socket]] = {}
        self._tags: dict[int, str] = {}  # words listened to, for when only an id is left of them
        self._dirty: list[Socket] = []
        self._flush_due = False
        self.closed = False

    # ---------------------------------------------------------------- who is here

    def add(self, socket: Socket) -> None:
        """A stream opens. Raises TooMany."""
        mine = self._accounts.setdefault(socket.viewer.id, set())
        if len(mine) >= PER_ACCOUNT and self._app.budgets.enabled:
            raise TooMany("This account has too many streams open.")
        mine.add(socket)

    def remove(self, socket: Socket) -> None:
        """It is closed."""
        for topic in tuple(socket.topics):
            self.leave(socket, topic)
        mine = self._accounts.get(socket.viewer.id)
        if mine is not None:
            mine.discard(socket)
            if not mine:
                del self._accounts[socket.viewer.id]

    def listen(self, socket: Socket, stream: Stream) -> None:
        """`socket` hears `stream` from now on. Raises TooMany."""
        name, key = stream.topic
        if len(socket.topics) >= PER_SOCKET and stream.topic not in socket.topics:
            raise TooMany("Too many streams on one connection.")
        self._rooms.setdefault(name, {}).setdefault(key, {})[socket] = stream.label
        socket.topics.add(stream.topic)

    def leave(self, socket: Socket, topic: Topic) -> None:
        """`socket` hears `topic` no more."""
        if topic not in socket.topics:
            return
        socket.topics.discard(topic)
        keys = self._rooms[topic.name]
        keys[topic.key].pop(socket)
        if not keys[topic.key]:
            del keys[topic.key]
        if not keys:
            del self._rooms[topic.name]
        if topic.name in HASHTAGS:
            self._forget_tag(topic.key)

    async def learn(self, topic: Topic) -> None:
        """After `listen`: note the id of a tag, by which its deleted posts are told."""
        if topic.name in HASHTAGS:
            ids = await self._db.read(tags.ids_of, [topic.key])
            self._note_tags({tag: word for word, tag in ids.items()})

    def _note_tags(self, found: Mapping[int, str]) -> None:
        self._tags |= {tag: word for tag, word in found.items() if self._hears_tag(word)}

    def _hears_tag(self, word: int | str) -> bool:
        return any(word in self._rooms.get(name, ()) for name in HASHTAGS)

    def _forget_tag(self, word: int | str) -> None:
        if not self._hears_tag(word):
            self._tags = {tag: each for tag, each in self._tags.items() if each != word}

    def end_all(self, code: int) -> None:
        """Every stream ends; their clients come back and read afresh."""
        for sockets in tuple(self._accounts.values()):
            for socket in tuple(sockets):
                socket.end(code)

    def close(self) -> None:
        """The server stops: every stream ends and none opens any more."""
        self.closed = True
        self.end_all(GOING_AWAY)

    def __len__(self) -> int:
        return sum(map(len, self._accounts.values()))

    # ---------------------------------------------------------------- what is told

    def tell(
        self,
        topics: Iterable[Topic],
        happening: Happening,
        hidden: Container[int] = (),
        own: Mapping[tuple[int, FilterContext], Happening] | None = None,
    ) -> None:
        """Tell everybody who listens to one of `topics`, but not the accounts in `hidden`; those in
        `own` are told that instead."""
        for topic in topics:
            for socket, label in self._listeners(topic).items():
                who = socket.viewer.id
                if who in hidden:
                    continue
                told = happening if not own else own.get((who, topic.context), happening)
                if socket.tell(told, label):
                    self.flush_soon(socket)

    async def _tell_status(
        self, topics: list[Topic], name: Event, post: int, payload: bytes, hidden: set[int]
    ) -> None:
        """The same with a status, and to each what their filters say of it."""
        listening: dict[int, set[FilterContext]] = {}
        for topic in topics:
            for socket in self._listeners(topic):
                if socket.viewer.id not in hidden:
                    listening.setdefault(socket.viewer.id, set()).add(topic.context)
        if not listening:
            return
        many = len(listening) > FEW
        marked = await self._db.read(filtered.marked, post, payload, listening, slow=many)
        own = {key: Happening(name, each) for key, each in marked.items()}
        if links.has_gaps(payload):
            keyring, now = self._db.keyring, millis(self._db.env.clock())
            for who, contexts in listening.items():
                for key in ((who, context) for context in contexts):
                    told = links.filled(keyring, marked.get(key, payload), who, now)
                    own[key] = Happening(name, told)
        happening = Happening(name, payload)
        full = hidden | self._full(topics, hidden, len(payload))
        for topic in topics:
            self.tell([topic], happening, full if topic.is_open else hidden, own)

    def _full(self, topics: list[Topic], hidden: set[int], size: int) -> set[int]:
        """Accounts that were told as much of what anybody writes as there is in an hour, and are
        told no more of it. The others are counted for `size` bytes more."""
        full: set[int] = set()
        hear = {s.viewer.id for topic in topics if topic.is_open for s in self._listeners(topic)}
        for account in hear - hidden:
            try:
                self._app.budgets.spend("live", account, size // 1024 + 1)
            except TooMany:
                full.add(account)
        return full

    def _listeners(self, topic: Topic) -> Mapping[Socket, tuple[str, ...]]:
        return self._rooms.get(topic.name, {}).get(topic.key, {})

    def flush_soon(self, socket: Socket) -> None:
        """Send what waits for `socket`, together with what others get in the same moment."""
        self._dirty.append(socket)
        if not self._flush_due:
            self._flush_due = True
            asyncio.get_running_loop().call_later(MERGE, self._flush)

    def _flush(self) -> None:
        self._flush_due = False
        dirty, self._dirty = self._dirty, []
        for socket in dirty:
            socket.flush()

    # ---------------------------------------------------------------- what happens

    async def hear(self) -> None:
        """Pass on what comes over pub/sub, for as long as there is one."""
        while True:
            subscription = self._app.pubsub.subscribe(live.CHANNEL)
            async for _, raw in subscription:
                try:
                    await self._pass_on(live.heard(raw))
                except Exception as error:  # one event is lost, not all that come after it
                    log.error("event not passed on", error=type(error).__name__, why=str(error))
                await asyncio.sleep(0)  # let what waits be sent before the next adds to it
            if not subscription.lagged:
                return
            log.warning("streams lagged behind", open=len(self))
            self.end_all(TRY_LATER)

    async def _pass_on(self, message: live.Message) -> None:
        match message:
            case live.HomeAdded():
                await self._home_added(message)
            case live.PostAdded():
                await self._post(message.post, "update")
            case live.PostChanged():
                await self._post(message.post, "status.update", homes=True)
            case live.PostGone():
                await self._gone(message)
            case live.NotificationAdded():
                await self._notified(message)
            case live.NotificationsMerged():
                self._merged(message)
            case live.ConversationChanged():
                await self._conversation(message)
            case live.FiltersChanged():
                self.tell([Topic(USER, message.account)], Happening("filters_changed"))
            case live.Announced() | live.AnnouncementReaction() | live.AnnouncementGone():
                await self._announced(message)
            case live.AccessEnded():
                self._end(message)

    async def _announced(
        self, message: live.Announced | live.AnnouncementReaction | live.AnnouncementGone
    ) -> None:
        """What is for everybody who is here."""
        everybody = [Topic(USER, reader) for reader in self._connected()]
        if not everybody:
            return
        told, read = message.announcement, self._db.read
        payload: bytes | None = b"%d" % told
        name: Event = "announcement.delete"
        if isinstance(message, live.AnnouncementReaction):
            payload = await read(audience.of_reaction, told, message.name)
            name = "announcement.reaction"
        elif isinstance(message, live.Announced):
            payload, name = await read(audience.of_announcement, told), "announcement"
        if payload is not None:
            self.tell(everybody, Happening(name, payload))

    def _ears(self) -> Ears:
        """What is listened to beside homes and notifications; those go by account."""
        personal = (USER, NOTIFICATIONS)
        return {name: frozenset(keys) for name, keys in self._rooms.items() if name not in personal}

    def _connected(self) -> list[int]:
        return [int(key) for key in self._rooms.get(USER, ())]

    async def _home_added(self, message: live.HomeAdded) -> None:
        homes = self._rooms.get(USER, {})
        topics = [Topic(USER, reader) for reader in message.readers if reader in homes]
        if not topics:
            return
        payload, hidden = await self._db.read(audience.of_homes, message.post)
        if payload is not None:
            await self._tell_status(topics, "update", message.post, payload, hidden)

    async def _post(self, post: int, name: Event, *, homes: bool = False) -> None:
        """A new post, or with `homes` a new revision of which they were not told otherwise."""
        ears, connected = self._ears(), self._connected()
        heard = await self._db.read(audience.of_post, post, ears) if ears or connected else None
        topics = [] if heard is None else heard.topics
        if heard is not None:
            self._note_tags(heard.tags)
        hidden = set() if heard is None else heard.hidden
        if connected and (homes or (heard and heard.merged)):
            # Asked of everybody who is connected: not on the loop.
            asked = audience.homes_with if homes else audience.merged_homes
            topics = topics + await self._db.read(asked, post, connected, slow=True)
        if not topics:
            return
        payload: bytes | None
        if heard is not None:
            payload = heard.payload
        else:
            payload, hidden = await self._db.read(audience.of_homes, post)
        if payload is not None:
            await self._tell_status(topics, name, post, payload, hidden)

    async def _gone(self, message: live.PostGone) -> None:
        ears, connected = self._ears(), self._connected()
        gone = Happening("delete", b"%d" % message.post)
        if ears:
            topics, hidden = await self._db.read(audience.of_gone, message, ears, dict(self._tags))
            self.tell(topics, gone, hidden)
        if connected:
            self.tell(
                await self._db.read(audience.homes_without, message, connected, slow=True), gone
            )

    async def _notified(self, message: live.NotificationAdded) -> None:
        topics = [Topic(name, message.account) for name in (USER, NOTIFICATIONS)]
        if not any(topic.key in self._rooms.get(topic.name, ()) for topic in topics):
            return
        payload = await self._db.read(
            audience.of_notification, message.account, message.notification
        )
        if payload is not None:
            self.tell(topics, Happening("notification", payload))

    def _merged(self, message: live.NotificationsMerged) -> None:
        topics = [Topic(name, message.account) for name in (USER, NOTIFICATIONS)]
        self.tell(topics, Happening("notifications_merged", b"1"))

    async def _conversation(self, message: live.ConversationChanged) -> None:
        topic = Topic(DIRECT, message.account)
        if topic.key not in self._rooms.get(topic.name, ()):
            return
        payload = await self._db.read(
            audience.of_conversation, message.account, message.conversation
        )
        if payload is not None:
            self.tell([topic], Happening("conversation", payload))

    def _end(self, message: live.AccessEnded) -> None:
        for socket in tuple(self._accounts.get(message.account, ())):
            if not message.tokens or _pass(socket) in message.tokens:
                socket.end(POLICY)

    # ---------------------------------------------------------------- what is looked after

    async def recheck(self) -> None:
        """End the streams whose tokens hold no more, for ever. Revocations are also said over
        pub/sub, but not by commands beside the server, and what is said may be lost."""
        while True:
            sockets = [socket for mine in self._accounts.values() for socket in mine]
            slices = [sockets[at : at + SLICE] for at in range(0, len(sockets), SLICE)] or [[]]
            for some in slices:
                await asyncio.sleep(RECHECK / len(slices))
                if some:
                    await self._recheck(some)

    async def _recheck(self, some: list[Socket]) -> None:
        viewers = [socket.viewer for socket in some]
        tokens = {each.token for each in viewers if each.token is not None}
        browsers = {each.session for each in viewers if each.session is not None}
        try:
            holding = await self._db.read(streams.holding, tokens)
            if browsers:
                holding |= await self._db.read(streams.signed_in, browsers)
        except Exception as error:  # looked at again in a second
            log.error("tokens of streams not looked at", error=type(error).__name__)
            return
        for socket in some:
            if _pass(socket) not in holding:
                socket.end(POLICY)

    async def beat(self) -> None:
        """One heartbeat for all, for ever."""
        while True:
            await asyncio.sleep(BEAT)
            for sockets in tuple(self._accounts.values()):
                for socket in tuple(sockets):
                    if socket.beat():
                        self.flush_soon(socket)


def _pass(socket: Socket) -> int | None:
    """What a stream was opened with: an app's token, or the session of a browser."""
    return socket.viewer.token or socket.viewer.session
