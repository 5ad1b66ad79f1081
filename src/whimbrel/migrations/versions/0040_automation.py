"""Rules of the operator's own, and what each has hit."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _staff() -> sa.Column[int]:
    return sa.Column("by", sa.BigInteger, sa.ForeignKey("accounts.id", ondelete="SET NULL"))


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "auto_rules",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("source", sa.String(2000), nullable=False),
        sa.Column("why", sa.String(1000), nullable=False),
        sa.Column("category", sa.String(10), nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        _staff(),
        sa.Column("hits", sa.Integer, nullable=False),
        sa.Column("hour", sa.BigInteger, nullable=False),
        sa.Column("in_hour", sa.Integer, nullable=False),
        sa.Column("calm", sa.Integer, nullable=False),
        sa.Column("fell", sa.Boolean, nullable=False),
    )
    op.create_index("ix_auto_rules_by", "auto_rules", ["by"])
    op.create_table(
        "rule_hits",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column(
            "rule",
            sa.BigInteger,
            sa.ForeignKey("auto_rules.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column(
            "post", sa.BigInteger, sa.ForeignKey("posts.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("right", sa.Boolean),
        _staff(),
        sa.UniqueConstraint("rule", "post", name="uq_rule_hits"),
    )
    op.create_index("ix_rule_hits_rule", "rule_hits", ["rule", "id"])
    op.create_index("ix_rule_hits_post", "rule_hits", ["post"])
    op.create_index("ix_rule_hits_by", "rule_hits", ["by"])
