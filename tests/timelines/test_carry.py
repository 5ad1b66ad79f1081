"""Lists of people and posts are taken along and brought in, on both engines."""

import msgspec
import pytest
import stories
from sqlalchemy import update

from people import make
from whimbrel.accounts import block, circles, domains, follow, mute, relationships
from whimbrel.core.errors import Conflict
from whimbrel.core.ids import MAX_ID
from whimbrel.core.keyring import Shredded
from whimbrel.posts import marks
from whimbrel.posts.rules import Mark, Visibility
from whimbrel.posts.tables import posts
from whimbrel.timelines import carry, filters, lists
from whimbrel.timelines.events import ImportSlice
from whimbrel.timelines.filters import FilterForm, KeywordForm
from whimbrel.timelines.lists import ListForm
from whimbrel.timelines.queries import carry as queries
from whimbrel.timelines.sheets import KINDS

WHOLE = circles.Window(0, MAX_ID, ascending=False, most=100)


def finish(tx, viewer) -> None:
    """As the outbox would: slice after slice, and more often than need be."""
    for each in carry.mine(tx, viewer):
        for _ in range(2 + each.total // carry.SLICE):
            carry.bring_slice(tx, ImportSlice(import_=each.id))


def test_all_of_it_comes_with_somebody_who_moves(tx):
    """Whoever moves would begin from nothing, and meet again whom they had blocked."""
    ada, new = make(tx, "ada"), make(tx, "new")
    bob, cora, dan = [make(tx, name) for name in ("bob", "cora", "dan")]
    follow.follow(tx, ada, bob.id, reblogs=False, notify=True, languages=["en", "de"])
    mute.mute(tx, ada, cora.id, notifications=False)
    block.block(tx, ada, dan.id)
    domains.block(tx, ada, "spam.example")
    made = lists.create(tx, ada, ListForm(title="Birders"))
    lists.add(tx, ada, int(made.id), [bob.id])
    post = stories.write(tx, bob)
    marks.mark(tx, ada, post, Mark.BOOKMARK)
    words = [KeywordForm(keyword=each) for each in ("gull", "tern")]
    form = FilterForm(title="Birds", context=["home"], filter_action="hide", expires_in=3600)
    filters.create(tx, ada, msgspec.structs.replace(form, keywords_attributes=words))
    # What was made within a millisecond has no order of its own.
    taken = {kind: sorted(carry.rows(tx, ada, kind)) for kind in KINDS}
    home = tx.instance.domain
    assert taken["follows"] == [(f"bob@{home}", "false", "true", "en, de")]
    assert taken["mutes"] == [(f"cora@{home}", "false")]
    assert taken["lists"] == [("Birders", f"bob@{home}")]
    assert [row[1] for row in taken["filters"]] == ["gull", "tern"]
    for kind in KINDS:
        carry.bring(tx, new, kind, taken[kind])
        finish(tx, new)
    assert {kind: sorted(carry.rows(tx, new, kind)) for kind in KINDS} == taken
    assert relationships.to(tx, new, dan.id).blocking
    assert sorted((each.done, each.missed) for each in carry.mine(tx, new)) == [
        *[(1, 0)] * 6,
        (2, 0),
    ]
    assert taken["bookmarks"][0][0].endswith(f"/statuses/{post}")


def test_a_bookmark_is_known_by_each_of_its_names_and_only_to_who_may_see_it(tx):
    """Years of bookmarks would be lost for a form of address; or a file of guessed numbers would
    say which hidden posts there are."""
    ada, bob = make(tx, "ada"), make(tx, "bob")
    open_, closed = stories.write(tx, bob), stories.write(tx, bob, visibility=Visibility.PRIVATE)
    far = stories.write(tx, bob)
    tx.run(update(posts).where(posts.c.id == far).values(uri="https://far.example/1"))
    home = tx.instance.origin
    names = [f"{home}/@bob/{open_}", "https://far.example/1"]
    wrong = [f"{home}/@bob/{closed}", f"{home}/@bob/7", f"{home}.evil.example/@bob/{open_}", "-"]
    carry.bring(tx, ada, "bookmarks", [(name,) for name in [*wrong, *names]])
    finish(tx, ada)
    assert carry.mine(tx, ada)[0].missed == len(wrong)
    assert ("https://far.example/1",) in carry.rows(tx, ada, "bookmarks")
    assert {each.post for each in queries.kept(tx, ada.id, MAX_ID, 9)} == {open_, far}


def test_it_goes_on_in_slices_and_says_how_far_it_is(tx):
    """One long transaction would hold up everybody who writes."""
    ada = make(tx, "ada")
    others = [make(tx, f"p{at}") for at in range(carry.SLICE + 3)]
    rows = [(f"p{at}@{tx.instance.domain}", "", "", "") for at in range(len(others))]
    carry.bring(tx, ada, "follows", rows)
    (begun,) = carry.mine(tx, ada)
    event = ImportSlice(import_=begun.id)
    assert tx.emitted[-1] == event
    with pytest.raises(Conflict):
        carry.bring(tx, ada, "blocks", [("p1",)])
    carry.bring_slice(tx, event)
    (half,) = carry.mine(tx, ada)
    assert (half.done, half.total) == (carry.SLICE, carry.SLICE + 3)
    assert tx.emitted[-1] == event
    finish(tx, ada)
    assert carry.mine(tx, ada)[0].done == len(others)
    assert len(circles.around(tx, ada, "following", ada.id, WHOLE)) == len(others)
    assert queries.open_(tx, begun.id) is None  # its words are gone


def test_who_is_not_known_or_not_to_be_had_is_counted(tx):
    """One wrong line would stop a thousand right ones, or vanish without a word."""
    ada, bob, cora = [make(tx, name) for name in ("ada", "bob", "cora")]
    block.block(tx, cora, ada.id)
    names = ("nobody@elsewhere.example", "ada", "cora", "bob", "@@")
    carry.bring(tx, ada, "follows", [(name, "", "", "") for name in names])
    finish(tx, ada)
    (done,) = carry.mine(tx, ada)
    assert (done.done, done.missed) == (5, 4)
    assert relationships.to(tx, ada, bob.id).following
    carry.bring(tx, ada, "lists", [("Friends", "bob"), ("Friends", "cora")])
    finish(tx, ada)
    assert {each.kind: each.missed for each in carry.mine(tx, ada)} == {"follows": 4, "lists": 1}
    assert [each.title for each in lists.mine(tx, ada)] == ["Friends"]


def test_whose_account_is_erased_brings_in_nothing_more(tx):
    """Names of people would be read after their key was destroyed, or the job fail for ever."""
    ada = make(tx, "ada")
    make(tx, "bob")
    carry.bring(tx, ada, "blocks", [("bob",)])
    (begun,) = carry.mine(tx, ada)
    found = queries.open_(tx, begun.id)
    assert found is not None
    tx.shred([found.slot])
    tx._env.keyring.shred([found.slot])
    with pytest.raises(Shredded):
        queries.open_(tx, begun.id)
    carry.bring_slice(tx, ImportSlice(import_=begun.id))
    assert carry.mine(tx, ada)[0].done == 0
