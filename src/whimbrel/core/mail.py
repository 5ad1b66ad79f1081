"""Letters to single people, through the operator's SMTP server.

With no server configured (development) a letter is shown on the console and kept as a file. What
a letter says is decided by whoever writes it; newsletters and lists are not sent from here."""

import asyncio
import os
import re
import ssl
import sys
import time
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
import msgspec

from .errors import Invalid, Unavailable
from .ids import token
from .words import say

SECONDS = 30.0  # for connecting, and for each command
GREETED, DEAF = 60.0, 10.0  # seconds for which it is believed that the server answers, or does not
PATIENCE = 5.0  # seconds that somebody who waits for a page waits for it
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@\x00-\x20\x7f]{1,64}@[^\s<>()\[\]\\,;:\"@]{1,255}")
_DEAF = say("Mail cannot be sent right now. Try again in a while.")
_heard: dict[str, tuple[float, bool]] = {}  # by server: until when (monotonic), and what
_PORTS = {"tls": 465, "starttls": 587, "none": 25}


class Attached(NamedTuple):
    """A file that goes with a letter. `mime`: such as `application/pdf`."""

    name: str
    mime: str
    content: bytes


class Letter(msgspec.Struct, frozen=True):
    """To one person. `text` is plain; `html`, if there is one, says the same."""

    to: str
    subject: str
    text: str
    html: str | None = None
    files: tuple[Attached, ...] = ()


class Server(NamedTuple):
    """An SMTP server; `tls` is starttls, tls or none, and what it says is insisted on."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: str


def parse_url(url: str) -> Server:
    """Read `smtp://USER:PASSWORD@HOST:PORT?tls=starttls|tls|none`.

    Raises:
        ValueError: not a URL of that form, or a password that would travel in clear.
    """
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    tls = options.get("tls", "starttls")
    if parts.scheme != "smtp" or not parts.hostname or options.keys() - {"tls"}:
        raise ValueError("must be smtp://USER:PASSWORD@HOST:PORT?tls=starttls|tls|none")
    if tls not in _PORTS:
        raise ValueError("tls must be starttls, tls or none")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and tls == "none" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("a password is only sent with tls=starttls or tls=tls")
    return Server(parts.hostname, parts.port or _PORTS[tls], user or None, password or None, tls)


async def send(
    letter: Letter, *, smtp: str, sender: str, domain: str, data: Path, extra_ca: str = ""
) -> None:
    """Send a letter, or show and keep it when `smtp` is empty.

    Args:
        smtp: see `parse_url`; "" = console and `data/mail/*.eml`.
        sender: address it comes from, or `Name <address>`; "" = `no-reply@DOMAIN`.
        domain: our own, for Message-ID and EHLO.
        extra_ca: PEM file of further certificate authorities.
    Raises:
        Invalid: an address or subject that cannot stand in a header.
        Unavailable: the server did not take it. Try again later.
    """
    message = compose(letter, sender or f"no-reply@{_host(domain)}", domain)
    if not smtp:
        await asyncio.to_thread(_keep, message, data / "mail")
        return
    await _with(_client(smtp, domain, extra_ca, SECONDS), message)


async def check(*, smtp: str, domain: str, extra_ca: str = "") -> None:
    """Ask the server whether it is there, once a minute, before anybody is promised a letter.

    Args: as of `send`.
    Raises:
        Unavailable: it is not.
    """
    if not smtp:
        return
    until, there = _heard.get(smtp, (0.0, False))
    if time.monotonic() >= until:
        there = False
        try:
            await _with(_client(smtp, domain, extra_ca, PATIENCE))
            there = True
        finally:
            _heard[smtp] = time.monotonic() + (GREETED if there else DEAF), there
    if not there:
        raise Unavailable(_DEAF, retry_after=int(DEAF))


def _client(smtp: str, domain: str, extra_ca: str, timeout: float) -> aiosmtplib.SMTP:
    server = parse_url(smtp)
    context = ssl.create_default_context()
    if extra_ca:
        context.load_verify_locations(extra_ca)
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.tls == "tls",
        start_tls=server.tls == "starttls",
        tls_context=None if server.tls == "none" else context,
        timeout=timeout,
        local_hostname=_host(domain),
    )


async def _with(client: aiosmtplib.SMTP, message: EmailMessage | None = None) -> None:
    """Connect, sign in, and send what there is to be sent."""
    try:
        async with client:
            if message is not None:
                await client.send_message(message)
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as failure:
        raise Unavailable(_DEAF, retry_after=int(DEAF)) from failure


def compose(letter: Letter, sender: str, domain: str) -> EmailMessage:
    """The letter as it travels. It names its sender and its one reader, nobody else.

    Args:
        sender: an address, or `Name <address>`.
    Raises:
        Invalid: an address or subject that cannot stand in a header.
    """
    message = EmailMessage(policy=SMTP)
    try:
        if any(ord(mark) < 32 or ord(mark) == 127 for mark in letter.subject):
            raise ValueError("control character in the subject")
        message["From"] = _sender(sender)
        message["To"] = Address(addr_spec=_address(letter.to))
        message["Subject"] = letter.subject
    except (ValueError, MessageError) as failure:
        raise Invalid("That is not an e-mail address mail can be sent to.") from failure
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = f"<{token(128)}@{_host(domain)}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.text)
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html")
    for file in letter.files:
        main, _, sub = file.mime.partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    return message


def _sender(text: str) -> Address:
    """Who a letter is from, named if the operator gave a name."""
    name, bracket, address = text.strip().rpartition("<")
    if not bracket:
        return Address(addr_spec=_address(address))
    if not address.endswith(">") or set(name) & set("<>@"):
        raise ValueError("not an address")
    return Address(display_name=name.strip().strip('"'), addr_spec=_address(address[:-1]))


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError("not an address")
    local, _, host = text.partition("@")
    return f"{local}@{_ascii(host)}"


def _host(domain: str) -> str:
    """Our domain without the port it has while trying things out."""
    name = domain.rpartition(":")[0] if domain.rpartition(":")[2].isdigit() else domain
    return "localhost" if name.startswith("[") else _ascii(name)


def _ascii(host: str) -> str:
    return host.encode("idna").decode()


def _keep(message: EmailMessage, folder: Path) -> None:
    """Show a letter to the developer, and keep it for a mail program to open."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{localtime():%Y%m%d-%H%M%S}-{token(48)}.eml"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(bytes(message))
    body = message.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    sys.stdout.write(
        f"\n--- mail, kept as {path} ---\nTo: {message['To']}\nSubject: {message['Subject']}\n\n"
        f"{text.rstrip()}\n---\n"
    )
    sys.stdout.flush()
