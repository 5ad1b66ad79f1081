"""Who is called about a case: the ladder of its clock, and who is on call."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0030"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only."""
    op.add_column(
        "cases", sa.Column("turn", sa.Integer, nullable=False, server_default=sa.text("0"))
    )
    op.create_table(
        "pages",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("case", sa.BigInteger, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("class", sa.String(2), nullable=False),
        sa.Column("rung", sa.String(20), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("account", sa.BigInteger, sa.ForeignKey("accounts.id", ondelete="SET NULL")),
        sa.Column("secret", sa.LargeBinary, unique=True),
        sa.Column("taken_at", sa.BigInteger),
    )
    op.create_index("ix_pages_case", "pages", ["case", "class", "rung"])
    op.create_index("ix_pages_account", "pages", ["account"])
    op.create_table(
        "on_call",
        sa.Column(
            "account",
            _ID,
            sa.ForeignKey("accounts.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("place", sa.SmallInteger, nullable=False),
    )
