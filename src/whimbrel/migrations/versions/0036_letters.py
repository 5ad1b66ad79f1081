"""Letters that are taken in and answered, evidence that is kept, and what is counted in public."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _complaint(name: str = "complaint", *, key: bool = False) -> sa.Column[int]:
    return sa.Column(
        name,
        sa.BigInteger,
        sa.ForeignKey("complaints.id"),
        primary_key=key,
        autoincrement=False,
        nullable=False,
    )


def _loose(name: str, table: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, sa.ForeignKey(f"{table}.id", ondelete="SET NULL"))


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "complaints",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("confirmed_at", sa.BigInteger),
        _loose("confirmed_by", "accounts"),
        sa.Column("host", sa.String(253), nullable=False, server_default=""),
        sa.Column("country", sa.String(2)),
        sa.Column("silent_until", sa.BigInteger),
        sa.Column("answered_at", sa.BigInteger),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("slot", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_complaints_state", "complaints", ["state", "due"])
    op.create_index("ix_complaints_host", "complaints", ["host"])
    op.create_index("ix_complaints_confirmed_by", "complaints", ["confirmed_by"])
    op.create_table(
        "complaint_letters",
        _complaint(key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("words", sa.LargeBinary),
    )
    op.create_table(
        "complaint_items",
        _complaint(key=True),
        sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("written", sa.LargeBinary, nullable=False),
        sa.Column("found", sa.Boolean, nullable=False, server_default=sa.text("false")),
        _loose("account", "accounts"),
        sa.Column("post", sa.BigInteger),
        _loose("report", "reports"),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("answered_at", sa.BigInteger),
        _loose("answered_by", "accounts"),
    )
    for name in ("account", "report", "answered_by"):
        op.create_index(f"ix_complaint_items_{name}", "complaint_items", [name])
    op.create_table(
        "replies",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        _complaint(),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        _loose("written_by", "accounts"),
        _loose("read_by", "accounts"),
        sa.Column("read_at", sa.BigInteger),
        sa.Column("sent_at", sa.BigInteger),
    )
    for name in ("complaint", "written_by", "read_by"):
        op.create_index(f"ix_replies_{name}", "replies", [name])
    op.create_table(
        "holds",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("case", sa.BigInteger, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("post", sa.BigInteger, nullable=False),
        sa.Column("author", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("destroyed_at", sa.BigInteger),
        sa.Column("key", sa.LargeBinary),
        sa.Column("slot", sa.BigInteger, nullable=False),
    )
    op.create_index("uq_holds_case_post", "holds", ["case", "post"], unique=True)
    op.create_index("ix_holds_post", "holds", ["post"])
    op.create_table(
        "openings",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("case", sa.BigInteger, sa.ForeignKey("cases.id"), nullable=False),
        _loose("asked_by", "accounts"),
        sa.Column("purpose", sa.LargeBinary, nullable=False),
        sa.Column("slot", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        _loose("agreed_by", "accounts"),
        sa.Column("agreed_at", sa.BigInteger),
    )
    for name in ("case", "asked_by", "agreed_by"):
        op.create_index(f"ix_openings_{name}", "openings", [name])
    op.create_table(
        "tallies",
        sa.Column("day", _ID, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
