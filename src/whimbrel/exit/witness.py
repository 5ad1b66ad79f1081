"""Which of two nodes may write: the newest epoch at a witness, a third place that hangs on neither.

An epoch is a record that is created once and never changed, under the next number: whoever creates
it, or is named in it by the one before, may write. A node that holds the newest looks every few
seconds whether there is a newer one, and may acknowledge for the length of a lease after each such
look *began*. So who takes over waits for one lease, by its own clock, and knows that the other has
ended: no two clocks are ever compared. Records are signed with the server's own secret, which both
nodes have: whoever can but write to the place can stop a server, and cannot become it."""

import asyncio
import secrets
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from whimbrel.core.errors import Conflict, WhimbrelError
from whimbrel.core.ids import iso, millis
from whimbrel.core.keyring import Keyring, sync_folder
from whimbrel.core.objects.records import Records, open_records, probe
from whimbrel.core.settings import Settings, SettingsError
from whimbrel.core.tx import utc_now

T = TypeVar("T")

LEASE = 20.0  # seconds for which a look at the witness counts
DRIFT = 1.1  # by how much one clock may run faster than another
FIRST = 1


class Forged(WhimbrelError):
    """A record at the witness was not signed by this server."""

    status, code = 502, "forged"


class Epoch(msgspec.Struct, frozen=True):
    """Who may write from now on. `address`: where the other node finds it; "" = nobody said."""

    number: int
    node: str
    address: str
    at: str
    by: str  # the node that wrote it


class _Signed(msgspec.Struct, frozen=True):
    said: msgspec.Raw
    signature: str  # Ed25519, hex


class Signer:
    """Signs and reads records with the server's own secret."""

    def __init__(self, keyring: Keyring) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(keyring.mac("witness", b"ed25519"))

    def sign(self, name: str, value: Any) -> bytes:
        """The bytes of a record of this name, which it is bound to."""
        said = msgspec.json.encode(value, order="sorted")
        signature = self._key.sign(name.encode() + b"\n" + said).hex()
        return msgspec.json.encode(_Signed(msgspec.Raw(said), signature))

    def read(self, name: str, content: bytes, kind: type[T]) -> T:
        """The reverse. Raises Forged."""
        try:
            found = msgspec.json.decode(content, type=_Signed)
            said, signature = bytes(found.said), bytes.fromhex(found.signature)
            self._key.public_key().verify(signature, name.encode() + b"\n" + said)
            return msgspec.json.decode(said, type=kind)
        except (msgspec.MsgspecError, InvalidSignature, ValueError) as error:
            raise Forged(f"What the witness has as {name} is not signed by this server.") from error


class Witness:
    """The place, as one node sees it."""

    def __init__(self, records: Records, keyring: Keyring, node: str) -> None:
        self.records, self.node = records, node
        self._signer = Signer(keyring)
        self._known: Epoch | None = None

    @classmethod
    async def open(cls, settings: Settings, keyring: Keyring) -> "Witness":
        """The one that the settings name, tried out.

        Raises:
            SettingsError: there is none.
            Lies: two nodes could both be first there.
            Unavailable: it does not answer.
        """
        if not settings.witness:
            raise SettingsError("witness: name a third place; without one two could both write.")
        records = open_records(settings.witness, settings.witness_key, settings.witness_secret)
        try:
            await probe(records)
        except BaseException:
            await records.close()
            raise
        return cls(records, keyring, node_of(settings.data))

    async def newest(self) -> Epoch | None:
        """The newest epoch; None: there never was one. Raises Forged, Unavailable."""
        while True:
            found = await self.epoch(self._known.number + 1 if self._known else FIRST)
            if found is None:
                return self._known
            self._known = found

    async def epoch(self, number: int) -> Epoch | None:
        """This one. Raises Forged, Unavailable."""
        return await self.read(_name(number), Epoch)

    async def make(self, number: int, node: str, address: str = "") -> Epoch | None:
        """Create an epoch; None: another was first. Raises Unavailable."""
        name, at = _name(number), iso(millis(utc_now()))
        made = Epoch(number, node, address, at, self.node)
        if not await self.records.create(name, self._signer.sign(name, made)):
            return None
        self._known = made
        return made

    async def read(self, name: str, kind: type[T]) -> T | None:
        """A signed record; None: there is none. Raises Forged, Unavailable."""
        content = await self.records.read(name)
        return None if content is None else self._signer.read(name, content, kind)

    async def say(self, name: str, value: Any) -> None:
        """Write a record that only this node writes. Raises Unavailable."""
        await self.records.write(name, self._signer.sign(name, value))

    async def close(self) -> None:
        """Let connections go."""
        await self.records.close()


async def take_over(witness: Witness, address: str, lease: float) -> Epoch:
    """Become the one that may write, though the other did not say so: it may be dead, and it may
    not. Returns when it has ended in any case: a lease later.

    Raises:
        Conflict: another node was quicker.
        Unavailable: the witness does not answer.
    """
    newest = await witness.newest()
    made = newest
    if newest is None or newest.node != witness.node:
        made = await witness.make(newest.number + 1 if newest else FIRST, witness.node, address)
    if made is None:
        raise Conflict("Another node took over at the same moment.")
    if newest is not None:
        await asyncio.sleep(lease * DRIFT)
    return made


def node_of(data: Path) -> str:
    """What this node is called: random, made once, and never copied with the data."""
    folder = data / "exit"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "node"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        name = secrets.token_hex(16)
        new = path.with_name(f"node.{name}")
        new.write_text(name)
        try:
            path.hardlink_to(new)  # another process may make it just now
            sync_folder(folder)
        except FileExistsError:
            return path.read_text().strip()
        finally:
            new.unlink()
        return name


def _name(number: int) -> str:
    return f"epoch-{number:08}"
