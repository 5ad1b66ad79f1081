"""Letters are fetched out of a mailbox. The far end is a small IMAP server of the test's own; a
real one is in `test_dovecot`."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from test_complaints import MAIL, ORIGIN, Town

from whimbrel.moderation.events import MailboxDue
from whimbrel.moderation.letters import mailbox, shown
from whimbrel.moderation.queries import audit


class Server:
    """Speaks as much of RFC 9051 as is asked for here."""

    def __init__(self, letters: list[bytes]) -> None:
        self.letters = letters
        self.seen: set[int] = set()
        self.logins: list[bytes] = []

    async def talk(self, reader: Any, writer: Any) -> None:
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            tag, _, command = line.strip().partition(b" ")
            for answer in self.answers(command):
                writer.write(answer)
            writer.write(tag + b" OK done\r\n")
            await writer.drain()
            if command.upper().startswith(b"LOGOUT"):
                break
        writer.close()

    def answers(self, command: bytes) -> Iterator[bytes]:
        verb = command.upper()
        if verb.startswith(b"CAPABILITY"):
            yield b"* CAPABILITY IMAP4rev1\r\n"
        elif verb.startswith(b"LOGIN"):
            self.logins.append(command)
        elif verb.startswith(b"SELECT"):
            yield b"* %d EXISTS\r\n" % len(self.letters)
        elif verb.startswith(b"UID SEARCH"):
            new = [n for n in range(1, len(self.letters) + 1) if n not in self.seen]
            yield b"* SEARCH " + b" ".join(b"%d" % n for n in new) + b"\r\n"
        elif match := re.match(rb"UID FETCH (\d+)", verb):
            number = int(match[1])
            data = self.letters[number - 1]
            yield b"* %d FETCH (UID %d BODY[]<0> {%d}\r\n" % (number, number, len(data))
            yield data + b")\r\n"
        elif match := re.match(rb"UID STORE (\d+)", verb):
            self.seen.add(int(match[1]))


@asynccontextmanager
async def served(letters: list[bytes]) -> Any:
    far = Server(letters)
    server = await asyncio.start_server(far.talk, "127.0.0.1", 0)
    try:
        yield far, server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.fixture
def town(db: Any, database: str, tmp_path: Any, clock: Any) -> Iterator[Town]:
    with Town(db, database, tmp_path, clock) as opened:
        yield opened


def test_what_is_new_in_the_mailbox_is_taken_in_once(town: Town) -> None:
    """Also an order comes as a host's complaint: anybody can write to a mailbox."""
    post = town.write("Go and get him")
    mail = MAIL.format(f"Removal order: {ORIGIN}/@eve/{post}, within one hour").encode()
    app = town.front.app

    async def look(port: int) -> None:
        url = f"imap://abuse:p%20w@127.0.0.1:{port}/Letters"
        app.settings = msgspec.structs.replace(app.settings, letters_imap=url)
        turn = await app.db.read(audit.turn)
        await mailbox.fetch(app, MailboxDue(turn=turn))

    async def whole() -> Server:
        async with served([mail, b"  \r\n", mail]) as (far, port):
            await look(port)
            await look(port)
        await look(1)  # nobody answers there: it is asked again
        return far

    far = town._runner.run(whole())
    assert far.seen == {1, 2, 3}
    assert b"p w" in far.logins[0]
    town.settle()
    (letter,) = town.do(shown.listed, town.people["mod"])
    assert (letter["source"], letter["all"], letter["confirmed"]) == ("host", 1, False)
    assert {each.klass for each in town.cases(int(letter["id"]))} == {"H1"}


def test_a_password_does_not_travel_in_clear() -> None:
    box = mailbox.parse_url("imaps://a%40b.example:x@mail.example/Abuse")
    assert box == mailbox.Mailbox("mail.example", 993, "a@b.example", "x", "Abuse", True)
    for url in (
        "imap://a:b@mail.example/x",
        "https://a@b/",
        "imaps://mail.example/",
        "imaps://a:%22@b",
    ):
        with pytest.raises(ValueError, match=r"must be|has signs"):
            mailbox.parse_url(url)
