"""Drafts: kept sealed, with their files, for their writer alone, and gone when they are done."""

from datetime import timedelta

import pytest
from conversations import uploaded
from sqlalchemy import select

import people
from whimbrel.accounts import leave
from whimbrel.accounts.rules import Viewer
from whimbrel.core.engines import Query
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.tx import Tx
from whimbrel.media import queries as media
from whimbrel.posts import drafts, publish, schedule
from whimbrel.posts.events import PostDeleted
from whimbrel.posts.queries import writing
from whimbrel.posts.queries.drafts import Kept
from whimbrel.posts.rules import Draft, PollDraft, Unfinished, Visibility
from whimbrel.posts.tables import drafts as table
from whimbrel.privacy.events import ErasureDue, ReceiptLapses

SEALED = Query(select(table.c.content, table.c.slot))


def only(tx: Tx, viewer: Viewer) -> Kept:
    (draft,) = drafts.mine(tx, viewer, 10)
    return draft


def test_a_draft_is_what_was_typed_and_its_words_are_not_in_the_file(tx, ada):
    """Whoever copies the database would read what was never meant to be read."""
    typed = Unfinished(text="Half a th", options=("one",), scheduled_at="soon")
    id_ = drafts.save(tx, ada, typed)
    assert only(tx, ada).unfinished == typed
    assert b"Half a th" not in bytes(tx.value(select(table.c.content)))
    before = only(tx, ada).slot
    assert drafts.save(tx, ada, Unfinished(text="More"), id_) == id_
    assert only(tx, ada).unfinished.text == "More" and only(tx, ada).slot != before


def test_a_draft_is_nobody_elses(tx, ada, bob):
    """An id that is guessed would show, or take away, what somebody else writes."""
    id_ = drafts.save(tx, ada, Unfinished(text="Mine"))
    assert drafts.find(tx, bob, id_) is None
    drafts.finish(tx, bob, id_)
    assert drafts.save(tx, bob, Unfinished(text="Theirs"), id_) != id_
    assert only(tx, ada).unfinished.text == "Mine"
    drafts.finish(tx, ada, id_)
    drafts.finish(tx, ada, id_)
    assert drafts.mine(tx, ada, 10) == []


def test_drafts_have_bounds(tx, ada, monkeypatch):
    """One person could fill the disk."""
    monkeypatch.setattr(drafts, "MOST", 2)
    for _ in range(2):
        last = drafts.save(tx, ada, Unfinished(text="x"))
    with pytest.raises(Invalid):
        drafts.save(tx, ada, Unfinished(text="x"))
    drafts.save(tx, ada, Unfinished(text="y"), last)
    with pytest.raises(Invalid):
        drafts.save(tx, ada, Unfinished(text="x" * drafts.LONGEST), last)


def test_a_post_written_again_is_gone_and_all_of_it_is_in_the_draft(tx, ada, bob):
    """What was deleted to be mended would have to be typed anew; or somebody else's would go."""
    poll = PollDraft(options=("tea", "mud"), expires_in=600, multiple=True)
    draft = Draft(text="Wich?", spoiler="Tea", visibility=Visibility.PRIVATE, poll=poll)
    post = publish.publish(tx, ada, draft).id
    with pytest.raises(NotFound):
        drafts.redraft(tx, bob, post)
    tx.emitted.clear()
    drafts.redraft(tx, ada, post)
    assert [type(event) for event in tx.emitted] == [PostDeleted, ErasureDue, ReceiptLapses]
    said = only(tx, ada).unfinished
    assert (said.text, said.spoiler, said.visibility) == ("Wich?", "Tea", "private")
    assert (said.options, said.multiple, said.edits) == (("tea", "mud"), True, None)


def test_its_files_wait_with_it_and_lapse_once_it_is_thrown_away(tx, ada):
    """A picture would be gone when the draft is gone on with; or lie there for ever."""
    first, second = uploaded(tx, ada), uploaded(tx, ada)
    id_ = drafts.save(tx, ada, Unfinished(media=(first, second)))
    kept = media.by_ids(tx, [first, second])
    assert [kept[each].kept_until for each in (first, second)] == [None, None]
    drafts.save(tx, ada, Unfinished(media=(second,)), id_)
    kept = media.by_ids(tx, [first, second])
    assert kept[first].kept_until is not None and kept[second].kept_until is None
    drafts.finish(tx, ada, id_)
    assert media.by_ids(tx, [second])[second].kept_until is not None


def test_changes_to_what_waits_leave_its_files_alone(tx, ada):
    """Whoever thinks better of changing a scheduled post would lose its picture a day later."""
    picture = uploaded(tx, ada)
    at = tx.now + timedelta(days=7)
    row = schedule.schedule(tx, ada, Draft(text="Later", media=(picture,)), at)
    begun = drafts.of_scheduled(tx, ada, row.id)
    assert (begun.text, begun.media, begun.replaces) == ("Later", (picture,), row.id)
    drafts.finish(tx, ada, drafts.save(tx, ada, begun))
    kept = media.by_ids(tx, [picture])[picture].kept_until
    assert kept is None or kept > row.due


def test_drafts_go_with_the_account(db):
    """Somebody who left would be read in an old copy of the database."""
    ada = db.write_sync(people.make, "ada")
    id_ = db.write_sync(drafts.save, ada, Unfinished(text="Never said"))
    author = db.write_sync(lambda tx: writing.writer(tx, ada.id).slot)
    sealed, slot = db.write_sync(lambda tx: tx.row(SEALED))
    place = Slot(slot, author, id_, "drafts.content")
    assert b"Never said" in db.keyring.unseal(place, bytes(sealed))
    db.write_sync(leave.erase_account, ada)
    with pytest.raises(Shredded):
        db.keyring.unseal(place, bytes(sealed))
