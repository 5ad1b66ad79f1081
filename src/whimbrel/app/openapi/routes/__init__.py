"""What each route takes and answers: one table, in a file for each subject."""

from ..described import Table
from . import accounts, discovery, instance, moderation, notifications, posts, server, timelines

TABLE: Table = {
    **server.TABLE,
    **instance.TABLE,
    **accounts.TABLE,
    **posts.TABLE,
    **timelines.TABLE,
    **notifications.TABLE,
    **discovery.TABLE,
    **moderation.TABLE,
}
