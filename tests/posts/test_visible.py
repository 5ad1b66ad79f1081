"""Who may see what: the rule in SQL against the rule in Python, and what a page leaves out."""

import itertools

import pytest
from conversations import befriend, block, mute
from sqlalchemy import select, text

import people
from whimbrel.accounts.rules import STRANGER
from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query
from whimbrel.core.errors import NotFound
from whimbrel.posts import queries, serialize
from whimbrel.posts.boost import boost
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import open_thread
from whimbrel.posts.rules import Draft, Visibility, may_see
from whimbrel.posts.tables import posts
from whimbrel.posts.thread import conversation, depth_first
from whimbrel.timelines.tables import homes

LOW, HIGH = 0, (1 << 63) - 1
IN_PUBLIC = (text("posts.visibility = 0"), posts.c.boost_of.is_(None))
ALL = Query(queries.cards(posts, posts.c.id))
UPWARDS = Query(queries.cards(posts, posts.c.id, ascending=True))
PUBLIC = Query(queries.cards(posts, posts.c.id, *IN_PUBLIC))
STRANGERS = Query(queries.cards(posts, posts.c.id, *IN_PUBLIC, hide=False, marks=False))
HOME = Query(queries.cards(homes, homes.c.post, homes.c.reader == queries.number("viewer")))
VISIBLE = Query(select(posts.c.id).where(queries.visible()))


def seen(tx, viewer, query=ALL, **changed):
    bounds = {"low": LOW, "high": HIGH, "most": 100, "now": tx.ms, **changed}
    return serialize.ids(tx.rows(query, viewer=viewer.id, **bounds))


def test_both_forms_of_the_rule_agree(tx, ada):
    """One place decides who may see a post; a second opinion would be a leak."""
    readers = {}
    for n, how in enumerate(itertools.product((False, True), repeat=3)):
        readers[how] = people.make(tx, f"r{n}")
    written = {}
    for visibility in Visibility:
        for how, reader in readers.items():
            name = f"@r{list(readers).index(how)}" if how[1] else "nobody"
            post = publish(tx, ada, Draft(text=name, visibility=visibility))
            written[visibility, how] = (post.id, reader)
    for (follows, _, blocked), reader in readers.items():
        if follows:
            befriend(tx, reader, ada)
        if blocked:
            block(tx, ada, reader)
    for (visibility, how), (post, reader) in written.items():
        follows, named, blocked = how
        want = may_see(
            reader, ada.account, visibility, follows=follows, named=named, blocked=blocked
        )
        found = post in {row[0] for row in tx.rows(VISIBLE, viewer=reader.id)}
        assert found is want, (visibility, how)
        assert (post in seen(tx, reader)) is want
        assert [post] == serialize.ids(queries.cards_of(tx, ada, [post]))
        assert bool(queries.cards_of(tx, STRANGER, [post])) is (visibility < Visibility.PRIVATE)


def test_what_is_hidden_from_strangers_is_for_who_signed_in(tx, ada, bob):
    """Some servers let people say that their posts are for no visitors (`hides...UnauthedWeb`): a
    page of ours must not show what their own does not."""
    open_ = {
        level: publish(tx, ada, Draft(text="x", visibility=level)).id
        for level in (Visibility.PUBLIC, Visibility.UNLISTED)
    }
    again = boost(tx, bob, open_[Visibility.PUBLIC])
    for hides in range(4):
        tx.run(accounts.update().where(accounts.c.id == ada.account).values(hides=hides))
        for level, post in open_.items():
            rule = {"follows": False, "named": False, "blocked": False, "hides": hides}
            want = may_see(STRANGER, ada.account, level, **rule)
            assert want is not bool(hides >> level & 1)
            assert (post in {row[0] for row in tx.rows(VISIBLE, viewer=0)}) is want
            assert bool(queries.cards_of(tx, STRANGER, [post])) is want
            assert (open_thread.revisions(tx, post) is not None) is want
            assert may_see(bob, ada.account, level, **rule)
            assert post in seen(tx, bob)
        assert bool(queries.cards_of(tx, STRANGER, [again])) is not bool(hides & 1)


def test_a_boost_shows_no_more_than_its_original(tx, ada, bob, eve):
    """Blocked by either, suspended either: gone, and the page is filled with others."""
    post = publish(tx, ada, Draft(text="x"))
    again = boost(tx, bob, post.id)
    assert {post.id, again} <= set(seen(tx, eve))
    block(tx, ada, eve)
    assert not {post.id, again} & set(seen(tx, eve))
    with pytest.raises(NotFound):
        serialize.one(tx, eve, again)
    assert {row[0] for row in tx.rows(VISIBLE, viewer=eve.id)} == set()


