"""A small town on a running server: people with tokens, and their apps (Mastodon.py)."""

import time
from collections.abc import Callable
from typing import TypeVar

from mastodon import Mastodon

from server import Server

NAMES = (
    *("ada", "bob", "cat", "dan", "eve", "fay"),
    *("gus", "hal", "ivy", "jon", "kit", "leo"),
    *("max", "ned", "ole", "pam", "rob", "sue"),  # of test_mastodon_py_timelines, which counts
)
SIGNING_IN = ("ada", "bob", "cat", "dan")  # in a browser, too
PATIENCE = 15  # seconds until what follows from an act has to be there

T = TypeVar("T")


def until(found: Callable[[], T], what: str = "") -> T:
    """The first thing `found` that is something; consequences take a moment."""
    end = time.monotonic() + PATIENCE
    while True:
        value = found()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"never came: {what or found}")
        time.sleep(0.05)


class Town:
    """The people of a server, each with an app (Mastodon.py) that is signed in."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.tokens = server.people(*SIGNING_IN, by_app=[n for n in NAMES if n not in SIGNING_IN])
        self._apps: dict[str, Mastodon] = {}

    def __getattr__(self, name: str) -> Mastodon:
        if name not in NAMES:
            raise AttributeError(name)
        if name not in self._apps:
            self._apps[name] = Mastodon(
                access_token=self.tokens[name],
                api_base_url=self.server.url,
                ratelimit_method="throw",
                request_timeout=30,
            )
        return self._apps[name]

    def id(self, name: str) -> str:
        """The id of an account."""
        return str(getattr(self, name).me().id)

    def close(self) -> None:
        """End their connections."""
        for app in self._apps.values():
            app.session.close()
