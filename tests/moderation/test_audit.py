"""The log: what is noted cannot be changed unseen, and somebody can still be erased from it."""

from hashlib import sha256

import msgspec
import pytest
from sqlalchemy import delete, select, update
from test_verdicts import file

import people
from whimbrel.accounts import leave
from whimbrel.accounts.events import RowDue
from whimbrel.moderation import audit, merkle, verdicts
from whimbrel.moderation.events import CheckpointDue
from whimbrel.moderation.queries import audit as queries
from whimbrel.moderation.queries import decisions
from whimbrel.moderation.queries import verdicts as decided
from whimbrel.moderation.tables import checkpoints, log_entries, reports
from whimbrel.moderation.tables import decisions as table
from whimbrel.moderation.tables import verdicts as verdict_table
from whimbrel.moderation.verdicts import Ruling


@pytest.fixture
def log(tx, ada, bob):
    """The checkpoint that somebody kept last week, of a log that grew since."""
    mod = people.make(tx, "mod", role="moderator")
    for acts in (("limit",), ("none",), ("cover", "freeze")):
        verdicts.decide(tx, mod, file(tx, ada, bob), Ruling(acts=acts, facts="x"))
    kept = audit.checkpoint(tx)
    verdicts.decide(tx, mod, file(tx, bob, ada), Ruling(acts=("warn",), facts="y"))
    tx.run(delete(checkpoints))  # whoever changes the log changes these as well
    return kept


def test_what_was_not_touched_holds(tx, log):
    """An alarm that rings by itself is switched off."""
    found = audit.verify(tx, [log])
    assert (found.wrong, found.erased, found.checkpoints) == ([], 0, 1)
    assert found.size == queries.size(tx) > 10
    assert audit.checkpoint(tx) == audit.checkpoint(tx) == audit.newest(tx) != log


@pytest.mark.parametrize(
    "change",
    [
        lambda tx: tx.run(update(table).where(table.c.leaf == 3).values(action="look")),
        lambda tx: tx.run(delete(table).where(table.c.leaf == 3)),
        lambda tx: tx.run(delete(table).where(table.c.leaf >= 4)),
        lambda tx: _swap(tx, 2, 5),
        lambda tx: _rewrite(tx, 3),
    ],
    ids=["changed", "removed", "cut", "moved", "rewritten"],
)
def test_one_row_that_is_not_as_it_was_is_found(tx, log, change):
    """Proof obligation 5: with nothing but a line from last week, whoever wrote to the database."""
    change(tx)
    assert audit.verify(tx, [log]).wrong


def _swap(tx, one, other):
    """Two rows in each other's places, with all that belongs to them."""
    for each in (table, log_entries):
        for was, to in ((one, -1), (other, one), (-1, other)):
            tx.run(update(each).where(each.c.leaf == was).values(leaf=to))


def _rewrite(tx, leaf):
    """A row changed by somebody who has the keys, commitment and all."""
    said = msgspec.json.decode(queries.content(tx, leaf)[16:])
    content = bytes(16) + msgspec.json.encode({**said, "action": "look"}, order="sorted")
    tx.run(delete(log_entries).where(log_entries.c.leaf == leaf))
    tx.run(
        update(table)
        .where(table.c.leaf == leaf)
        .values(action="look", commitment=sha256(content).digest())
    )
    queries.keep(tx, leaf, None, content)


def test_an_erased_person_leaves_nothing_but_a_number_and_the_tree_holds(db):
    """Tamper-evident and really erased: words and salts go with the key, at once."""

    def begin(tx):
        mod, ada, bob = (people.make(tx, each) for each in ("mod", "ada", "bob"))
        mod = type(mod)(account=mod.id, role="moderator")
        made = verdicts.decide(tx, mod, file(tx, ada, bob), Ruling(acts=("limit",), facts="x"))
        return bob, made.statement, audit.checkpoint(tx)

    bob, statement, kept = db.write_sync(begin)
    about = select(log_entries.c.leaf).where(log_entries.c.about == bob.id)
    mine = [row[0] for row in db.write_sync(lambda tx: tx.rows(about))]
    assert len(mine) > 3
    db.write_sync(leave.erase, bob.id)
    found = db.write_sync(audit.verify, [kept])
    assert (found.wrong, found.erased) == ([], len(mine))
    assert all(db.write_sync(queries.content, leaf) is None for leaf in mine)
    assert all(db.write_sync(audit.proof, leaf) is None for leaf in mine)
    assert db.write_sync(decided.statement, statement).told is None
    db.write_sync(leave.remove_row, RowDue(account=bob.id))
    assert db.write_sync(lambda tx: tx.rows(about)) == []
    again = db.write_sync(audit.verify, [kept])
    assert (again.wrong, again.erased) == ([], len(mine))
    assert db.write_sync(decided.statement, statement).told is None


def test_a_proof_leads_from_the_entry_to_the_signed_head(tx, log):
    """Whoever was told of a decision can show that it was noted, to anybody who has the key."""
    leaf = tx.value(select(verdict_table.c.leaf).order_by(verdict_table.c.leaf.desc()))
    assert audit.proof(tx, leaf) is None, "it is not signed yet"
    audit.tick(tx, CheckpointDue(turn=queries.turn(tx)))
    shown = audit.proof(tx, leaf)
    commitment = sha256(bytes.fromhex(shown["salt"]) + shown["entry"].encode()).digest()
    public = merkle.public_bytes(audit._key(tx))
    _, size, root = merkle.read(shown["checkpoint"], public)
    path = [msgspec.json.decode(f'"{each}"', type=bytes) for each in shown["path"]]
    assert merkle.root_from(merkle.leaf_hash(commitment), leaf, size, path) == root
    assert '"action":"decide"' in shown["entry"]


def test_the_clock_of_checkpoints_is_one_and_brings_older_reports_in(tx, ada, bob, log):
    """Two servers one after the other would sign twice an hour; and what an older release filed
    would have no deadline."""
    audit.start(tx)
    (due,) = [each for each in tx.emitted if isinstance(each, CheckpointDue)]
    case = file(tx, ada, bob)
    tx.run(update(reports).where(reports.c.case == case).values(case=None))
    audit.tick(tx, CheckpointDue(turn=due.turn - 1))
    assert audit.newest(tx) == ""
    audit.tick(tx, due)
    assert tx.rows(select(reports.c.id).where(reports.c.case.is_(None))) == []
    assert tx.emitted.count(due) == 2
    assert audit.newest(tx).startswith("social.example/log\n")


def test_rows_of_before_the_tree_are_left_alone(tx, ada):
    """A server that comes from an older release has a log already."""
    decisions.add(tx, None, "look", "account", ada.id)
    tx.run(update(table).values(leaf=None, commitment=None))
    tx.run(delete(log_entries))
    decisions.add(tx, None, "look", "account", ada.id)
    assert (audit.verify(tx).wrong, queries.size(tx)) == ([], 1)
