"""The key of a page that strangers share: it must know of all they may see, and of nothing else."""

from sqlalchemy import select, update

from whimbrel.accounts.rules import STRANGER
from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query
from whimbrel.posts import queries
from whimbrel.posts.boost import boost
from whimbrel.posts.delete import delete
from whimbrel.posts.marks import mark
from whimbrel.posts.publish import publish
from whimbrel.posts.queries.open_thread import MOST, open_to_all, revisions
from whimbrel.posts.rules import Draft, Mark, Visibility
from whimbrel.posts.tables import posts

VISIBLE = Query(select(posts.c.id).where(queries.visible(), posts.c.boost_of.is_(None)))
OPEN = Query(
    select(posts.c.id)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(open_to_all(posts, accounts))
)


def test_it_is_the_one_rule_for_a_stranger(tx, ada, bob, eve):
    """A second opinion on who may see what would be a leak."""
    for author in (ada, bob, eve):
        for visibility in Visibility:
            post = publish(tx, author, Draft(text="hello @bob", visibility=visibility))
            if visibility <= Visibility.UNLISTED:
                boost(tx, bob, post.id)
    tx.run(update(accounts).where(accounts.c.id == eve.account).values(suspended_at=tx.ms))
    seen = {row[0] for row in tx.rows(VISIBLE, viewer=STRANGER.id)}
    assert {row[0] for row in tx.rows(OPEN)} == seen
    assert len(seen) == 4


def test_whatever_changes_the_page_changes_its_key(tx, ada, bob):
    """A page would be shown with words that are erased, or numbers that are past."""
    post = publish(tx, ada, Draft(text="first"))
    keys = [revisions(tx, post.id)]

    def changed() -> bool:
        keys.append(revisions(tx, post.id))
        return keys[-1] not in keys[:-1]

    answer = publish(tx, bob, Draft(text="an answer", reply_to=post.id))
    assert changed()
    mark(tx, bob, post.id, Mark.FAVOURITE)
    assert changed()
    boost(tx, bob, post.id)
    assert changed()
    tx.run(update(accounts).where(accounts.c.id == bob.account).values(rev=accounts.c.rev + 1))
    assert changed()
    delete(tx, bob, answer.id)
    assert changed()
    publish(tx, bob, Draft(text="@ada psst", reply_to=post.id, visibility=Visibility.DIRECT))
    assert not changed(), "what a stranger may not see must not be told by a key either"
    delete(tx, ada, post.id)
    assert revisions(tx, post.id) is None


def test_what_has_no_such_page_has_no_key(tx, ada, bob):
    """A private post, a boost, or a conversation of thousands."""
    private = publish(tx, ada, Draft(text="x", visibility=Visibility.PRIVATE))
    post = publish(tx, ada, Draft(text="x"))
    again = boost(tx, bob, post.id)
    assert revisions(tx, private.id) is revisions(tx, again) is revisions(tx, 1) is None
    for _ in range(MOST):
        publish(tx, bob, Draft(text="x", reply_to=post.id))
    assert revisions(tx, post.id) is None
