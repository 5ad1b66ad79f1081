"""Fixtures every test may ask for. A service starts when first asked for, ends with the run."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `import services`: importmode=importlib adds none

import services


@pytest.fixture(scope="session")
def postgres() -> Iterator[services.Postgres]:
    """A PostgreSQL cluster: `postgres.create(name, template)` gives a fresh database's URL."""
    with services.postgres() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with services.redis() as url:
        yield url


@pytest.fixture(scope="session")
def s3() -> Iterator[services.S3]:
    with services.s3() as endpoint:
        yield endpoint


@pytest.fixture
def mailbox() -> Iterator[services.Mailbox]:
    with services.mailbox() as box:
        yield box


@pytest.fixture(scope="session")
def chromium() -> str:
    return services.chromium()


# --- the house: `db` and `tx` on both engines -----------------------------------------------------
