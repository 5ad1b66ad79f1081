"""Mail: a letter reaches its one reader, says nothing of others, and is tried again on failure."""

import asyncio
import socket
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest

from whimbrel.core import mail
from whimbrel.core.errors import Invalid, Unavailable
from whimbrel.core.mail import Letter, compose, parse_url, send
from whimbrel.core.settings.checks import fix

HELLO = Letter(
    to="ada@example.org",
    subject="Confirm your address – Whimbrel",
    text="Open this:\nhttps://whimbrel.test/confirm/" + "x" * 90 + "\n",
    html="<p>Open <a href='https://whimbrel.test/confirm/1'>this</a></p>",
)


def deliver(letter: Letter, data: Path, smtp: str = "", sender: str = "") -> None:
    asyncio.run(send(letter, smtp=smtp, sender=sender, domain="whimbrel.test", data=data))


def check(message: EmailMessage) -> None:
    """What every letter of ours must look like, wherever it ends up."""
    assert message["To"] == "ada@example.org"
    assert message["From"] == "no-reply@whimbrel.test"
    assert message["Subject"] == HELLO.subject
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@whimbrel.test>") and message["Date"]
    assert not {"Cc", "Bcc", "Reply-To", "Sender"} & set(message.keys())
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None and html is not None
    assert plain.get_content().replace("\r\n", "\n") == HELLO.text
    assert "this</a>" in html.get_content()


def test_in_development_a_letter_is_shown_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Whoever tries the server out has no mail server, and still must confirm the address."""
    deliver(HELLO, tmp_path)
    (kept,) = (tmp_path / "mail").iterdir()
    assert kept.suffix == ".eml" and kept.stat().st_mode & 0o777 == 0o600
    check(message_from_bytes(kept.read_bytes(), policy=default))  # type: ignore[arg-type]
    shown = capsys.readouterr().out
    assert "To: ada@example.org" in shown and HELLO.text.split("\n")[1] in shown
    assert "ada" not in kept.name


def test_a_letter_goes_through_smtp(mailbox: Any, tmp_path: Path):
    """Nobody could sign up."""
    deliver(HELLO, tmp_path, smtp=mailbox.url)
    (arrived,) = mailbox.wait()
    check(message_from_bytes(bytes(arrived), policy=default))  # type: ignore[arg-type]
    assert not (tmp_path / "mail").exists()


@pytest.mark.parametrize(
    "letter",
    [
        Letter("ada@example.org\nBcc: eve@example.org", "s", "t"),
        Letter("ada@example.org\r\n\r\nbody", "s", "t"),
        Letter("ada@example.org, eve@example.org", "s", "t"),
        Letter("Ada <ada@example.org>", "s", "t"),
        Letter('"a b"@example.org', "s", "t"),
        Letter("ada", "s", "t"),
        Letter("", "s", "t"),
        Letter("ada@exa mple.org", "s", "t"),
        Letter("ada@" + "x" * 70 + ".org", "s", "t"),
        Letter("ada@example.org", "hello\nBcc: eve@example.org", "t"),
        Letter("ada@example.org", "hello\r\n\r\nbody", "t"),
    ],
)
def test_no_header_can_be_slipped_in(letter: Letter, tmp_path: Path):
    """A display name in a subject would make our server send a stranger's advertising."""
    with pytest.raises(Invalid):
        deliver(letter, tmp_path)
    assert not (tmp_path / "mail").exists()


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        ("post@social.example", "post@social.example"),
        ("Whimbrel <post@social.example>", "Whimbrel <post@social.example>"),
        ('"Birds, Inc." <post@social.example>', '"Birds, Inc." <post@social.example>'),
        ("Birds, Inc. <post@social.example>", '"Birds, Inc." <post@social.example>'),
        ("Große Brachvögel <post@bücher.example>", "Große Brachvögel <post@xn--bcher-kva.example>"),
    ],
)
def test_a_sender_may_have_a_name(sender: str, shown: str):
    """A setting that is accepted at the start and refused at the first letter locks everybody out
    who signs up meanwhile."""
    assert fix("mail_from", sender) == ""
    message = compose(HELLO, sender, "social.example")
    again = message_from_bytes(bytes(message), policy=default)
    assert str(again["From"]) == shown
    assert len(again["From"].addresses) == 1


@pytest.mark.parametrize(
    "sender",
    [
        *("Whimbrel", "Whimbrel <post>", "<post@a.example", "a, b@c.example", "a <b@c>, d <e@f>"),
        *("a\nBcc: x <b@c.example>", "a <b@c.example>\nBcc: x@y.example", "a <b@c.example> x"),
    ],
)
def test_a_sender_that_is_none_is_refused_at_the_start(sender: str):
    """The operator reads it in the terminal, not in the log a week later."""
    assert fix("mail_from", sender)
    with pytest.raises(Invalid):
        compose(HELLO, sender, "social.example")


