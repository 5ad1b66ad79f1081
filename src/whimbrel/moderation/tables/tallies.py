"""What is counted in public, a row a day. Small numbers are rounded before they are kept."""

from sqlalchemy import BigInteger, Column, LargeBinary, Table

from whimbrel.core.tables import PUBLIC, Id, metadata

tallies = Table(
    "tallies",
    metadata,
    Column("day", Id, primary_key=True, autoincrement=False, info=PUBLIC),  # since 1970
    Column("at", BigInteger, nullable=False, info=PUBLIC),  # ms
    Column("content", LargeBinary, nullable=False, info=PUBLIC),  # JSON `tally.Tally`
)
