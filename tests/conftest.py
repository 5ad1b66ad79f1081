"""Fixtures every test may ask for. A service starts when first asked for, ends with the run."""

import contextlib
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # `import services`: importmode=importlib adds none

import people
import services
import shape
from server import Server, running
from whimbrel.accounts import passwords
from whimbrel.accounts.rules import Viewer
from whimbrel.app.handlers import routes
from whimbrel.core.db import Db, open_db, sqlite_path
from whimbrel.core.migrate import migrate
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.sqlite import connect
from whimbrel.core.tx import SlotBlock, Surroundings, Tx

# How long an example takes says how busy the machine is, not whether it is right.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


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


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[PasswordHasher]:
    """Passwords are hashed in no time: on purpose it takes a sixth of a second, and is done a
    thousand times here. What this gives is the hasher of a real server; servers in processes of
    their own have it anyway."""
    patch = pytest.MonkeyPatch()
    real = passwords._hasher
    patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield real
    patch.undo()


# --- the house: `db` and `tx` on both engines -----------------------------------------------------

ENGINES = ("sqlite", "postgresql")
NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until told otherwise, so that ids and deadlines can be named."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def step(self, **span: float) -> None:
        """Go on by `timedelta(**span)`."""
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def instance() -> Instance:
    return Instance.of(Settings(domain="social.example", signups="open"))


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    """An empty database of the newest shape, to be copied."""
    return shape.template()


@pytest.fixture(scope="session")
def postgres_template(postgres: services.Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of such a database in PostgreSQL."""
    migrate(postgres.create("template_whimbrel"), tmp_path_factory.mktemp("template"))
    return "template_whimbrel"


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each of the two, one after the other."""
    name: str = request.param
    return name


@pytest.fixture
def database(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh database of the newest shape ("" = SQLite in `tmp_path`)."""
    if engine == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "whimbrel.db")
    return services.database(request, engine)


@pytest.fixture
def db(database: str, tmp_path: Path, instance: Instance, clock: Clock) -> Iterator[Db]:
    """A database with every handler of the house; nobody runs the jobs unless a test does."""
    opened = open_db(database, tmp_path, instance, routes(), clock)
    yield opened
    opened.close()


class Room(NamedTuple):
    """A connection, and what its transactions share."""

    connection: Any
    env: Surroundings

    @classmethod
    @contextlib.contextmanager
    def of(cls, db: Db, url: str, folder: Path) -> Iterator["Room"]:
        """A connection of its own to this database."""
        if db.env.engine == "sqlite":
            connection: Any = connect(sqlite_path(url, folder))
        else:
            connection = psycopg.connect(url, autocommit=True)
        yield cls(connection, db.env)
        connection.close()


@pytest.fixture(scope="session")
def empty_rooms(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Room]]:
    """By engine, one empty database for all tests that only ever roll back."""
    with contextlib.ExitStack() as stack:

        @cache
        def room(engine: str) -> Room:
            folder, url = tmp_path_factory.mktemp("empty"), ""
            if engine == "sqlite":
                shutil.copy(request.getfixturevalue("sqlite_template"), folder / "whimbrel.db")
            else:
                template = request.getfixturevalue("postgres_template")
                url = request.getfixturevalue("postgres").create("empty", template)
            db = open_db(url, folder, Instance.of(Settings()), routes())
            stack.callback(db.close)
            return stack.enter_context(Room.of(db, url, folder))

        yield room


@pytest.fixture
def tx(
    engine: str,
    instance: Instance,
    clock: Clock,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Tx]:
    """One open transaction, rolled back at the end. `tx.emitted` holds the events.

    It is in `db` when the test has one, else in an empty database that others had before."""
    with contextlib.ExitStack() as stack:
        if {"db", "database"} & set(request.fixturenames):
            given = [request.getfixturevalue(name) for name in ("db", "database")]
            room = stack.enter_context(Room.of(*given, tmp_path))
        else:
            room = request.getfixturevalue("empty_rooms")(engine)
        env = room.env._replace(slots=SlotBlock(), instance=instance, clock=clock)
        cursor = room.connection.cursor()
        cursor.execute("BEGIN")
        opened = Tx(cursor, env)
        people.more_slots(opened)  # others than the last test had: it may have shredded some
        yield opened
        cursor.execute("ROLLBACK")


@pytest.fixture
def ada(tx: Tx) -> Viewer:
    return people.make(tx, "ada")


@pytest.fixture
def bob(tx: Tx) -> Viewer:
    return people.make(tx, "bob")


@pytest.fixture
def eve(tx: Tx) -> Viewer:
    return people.make(tx, "eve")


@pytest.fixture(scope="module", params=ENGINES)
def live(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A running server, one per module and engine."""
    url = services.database(request, request.param)
    with running(tmp_path_factory.mktemp("live"), url) as server:
        yield server
