"""What people prepared for leaving."""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from whimbrel.accounts.tables import account_id
from whimbrel.core.tables import PERSONAL, SYSTEM, metadata

# The last recovery kit of somebody: for which key it was sealed (the secret was never here), and
# how many followers elsewhere it holds.
kits = Table(
    "kits",
    metadata,
    account_id("account", primary_key=True),
    Column("key", String(100), nullable=False, info=PERSONAL),
    Column("followers", Integer, nullable=False, info=SYSTEM),
    Column("at", BigInteger, nullable=False, info=SYSTEM),  # ms
)
