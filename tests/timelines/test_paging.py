"""Paging from end to end while others go on writing: every entry once, none lost, both ways."""

import pytest
import stories
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import people
from whimbrel.core.ids import MAX_ID
from whimbrel.posts.rules import Mark
from whimbrel.timelines import homes, reads
from whimbrel.timelines.queries import notifications, told
from whimbrel.timelines.rules import AccountFilter, TagFilter, Window

ENTRIES = 250
ALL = {"kinds": [], "not_kinds": [], "actor": None}

READS = {
    "home": lambda tx, viewer, author, window: homes.page(tx, viewer, *window),
    "public": lambda tx, viewer, author, window: reads.public(tx, viewer, window),
    "account": lambda tx, viewer, author, window: reads.account(
        tx, viewer, author.id, window, AccountFilter()
    ),
    "bookmarks": lambda tx, viewer, author, window: [
        (row[reads.MARKED],) for row in reads.marked(tx, viewer, Mark.BOOKMARK, window)
    ],
    "notifications": lambda tx, viewer, author, window: [
        (each[0],) for each in told.page(tx, viewer.id, window, **ALL)
    ],
}


def arrive(tx, author, viewer):
    """One entry more in each timeline."""
    post = stories.publish(tx, author)
    stories.mark(tx, viewer, post, Mark.BOOKMARK)
    tx.ms += 1
    notifications.add(tx, [viewer.id], "mention", author.id, post, f"mention:{post}")


@pytest.fixture
def full(tx, ada, bob):
    """Timelines of Bob's with 250 entries each; Ada goes on writing."""
    stories.settle_in(tx, bob)
    stories.follow(tx, bob, ada)
    for _ in range(ENTRIES):
        arrive(tx, ada, bob)
    return tx, bob, ada


@pytest.mark.parametrize("name", READS)
def test_nothing_is_lost_or_twice(full, name):
    """The infinite scroll of an app, down to the end and up again, with page sizes as they come."""
    tx, viewer, author = full
    read = READS[name]
    everything = [row[0] for row in read(tx, viewer, author, Window(most=1000))]
    assert len(everything) == ENTRIES
    assert everything == sorted(everything, reverse=True)

    @settings(
        max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.randoms())
    def scroll(sizes, chance):
        start = [row[0] for row in read(tx, viewer, author, Window(most=1000))]
        seen, high, step = [], MAX_ID, 0
        while page := read(tx, viewer, author, Window(0, high, sizes[step % len(sizes)])):
            seen += [row[0] for row in page]
            high, step = page[-1][0], step + 1
            if chance.random() < 0.1:
                arrive(tx, author, viewer)
        assert seen == start
        upward, low = [], seen[-1]
        while page := read(tx, viewer, author, Window(low, MAX_ID, sizes[step % len(sizes)], True)):
            upward = [row[0] for row in page] + upward
            low, step = page[0][0], step + 1
        assert upward[-len(start) + 1 :] == start[:-1]
        assert upward == sorted(set(upward), reverse=True)

    scroll()


def test_popular_authors_do_not_disturb_the_order(tx, ada, bob):
    """Stored entries and those looked up are one timeline, page by page."""
    eve = people.make(tx, "eve")
    stories.settle_in(tx, bob)
    for author in (ada, eve):
        stories.follow(tx, bob, author)
    stories.popular(tx, eve)
    written = [stories.publish(tx, (ada, eve)[n % 3 == 0]) for n in range(120)]
    seen, high = [], MAX_ID
    while page := homes.page(tx, bob, 0, high, 7, False):
        seen += [row[0] for row in page]
        high = page[-1][0]
    assert seen == written[::-1]
    upward = homes.page(tx, bob, written[10], MAX_ID, 7, True)
    assert [row[0] for row in upward] == written[11:18][::-1]


def test_tags_page_by_page(tx, ada, bob):
    """Several tags at once are put together from the newest of each."""
    written = [stories.tagged(tx, ada, ("cats", "dogs")[n % 2]) for n in range(60)]
    wanted = TagFilter(any=("cats", "dogs"))
    seen, high = [], MAX_ID
    while page := reads.tag(tx, bob, Window(0, high, 7), wanted):
        seen += [row[0] for row in page]
        high = page[-1][0]
    assert seen == written[::-1]
