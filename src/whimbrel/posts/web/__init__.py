"""The room's pages: one post and its conversation, writing, and what one does with a post."""

from typing import Any

from . import actions, around, compose, embed, post

ROUTES: list[Any] = [
    *compose.ROUTES,
    *actions.ROUTES,
    *embed.ROUTES,
    *around.ROUTES,
    *post.ROUTES,
]
