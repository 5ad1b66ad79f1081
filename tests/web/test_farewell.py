"""Whoever is erased by the staff is handed the receipt: by letter, for no page is theirs now."""

import asyncio
import re
from typing import Any

from browsing import Site
from sqlalchemy import select, update

from whimbrel.accounts import console, farewell
from whimbrel.accounts.events import FarewellLapses, FarewellWanted
from whimbrel.accounts.queries import users
from whimbrel.accounts.tables import accounts
from whimbrel.core.tables import jobs
from whimbrel.core.tx import Tx
from whimbrel.moderation import decide
from whimbrel.moderation.tables import decisions


def suspended(tx: Tx, account: int) -> None:
    tx.run(update(accounts).where(accounts.c.id == account).values(suspended_at=tx.ms))


def details(tx: Tx) -> list[str]:
    return [row[0] for row in tx.rows(select(decisions.c.detail))]


def waiting(tx: Tx) -> list[bytes]:
    """The letters that are not out."""
    asked = select(jobs.c.event).where(jobs.c.task.like("%FarewellWanted%"))
    return [bytes(row[0]) for row in tx.rows(asked)]


def knows(tx: Tx, account: int, columns: dict[str, Any]) -> None:
    users.change(tx, account, **columns)


async def erased(site: Site, name: str, **columns: Any) -> None:
    """By an administrator, at the desk."""
    ada = await site.person(name)
    if columns:
        await site.app.db.write(knows, ada.viewer.id, columns)
    await ada.write("needle in the haystack")
    boss = await site.person(f"boss_of_{name}", role="admin")
    await site.app.db.write(suspended, ada.viewer.id)
    await site.app.db.write(decide.erase, boss.viewer, ada.viewer.id)


async def read(site: Site, told: str) -> str:
    """The page whose address they were told."""
    found = re.search(r"https://social\.example(/auth/farewell\?receipt=[\w=-]+)", told)
    assert found is not None
    page = await site.visitor().get(found[1].replace("=3D", "="))
    assert page.status_code == 200
    return page.text


def test_whoever_is_erased_by_the_staff_can_read_the_receipt(tell):
    """It was handed to nobody: whose words were destroyed could not know since when."""

    async def story(site: Site) -> None:
        await erased(site, "ada", locale="de")
        assert farewell.RECEIPT in await site.app.db.read(details)
        (job,) = await site.app.db.read(waiting)
        assert b"example.org" not in job and b"receipt" not in job
        await site.settle()
        letter = site.mail()
        assert "To: ada@example.org" in letter
        assert "Konto" in letter and "Your account is closed" not in letter
        assert "The keys of all of it are destroyed." in await read(site, letter)
        assert await site.app.db.read(waiting) == []

    tell(story)


def test_whoever_is_not_let_in_can_read_the_receipt(tell):
    """Their address and what they wrote to be let in are erased as well, and nobody told them."""

    async def story(site: Site) -> None:
        eve, mod = await site.person("eve"), await site.person("mod", role="moderator")
        await site.app.db.write(knows, eve.viewer.id, {"approved_at": None, "locale": "fr"})
        await site.app.db.write(decide.reject, mod.viewer, eve.viewer.id)
        assert await site.app.db.read(details) == [farewell.RECEIPT]
        await site.settle()
        assert "To: eve@example.org" in site.mail()
        assert "Votre compte" in site.mail()
        assert "keys of all of it are destroyed" in await read(site, site.mail())

    tell(story)


def test_whoever_is_erased_by_a_command_can_read_the_receipt(tell):
    """Whoever runs the server erases people as well; they had nothing to show for it."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        await ada.write("needle in the haystack")
        printed, told = await asyncio.to_thread(console.erase, site.app.db, "ada")
        assert told
        await site.settle()
        assert await site.app.db.read(details) == [farewell.RECEIPT]
        assert "To: ada@example.org" in site.mail()
        assert printed in site.mail().replace("=3D", "=")
        assert "keys of all of it are destroyed" in await read(site, printed)

    tell(story)


def test_nothing_is_left_of_the_address_when_the_letter_is_out(tell):
    """Twice the letter, or an old backup with the address in it, if the key stayed."""

    async def story(site: Site) -> None:
        await erased(site, "ada")
        (job,) = await site.app.db.read(waiting)
        event = site.app.db.env.routes.decode(job)
        assert isinstance(event, FarewellWanted)
        await site.settle()
        assert not site.app.db.keyring.alive(event.slot)
        before = site.mail()
        await farewell.send(site.app, event)  # as after a crash
        assert site.mail() == before

    tell(story)


def test_a_mail_server_that_never_answers_is_not_waited_for_for_ever(tell):
    """The address would be kept for good."""

    async def story(site: Site) -> None:
        await erased(site, "ada")
        (job,) = await site.app.db.read(waiting)
        event = site.app.db.env.routes.decode(job)
        assert isinstance(event, FarewellWanted)
        lapses = FarewellLapses(slot=event.slot)
        await site.app.db.write(farewell.lapse, lapses)
        await farewell.send(site.app, event)
        assert "farewell" not in site.mail()

    tell(story)


def test_who_never_confirmed_the_address_is_sent_nothing(tell):
    """A letter to a stranger, whose address somebody typed."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        await site.app.db.write(knows, ada.viewer.id, {"confirmed_at": None})
        assert not (await site.app.db.write(farewell.erase, ada.viewer.id)).receipt
        assert await site.app.db.read(lambda tx: users.by_account(tx, ada.viewer.id)) is None
        assert await site.app.db.read(waiting) == []

    tell(story)
