"""An open page is told how much came since it was made; nothing of what is in it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from litestar import asgi

from whimbrel.accounts import views
from whimbrel.accounts.auth import MANY, access_page, viewer_of
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App, of
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Params, Receive, Scope, Send, query_params
from whimbrel.core.ids import MAX_ID
from whimbrel.core.text.tags import tag_key
from whimbrel.core.tx import Tx
from whimbrel.core.words import Said, language, say_many

from .. import homes, reads
from ..queries import told as told_queries
from ..rules import TagFilter, Window
from ..streaming.frames import Happening
from ..streaming.names import USER, Stream, stream
from ..streaming.socket import EventStream

MOST = 40  # posts counted
POSTS, TOLD = b":posts\n\n", b":told\n\n"  # frames that stand for "count again"


class Feed(NamedTuple):
    """What a page shows, as far as it grows while it is open."""

    stream: Stream
    newer: Callable[[Tx, Viewer, Window], int]
    said: Callable[[int], Said]


def _posts(count: int) -> Said:
    return say_many("%(num)s new post", "%(num)s new posts", count)


def _home(tx: Tx, viewer: Viewer, window: Window) -> int:
    return len(homes.page(tx, viewer, *window) or ())


def _public(local: bool | None) -> Callable[[Tx, Viewer, Window], int]:
    return lambda tx, viewer, window: len(reads.public(tx, viewer, window, local=local))


def _tag(key: str) -> Callable[[Tx, Viewer, Window], int]:
    wanted = TagFilter(any=(key,))
    return lambda tx, viewer, window: len(reads.tag(tx, viewer, window, wanted))


def feed_of(viewer: Viewer, params: Params) -> Feed | None:
    """The feed that `on` names: home, local, public, tag:... ; None without one.

    Raises:
        NotFound: there is no such feed.
    """
    on, _, tag = params.text("on").partition(":")
    if not on:
        return None
    if on == "home":
        return Feed(stream(viewer, USER), _home, _posts)
    if on == "local":
        return Feed(stream(viewer, "public:local"), _public(True), _posts)
    if on == "public":
        return Feed(stream(viewer, "public"), _public(None), _posts)
    if on == "tag" and tag_key(tag):
        key = tag_key(tag)
        return Feed(stream(viewer, "hashtag", tag=key), _tag(key), _posts)
    raise NotFound


class Watch(EventStream):
    """The stream of one page. What happens is only a reason to count again."""

    __slots__ = ("_after", "_app", "_feed", "_reads")

    def __init__(
        self, viewer: Viewer, send: Send, app: App, feed: Feed | None, after: int, reads: str
    ) -> None:
        """
        Args:
            after: the newest post on the page.
            reads: the code of the reader's language.
        """
        super().__init__(viewer, send)
        self._app, self._feed, self._after, self._reads = app, feed, after, reads
        for frame in (POSTS, TOLD):  # what came between the page and this
            self.put(frame)

    def tell(self, happening: Happening, label: tuple[str, ...]) -> bool:
        if happening.name.startswith("notification"):
            return self.put(TOLD)
        mine = self._feed is not None and label == self._feed.stream.label
        return mine and happening.name in ("update", "delete") and self.put(POSTS)

    async def _write(self, frames: list[Any]) -> None:
        posts, told = POSTS in frames, TOLD in frames
        if posts or told:
            frames = [*frames, *await self._app.db.read(self._counted, posts, told)]
        await super()._write(frames)

    def _counted(self, tx: Tx, posts: bool, told: bool) -> list[bytes]:
        found = []
        if posts and self._feed is not None:
            window = Window(self._after, MAX_ID, MOST)
            count = self._feed.newer(tx, self.viewer, window)
            words = language(self._reads).plain(self._feed.said(count)) if count else ""
            found.append(b"event: posts\ndata: %b\n\n" % words.encode())
        if told:
            unread = told_queries.unread(tx, self.viewer.id, MANY)
            found.append(b"event: told\ndata: %d\n\n" % unread)
        return found


@asgi("/events", copy_scope=False, opt=access_page("stream", signed_in=True))
async def events(scope: Scope, receive: Receive, send: Send) -> None:
    """How many posts came to the feed `on` since the one called `after`, and how many notifications
    wait, again and again. Raises NotFound: no such feed."""
    app, viewer, params = of(scope), viewer_of(scope), query_params(scope)
    feed = feed_of(viewer, params)
    watch = Watch(viewer, send, app, feed, params.number("after") or 0, views.reads(scope))
    await app.streams.watch(receive, send, watch, feed.stream if feed else None)


ROUTES: list[Any] = [events]
