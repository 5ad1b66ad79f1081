"""An event in the two shapes it is sent in. Each is made once and shared by everybody."""

from typing import Literal

import msgspec

Event = Literal[
    "update",
    "status.update",
    "delete",
    "notification",
    "notifications_merged",
    "conversation",
    "filters_changed",
    "announcement",
    "announcement.reaction",
    "announcement.delete",
]
THUMP = b":thump\n\n"  # keeps proxies from closing a stream on which nothing happens
_encode = msgspec.json.Encoder().encode


class Happening:
    """Something to be told: a name that apps know and its payload."""

    __slots__ = ("_frames", "_lines", "_rest", "name")

    def __init__(self, name: Event, payload: bytes | None = None) -> None:
        """
        Args:
            payload: JSON, or an id; None = there is nothing to say.
        """
        self.name = name
        # What Mastodon itself writes where there is no payload; libraries look for the very word.
        said = "undefined" if payload is None else payload.decode()
        quoted = "" if payload is None else f',"payload":{_encode(said).decode()}'
        self._rest = f',"event":"{name}"{quoted}}}'
        self._lines = f"event: {name}\ndata: {said}\n\n".encode()
        self._frames: dict[tuple[str, ...], str] = {}

    def frame(self, label: tuple[str, ...]) -> str:
        """For a WebSocket: which of its streams this is for comes first."""
        frame = self._frames.get(label)
        if frame is None:
            stream = _encode(label).decode()
            frame = self._frames[label] = f'{{"stream":{stream}{self._rest}'
        return frame

    def lines(self) -> bytes:
        """As a server-sent event."""
        return self._lines


def refusal(message: str, status: int) -> str:
    """What a WebSocket is told when it asks for something it cannot have."""
    return _encode({"error": message, "status": status}).decode()
