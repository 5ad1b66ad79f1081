"""Federation: what other servers sent us, and what they took back."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _account(name: str) -> sa.Column[int]:
    account = sa.ForeignKey("accounts.id", name=f"fk_remote_follows_{name}", ondelete="CASCADE")
    return sa.Column(name, _ID, account, primary_key=True, autoincrement=False)


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "received",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("activity", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("signer", sa.String(2048), nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("day", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_received_day", "received", ["day"])
    op.create_table(
        "received_keys",
        sa.Column("day", _ID, primary_key=True, autoincrement=False),
        sa.Column("slot", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "tombstones",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "remote_follows",
        _account("follower"),
        _account("followee"),
        sa.Column("uri", sa.String(2048), nullable=False),
    )
    op.create_index("ix_remote_follows_followee", "remote_follows", ["followee"])
    emojis = sa.Column("emojis", sa.String(20000), nullable=False, server_default="{}")
    op.add_column("remote_actors", emojis)
