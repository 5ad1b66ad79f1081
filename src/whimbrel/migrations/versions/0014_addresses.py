"""Where people came from lately, and when the staff looked at it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _account(table: str) -> sa.Column[int]:
    account = sa.ForeignKey("accounts.id", name=f"fk_{table}_account", ondelete="CASCADE")
    return sa.Column("account", _ID, account, primary_key=True, autoincrement=False)


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "addresses",
        _account("addresses"),
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("network", sa.String(64), nullable=False),
        sa.Column("address", sa.LargeBinary, nullable=False),
        sa.Column("day", sa.BigInteger),
        sa.Column("used_at", sa.BigInteger, nullable=False),
    )
    for name in ("network", "day", "used_at"):
        op.create_index(f"ix_addresses_{name}", "addresses", [name])
    op.create_table(
        "address_keys",
        sa.Column("day", _ID, primary_key=True, autoincrement=False),
        sa.Column("slot", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "staff_reads",
        _account("staff_reads"),
        sa.Column("what", sa.String(20), primary_key=True),
        sa.Column("day", _ID, primary_key=True, autoincrement=False),
    )
