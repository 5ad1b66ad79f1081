"""Preferences of a reader, and push subscriptions of browsers beside those of apps."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Expand only: a subscription may hang on a session in place of a token."""
    op.add_column(
        "users", sa.Column("preferences", sa.String(2000), nullable=False, server_default="{}")
    )
    with op.batch_alter_table("subscriptions") as table:
        table.alter_column("token", existing_type=sa.BigInteger, nullable=True)
        table.add_column(
            sa.Column(
                "session",
                sa.BigInteger,
                sa.ForeignKey("sessions.id", name="fk_subscriptions_session", ondelete="CASCADE"),
            )
        )
        table.create_unique_constraint("uq_subscriptions_session", ["session"])
