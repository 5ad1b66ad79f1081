"""Bring the database to the shape this release needs, at start, under a lock.

Migrations only expand: during a failover old and new code may serve side by side. There is no way
back down; going back is restoring the standby."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from .db import sqlite_path
from .native import sqlite3
from .settings import SettingsError

_LOCK = 7_243_001  # any number of our own: the advisory lock of migrations


def sqlalchemy_engine(url: str, data: Path) -> Any:
    """SQLAlchemy's own engine, for migrations only."""
    if url.startswith(("postgresql:", "postgres:")):
        return create_engine("postgresql+psycopg:" + url.split(":", 1)[1], poolclass=NullPool)
    path = sqlite_path(url, data)
    return create_engine(f"sqlite:///{path}", module=sqlite3, poolclass=NullPool)


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, pointing into the package."""
    settings = Config()
    settings.set_main_option("script_location", "whimbrel:migrations")
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def missing(url: str, data: Path) -> bool:
    """Whether `migrate` would have something to do."""
    engine = sqlalchemy_engine(url, data)
    with engine.connect() as connection:
        now = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return now != ScriptDirectory.from_config(config()).get_current_head()


def migrate(url: str, data: Path) -> bool:
    """Run what is missing; whether anything was.

    Args:
        url: as in the settings; "" is SQLite in `data`.
    Raises:
        SettingsError: a newer release has been at work here, whose shape this one does not know.
    """
    data.mkdir(parents=True, exist_ok=True)
    engine = sqlalchemy_engine(url, data)
    with engine.connect() as connection, _alone(connection, data):
        before = MigrationContext.configure(connection).get_current_revision()
        settings = config(connection)
        scripts = ScriptDirectory.from_config(settings)
        if before == scripts.get_current_head():
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
