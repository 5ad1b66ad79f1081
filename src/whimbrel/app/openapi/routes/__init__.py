"""What each route takes and answers: one table, in a file for each subject."""

from ..described import Table
from . import accounts, discovery, instance, moderation, posts, server, timelines

TABLE: Table = {
    **server.TABLE,
    **instance.TABLE,
    **accounts.TABLE,
    **posts.TABLE,
    **timelines.TABLE,
    **discovery.TABLE,
    **moderation.TABLE,
}
