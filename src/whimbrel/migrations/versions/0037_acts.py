"""What the staff says of a post, who is recommended to nobody, and room for all that is done."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Expand only. SQLite holds no text to its length."""
    op.add_column("posts", sa.Column("label", sa.String(20)))
    op.add_column("accounts", sa.Column("demoted_at", sa.BigInteger))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("verdicts", "done", type_=sa.String(20_000))
