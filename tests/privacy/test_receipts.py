"""Receipts: since when nothing of what somebody erased can be read; said when it is so, not before.

The whole way, with a worker: `tests/flows/test_erasure.py`."""

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete as delete_rows
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).parents[1] / "app"))  # `import house`

from house import house

from whimbrel.accounts import leave
from whimbrel.accounts.events import AccountErased
from whimbrel.core.errors import NotFound
from whimbrel.core.tables import jobs
from whimbrel.core.tx import Tx
from whimbrel.posts.boost import boost
from whimbrel.posts.delete import delete, erase_all_of, remove
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility
from whimbrel.privacy import receipts
from whimbrel.privacy.events import ErasureDue, ReceiptLapses
from whimbrel.timelines import gone


def due(tx: Tx) -> ErasureDue:
    """What was asked to be looked after last."""
    return [each for each in tx.emitted if isinstance(each, ErasureDue)][-1]


def test_a_receipt_is_its_owners_and_has_no_word_of_what_it_was(tx, ada, bob):
    """A list of what somebody deleted, with words in it, would be the copy they wanted gone."""
    post = publish(tx, ada, Draft(text="heron and bittern", visibility=Visibility.DIRECT))
    slot = post.slot
    delete(tx, ada, post.id)
    (receipt,) = receipts.of(tx, ada.id)
    assert (receipt.kind, receipt.subject, receipt.done_at) == ("direct", post.id, None)
    assert due(tx).slots == (slot,)
    assert b"heron" not in msgspec.json.encode([tx.emitted[-1], due(tx), receipt._asdict()])
    assert receipts.of(tx, bob.id) == []
    with pytest.raises(NotFound):
        receipts.own(tx, bob.id, receipt.id)
    receipts.finish(tx, receipt.id, 0)
    tx.ms += 5000
    receipts.finish(tx, receipt.id, 0)
    assert receipts.own(tx, ada.id, receipt.id).done_at == tx.ms - 5000, "the first time counts"
    for _ in range(2):
        receipts.drop(tx, ReceiptLapses(receipt=receipt.id))
    assert receipts.of(tx, ada.id) == []


def test_what_moderators_remove_has_a_receipt_too(tx, ada, bob):
    """Whose words are gone has the same right to know since when; whoever boosted them has none."""
    post = publish(tx, ada, Draft(text="heron and bittern", visibility=Visibility.PUBLIC))
    boost(tx, bob, post.id)
    remove(tx, post.id)
    (receipt,) = receipts.of(tx, ada.id)
    assert (receipt.kind, receipt.subject, receipt.done_at) == ("removed", post.id, None)
    assert due(tx).slots == (post.slot,)
    assert receipts.of(tx, bob.id) == []
    with pytest.raises(NotFound):
        remove(tx, post.id)


def test_who_left_reads_theirs_by_a_code_and_nobody_guesses_it(tx, ada, bob):
    """They cannot sign in any more; and the number alone is one of a few thousand."""
    code = leave.erase_account(tx, ada)
    found = receipts.by_code(tx, code)
    assert found is not None and (found.kind, found.subject) == ("account", ada.id)
    number, secret = code.split("-")
    assert len(secret) == 32
    post = publish(tx, bob, Draft(text="still here"))
    delete(tx, bob, post.id)
    (own,) = receipts.of(tx, bob.id)
    for wrong in ("", number, f"{number}-", f"{number}-{secret[:-1]}0x", f"1-{secret}", "x", "٣-1",
                  receipts.code(tx, own), f"{1 << 70}-{secret}"):  # fmt: skip
        assert receipts.by_code(tx, wrong) is None, wrong


def test_it_is_done_when_all_is_gone_whatever_a_crash_left(tmp_path):
    """Each step is done again here: one that a crash left out must not stay undone, and a receipt
    that came too early would be a lie."""

    async def story() -> None:
        async with house(tmp_path) as here:
            ada = (await here.person("ada")).viewer
            db = here.app.db
            post = await db.write(publish, ada, Draft(text="a mistake"))
            await db.write(delete, ada, post.id)
            event = await db.write(_due)
            # As if the process had died before it came to any of this.
            left = tmp_path / "left behind"
            left.write_bytes(b"sealed")
            stored = await here.app.store.put(left)
            await here.app.search.put({post.id: {"a", "b"}})
            event = msgspec.structs.replace(event, objects=(stored.key,))
            for _ in range(2):
                await gone.confirm(here.app, event)
            assert not db.keyring.alive(post.slot)
            assert await here.app.search.find(["a"]) == []
            assert [each.key async for each in here.app.store.list()] == []
            (receipt,) = await db.read(receipts.of, ada.id)
            assert receipt.done_at is not None and receipt.files == 1

    asyncio.run(story())


def test_an_account_has_its_receipt_when_the_last_row_is_gone(tmp_path):
    """Its key goes at once and makes noise of all; the index and the rows take their time."""

    async def story() -> None:
        async with house(tmp_path) as here:
            ada = (await here.person("ada")).viewer
            db = here.app.db
            await db.write(publish, ada, Draft(text="a mistake"))
            code = await db.write(leave.erase_account, ada)
            event = await db.write(_due)
            await gone.confirm(here.app, event)
            found = await db.read(receipts.by_code, code)
            assert found is not None and found.done_at is None, "there is a row"
            again = await db.write(_due)
            assert again == event, "it is looked again"
            await db.write(lambda tx: _all_goes(tx, ada.id))
            await gone.confirm(here.app, event)
            found = await db.read(receipts.by_code, code)
            assert found is not None and found.done_at is not None

    asyncio.run(story())


def _due(tx: Tx) -> ErasureDue:
    """What is to be looked after next; it is looked after by whoever asks."""
    query = select(jobs.c.id, jobs.c.event).where(jobs.c.task.endswith("ErasureDue"))
    id_, event = tx.row(query)
    tx.run(delete_rows(jobs).where(jobs.c.id == id_))
    return msgspec.json.decode(bytes(event), type=ErasureDue)


def _all_goes(tx: Tx, account: int) -> None:
    erase_all_of(tx, AccountErased(account=account, uri="https://social.example/ap/users/1"))
