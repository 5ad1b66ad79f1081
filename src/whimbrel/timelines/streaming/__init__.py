"""Streaming: what happens, told to whoever has a stream open, over WebSocket or server-sent events.

Ids come over pub/sub (`live`); what they stand for is read once, encoded once, and shared by all
who may see it. Nothing is kept for who is away: timelines are read anew on coming back."""

from .doors import Streams

__all__ = ["Streams"]
