"""Follows that ended because of a block or a decision; what held notifications are about."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _key(table: str, name: str, to: str = "accounts", ends: str = "CASCADE") -> sa.ForeignKey:
    return sa.ForeignKey(f"{to}.id", name=f"fk_{table}_{name}", ondelete=ends)


def upgrade() -> None:
    """Expand only."""
    table = "severances"
    op.create_table(
        table,
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("account", _ID, _key(table, "account"), nullable=False),
        sa.Column("cause", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("domain", sa.String(253)),
        sa.Column("about", sa.BigInteger, _key(table, "about", ends="SET NULL")),
        sa.Column("followers", sa.Integer, nullable=False, server_default="0"),
        sa.Column("following", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index("ix_severances_pair", table, ["cause", "account"], unique=True)
    op.create_index("ix_severances_account", table, ["account", "id"])
    op.create_index("ix_severances_about", table, ["about"])
    _severed()
    op.add_column("held_notifications", sa.Column("subject", sa.BigInteger))


def _severed() -> None:
    table = "severed"
    whose = _key(table, "severance", "severances")
    op.create_table(
        table,
        sa.Column("severance", sa.BigInteger, whose, primary_key=True, autoincrement=False),
        sa.Column("other", _ID, _key(table, "other"), primary_key=True, autoincrement=False),
        sa.Column("outgoing", sa.Boolean, primary_key=True),
        sa.Column("reblogs", sa.Boolean, nullable=False),
        sa.Column("notify", sa.Boolean, nullable=False),
        sa.Column("languages", sa.String(260)),
    )
    op.create_index("ix_severed_other", table, ["other"])
