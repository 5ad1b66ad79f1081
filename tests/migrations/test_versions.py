"""Migrations: what they make is what the code expects, on both engines."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from whimbrel.core.migrate import migrate, missing, newest, sqlalchemy_engine
from whimbrel.core.settings import SettingsError
from whimbrel.core.tables import metadata
from whimbrel.core.upgrade import config


def test_a_migrated_database_is_what_the_code_expects(database: str, tmp_path: Path):
    """A column that only the code knows fails on every server that is older than the column."""
    engine = sqlalchemy_engine(database, tmp_path)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, metadata)
    engine.dispose()
    assert found == []


def test_migrating_twice_changes_nothing(database: str, tmp_path: Path):
    """Every start asks."""
    assert not missing(database, tmp_path)
    assert not migrate(database, tmp_path)


def test_what_a_newer_release_has_made_is_left_alone(database: str, tmp_path: Path):
    """Who goes back to an older release gets one sentence that says so, not a traceback."""
    engine = sqlalchemy_engine(database, tmp_path)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(SettingsError, match="newer Whimbrel"):
        migrate(database, tmp_path)


def test_migrations_are_numbered_as_they_follow_each_other():
    """A start looks at the numbers alone; one out of line would never run, or always."""
    scripts = ScriptDirectory.from_config(config())
    numbers = [each.revision for each in scripts.walk_revisions()]
    assert numbers == sorted(numbers, reverse=True)
    assert scripts.get_current_head() == newest() == numbers[0]
