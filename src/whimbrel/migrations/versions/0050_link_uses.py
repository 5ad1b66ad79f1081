"""How often posts lead to the same host within an hour, for rules that ask."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "link_uses",
        sa.Column("host", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column(
            "post",
            sa.BigInteger,
            sa.ForeignKey("posts.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
    )
    op.create_index("ix_link_uses_post", "link_uses", ["post"])
