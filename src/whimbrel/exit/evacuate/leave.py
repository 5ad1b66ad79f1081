"""`whimbrel evacuate`: from what was typed to a run that goes on where the last one ended."""

import secrets
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from math import inf
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from whimbrel.core.app import App
from whimbrel.core.errors import Conflict, Invalid
from whimbrel.core.objects import FolderStore, ObjectStore, bucket_of, open_bucket
from whimbrel.core.settings import Settings, SettingsError

from .. import guard, plan
from ..guard import Standing
from ..witness import Witness
from . import journal
from .journal import STEPS, Journal, Step
from .machine import Evacuation
from .orders import ORDER, Order, Wants
from .progress import Progress, Tell, noting

OpenApp = Callable[[], AbstractAsyncContextManager[Any]]
STANDBY = "standby"  # as --to: the bucket that the settings name


class Wish(msgspec.Struct, frozen=True):
    """What was typed."""

    to: str = STANDBY
    deadline: str = ""  # such as 30h; "" = none
    rehearse: bool = False
    wipes: bool = False
    limit: str = ""  # such as 500Mbit; "" = none
    hook: Path | None = None


async def leave(open_app: OpenApp, wish: Wish, tell: Tell) -> Journal:
    """Leave for the node that follows, or go on with it.

    Returns:
        How far it came: `Step.OVER`, or `Step.WIPE_OLD` where nobody asked to wipe.
    Raises:
        Invalid, SettingsError: what was typed, or set, cannot be used.
        Conflict, NotWhole, Unavailable: see `Evacuation.run`.
    """
    limit = plan.said([f"link={wish.limit}"])["link"] / 8 if wish.limit else inf
    async with open_app() as app:
        now = _begun(app, wish)
        store = _store(app.settings, now.to)
        try:
            witness = await Witness.open(app.settings, app.db.keyring)
            try:
                progress = Progress(noting(app.settings.data, tell), now.deadline, limit)
                run = Evacuation(app, now, store, witness, progress, wish.hook)
                done = await run.run(wipes=wish.wipes)
                if done.step is Step.OVER:
                    journal.write(app.settings.data, done)
                return done
            finally:
                await witness.close()
        finally:
            await store.close()


def _begun(app: App, wish: Wish) -> Journal:
    """The journal of what is under way, or a new one."""
    data = app.settings.data
    found = journal.read(data)
    if found is not None and found.step is not Step.OVER:
        if found.to != wish.to or found.rehearse != wish.rehearse:
            raise Conflict(
                f"Another one is under way, to {found.to}: go on with it, or take it back "
                "(whimbrel evacuate --abort)."
            )
        return found
    if guard.standing(data).moved:
        raise Conflict("This node has left already.")
    began = time.time()
    deadline = began + plan.hours(wish.deadline) * 3600 if wish.deadline else 0.0
    made = Journal(secrets.token_hex(8), wish.to, wish.rehearse, began, deadline)
    journal.write(data, made)
    return made


async def abort(open_app: OpenApp) -> None:
    """Take back what is under way: this node takes writes again.

    Raises:
        Conflict: nothing is under way, or the other node may write already.
    """
    async with open_app() as app:
        data = app.settings.data
        now = journal.read(data)
        if now is None or now.step is Step.OVER:
            raise Conflict("Nothing is under way.")
        witness = await Witness.open(app.settings, app.db.keyring)
        try:
            newest = await witness.newest()
            if newest is not None and newest.node != witness.node:
                raise Conflict("The other node may write already: there is no way back but theirs.")
            if now.node:
                order = Order(now.id, now.number + 1, now.node, Wants.NOTHING)
                await witness.say(ORDER, order)
        finally:
            await witness.close()
        guard.stand(data, Standing())
        journal.write(data, replace(now, step=Step.OVER, failed="taken back", frozen=0.0))


def _store(settings: Settings, to: str) -> ObjectStore:
    """Where the files of the other node are. Raises Invalid, SettingsError."""
    if to == STANDBY:
        if not settings.standby:
            raise SettingsError("standby: name the other node's bucket, or its folder with --to.")
        bucket = bucket_of(settings.standby, "standby")
        return open_bucket(bucket, settings.standby_key, settings.standby_secret, "standby")
    folder = Path(to)
    if not folder.is_absolute() or not folder.is_dir():
        raise Invalid(
            f"--to {to}: write standby, or the full path of the other node's data folder."
        )
    if folder.resolve() == settings.data.resolve():
        raise Invalid("--to: this is the folder that is left.")
    return FolderStore(folder / "objects")


def far(now: Journal) -> str:
    """How far it came, in a sentence."""
    done = STEPS.index(now.step)
    if now.step is Step.OVER:
        return "Rehearsed: the other node is whole." if now.rehearse else "It is over."
    if now.step is Step.WIPE_OLD:
        return "The other node serves. When all is well: whimbrel evacuate --wipe."
    return f"{done} of {len(STEPS) - 1} steps are done; next: {now.step}."
