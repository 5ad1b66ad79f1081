"""Our people and posts in ActivityStreams, as other servers read them. Pure: values to JSON."""

from . import activities
from .actor import actor, server, stub
from .collections import collection, ordered, page
from .note import context, create, emptied, note, vote
from .terms import CONTEXT, PUBLIC, with_context

__all__ = [
    "CONTEXT",
    "PUBLIC",
    "activities",
    "actor",
    "collection",
    "context",
    "create",
    "emptied",
    "note",
    "ordered",
    "page",
    "server",
    "stub",
    "vote",
    "with_context",
]
