"""Pub/sub inside one process: a message is a list append."""

from .subscription import Subscription, Switchboard


class LocalPubSub:
    """A `PubSub` without a broker."""

    def __init__(self) -> None:
        self._board = Switchboard()

    def publish(self, channel: str, message: bytes) -> None:
        """See `PubSub.publish`."""
        self._board.deliver(channel, message)

    def subscribe(self, *channels: str) -> Subscription:
        """See `PubSub.subscribe`."""
        return Subscription(self._board, channels)

    async def start(self) -> None:
        """There is nothing to connect to."""

    async def close(self) -> None:
        """See `PubSub.close`."""
        for subscription in self._board.everybody():
            subscription.close()
