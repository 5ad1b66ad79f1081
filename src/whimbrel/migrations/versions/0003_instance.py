"""What the server says about itself: rules, texts, announcements; which emojis a name uses."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "rules",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("text", sa.String(300), nullable=False),
        sa.Column("hint", sa.String(1000), nullable=False, server_default=""),
        sa.Column("translations", sa.String(60_000), nullable=False, server_default="{}"),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("removed_at", sa.BigInteger),
    )
    op.create_table(
        "texts",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True, server_default=""),
        sa.Column("markdown", sa.String(100_000), nullable=False),
        sa.Column("html", sa.String(400_000), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "announcements",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("text", sa.String(20_000), nullable=False),
        sa.Column("starts_at", sa.BigInteger),
        sa.Column("ends_at", sa.BigInteger),
        sa.Column("all_day", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("published_at", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "announcement_reads",
        _account(),
        _announcement(),
        sa.PrimaryKeyConstraint("account", "announcement"),
    )
    op.create_index("ix_announcement_reads_announcement", "announcement_reads", ["announcement"])
    op.create_table(
        "announcement_reactions",
        _announcement(),
        sa.Column("name", sa.String(64), nullable=False),
        _account(),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("announcement", "name", "account"),
    )
    op.create_index("ix_announcement_reactions_account", "announcement_reactions", ["account"])
    off = sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.text("false"))
    op.add_column("emojis", off)
    used = sa.Column("emojis", sa.String(20_000), nullable=False, server_default="[]")
    op.add_column("accounts", used)


def _account() -> sa.Column[int]:
    return sa.Column(
        "account", _Id, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
    )


def _announcement() -> sa.Column[int]:
    return sa.Column(
        "announcement",
        sa.BigInteger,
        sa.ForeignKey("announcements.id", ondelete="CASCADE"),
        nullable=False,
    )
