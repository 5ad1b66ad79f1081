"""Homes: what a reader finds on opening the app, and how a home comes and goes.

A home is derived: thrown away while its reader is away, made anew from the follows on return. What
a reader blocks or mutes is left out when the page is read, so it works at once and backwards."""

from bisect import bisect_left
from typing import Any

from whimbrel.accounts.events import AccountCreated, AccountErased, Followed, Unfollowed
from whimbrel.accounts.rules import Viewer
from whimbrel.core.ids import MAX_ID
from whimbrel.core.tx import Tx
from whimbrel.posts.events import TagFollowed, TagUnfollowed

from . import live
from .queries import delivery, homes, seekers
from .queries.homes import DAY, Entry

REBUILT = 400  # entries of a home made anew
BACKFILL = 40  # posts of somebody just followed
TAGGED = 1000  # posts looked at for the tags that are followed
CANDIDATES = 3000  # posts looked at to make a home, over all who are followed
MARGIN = 20  # entries looked at beside a page, for those the viewer hides
ECHO = 40  # within so many entries the same post is shown once
UNDELIVERED = 60_000  # ms in which fan-out may still be on its way with a post
SWEPT = 3  # homes of the long absent that go whenever somebody comes


def page(
    tx: Tx, viewer: Viewer, low: int, high: int, most: int, ascending: bool
) -> list[Any] | None:
    """A page of the viewer's home: cards between `low` and `high`, newest first.

    Returns:
        None when there is no stored home: `rebuild` it and ask again.
    """
    me = viewer.id
    rows = homes.page(tx, me, low, high, most, ascending=ascending, reach=most + MARGIN)
    if rows:
        return rows
    is_open, more = homes.state(tx, me, low, high)
    if not is_open:
        return None
    if more:  # nothing but what the viewer hides: look all the way down
        reach = 2 * tx.instance.home_size
        rows = homes.page(tx, me, low, high, most, ascending=ascending, reach=reach)
    return rows


def rebuild(tx: Tx, viewer: Viewer) -> None:
    """Make the viewer's home from what they follow. Done twice, it changes nothing."""
    me = viewer.id
    homes.open_home(tx, me, tx.ms - tx.ms % DAY)
    each = max(5, min(BACKFILL, CANDIDATES // max(1, homes.following(tx, me))))
    entries = homes.pull(tx, me, each, REBUILT, low=0, high=MAX_ID)
    oldest = entries[-1].post if len(entries) == REBUILT else 0
    own = homes.own(tx, me, BACKFILL, low=oldest, high=MAX_ID)
    entries = [*entries, *own, *_tagged(tx, me, oldest)]
    shown = without_echoes(sorted(entries, key=lambda entry: entry.post, reverse=True))
    at = bisect_left([-post for post in shown], -((tx.ms - UNDELIVERED) << 16))
    homes.add(tx, me, shown[at:])
    _told_here(tx, me, homes.add_new(tx, me, shown[:at]))


def _told_here(tx: Tx, me: int, added: list[int]) -> None:
    """Tell an open stream of posts, newest first, that fan-out will find there and pass over."""
    for post in reversed(added):
        live.say(tx, live.HomeAdded(post=post, readers=(me,)))


def _tagged(tx: Tx, me: int, oldest: int) -> list[Entry]:
    """What the tags that the viewer follows bring, as far back as the rest of the home goes."""
    followed = seekers.count(tx, me)
    if not followed:
        return []
    each = max(2, min(BACKFILL, TAGGED // followed))
    found = seekers.pull(tx, me, each, REBUILT, low=oldest, high=MAX_ID)
    return [Entry(post, None) for post in found]


def remake(tx: Tx, viewer: Viewer) -> None:
    """Throw the viewer's home away and make it anew: for when it has gone wrong."""
    homes.close_home(tx, viewer.id)
    rebuild(tx, viewer)


def readers_after(tx: Tx, last: int, most: int) -> tuple[list[int], int]:
    """See `queries.homes.readers_after`."""
    return homes.readers_after(tx, last, most)


def without_echoes(entries: list[Entry]) -> list[int]:
    """Posts newest first, each shown once within 40: as itself or as its latest boost."""
    kept: list[int] = []
    last: dict[int, int] = {}
    for post, original in entries:
        subject = original or post
        if subject in last and len(kept) - last[subject] < ECHO:
            continue
        last[subject] = len(kept)
        kept.append(post)
    return kept


def visit(tx: Tx, viewer: Viewer) -> None:
    """The viewer is here today; whoever comes in turns off the light behind a few who left."""
    homes.touch(tx, viewer.id)
    for reader in homes.away(tx, tx.ms - tx.instance.away_days * DAY, SWEPT):
        homes.close_home(tx, reader)


def begin(tx: Tx, event: AccountCreated) -> None:
    """Handler: a newcomer has an empty home, so that what they follow arrives."""
    if not homes.is_open(tx, event.account):
        homes.open_home(tx, event.account, tx.ms - tx.ms % DAY)


def end(tx: Tx, event: AccountErased) -> None:
    """Handler: the home of somebody who is gone."""
    homes.close_home(tx, event.account)


def add_followed(tx: Tx, event: Followed) -> None:
    """Handler: what somebody wrote lately, for a new follower."""
    if not homes.is_open(tx, event.follower) or homes.is_merged(tx, event.followee):
        return
    entries = homes.pull_one(tx, event.follower, event.followee, BACKFILL, low=0, high=MAX_ID)
    added = homes.add_new(tx, event.follower, [entry.post for entry in entries])
    delivery.trim(tx, event.follower, tx.instance.home_size)
    since = homes.followed_at(tx, event.follower, event.followee)
    if since is not None:
        _told_here(tx, event.follower, [post for post in added if post >> 16 >= since])


def add_tagged(tx: Tx, event: TagFollowed) -> None:
    """Handler: what was said lately with a tag, for whoever follows it now."""
    me, tag = event.account, event.tag
    if not homes.is_open(tx, me):
        return
    found = seekers.pull(tx, me, BACKFILL, BACKFILL, low=0, high=MAX_ID, tag=tag)
    added = homes.add_new(tx, me, found)
    delivery.trim(tx, me, tx.instance.home_size)
    since = seekers.followed_at(tx, me, tag)
    if since is not None:
        _told_here(tx, me, [post for post in added if post >> 16 >= since])


def remove_tagged(tx: Tx, event: TagUnfollowed) -> None:
    """Handler: what only this tag brought leaves the home."""
    seekers.remove(tx, event.account, event.tag)


def remove_unfollowed(tx: Tx, event: Unfollowed) -> None:
    """Handler: what somebody wrote leaves the home of who follows them no more."""
    homes.remove_author(tx, event.follower, event.followee)
