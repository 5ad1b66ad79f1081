"""Numbers against a recount: whatever people do in whatever order, both must agree."""

import contextlib
import random

from conversations import befriend, block
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.errors import WhimbrelError
from whimbrel.posts import marks
from whimbrel.posts.boost import boost, unboost
from whimbrel.posts.delete import delete
from whimbrel.posts.edit import edit
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import VISIBILITY, Draft, Mark
from whimbrel.posts.tables import marks as marked
from whimbrel.posts.tables import posts

ACTS = ("publish", "reply", "boost", "unboost", "favourite", "unfavourite", "delete", "edit")


def recount(tx):
    """Every number as it should be."""
    answers = posts.alias()
    for id_, replies, boosts, favourites in tx.rows(
        select(posts.c.id, posts.c.replies, posts.c.boosts, posts.c.favourites)
    ):
        readable = answers.c.visibility <= 1
        want = (
            tx.value(select(func.count()).where(answers.c.reply_to == id_, readable)),
            tx.value(select(func.count()).where(answers.c.boost_of == id_)),
            tx.value(select(func.count()).where(marked.c.post == id_, marked.c.kind == 0)),
        )
        assert (replies, boosts, favourites) == want
        assert boosts == tx.value(
            select(func.count()).where(marked.c.post == id_, marked.c.kind == 1)
        )
    for id_, statuses in tx.rows(select(accounts.c.id, accounts.c.statuses)):
        written = select(func.count()).where(posts.c.author == id_, posts.c.visibility < 3)
        assert statuses == tx.value(written)


def act(tx, what, who, known, chance):
    target = chance.choice(known) if known else 1
    level = chance.choice(list(VISIBILITY.values()))
    if what == "publish":
        known.append(publish(tx, who, Draft(text="x @bob", visibility=level)).id)
    elif what == "reply":
        known.append(publish(tx, who, Draft(text="x", visibility=level, reply_to=target)).id)
    elif what == "boost":
        known.append(boost(tx, who, target))
    elif what == "unboost":
        unboost(tx, who, target)
    elif what == "favourite":
        marks.mark(tx, who, target, Mark.FAVOURITE)
    elif what == "unfavourite":
        marks.unmark(tx, who, target, Mark.FAVOURITE)
    elif what == "delete":
        delete(tx, who, target)
    else:
        edit(tx, who, target, Draft(text=f"{chance.random()} @eve"))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=st.lists(st.sampled_from(ACTS), min_size=5, max_size=30), seed=st.integers(0, 999))
def test_numbers_never_drift(tx, ada, bob, eve, acts, seed):
    """A counter that is wrong once is wrong for ever, and tells of posts one may not see."""
    chance = random.Random(seed)
    known: list[int] = []
    tx.savepoint("story")
    befriend(tx, bob, ada)
    block(tx, ada, eve)
    for what in ("publish", "publish", *acts):
        with contextlib.suppress(WhimbrelError):
            act(tx, what, chance.choice((ada, bob, eve)), known, chance)
    recount(tx)
    tx.roll_back_to("story")
