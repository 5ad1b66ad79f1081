"""What the staff says of a post, who is recommended to nobody, and room for all that is done."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Expand only."""
    op.add_column("posts", sa.Column("label", sa.String(20)))
    op.add_column("accounts", sa.Column("demoted_at", sa.BigInteger))
    with op.batch_alter_table("verdicts") as verdicts:
        verdicts.alter_column(
            "done",
            existing_type=sa.String(2000),
            type_=sa.String(20_000),
            existing_nullable=False,
        )
