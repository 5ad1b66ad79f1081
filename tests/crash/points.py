"""`whimbrel` that dies at a step one names: run as `python -m tests.crash.points serve ...`.

The server itself knows nothing of this: the steps are patched in from here. `CRASH_STEPS` is a
folder. In it the file `steps` is written: each step that is taken, one a line. The file `at` names
the step at which the power goes, at once (SIGKILL). Steps are called

    ACTION:acted       an action ran, its transaction is still open
    ACTION:committed   it is in the database; keys it gave up are not destroyed yet
    ACTION:shredded    they are; nobody was told
    TASK:begun         a handler or an effect of the outbox is about to run (see app/handlers.py)
    TASK:done          it ran; a handler's transaction is open, an effect's job is still there
    TASK:committed     as for an action
    file:copied, file:named, file:removed    in the folder of objects
    media:sealed, media:stored               of an upload that was converted

What comes of that is held against what must be true by `test_points.py`."""

import functools
import os
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from whimbrel.core import postgres, worker
from whimbrel.core.keyring import Keyring
from whimbrel.core.objects import folder
from whimbrel.core.sqlite import Sqlite
from whimbrel.media import store

Names = Sequence[str]


class Steps:
    """The folder that says where to die, and is told what happens."""

    def __init__(self, place: Path) -> None:
        self._at = place / "at"
        self._taken = os.open(place / "steps", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.local = threading.local()  # the names of what this thread has in its transaction

    def take(self, step: str) -> None:
        """Go on, or die here."""
        os.write(self._taken, f"{step}\n".encode())
        if self._at.exists() and self._at.read_text() == step:
            self._at.unlink()  # once
            os.kill(os.getpid(), signal.SIGKILL)

    def take_all(self, names: Names, what: str) -> None:
        for name in names:
            self.take(f"{name}:{what}")

    @property
    def open(self) -> list[str]:
        """Names of the actions and tasks of the transaction this thread has open."""
        if not hasattr(self.local, "open"):
            self.local.open = []
        found: list[str] = self.local.open
        return found


def named(action: Callable[..., Any]) -> str:
    """What an action is called here."""
    action = getattr(action, "func", action)
    return action.__qualname__.replace(".<locals>.", ".")


def patch(steps: Steps) -> None:
    """Let every step be told."""
    _patch_engines(steps)
    _patch_worker(steps)
    _patch_files(steps)


def _patch_engines(steps: Steps) -> None:
    acted, once, shred = Sqlite._acted, postgres.Postgres._once, Keyring.shred

    def many(self: Any, cursor: Any, batch: Any) -> Any:
        steps.open.clear()
        found = acted(self, cursor, batch)
        steps.open.extend(named(work.fn) for work in batch)
        steps.take_all(steps.open, "acted")
        return found

    def one(self: Any, fn: Any, args: Any) -> Any:
        steps.open.clear()

        @functools.wraps(fn, updated=())
        def told(tx: Any, *args: Any) -> Any:
            found = fn(tx, *args)
            steps.open.append(named(fn))
            steps.take_all(steps.open, "acted")
            return found

        return once(self, told, args)

    def destroy(self: Any, numbers: Any) -> None:
        # Either engine calls this once the transaction is in the database, with none or more.
        taken = list(steps.open)
        steps.open.clear()
        steps.take_all(taken, "committed")
        shred(self, numbers)
        steps.take_all(taken, "shredded")

    Sqlite._acted = many  # type: ignore[method-assign]
    postgres.Postgres._once = one  # type: ignore[method-assign]
    Keyring.shred = destroy  # type: ignore[method-assign]


def _patch_worker(steps: Steps) -> None:
    handle, begin = worker._handle, worker.Worker.__init__

    def handled(tx: Any, routes: Any, job: Any, task: Any) -> None:
        steps.take(f"{job.task}:begun")
        handle(tx, routes, job, task)
        steps.take(f"{job.task}:done")
        steps.open.append(job.task)

    def told(name: str, effect: Any) -> Any:
        async def act(app: Any, event: Any) -> None:
            steps.take(f"{name}:begun")
            await effect(app, event)
            steps.take(f"{name}:done")

        return act

    def begun(self: Any, db: Any, *args: Any, **more: Any) -> None:
        tasks = db.env.routes.tasks
        for name, task in tasks.items():
            if task.effect is not None:
                tasks[name] = task._replace(effect=told(name, task.effect))
        begin(self, db, *args, **more)

    worker._handle = handled
    worker.Worker.__init__ = begun  # type: ignore[method-assign]


def _patch_files(steps: Steps) -> None:
    copy, put, remove = folder._copy, folder.FolderStore._put, folder._remove
    seal, keep = store.seal_file, store._keep

    def copied(*args: Any) -> Any:
        found = copy(*args)
        steps.take("file:copied")
        return found

    def named_(self: Any, path: Path) -> Any:
        found = put(self, path)
        steps.take("file:named")
        return found

    def removed(paths: Any) -> None:
        steps.take("file:removing")
        remove(paths)
        steps.take("file:removed")

    def sealed(*args: Any) -> int:
        found = seal(*args)
        steps.take("media:sealed")
        return found

    async def kept(*args: Any) -> Any:
        found = await keep(*args)
        steps.take("media:stored")
        return found

    folder._copy, folder.FolderStore._put, folder._remove = copied, named_, removed  # type: ignore[method-assign]
    store.seal_file, store._keep = sealed, kept


if __name__ == "__main__":
    from whimbrel.app.cli import main

    if "CRASH_STEPS" in os.environ:
        patch(Steps(Path(os.environ.pop("CRASH_STEPS"))))
    main()
