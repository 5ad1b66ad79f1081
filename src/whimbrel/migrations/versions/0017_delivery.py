"""Federation: what is to be told to other servers, and how they answer."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only."""
    account = sa.ForeignKey("accounts.id", name="fk_sent_acts_account", ondelete="CASCADE")
    op.create_table(
        "sent_acts",
        sa.Column("account", _ID, account, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("target", _ID, primary_key=True, autoincrement=False),
        sa.Column("uri", sa.String(300), nullable=False),
    )
    op.create_table(
        "letters",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("owner", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("subject", sa.BigInteger, nullable=False),
        sa.Column("said", sa.LargeBinary),
        sa.Column("thing", sa.BigInteger, nullable=False),
    )
    letter = sa.ForeignKey("letters.id", name="fk_deliveries_letter", ondelete="CASCADE")
    op.create_table(
        "deliveries",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("letter", sa.BigInteger, letter, nullable=False),
        sa.Column("origin", sa.String(300), nullable=False),
        sa.Column("inbox", sa.String(2048), nullable=False),
        sa.Column("thing", sa.BigInteger, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
    )
    op.create_index("ix_deliveries_origin", "deliveries", ["origin", "thing", "id"])
    op.create_index("ix_deliveries_letter", "deliveries", ["letter"])
    op.create_table(
        "queues",
        sa.Column("origin", sa.String(300), primary_key=True),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("lease", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("failures", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("since", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_index("ix_queues_due", "queues", ["due"])
