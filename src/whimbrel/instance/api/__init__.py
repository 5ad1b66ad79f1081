"""What a server says about itself, for apps."""

from typing import Any

from . import announcements, emojis, texts

ROUTES: list[Any] = [*texts.ROUTES, *emojis.ROUTES, *announcements.ROUTES]
"""All of this room's."""
