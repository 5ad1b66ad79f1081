"""Bring the database to the shape this release needs, at start, under a lock.

Migrations only expand: during a failover old and new code may serve side by side. There is no way
back down; going back is restoring the standby."""

from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from . import dbapi
from .db import sqlite_path

VERSIONS = Path(__file__).parent.parent / "migrations" / "versions"
_REVISION = text("SELECT version_num FROM alembic_version")


def sqlalchemy_engine(url: str, data: Path) -> Any:
    """SQLAlchemy's own engine, for migrations only."""
    if url.startswith(("postgresql:", "postgres:")):
        return create_engine("postgresql+psycopg:" + url.split(":", 1)[1], poolclass=NullPool)
    path = sqlite_path(url, data)
    return create_engine(f"sqlite:///{path}", module=dbapi, poolclass=NullPool)


def revision(url: str, data: Path) -> str | None:
    """The last migration that ran; None for a database that is new."""
    engine = sqlalchemy_engine(url, data)
    try:
        with engine.connect() as connection:
            found: str | None = connection.execute(_REVISION).scalar()
    except DBAPIError:  # no such table; what else is wrong, shows later
        found = None
    engine.dispose()
    return found


def newest() -> str:
    """The last migration there is: they are numbered, and one follows the other."""
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


def missing(url: str, data: Path) -> bool:
    """Whether `migrate` would have something to do."""
    return revision(url, data) != newest()


def migrate(url: str, data: Path) -> bool:
    """Run what is missing; whether anything was.

    Args:
        url: as in the settings; "" is SQLite in `data`.
    Raises:
        SettingsError: a newer release has been at work here, whose shape this one does not know.
    """
    data.mkdir(parents=True, exist_ok=True)
    if not missing(url, data):
        return False
    from .upgrade import upgrade  # Alembic takes a tenth of a start, which rarely needs it

    return upgrade(sqlalchemy_engine(url, data), data)
