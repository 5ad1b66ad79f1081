"""The mail server is cut off halfway: D15. What waits for a letter goes on waiting, nothing is let
through without it, and once the server is back the letter comes and its link works."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

import people
from whimbrel.accounts import credentials, links, signup
from whimbrel.accounts.queries import users
from whimbrel.core.errors import Gone, Unavailable

# After what the server hangs up; in the last case it has the whole letter and never says so.
CUTS = (b"", b"RCPT", b"DATA", b".\r\n")
_SAYS = {b"DATA": b"354 go on\r\n", b"EHLO": b"250 hello\r\n"}


@asynccontextmanager
async def hanging_up(after: bytes) -> AsyncIterator[str]:
    """The URL of a mail server whose line goes dead at this word."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n" if after else b"")
        body = False
        while after and (line := await reader.readline()):
            word = line if body else line[:4].upper()
            if word == after or (body and after == b"DATA"):
                break
            if not body or word == b".\r\n":
                writer.write(_SAYS.get(word, b"250 yes\r\n"))
            body = body or word == b"DATA"
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}?tls=none"


@pytest.mark.parametrize("after", CUTS)
def test_a_letter_that_was_cut_off_lets_nobody_in_and_comes_later(door, clock, after):
    """Vendors were cut off in January 2021, and where checks fell open anybody was let in. Here who
    signs up stays outside, who forgot a password keeps the old one, and both are helped later."""
    db, settings = door.app.db, door.app.settings
    ada = db.write_sync(people.make, "ada")
    before = db.write_sync(users.by_account, ada.id).password
    new = signup.New(username="grace", email="grace@example.org", password="$argon2id$x")
    grace = db.write_sync(signup.create, new)
    db.write_sync(signup.ask_to_confirm, grace)
    db.write_sync(credentials.ask_reset, "ada@example.org")

    async def cut() -> None:
        async with hanging_up(after) as url:
            door.app.settings = msgspec.structs.replace(settings, smtp=url)
            with pytest.raises(Unavailable):
                await door.settle()

    asyncio.run(cut())
    assert db.write_sync(users.by_account, grace).confirmed_at is None
    assert db.write_sync(users.by_account, ada.id).password == before
    assert door.letters() == []

    door.app.settings = settings  # the mail server is back
    clock.step(hours=1)
    asyncio.run(door.settle())
    assert sorted(to for to, _, _ in door.letters()) == ["ada@example.org", "grace@example.org"]
    assert db.write_sync(links.look, "reset", door.link("reset")).account == ada.id
    db.write_sync(signup.confirm, door.link("confirm"))
    assert db.write_sync(users.by_account, grace).confirmed_at is not None
    with pytest.raises(Gone):
        db.write_sync(links.look, "reset", door.link("confirm"))


def test_nobody_is_promised_a_letter_while_none_can_go(door):
    """Who signs up meanwhile is told so, and may take the same name and address later."""
    settings = door.app.settings
    form = signup.Form(
        username="grace",
        email="grace@example.org",
        password="seven terns at dusk",
        agreement=True,
    )

    async def cut() -> None:
        async with hanging_up(b"") as url:
            door.app.settings = msgspec.structs.replace(settings, smtp=url)
            with pytest.raises(Unavailable):
                await signup.join(door.app, form)

    asyncio.run(cut())
    assert door.app.db.write_sync(users.by_name, "grace") is None
    door.app.settings = settings
    assert asyncio.run(signup.join(door.app, form))
