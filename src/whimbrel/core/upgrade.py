"""Migrations at work, by Alembic, one process at a time."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from .settings import SettingsError

_LOCK = 7_243_001  # any number of our own: the advisory lock of migrations


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, pointing into the package."""
    settings = Config()
    settings.set_main_option("script_location", "whimbrel:migrations")
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def upgrade(engine: Any, data: Path) -> bool:
    """As `migrate.migrate`, with SQLAlchemy's own engine, which is disposed of."""
    with engine.connect() as connection, _alone(connection, data):
        before = MigrationContext.configure(connection).get_current_revision()
        settings = config(connection)
        scripts = ScriptDirectory.from_config(settings)
        if before == scripts.get_current_head():  # another process was quicker
            return False
        known = {None, *(each.revision for each in scripts.walk_revisions())}
        if before not in known:
            raise SettingsError(
                f"database: a newer Whimbrel has made it what it is ({before}). Run that one, or "
                "put back a backup from before."
            )
        command.upgrade(settings, "head")
        connection.commit()
    engine.dispose()
    return True


@contextlib.contextmanager
def _alone(connection: Connection, data: Path) -> Iterator[None]:
    """Hold the lock: a second process waits here and then finds nothing to do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_lock(:n)"), {"n": _LOCK})
        connection.commit()
        try:
            yield
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": _LOCK})
            connection.commit()
        return
    with (data / "migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
