"""What moderators decide about people, and whom the doors are closed to."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_FALSE = sa.text("false")


def upgrade() -> None:
    """Expand only."""
    op.add_column("accounts", sa.Column("sensitized_at", sa.BigInteger))
    withheld = sa.Column("withheld", sa.Boolean, nullable=False, server_default=_FALSE)
    op.add_column("media", withheld)
    _reports()
    _decisions()
    _strikes()
    _doors()
    _servers()
    op.create_table(
        "days", _id("day"), sa.Column("active", sa.Integer, nullable=False, server_default="0")
    )


def _id(name: str = "id") -> sa.Column[int]:
    return sa.Column(name, _ID, primary_key=True, autoincrement=False)


def _account(table: str, name: str, gone: str) -> sa.Column[int]:
    """A column of the new table `table` that names an account."""
    key = sa.ForeignKey("accounts.id", name=f"fk_{table}_{name}", ondelete=gone)
    if gone == "SET NULL":
        return sa.Column(name, sa.BigInteger, key)
    return sa.Column(name, _ID, key, nullable=False)


def _reports() -> None:
    with op.batch_alter_table("reports") as reports:
        reports.add_column(sa.Column("updated_at", sa.BigInteger))
        for name in ("assigned", "resolved_by"):
            reports.add_column(sa.Column(name, sa.BigInteger))
            reports.create_foreign_key(
                f"fk_reports_{name}", "accounts", [name], ["id"], ondelete="SET NULL"
            )
    op.create_index("ix_reports_resolved_at", "reports", ["resolved_at"])
    op.create_index("ix_reports_assigned", "reports", ["assigned"])
    op.create_index("ix_reports_resolved_by", "reports", ["resolved_by"])
    still = sa.text("resolved_at IS NULL")
    op.create_index(
        "ix_reports_open", "reports", ["id"], sqlite_where=still, postgresql_where=still
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        _account("decisions", "by", "SET NULL"),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("target", sa.BigInteger, nullable=False),
        sa.Column("report", sa.BigInteger),
        sa.Column("detail", sa.String(300), nullable=False, server_default=""),
    )
    op.create_index("ix_decisions_by", "decisions", ["by"])
    op.create_index("ix_decisions_target", "decisions", ["kind", "target"])


def _strikes() -> None:
    op.create_table(
        "strikes",
        _id(),
        _account("strikes", "account", "CASCADE"),
        _account("strikes", "by", "SET NULL"),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("slot", sa.BigInteger, nullable=False),
        sa.Column("posts", sa.String(2000), nullable=False, server_default="[]"),
        sa.Column("report", sa.BigInteger),
    )
    op.create_index("ix_strikes_account", "strikes", ["account", "id"])
    op.create_index("ix_strikes_by", "strikes", ["by"])


def _doors() -> None:
    op.create_table(
        "barred_networks",
        _id(),
        sa.Column("network", sa.String(50), nullable=False, unique=True),
        sa.Column("severity", sa.String(30), nullable=False),
        sa.Column("comment", sa.LargeBinary),
        sa.Column("slot", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
    )
    op.create_table(
        "barred_email_domains",
        _id(),
        sa.Column("domain", sa.String(253), nullable=False, unique=True),
        sa.Column("with_approval", sa.Boolean, nullable=False, server_default=_FALSE),
    )
    op.create_table(
        "barred_emails",
        _id(),
        sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
        _account("barred_emails", "account", "SET NULL"),
    )
    op.create_index("ix_barred_emails_account", "barred_emails", ["account"])


def _servers() -> None:
    op.create_table(
        "blocked_servers",
        _id(),
        sa.Column("domain", sa.String(253), nullable=False, unique=True),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("reject_media", sa.Boolean, nullable=False, server_default=_FALSE),
        sa.Column("reject_reports", sa.Boolean, nullable=False, server_default=_FALSE),
        sa.Column("private_comment", sa.LargeBinary),
        sa.Column("slot", sa.BigInteger, nullable=False),
        sa.Column("public_comment", sa.String(5000)),
        sa.Column("obfuscate", sa.Boolean, nullable=False, server_default=_FALSE),
    )
    op.create_table(
        "allowed_servers", _id(), sa.Column("domain", sa.String(253), nullable=False, unique=True)
    )
