"""Calling on a keeper."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from whimbrel.core.errors import Malformed, Unavailable, WhimbrelError
from whimbrel.core.settings.checks import split_bind

from . import certificates, wire
from .wire import Word

PATIENCE = 10  # seconds for one answer


class Refused(WhimbrelError):
    """The keeper refused."""

    status, code = 502, "keeper_refused"


class Keeper:
    """A keeper that is listening. Use `calling`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.slots = 0  # held there, as far as it told

    async def hello(self, fingerprint: int) -> None:
        """Say whose keyring it is; 0: whichever is there."""
        self.slots = _number(await self._ask(Word.HELLO, wire.packed([fingerprint])))

    async def put(self, slots: bytes) -> None:
        """Give it the slots that follow those it holds."""
        said = wire.packed([self.slots]) + slots
        self.slots = _number(await self._ask(Word.PUT, said))

    async def shred(self, numbers: Sequence[int]) -> None:
        """Returns when its disk has overwritten them."""
        await self._ask(Word.SHRED, wire.packed(numbers))

    async def alive(self, numbers: Sequence[int]) -> int:
        """How many of these it could still give back."""
        return _number(await self._ask(Word.ALIVE, wire.packed(numbers)))

    async def get(self, first: int) -> bytes:
        """Slots from number `first` on; none behind the last."""
        return await self._ask(Word.GET, wire.packed([first]))

    async def digest(self, first: int, many: int) -> bytes:
        """`wire.digest` of so many slots from number `first` on."""
        return await self._ask(Word.DIGEST, wire.packed([first, many]))

    async def marks(self, first: int) -> bytes:
        """`wire.marks` of slots from number `first` on."""
        return await self._ask(Word.MARKS, wire.packed([first]))

    async def renew(self, first: int, slots: bytes) -> None:
        """Give it slots in place of those it holds from number `first` on."""
        await self._ask(Word.RENEW, wire.packed([first]) + slots)

    async def _ask(self, word: Word, said: bytes) -> bytes:
        try:
            async with asyncio.timeout(PATIENCE):
                self._writer.write(wire.message(word, said))
                await self._writer.drain()
                answer, held = await wire.read(self._reader)
        except (OSError, EOFError, ssl.SSLError) as error:  # OSError: TimeoutError as well
            raise _away(error) from error
        if answer is not Word.DONE:
            raise Refused(held.decode(errors="replace")[:200])
        return held


@asynccontextmanager
async def calling(address: str, paired: Path, fingerprint: int) -> AsyncIterator[Keeper]:
    """The keeper at `address`, for as long as the block lasts.

    Args:
        paired: the file that `whimbrel keeper pair` made.
        fingerprint: of the keyring; 0 where that is what is asked for.
    Raises:
        Unavailable: it is away, or certificates do not go together. Of each question, too.
        Refused: it holds the slots of another keyring. Of each question: why not.
        NotFound, Invalid: what is wrong with `paired`.
    """
    context = certificates.calling(paired)
    host, port = split_bind(address)
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(
                host, port, ssl=context, server_hostname=certificates.NAME
            )
    except (OSError, ssl.SSLError) as error:
        raise _away(error) from error
    try:
        keeper = Keeper(reader, writer)
        await keeper.hello(fingerprint)
        yield keeper
    finally:
        writer.transport.abort()  # all that counts was answered


def paired_with(data: Path, address: str) -> Path:
    """Where a server has the file that `whimbrel keeper pair` made for the keeper at `address`."""
    host, port = split_bind(address)
    return data / "keepers" / f"{host.replace(':', '_')}-{port}.pem"


def _number(held: bytes) -> int:
    if len(held) != 8:
        raise Malformed("A number is cut short.")
    return int.from_bytes(held)


def _away(error: Exception) -> Unavailable:
    why = getattr(error, "reason", None) or getattr(error, "strerror", None)
    return Unavailable(f"The keeper does not answer ({why or type(error).__name__}).")
