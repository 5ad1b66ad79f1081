"""Checks by somebody else that do not come (D15): mail, and what there is none of."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pyotp
from msgspec.structs import replace

from whimbrel.accounts import factors, links
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Unavailable
from whimbrel.core.tx import Tx

from .. import plant
from ..client import Answer
from ..ground import STRANGER, Trial

OUTSIDE = "mail that does not come can only be tried with the server's own files at hand"
ELSEWHERE = re.compile(r"oidc|openid/callback|saml|sms|phone|captcha|ldap|auth/callback", re.I)
LATER = 2 * 3600.0  # seconds after which a letter that did not go is tried again
HOLES = ("it hangs up", "it is not there", "it takes the letter and never says so")


async def fail_checks(trial: Trial) -> None:
    """D15: mail falls into a black hole; and a new password is set where there is a second step."""
    others = [door.path for door in trial.ground.doors if ELSEWHERE.search(door.path)]
    for path in others:
        trial.wrong(f"a check by somebody else that this drill does not know: {path}")
    if trial.ground.inside is None:
        trial.left_out(OUTSIDE)
        return
    holes = trial.some(HOLES)
    for number, hole in enumerate(holes):
        await _without_mail(trial, f"newcomer{number}", hole)
    trial.did(
        f"mail cut off in {len(holes)} ways while somebody signs up and somebody else forgot their"
        " password: nobody is let in, nobody is promised a letter that cannot go, and what was"
        " promised comes when mail is back"
    )
    await _with_factor(trial)
    trial.did(
        f"none of {len(trial.ground.doors)} doors is for text messages, captchas or sign-in by"
        " another service: there are no such checks here that could fail open"
    )


@asynccontextmanager
async def _black_hole(how: str) -> AsyncIterator[str]:
    """The address of a mail server that is none."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if how == HOLES[2]:
            writer.write(b"220 here\r\n")
            while line := await reader.readline():
                if line.strip() == b".":
                    break
                body = line[:4].upper() == b"DATA"
                writer.write(b"354 go on\r\n" if body else b"250 yes\r\n" * _ends(line))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        if how == HOLES[1]:
            server.close()
        yield f"smtp://127.0.0.1:{port}?tls=none"


def _ends(line: bytes) -> bool:
    """Whether a line of a mail program is a word to be answered, and none of the letter."""
    return line[:4].upper() in (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"RSET", b"QUIT")


async def _without_mail(trial: Trial, name: str, hole: str) -> None:
    """Who never gets the letter never gets in, and keeps the password they had."""
    here = trial.ground.within
    usual, address = here.app.settings, f"{name}@drill-mail.example"
    form = {"name": name, "email": address, "password": plant.PASSWORD}
    promised = 200 if hole == HOLES[2] else 503  # that mail server greets like any other
    async with _black_hole(hole) as smtp:
        here.app.settings = replace(usual, smtp=smtp)
        try:
            sent = await trial.form(STRANGER, "/auth/sign-up", "/auth/sign-up", **form)
            asked = {"email": plant.email("dora")}
            forgot = await trial.form(STRANGER, "/auth/forgot", "/auth/forgot", **asked)
            for answer in (sent, forgot):
                if _signed_in(answer):
                    trial.wrong("who waits for a letter is signed in before it came")
                elif answer.status != promised:
                    trial.wrong(f"{answer.status} instead of {promised} where of mail {hole}")
            if promised == 200:
                await _waits(trial)
            await _is_outside(trial, name)
        finally:
            here.app.settings = usual
    if promised != 200:
        await trial.form(STRANGER, "/auth/sign-up", "/auth/sign-up", **form)
    here.clock.ahead += LATER
    await here.settle()
    letters = [path.read_text() for path in (here.folder / "mail").glob("*.eml")]
    if not any(address in letter for letter in letters):
        trial.wrong("the letter never came although mail was back: the drill looked wrongly")
    await _is_outside(trial, name)


async def _waits(trial: Trial) -> None:
    """A letter that was taken and not acknowledged is tried again."""
    try:
        await trial.ground.within.settle()
    except Unavailable:
        return
    trial.wrong("a letter counts as sent, although its server never said so")


async def _is_outside(trial: Trial, name: str) -> None:
    known = {"login": name, "password": plant.PASSWORD}
    tried = await trial.form(STRANGER, "/auth/sign-in", "/auth/sign-in", **known)
    if _signed_in(tried):
        trial.wrong("who never confirmed their address can sign in")
    seen = await trial.ask(STRANGER, "GET", f"/api/v1/accounts/lookup?acct={name}")
    if seen.status == 200:
        trial.wrong("who never confirmed their address is seen by everybody")


async def _with_factor(trial: Trial) -> None:
    """A new password by letter, where there is an authenticator app."""
    here, fay = trial.ground.within, trial.ground.who("fay")

    def prepare(tx: Tx) -> str:
        viewer = Viewer(account=fay.id)
        factors.begin_authenticator(tx, viewer)
        app = pyotp.HOTP(factors.setup_of(tx, viewer).secret)
        factors.finish_authenticator(tx, viewer, app.at(tx.ms // factors.STEP))
        return links.issue(tx, "reset", fay.id)

    secret = await here.app.db.write(prepare)
    path, new = f"/auth/reset/{secret}", "five terns at dusk"
    sent = await trial.form(STRANGER, path, path, password=new)
    if _signed_in(sent):
        trial.wrong("a new password signs somebody in without their second step")
    known = {"login": "fay", "password": new}
    tried = await trial.form(STRANGER, "/auth/sign-in", "/auth/sign-in", **known)
    if _signed_in(tried):
        trial.wrong("after a new password, signing in does not ask for the second step")
    if "/auth/second" not in str(tried.pairs) + tried.text:
        trial.wrong(f"signing in with the new password fails otherwise ({tried.status})")
    again = await trial.ask(STRANGER, "GET", path, page=True)
    if again.status == 200:
        trial.wrong("the link of the letter works twice")
    trial.did("a new password by letter: the second step is asked for as before")


def _signed_in(answer: Answer) -> bool:
    return any(
        name == "set-cookie" and re.match(r"(__Host-)?whimbrel=[^;\"]+;", value)
        for name, value in answer.pairs
    )
