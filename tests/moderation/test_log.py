"""Decisions from downstairs, and of whoever runs the server, in the one log."""

import pytest

import people
from whimbrel.accounts import console
from whimbrel.accounts.events import StaffActed
from whimbrel.accounts.queries import users
from whimbrel.core.tables import jobs
from whimbrel.moderation import log
from whimbrel.moderation.queries import decisions


def test_what_the_operator_does_by_command_stands_in_the_log(db, clock):
    """Moderators who wonder why somebody is gone would find nothing; the moment is that of the
    act, however late it is written down."""
    ada = db.write_sync(people.make, "ada").id
    db.write_sync(lambda tx: users.change(tx, ada, approved_at=None))
    at = db.write_sync(lambda tx: tx.ms)
    console.approve(db, "ada")
    console.disable(db, "ada")
    console.disable(db, "ada", False)
    console.token(db, "ada", "read")
    console.reset_password(db, "ada")
    console.reset_two_factor(db, "ada")
    console.erase(db, "ada")
    clock.step(hours=3)

    def settle(tx):
        wanted = jobs.select().where(jobs.c.task == "moderation.log.note:StaffActed")
        for row in tx.rows(wanted.order_by(jobs.c.id)):
            log.note(tx, db.env.routes.decode(bytes(row[3])))
        return decisions.newest(tx, "account", ada, 9)

    told = db.write_sync(settle)
    resets = ["reset_two_factor", "reset_password", "issue_token"]
    acts = ["destroy", *resets, "enable", "disable", "approve"]
    assert [(each.action, each.by, each.at) for each in told] == [(act, None, at) for act in acts]


@pytest.mark.parametrize("kind", ["tag", "link"])
def test_who_reviewed_is_kept(tx, ada, kind):
    """Whoever lets something be shown to everybody answers for it."""
    log.note(tx, StaffActed(at=tx.ms, by=ada.id, action="approve", kind=kind, target=7))
    assert decisions.of(tx, kind, 7) == [("approve", ada.id, None, "")]
