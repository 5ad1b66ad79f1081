"""The one MetaData of the house, the marks that say whose a column is, and core's own tables.

Erasure, export, takeout and the breach drill obey the marks; none of them keeps a list."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

PUBLIC = {"whose": "public"}  # anybody may learn it
PERSONAL = {"whose": "personal"}  # the account's own: exported to it, erased with it
SECRET = {"whose": "secret"}  # never leaves the server: hashes, slots, keys
SYSTEM = {"whose": "system"}  # the machine's book-keeping

MARKS = (PUBLIC, PERSONAL, SECRET, SYSTEM)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# An id as primary key. INTEGER, for SQLite then keeps the row under the id itself and needs no
# second index; 64 bits on both engines.
Id = BigInteger().with_variant(Integer, "sqlite")

# A row number the engine itself counts up. It never leaves the database: see the threat model, D1.
Counter = Id

jobs = Table(
    "jobs",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True, info=SYSTEM),
    Column("lane", String(20), nullable=False, info=SYSTEM),
    Column("task", String(100), nullable=False, info=SYSTEM),
    Column("event", LargeBinary, nullable=False, info=SYSTEM),  # msgspec JSON: ids, never words
    Column("due", BigInteger, nullable=False, info=SYSTEM),  # ms since 1970
    Column("tries", Integer, nullable=False, server_default="0", info=SYSTEM),
    Column("error", String(500), info=SYSTEM),
    Index("ix_jobs_lane_due", "lane", "due", "id"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True, info=SYSTEM),
    Column("value", BigInteger, nullable=False, info=SYSTEM),
)

# Slots whose keys are destroyed. Replayed on every start, before a port opens: a keyring that
# comes back from somewhere must not bring back the dead.
shredded = Table(
    "shredded",
    metadata,
    Column("slot", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("at", BigInteger, nullable=False, info=SYSTEM),
    Index("ix_shredded_at", "at", "slot"),
)

# Objects of the store that the standby has yet to get, or to let go of.
unsynced = Table(
    "unsynced",
    metadata,
    Column("object", String(100), primary_key=True, info=SYSTEM),
    Column("at", BigInteger, nullable=False, info=SYSTEM),  # ms: since when
    Column("gone", Boolean, nullable=False, info=SYSTEM),
    Index("ix_unsynced_at", "at"),
)
