"""Long conversations: what stands on a page of them, and what a step away."""

from whimbrel.posts.fold import piece
from whimbrel.posts.queries.thread import ANSWERS
from whimbrel.posts.thread import depth_first


def row(post: int, answers: int) -> tuple[int | None, ...]:
    """A row of which only what is looked at matters."""
    return (post, *[None] * (ANSWERS - 1), answers, True)


def test_a_chain_is_no_thicket():
    """Somebody's story in forty posts would be cut off after the fifth."""
    chain = [row(n + 1, n) for n in range(1, 40)]
    found = piece(1, chain, None)
    assert found.rows == chain and not found.folded and found.after is None


def test_forks_upon_forks_are_behind_the_post_they_hang_on():
    """A quarrel of two people at the bottom would push everybody else's answers off the page."""
    rows = []
    for level in range(1, 9):
        rows += [row(level * 10, (level - 1) * 10), row(level * 10 + 1, (level - 1) * 10)]
    below = depth_first(0, rows)
    found = piece(0, below, None)
    assert {each[0] for each in found.rows} == {n * 10 + k for n in range(1, 6) for k in (0, 1)}
    assert found.folded == {50: 6}
    assert len(found.rows) + sum(found.folded.values()) == len(below)


def test_every_answer_comes_on_one_page_and_only_one():
    """Some would be read twice, or never."""
    below = [row(n, 1) for n in range(2, 252)]
    seen, after, pages = [], None, 0
    while pages == 0 or after is not None:
        found = piece(1, below, after)
        seen += found.rows
        after, pages = found.after, pages + 1
    assert seen == below and pages == 3
    assert piece(1, below, 999).rows == below[:100]  # deleted meanwhile: from the start
    assert piece(1, [], None) == ([], {}, None)
