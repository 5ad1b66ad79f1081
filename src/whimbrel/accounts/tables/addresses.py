"""Where somebody came from lately, and who of the staff looked at it. Addresses are sealed under
the author's slot and the day's: a week on the day's is shredded, and networks are what is left."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table

from whimbrel.core.tables import PERSONAL, SECRET, SYSTEM, Id, metadata

from .columns import account_id

addresses = Table(
    "addresses",
    metadata,
    account_id("account", primary_key=True),
    Column("hash", String(64), primary_key=True, info=SECRET),  # keyed, of what is sealed
    Column("network", String(64), nullable=False, info=SECRET),  # keyed, of its /24 or /48
    Column("address", LargeBinary, nullable=False, info=PERSONAL),  # sealed
    Column("day", BigInteger, info=SYSTEM),  # whose key it is under; null = it is a network now
    Column("used_at", BigInteger, nullable=False, info=PERSONAL),  # of a network: to the day
    Index("ix_addresses_network", "network"),
    Index("ix_addresses_day", "day"),
    Index("ix_addresses_used_at", "used_at"),
)

# The other half of the key of every address of a day (its number since 1970).
address_keys = Table(
    "address_keys",
    metadata,
    Column("day", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("slot", BigInteger, nullable=False, info=SECRET),
)

# On which days the staff looked at what is somebody's own, as they are told.
staff_reads = Table(
    "staff_reads",
    metadata,
    account_id("account", primary_key=True),
    Column("what", String(20), primary_key=True, info=PERSONAL),
    Column("day", Id, primary_key=True, autoincrement=False, info=PERSONAL),
)
