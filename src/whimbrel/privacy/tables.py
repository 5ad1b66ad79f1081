"""When somebody seemed to copy this server."""

from sqlalchemy import BigInteger, Column, String, Table

from whimbrel.core.tables import SYSTEM, Id, metadata

alarms = Table(
    "alarms",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("why", String(20), nullable=False, info=SYSTEM),
    Column("ends_at", BigInteger, nullable=False, info=SYSTEM),  # ms since 1970
    Column("silenced_at", BigInteger, info=SYSTEM),  # null = by nobody
)
