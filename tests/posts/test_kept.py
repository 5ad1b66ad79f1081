"""The shelf of pages that strangers share."""

from whimbrel.posts.web.kept import Kept, Shelf


def test_the_shelf_is_bounded_and_what_is_read_stays():
    """A crawler that walks through every post would fill the memory, or push out what is read."""
    shelf = Shelf(most=10_000)
    for n in range(100):
        shelf.put(n, Kept("ada", b"x" * 1000))
        assert shelf.get(0) is not None
    held = [n for n in range(100) if shelf.get(n)]
    assert held == [0, 96, 97, 98, 99]
    shelf.put(99, Kept("ada", b"x" * 1000))
    assert shelf.get(0) is not None, "the same page twice takes no more room"
