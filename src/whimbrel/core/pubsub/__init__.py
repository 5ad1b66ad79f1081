"""Live events between whoever publishes and whoever listens just now. Nothing is kept: what must
not be missed is in the database, and a listener that may have missed something is told so.

One process needs no broker (`LocalPubSub`); several share a Redis (`RedisPubSub`)."""

from typing import Protocol

from ..settings import SettingsError
from .local import LocalPubSub
from .subscription import LIMIT, Subscription

__all__ = ["LIMIT", "LocalPubSub", "PubSub", "Subscription", "open_pubsub"]


class PubSub(Protocol):
    """Channels of bytes. All of it is for the event loop's thread only."""

    def publish(self, channel: str, message: bytes) -> None:
        """Send to all who are subscribed. Never blocks and never fails."""

    def subscribe(self, *channels: str) -> Subscription:
        """Begin to listen; close it when done."""

    async def start(self) -> None:
        """Connect. Raises Unavailable when there is no broker to connect to."""

    async def close(self) -> None:
        """Send what waits, end all subscriptions, disconnect."""


def open_pubsub(url: str, prefix: str = "whimbrel") -> PubSub:
    """The pub/sub that the settings name.

    Args:
        url: "" for this process alone, or `redis://...`, `rediss://...`, `unix://...`.
        prefix: what channel names begin with in Redis, when servers share one.
    Raises:
        SettingsError: the extra `redis` is not installed.
    """
    if not url:
        return LocalPubSub()
    # redis comes with an extra of that name and is not needed by a single process.
    try:
        from .broker import RedisPubSub
    except ModuleNotFoundError as missing:
        raise SettingsError(f"redis: needs {missing.name}: pip install 'whimbrel[redis]'.") from (
            missing
        )
    return RedisPubSub(url, prefix)
