"""What a running server has open. Effects, edges and streams are handed it; actions never are."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .db import Db
from .fetch import Fetcher
from .objects import ObjectStore
from .pages import Pages
from .pubsub import PubSub
from .settings import Instance, Settings

Scope = MutableMapping[str, Any]  # an ASGI connection scope


@dataclass(slots=True)
class App:
    """One process of a server. `search`, `budgets`, `streams`, `conversions`, `copies`, `previews`,
    `tags`, `featured`, `federation`, `abroad`, `opened`, `polled`, `may_look`, `sends`, `asks`,
    `standby`, `leaving`, `guard`, `reader` and `sealed` belong to floors above and are put here by
    them, so that whoever needs them finds them on the connection.
    """

    settings: Settings
    instance: Instance
    db: Db
    store: ObjectStore
    pubsub: PubSub
    pages: Pages
    scratch: Path  # plain uploads on their way through the sandbox; swept at start
    fetcher: Fetcher | None = None  # None in a command, which asks no other server
    search: Any = None
    budgets: Any = None
    streams: Any = None
    conversions: Any = None
    copies: Any = None  # files of other servers that are being fetched
    indexer: Any = None
    previews: Any = None
    tags: Any = None  # (tx, viewer, names, reviewed): tags that a search found, as JSON
    featured: Any = None  # (tx, viewer): the tags on the viewer's profile, as JSON to be
    federation: Any = None  # what this process knows of other servers: questions under way
    abroad: Any = None  # async (app, text): (account or post, id) of a handle or address elsewhere
    opened: Any = None  # (app, viewer, post): somebody reads a conversation; nothing is waited for
    polled: Any = None  # (app, viewer, post): somebody looks at a poll; nothing is waited for
    readings: Any = None  # who read how much of strangers; None = nobody counts
    strange: Any = None  # (tx, account, posts): those by whom they do not follow
    may_look: Any = None  # async (scope, who or None, file): may they see one not for everybody
    sends: Any = None  # (scope, who or None, size): counts a file; what is given back, (unsent)
    standby: Any = None  # what keeps it up to date, where there is one
    asks: Any = None  # async (app, url): headers of a GET that our server signs
    leaving: Any = None  # async (app): how well it could leave now, see `exit.health`
    guard: Any = None  # of a process that serves: whether it may write, and who else does
    sealed: Any = None  # (tx, account): until when (ms) evidence of it is kept, if one may know
    reader: Any = None  # (tx, session, ...): whose it is, and what every page of theirs tells them


def of(scope: Scope) -> App:
    """The app that serves this connection."""
    app: App = scope["whimbrel"]
    return app