def test_odd_but_honest_letters_can_be_sent():
    """Lines of one dot, long lines and other scripts are nothing special."""
    text = ".\n..\nFrom here\n" + "long " * 400 + "\nпривет 👋\n"
    message = compose(Letter("ada+tag@bücher.example", "привет", text), "a@b.example", "b.example")
    again = message_from_bytes(bytes(message), policy=default)
    assert again["To"] == "ada+tag@xn--bcher-kva.example" and again["Subject"] == "привет"
    body = again.get_body(("plain",))  # type: ignore[attr-defined]
    assert body.get_content().replace("\r\n", "\n") == text
    assert max(len(line) for line in bytes(message).split(b"\r\n")) <= 998


@pytest.mark.parametrize(
    "domain", ["127.0.0.1:3000", "localhost:3000", "[::1]:3000", "bücher.test"]
)
def test_any_domain_of_ours_can_send(tmp_path: Path, domain: str):
    """Before a server has its name, it is called after its port."""
    asyncio.run(send(HELLO, smtp="", sender="", domain=domain, data=tmp_path))
    (kept,) = (tmp_path / "mail").iterdir()
    sender = message_from_bytes(kept.read_bytes())["From"]
    assert sender.startswith("no-reply@") and sender.isascii() and "3000" not in sender


def test_two_letters_are_two(tmp_path: Path):
    """Mail programs drop what has the same Message-ID."""
    deliver(HELLO, tmp_path)
    deliver(HELLO, tmp_path)
    kept = [message_from_bytes(path.read_bytes()) for path in (tmp_path / "mail").iterdir()]
    assert len({message["Message-ID"] for message in kept}) == 2


def test_a_server_that_is_away_is_a_reason_to_try_again(tmp_path: Path):
    """The outbox keeps the letter only when it hears of the failure."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        with pytest.raises(Unavailable):
            deliver(HELLO, tmp_path, smtp=f"smtp://127.0.0.1:{taken.getsockname()[1]}?tls=none")


@pytest.mark.parametrize("answer", [b"421 busy\r\n", b"554 go away\r\n", b"what?\r\n", b""])
def test_a_server_that_will_not_is_a_reason_to_try_again(tmp_path: Path, answer: bytes):
    """Greylisting and quotas are daily life."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def story() -> None:
        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
            url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}?tls=none"
            with pytest.raises(Unavailable):
                await send(HELLO, smtp=url, sender="", domain="whimbrel.test", data=tmp_path)

    asyncio.run(story())


def test_a_server_without_tls_gets_nothing_when_tls_is_asked(mailbox: Any, tmp_path: Path):
    """A stranger in between could strip the encryption and read every reset link."""
    url = mailbox.url.partition("?")[0]
    with pytest.raises(Unavailable):
        deliver(HELLO, tmp_path, smtp=f"{url}?tls=starttls")
    assert mailbox.messages == []


def test_urls_are_read_as_written():
    """The operator's password has an @ in it."""
    assert parse_url("smtp://me%40b:p%40ss@mail.example") == (
        "mail.example",
        587,
        "me@b",
        "p@ss",
        "starttls",
    )
    assert parse_url("smtp://mail.example?tls=tls").port == 465
    assert parse_url("smtp://127.0.0.1:2525?tls=none") == ("127.0.0.1", 2525, None, None, "none")


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example",
        "smtp://",
        "smtp://mail.example?tls=maybe",
        "smtp://mail.example?ssl=1",
        "smtp://me:secret@mail.example?tls=none",
    ],
)
def test_urls_that_make_no_sense_are_refused(url: str):
    """Else mail goes out in clear, or nowhere, and nobody knows why."""
    with pytest.raises(ValueError, match=r"smtp|tls"):
        parse_url(url)


def test_a_server_is_asked_whether_it_is_there_before_a_letter_is_promised(
    mailbox: Any, monkeypatch: pytest.MonkeyPatch
):
    """D15. It is not asked for every form, nor is a dead one waited for by everybody."""
    asked = []

    async def count(self: Any, *_: Any, **__: Any) -> Any:
        asked.append(self.port)
        return await connect(self)

    connect = aiosmtplib.SMTP.connect
    monkeypatch.setattr(aiosmtplib.SMTP, "connect", count)
    monkeypatch.setattr(mail, "_heard", {})
    for _ in range(3):
        asyncio.run(mail.check(smtp=mailbox.url, domain="whimbrel.test"))
    assert len(asked) == 1
    with socket.create_server(("127.0.0.1", 0)) as held:
        nobody = f"smtp://127.0.0.1:{held.getsockname()[1]}?tls=none"
    for _ in range(2):
        with pytest.raises(Unavailable) as refused:
            asyncio.run(mail.check(smtp=nobody, domain="whimbrel.test"))
        assert refused.value.retry_after == mail.DEAF
    assert len(asked) == 2
    monkeypatch.setattr(mail, "DEAF", 0.0)
    mail._heard.clear()
    for _ in range(2):
        with pytest.raises(Unavailable):
            asyncio.run(mail.check(smtp=nobody, domain="whimbrel.test"))
    assert len(asked) == 4
