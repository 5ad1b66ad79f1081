"""`whimbrel keeper serve`: the process that holds the slots. It knows no database and no person."""

import asyncio
import signal
import ssl
import sys
from pathlib import Path

from whimbrel.core import logs
from whimbrel.core.errors import Conflict, Forbidden, Malformed, WhimbrelError
from whimbrel.core.keyring import SLOT, fingerprint_of
from whimbrel.core.settings.checks import split_bind
from whimbrel.core.undumped import undumped

from . import certificates, wire
from .held import Held
from .wire import RESTORE, SERVER, Word

HANDSHAKE = 10  # seconds
IDLE = 300  # seconds of silence
MOST = 32  # connections at once

log = logs.get(__name__)


async def serve(folder: Path, bind: str) -> None:
    """Hold slots in `folder` and answer on `bind` until SIGTERM or SIGINT.

    Raises:
        NotFound: there is no authority here yet.
        KeyringBroken: the file of slots cannot be used.
        OSError: the port cannot be had.
    """
    logs.setup()
    undumped()
    context = certificates.serving(folder)
    held = Held.open(folder)
    try:
        keeper = _Keeper(held)
        host, port = split_bind(bind)
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, over.set)
        server = await asyncio.start_server(
            keeper.connected, host, port, ssl=context, ssl_handshake_timeout=HANDSHAKE
        )
        sys.stdout.write(f"listening on {host}:{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await over.wait()
        server.close()
        keeper.end()
    finally:
        held.close()


class _Keeper:
    """Answers one message after the other: each is over, on the disk too, before the next."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self._open: set[asyncio.StreamWriter] = set()

    def end(self) -> None:
        """Hang up on everybody."""
        for writer in self._open:
            writer.transport.abort()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer until the other side goes, says what is no message, or is silent."""
        if len(self._open) >= MOST:
            writer.close()
            return
        self._open.add(writer)
        try:
            who = certificates.who(writer.get_extra_info("peercert"))
            await self._talk(who, reader, writer)
        except (OSError, EOFError, TimeoutError, ssl.SSLError):
            log.debug("somebody went")
        except Malformed as error:
            log.warning("no message", error=str(error))
        finally:
            self._open.discard(writer)
            writer.close()

    async def _talk(
        self, who: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        whose: int | None = None  # the keyring's fingerprint, as HELLO said
        while True:
            async with asyncio.timeout(IDLE):
                word, said = await wire.read(reader)
                try:
                    if word is Word.HELLO:
                        whose = int.from_bytes(said[:8])
                    answer = self._answer(who, whose, word, said)
                except WhimbrelError as error:
                    writer.write(wire.message(Word.REFUSED, str(error).encode()))
                except OSError as error:
                    log.error("the disk refused", error=type(error).__name__)
                    writer.write(wire.message(Word.REFUSED, b"The keeper's disk refused."))
                else:
                    writer.write(wire.message(Word.DONE, answer))
                await writer.drain()

    def _answer(self, who: str, whose: int | None, word: Word, said: bytes) -> bytes:
        held, number = self._held, int.from_bytes(said[:8])
        _check(who, whose, held.fingerprint)
        if word is Word.HELLO:
            return wire.packed([held.slots])
        if word is Word.GET and who == RESTORE:
            return held.get(number)
        if word is Word.ALIVE:
            return wire.packed([held.alive(wire.numbers(said))])
        if word is Word.DIGEST and who == SERVER:
            many = min(int.from_bytes(said[8:16]), wire.BLOCK)
            return wire.digest(held.get(0, 1), held.get(number, many))
        if word is Word.MARKS and who == SERVER:
            return wire.marks(held.get(0, 1), held.get(number))
        if word is Word.RENEW and who == SERVER:
            held.renew(number, said[8:])
            return b""
        if word is Word.PUT and who == SERVER:
            if not held.slots:
                _check(who, whose, fingerprint_of(said[8 : 8 + SLOT]))
            held.put(number, said[8:])
            return wire.packed([held.slots])
        if word is Word.SHRED and who == SERVER:
            held.shred(wire.numbers(said))
            return b""
        raise Forbidden("This certificate is not for that.")


def _check(who: str, said: int | None, held: int) -> None:
    """Refuse the server of another keyring: its numbers would shred what is not its own."""
    if said is None:
        raise Forbidden("Say first whose keyring it is.")
    if who not in (SERVER, RESTORE):
        raise Forbidden("This certificate is not for that.")
    if held and said != held and not (who == RESTORE and said == 0):
        raise Conflict("This keeper holds the slots of another keyring.")


def run(folder: Path, bind: str) -> None:
    """`serve` on a loop of its own."""
    asyncio.run(serve(folder, bind))
