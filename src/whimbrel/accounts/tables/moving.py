"""Which accounts are the same person's, as they say, and who moved where."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from whimbrel.core.tables import PUBLIC, SYSTEM, metadata

from .columns import account_id

moves = Table(
    "moves",
    metadata,
    account_id("account", primary_key=True),
    # JSON: ids of accounts elsewhere (or here) that one of ours says are theirs as well
    Column("aliases", String(20000), nullable=False, server_default="[]", info=PUBLIC),
    Column("target", BigInteger, ForeignKey("accounts.id", ondelete="SET NULL"), info=PUBLIC),
    Column("at", BigInteger, info=SYSTEM),  # ms: of the last move
    Index("ix_moves_target", "target"),
)
