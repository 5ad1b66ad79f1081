"""Calls: sent by whatever ways there are, and answered by a link that can only take a case on."""

from typing import NamedTuple

import msgspec

from whimbrel.accounts import emails, letters, links
from whimbrel.accounts.queries import people, users
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import Gone, Invalid
from whimbrel.core.ids import moment
from whimbrel.core.keyring import Shredded
from whimbrel.core.mail import Letter
from whimbrel.core.tx import Tx
from whimbrel.core.words import first, language, ours, say

from .. import cases
from ..events import Paged
from ..queries import cases as stored
from ..queries import paging as queries
from ..queries.paging import Page as Row
from ..rules import Case
from . import channels
from .channels import Page

log = logs.get(__name__)


class To(NamedTuple):
    """Whom a letter goes to."""

    address: str
    locale: str


async def send(app: App, event: Paged) -> None:
    """Effect: one call, by letter to somebody, or else to the topic and the webhook. Nobody is
    called to what is decided by now.

    Raises:
        Unavailable, Unreachable: it was not taken; the outbox tries again.
    """
    found = await app.db.read(_found, event)
    if found is None:
        return
    page, to = found
    if to is not None:
        await letter(app, page, to)
        return
    settings = app.settings
    if settings.page_ntfy:
        await channels.ntfy(app, settings.page_ntfy, page)
    if settings.page_webhook:
        await channels.webhook(app, settings.page_webhook, settings.page_webhook_secret, page)


def _found(tx: Tx, event: Paged) -> tuple[Page, To | None] | None:
    row = queries.by_id(tx, event.page)
    case = None if row is None else stored.one(tx, row.case)
    if row is None or case is None or case.state != "open" or row.taken_at is not None:
        return None
    page = Page(event.page, case.klass, case.due, f"{tx.instance.origin}/admin/reports/{case.id}")
    if row.account is None:
        return None if event.link else (page, None)  # a link was for somebody who has left
    user = users.by_account(tx, row.account)
    if user is None:
        return None
    try:
        secret = links.opened(tx, user.account, user.slot, event.link)
    except Shredded:
        return None
    address = emails.of(tx, user)
    page = msgspec.structs.replace(page, link=f"{tx.instance.origin}/calls/{secret}")
    return (page, To(address, user.locale)) if address else None


async def letter(app: App, page: Page, to: To) -> bool:
    """Send a call by mail; False where theirs is no address.

    Raises:
        Unavailable: it was not taken; the outbox tries again.
    """
    told = language(ours(to.locale) or first(app.instance.languages))
    until = f"{moment(page.due):%Y-%m-%d %H:%M} UTC"
    site = app.instance.domain
    if page.practice:
        subject = say("%(site)s: practice, a call until %(until)s", site=site, until=until)
        lines = (
            told.plain(say("This is practice: nothing waits, and nothing is decided by it.")),
            told.plain(say("Say here that you got it:")),
        )
    else:
        subject = say("%(site)s: a report waits until %(until)s", site=site, until=until)
        waits = say("A report of class %(name)s has to be decided by then.", name=page.klass)
        lines = (
            told.plain(waits),
            told.plain(say("Take it on here. The link works once, and can do nothing else:")),
        )
    try:
        text = "\n\n".join([*lines, page.link])
        await letters.post(app, Letter(to.address, told.plain(subject), text))
    except Invalid:  # trying again would not make it an address
        log.warning("a call cannot be addressed", page=page.id)
        return False
    return True


def look(tx: Tx, secret: str) -> Case:
    """The case that a link is about, without using it: mail programs open links before people do.

    Raises:
        Gone: used, or never given.
    """
    return stored.one(tx, _row(tx, secret).case)


def take(tx: Tx, secret: str) -> Case:
    """Take the case on for whoever was called.

    Raises:
        Gone: the link was used, or never given; they are not on the staff any more.
        Conflict: somebody else has it, or it is decided.
    """
    row = _row(tx, secret)
    staff = {one.account: one for one in queries.staff(tx, Permission.TRIAGE)}
    if row.account not in staff or not queries.take(tx, row.id):
        raise Gone(say("This link has been used already or is too old."))
    who = people.by_id(tx, row.account)
    return cases.claim(tx, Viewer(account=who.id, role=staff[row.account].role), row.case)


def _row(tx: Tx, secret: str) -> Row:
    row = queries.by_secret(tx, links.hashed(secret))
    if row is None or row.account is None or row.taken_at is not None:
        raise Gone(say("This link has been used already or is too old."))
    return row
