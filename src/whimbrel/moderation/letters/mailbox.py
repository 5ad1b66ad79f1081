"""A mailbox of the operator's, where hosts write: each minute what is new in it is taken in.

A letter is marked as read only after it is kept; one that comes twice is taken in once. Who can
write to a mailbox is anybody: nothing that comes this way is an order, whatever it says."""

import asyncio
import imaplib
import ssl
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx

from ..events import MailboxDue
from ..queries import audit
from .complaints import Intake, refuse_unfit, take_in
from .opening import MOST_BYTES

EVERY = timedelta(minutes=1)
SECONDS = 30.0  # for each step
MOST = 20  # letters in a minute; the others wait for the next one

log = logs.get(__name__)


class Mailbox(NamedTuple):
    """Where it is."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    tls: bool


def parse_url(url: str) -> Mailbox:
    """Read `imaps://USER:PASSWORD@HOST:PORT/FOLDER`; plain `imap://` only on this machine.

    Raises:
        ValueError: not a URL of that form.
    """
    parts = urlsplit(url)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    tls = parts.scheme == "imaps"
    if not (tls or (parts.scheme == "imap" and local)) or not (parts.hostname and parts.username):
        raise ValueError("must be imaps://USER:PASSWORD@HOST/FOLDER")
    user, password = unquote(parts.username), unquote(parts.password or "")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    if any(ord(sign) < 32 or sign in '"\\' for sign in user + password + folder):
        raise ValueError("has signs that cannot be sent")
    port = parts.port or (993 if tls else 143)
    return Mailbox(parts.hostname, port, user, password, folder, tls)


def start(tx: Tx) -> None:
    """At start, after the clock of the log: look into the mailbox from now on.

    Emits: MailboxDue
    """
    tx.emit(MailboxDue(turn=audit.turn(tx)))


async def fetch(app: App, event: MailboxDue) -> None:
    """Effect: take in what is new. A mailbox that does not answer is asked again in a minute.

    Emits: MailboxDue, due in a minute; none where the operator names no mailbox
    """
    if not app.settings.letters_imap or await app.db.read(audit.turn) != event.turn:
        return
    try:
        await _fetch(app, parse_url(app.settings.letters_imap))
    except (OSError, imaplib.IMAP4.error) as error:
        log.warning("the mailbox of letters does not answer", error=type(error).__name__)
    await app.db.write(_again, event)


def _again(tx: Tx, event: MailboxDue) -> None:
    tx.emit(event, due=tx.now + EVERY)


async def _fetch(app: App, box: Mailbox) -> None:
    opened = await asyncio.to_thread(_open, box, app.settings.extra_ca)
    try:
        for number in await asyncio.to_thread(_new, opened):
            data = await asyncio.to_thread(_letter, opened, number)
            flags = r"(\Seen)"
            if data is not None:
                await _take(app, data)
            else:
                log.warning("a letter in the mailbox is too long: it is flagged there")
                flags = r"(\Seen \Flagged)"
            await asyncio.to_thread(opened.uid, "STORE", number, "+FLAGS", flags)
    finally:
        await asyncio.to_thread(_close, opened)


async def _take(app: App, data: bytes) -> None:
    form = Intake(data=data)
    try:
        await asyncio.to_thread(refuse_unfit, form)
    except Invalid as error:
        log.warning("a letter in the mailbox cannot be read", why=str(error))
        return
    await app.db.write(take_in, None, form)


def _open(box: Mailbox, extra_ca: str) -> imaplib.IMAP4:
    if box.tls:
        context = ssl.create_default_context()
        if extra_ca:
            context.load_verify_locations(extra_ca)
        made: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            box.host, box.port, ssl_context=context, timeout=SECONDS
        )
    else:
        made = imaplib.IMAP4(box.host, box.port, timeout=SECONDS)
    try:
        made.login(box.user, box.password)
        status, _ = made.select(f'"{box.folder}"')
        if status != "OK":
            raise imaplib.IMAP4.error("no such folder")
    except BaseException:
        _close(made)
        raise
    return made


def _close(opened: imaplib.IMAP4) -> None:
    try:
        opened.logout()
    except (OSError, imaplib.IMAP4.error) as error:  # it went away by itself
        log.debug("the mailbox closed first", error=type(error).__name__)


def _new(opened: imaplib.IMAP4) -> list[str]:
    _, found = opened.uid("SEARCH", "UNSEEN")
    return (found[0] or b"").decode().split()[:MOST]


def _letter(opened: imaplib.IMAP4, number: str) -> bytes | None:
    """The letter as it came, without marking it; None where it is longer than any that is read."""
    _, found = opened.uid("FETCH", number, f"(BODY.PEEK[]<0.{MOST_BYTES + 1}>)")
    for part in found:
        if isinstance(part, tuple):
            return part[1] if len(part[1]) <= MOST_BYTES else None
    return None
