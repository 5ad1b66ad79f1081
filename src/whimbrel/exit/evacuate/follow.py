"""The node that follows: it lays what the other sends, proves that it is whole, and takes over when
the epoch is its own. Killed and started again it goes on: all that counts lies on a disk."""

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from whimbrel.core import logs
from whimbrel.core.errors import Conflict, WhimbrelError
from whimbrel.core.keyring import Keyring, KeyringBroken
from whimbrel.core.objects import ObjectStore, open_store
from whimbrel.core.settings import Settings

from ..guard import Standing, stand
from ..standby.restore import KeeperAt
from ..verify import Line, Report, verify
from ..witness import Epoch, Witness, take_over
from . import keys, lay
from .orders import ANSWER, ANY, ORDER, Answer, Did, Manifest, Order, Wants

LOOKS = 0.25  # seconds between looks at the witness
BEATS = 3.0  # seconds between signs of life

OpenApp = Callable[[], AbstractAsyncContextManager[Any]]
Told = Callable[[str], None]

log = logs.get(__name__)


class Follower:
    """Use `follow`."""

    def __init__(
        self,
        settings: Settings,
        witness: Witness,
        keyring: Keyring,
        keeper: KeeperAt | None,
        open_app: OpenApp,
        address: str,
        told: Told,
    ) -> None:
        self._settings, self._witness, self._keyring = settings, witness, keyring
        self._keeper, self._open_app, self._told = keeper, open_app, told
        self._store: ObjectStore = open_store(
            settings.objects, settings.data, settings.s3_key, settings.s3_secret
        )
        self._answer = Answer(witness.node, address, "")
        self._said = 0.0

    async def run(self) -> Epoch:
        """Until this node has taken over. Raises Conflict: it has already."""
        newest = await self._witness.newest()
        if newest is not None and newest.node == self._witness.node:
            lay.settle(self._settings)
            order = await self._witness.read(ORDER, Order)
            if order is not None and order.node == self._witness.node:
                await self._say(order, Did.PROMOTED)
            return newest
        while True:
            try:
                order = await self._witness.read(ORDER, Order)
                if order is not None and order.node in (self._witness.node, ANY):
                    taken = await self._obey(order)
                    if taken is not None:
                        return taken
                await self._beat()
            except (WhimbrelError, OSError) as error:
                self._told(f"It does not work at the moment: {error}")
                log.warning("a follower stumbled", why=str(error))
            await asyncio.sleep(LOOKS)

    async def close(self) -> None:
        """Let connections go."""
        await self._store.close()

    async def _obey(self, order: Order) -> Epoch | None:
        """Do what is wanted, once; the epoch, where that is ours now."""
        if order.wants is Wants.SERVE:
            newest = await self._witness.newest()
            if newest is None or newest.node != self._witness.node:
                return None  # it is about to be
            lay.settle(self._settings)
            await self._say(order, Did.PROMOTED)
            return newest
        if (order.evacuation, order.number) == (self._answer.evacuation, self._answer.number):
            return None
        if order.wants is Wants.NOTHING:
            await self._say(order, Did.FOLLOWS)
            return None
        began = time.monotonic()
        try:
            did, lines = await self._laid(order)
        except (WhimbrelError, OSError, ExceptionGroup) as error:
            did, lines = Did.WRONG, (Line("laying", False, _why(error)),)
        await self._say(order, did, lines, time.monotonic() - began)
        return None

    async def _laid(self, order: Order) -> tuple[Did, tuple[Line, ...]]:
        manifest = await lay.read_manifest(self._store, self._keyring, order.manifest)
        if order.wants is Wants.VERIFY and not manifest.still:
            raise Conflict("What does not go together cannot be proven.")
        lay.unsettle(self._settings)
        fetched_ = await lay.lay(self._settings, self._store, manifest)
        self._told(f"laid: {fetched_} objects")
        if order.wants is Wants.LAY:
            return Did.LAID, ()
        await lay.lay_vault(self._settings.data, self._store, manifest)
        await self._keys()
        lay.settle(self._settings)
        report = await self._verified(manifest)
        for line in report.lines:
            self._told(f"{'ok   ' if line.ok else 'WRONG'} {line.title}: {line.says}")
        return (Did.VERIFIED if report.ok else Did.WRONG), report.lines

    async def _keys(self) -> None:
        """What was added to the keyring since is added here too."""
        if self._keeper is not None:
            await keys.grow(self._keeper, self._settings.data / keys.NAME)

    async def _verified(self, manifest: Manifest) -> Report:
        async with self._open_app() as app:
            return await verify(
                app,
                against=manifest.sums,
                canaries=manifest.canaries,
                left={each.object for each in manifest.left},
            )

    async def _say(
        self, order: Order, did: Did, lines: tuple[Line, ...] = (), seconds: float = 0.0
    ) -> None:
        self._answer = Answer(
            self._answer.node,
            self._answer.address,
            secrets.token_hex(8),
            order.evacuation,
            order.number,
            did,
            lines,
            seconds,
        )
        await self._witness.say(ANSWER, self._answer)
        self._said = time.monotonic()

    async def _beat(self) -> None:
        if time.monotonic() >= self._said + BEATS:
            now = self._answer
            order = Order(now.evacuation, now.number, now.node, Wants.NOTHING)
            await self._say(order, now.did, now.lines, now.seconds)


def _why(error: BaseException) -> str:
    if isinstance(error, ExceptionGroup):
        return _why(error.exceptions[0])
    return str(error) or type(error).__name__


async def follow(
    settings: Settings,
    keeper: KeeperAt | None,
    open_app: OpenApp,
    address: str,
    told: Told,
) -> Epoch:
    """Follow the node that serves, until this one has taken over.

    Args:
        keeper: where the keyring comes from; None = it lies in the data folder already.
        address: where this node will serve, as the other one reaches it.
        told: told of what is done.
    Raises:
        SettingsError, Lies: there is no witness, or none that can be trusted.
        Unavailable, Refused: the keeper does not answer, or not to this certificate.
        KeyringBroken: there is no keyring, and nobody to ask for one.
    """
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = settings.data / keys.NAME
    if not path.exists():
        if keeper is None:
            raise KeyringBroken("There is no keyring here: name a keeper that has it (--keeper).")
        await keys.fetch(keeper, path)
    keyring = Keyring.open(path)
    try:
        witness = await Witness.open(settings, keyring)
        try:
            follower = Follower(settings, witness, keyring, keeper, open_app, address, told)
            try:
                stand(settings.data, Standing(frozen=True))
                taken = await follower.run()
            finally:
                await follower.close()
        finally:
            await witness.close()
    finally:
        keyring.close()
    stand(settings.data, Standing(epoch=taken.number))
    return taken


async def promote(settings: Settings, address: str) -> Epoch:
    """Take over though nobody said so: the other node is dead, or must be. Returns when it cannot
    acknowledge anything any more, dead or not.

    Raises:
        Conflict: there is no database here yet, or another node was quicker.
        SettingsError, Lies, Unavailable: what is wrong with the witness.
    """
    lay.settle(settings)
    if not (settings.data / keys.NAME).exists():
        raise Conflict("There is nothing to take over with: lay a standby here first.")
    keyring = Keyring.open(settings.data / keys.NAME)
    try:
        keyring.mark(keyring.slots)  # the database may have forgotten the last that were used
        witness = await Witness.open(settings, keyring)
        try:
            taken = await take_over(witness, address, settings.witness_lease)
        finally:
            await witness.close()
    finally:
        keyring.close()
    stand(settings.data, Standing(epoch=taken.number))
    return taken
