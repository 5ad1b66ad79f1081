"""What the staff notes about a case, and until when one is put off."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only."""
    op.add_column("cases", sa.Column("snoozed", sa.BigInteger))
    op.create_table(
        "case_notes",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("case", sa.BigInteger, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("by", sa.BigInteger, sa.ForeignKey("accounts.id", ondelete="SET NULL")),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("slot", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_case_notes_case", "case_notes", ["case", "id"])
    op.create_index("ix_case_notes_by", "case_notes", ["by"])
