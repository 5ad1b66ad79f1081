"""The room's pages: one post and its conversation, writing, and what one does with a post.

`HOT_POST` is a raw ASGI handler of /@name/ID for strangers, for `app/hot.py`."""

from typing import Any

from . import actions, around, compose, drafts, embed, own, post, scheduled

ROUTES: list[Any] = [
    *compose.ROUTES,
    *drafts.ROUTES,
    *scheduled.ROUTES,
    *actions.ROUTES,
    *own.ROUTES,
    *embed.ROUTES,
    *around.ROUTES,
    *post.ROUTES,
]
HOT_POST: Any = post.hot_show
