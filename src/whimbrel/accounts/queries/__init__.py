"""Every SQL statement of this room, by subject.

`people`: who somebody is. `graph`: what stands between two. `standing`: how one stands to many.
`lists`: pages of people. `search`, `profile`, and `entry`: sign-up, sign-in, apps and tokens.
What other rooms use most is named here."""

from .people import PENDING, account_of, bump, by_handle, by_id, by_ids, count, fold, handles

__all__ = [
    "PENDING",
    "account_of",
    "bump",
    "by_handle",
    "by_id",
    "by_ids",
    "count",
    "fold",
    "handles",
]