def test_what_a_suspended_person_wrote_is_gone(tx, ada, bob):
    """Also as a boost, also for streams."""
    post = publish(tx, ada, Draft(text="x"))
    again = boost(tx, bob, post.id)
    tx.run(accounts.update().where(accounts.c.id == ada.account).values(suspended_at=1))
    assert seen(tx, bob) == []
    for gone in (post.id, again):
        with pytest.raises(NotFound):
            serialize.for_stream(tx, gone)


def test_muted_and_blocked_people_are_left_out_of_pages(tx, ada, bob, eve):
    """As authors and as boosters and as boosted; the limit is filled all the same."""
    mine = [publish(tx, ada, Draft(text=f"{n}")).id for n in range(3)]
    other = publish(tx, bob, Draft(text="bob")).id
    boost(tx, bob, mine[0])
    boost(tx, ada, other)
    mute(tx, eve, bob)
    newest = sorted(mine, reverse=True)
    assert seen(tx, eve) == newest
    assert seen(tx, eve, most=2) == newest[:2]
    assert seen(tx, eve, UPWARDS, most=2) == newest[::-1][:2]
    assert other in seen(tx, ada)
    block(tx, eve, ada)
    assert seen(tx, eve) == []
    assert other in serialize.ids(queries.cards_of(tx, eve, [other]))  # a link still opens


@pytest.mark.parametrize("query", [PUBLIC, STRANGERS, HOME])
def test_a_page_walks_one_index_and_stops(tx, query):
    """A sort, or a walk over the whole table, makes a timeline slower with every post."""
    if tx.engine != "sqlite":
        pytest.skip("EXPLAIN says it in other words there")
    sql, bound = query.prepare(
        "sqlite", {"viewer": 1, "low": 0, "high": HIGH, "most": 20, "now": 1}
    )
    plan = [row[3] for row in tx.rows(text("EXPLAIN QUERY PLAN " + sql), **bound)]
    assert "TEMP B-TREE" not in " ".join(plan)
    scans = [step for step in plan if step.startswith("SCAN")]
    assert set(scans) <= {"SCAN CONSTANT ROW"}  # a question without a table, asked once
    assert "homes" in plan[0] or "ix_posts_public" in plan[0]


# ----------------------------------------------------------------------------- threads


def test_a_conversation_in_order(tx, ada, bob):
    """What was answered first stands on top; answers follow what they answer."""
    root = publish(tx, ada, Draft(text="root")).id
    a, b = sorted(answer_above(tx, bob, root) for _ in range(2))
    below_a = answer_above(tx, bob, a)
    above, below = context(tx, ada, root)
    assert serialize.ids(above) == []
    assert serialize.ids(below) == [a, below_a, b]
    above, below = context(tx, STRANGER, below_a)
    assert (serialize.ids(above), serialize.ids(below)) == ([root, a], [])


def context(tx, viewer, post):
    """(above, below) of a conversation."""
    return conversation(tx, viewer, post)[1:3]


def answer_above(tx, viewer, to):
    """An answer of a later moment; ids of the same one are in no order."""
    tx.ms += 1
    return publish(tx, viewer, Draft(text="re", reply_to=to)).id


def test_a_thread_drops_whom_one_does_not_want(tx, ada, bob, eve):
    """But not what others answered to them."""
    root = publish(tx, ada, Draft(text="root")).id
    rude = answer_above(tx, bob, root)
    kind = answer_above(tx, ada, rude)
    mute(tx, eve, bob)
    _, below = context(tx, eve, root)
    assert kind in serialize.ids(below)
    assert rude not in serialize.ids(below)
    above, _ = context(tx, eve, kind)
    assert serialize.ids(above) == [root]


def test_a_thread_hides_what_is_not_for_the_reader(tx, ada, bob, eve):
    """A private answer must not be found by walking the thread."""
    root = publish(tx, ada, Draft(text="root")).id
    publish(tx, bob, Draft(text="@ada psst", visibility=Visibility.DIRECT, reply_to=root))
    for reader in (eve, STRANGER):
        assert context(tx, reader, root)[1] == []


def test_depth_first():
    """Each answer below what it answers; what hangs on nothing is left out."""
    answers = [(2, 1), (3, 1), (4, 2), (5, 3), (6, 4), (7, None), (8, 99)]
    rows = [(id_, *[None] * (queries.PLAIN - 1), parent) for id_, parent in answers]
    assert serialize.ids(depth_first(1, rows)) == [2, 4, 6, 3, 5]
