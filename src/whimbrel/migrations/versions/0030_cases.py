"""Cases with a clock, decisions with their statements, appeals, and a log that shows tampering."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0027"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_FALSE = sa.text("false")
_DAY = 86_400_000  # ms


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "withheld",
        _key("withheld", "post", "posts", "CASCADE", primary_key=True),
        sa.Column("visibility", sa.SmallInteger, nullable=False),
    )
    _cases()
    _verdicts()
    _log()
    with op.batch_alter_table("reports") as reports:
        reports.alter_column("account", existing_type=_ID, nullable=True)
        reports.add_column(sa.Column("case", sa.BigInteger))
        reports.add_column(
            sa.Column("source", sa.String(20), nullable=False, server_default="user")
        )
        reports.add_column(sa.Column("acted", sa.Boolean))
    _bring()
    with op.batch_alter_table("reports") as reports:
        reports.create_foreign_key("fk_reports_case", "cases", ["case"], ["id"])
    op.create_index("ix_reports_case", "reports", ["case"])
    op.create_table(
        "notices",
        _key("notices", "report", "reports", "CASCADE", primary_key=True),
        *_sealed(),
        sa.Column("secret", sa.LargeBinary, nullable=False, unique=True),
    )


def _id(name: str = "id", *, counts: bool = False) -> sa.Column[int]:
    return sa.Column(name, _ID, primary_key=True, autoincrement=counts)


def _key(table: str, name: str, to: str, gone: str | None = None, **more: Any) -> sa.Column[int]:
    key = sa.ForeignKey(f"{to}.id", name=f"fk_{table}_{name}", ondelete=gone)
    more.setdefault("nullable", False)
    return sa.Column(name, sa.BigInteger, key, autoincrement=False, **more)


def _who(table: str, name: str) -> sa.Column[int]:
    return _key(table, name, "accounts", "SET NULL", nullable=True)


def _ms(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _sealed() -> tuple[sa.Column[Any], ...]:
    return sa.Column("content", sa.LargeBinary, nullable=False), _ms("slot")


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])


def _cases() -> None:
    op.create_table(
        "cases",
        _id(),
        sa.Column("class", sa.String(2), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        _who("cases", "target"),
        _ms("received"),
        _ms("due"),
        _ms("first_look", nullable=True),
        _ms("closed_at", nullable=True),
        _who("cases", "claimed_by"),
        _ms("claimed_at", nullable=True),
        _ms("lease", nullable=True),
        sa.Column("reach", sa.Integer, nullable=False, server_default="0"),
        sa.Column("record", sa.SmallInteger, nullable=False, server_default="50"),
        sa.Column("into", sa.BigInteger),
        sa.Column("split_from", sa.BigInteger),
        sa.Column("appeal", sa.BigInteger),
    )
    op.create_index("ix_cases_queue", "cases", ["state", "class", "due"])
    op.create_index("ix_cases_closed", "cases", ["class", "closed_at"])
    op.create_index("ix_cases_target", "cases", ["target", "state"])
    _indexes("cases", "claimed_by")
    op.create_table(
        "case_posts",
        _key("case_posts", "case", "cases", primary_key=True),
        _key("case_posts", "post", "posts", "CASCADE", primary_key=True),
    )
    _indexes("case_posts", "post")
    op.create_table(
        "claims",
        _id(counts=True),
        _key("claims", "case", "cases"),
        _who("claims", "by"),
        _ms("at"),
        _ms("released_at", nullable=True),
    )
    _indexes("claims", "case", "by")
    op.create_table(
        "pauses",
        _id(counts=True),
        _key("pauses", "case", "cases"),
        _who("pauses", "by"),
        sa.Column("reason", sa.String(30), nullable=False),
        _ms("began_at"),
        _ms("ended_at", nullable=True),
    )
    _indexes("pauses", "case", "by")
    op.create_table("paces", sa.Column("class", sa.String(2), primary_key=True), _ms("p80"))


def _verdicts() -> None:
    with op.batch_alter_table("strikes") as strikes:
        strikes.add_column(sa.Column("statement", sa.LargeBinary))
        strikes.alter_column("action", existing_type=sa.String(20), type_=sa.String(40))
    op.create_table(
        "statements",
        _id(),
        _who("statements", "account"),
        sa.Column("language", sa.String(12), nullable=False),
        *_sealed(),
        sa.Column("secret", sa.LargeBinary, nullable=False, unique=True),
    )
    op.create_index("ix_statements_account", "statements", ["account", "id"])
    op.create_table(
        "verdicts",
        _id(),
        _key("verdicts", "case", "cases"),
        _key("verdicts", "statement", "statements", unique=True),
        _who("verdicts", "by"),
        sa.Column("actions", sa.String(300), nullable=False),
        sa.Column("done", sa.String(2000), nullable=False),
        sa.Column("automated", sa.Boolean, nullable=False, server_default=_FALSE),
        sa.Column("undoes", sa.BigInteger, unique=True),
        _ms("leaf"),
    )
    _indexes("verdicts", "case", "by")
    account = sa.ForeignKey("accounts.id", name="fk_appeals_account", ondelete="CASCADE")
    op.create_table(
        "appeals",
        _id(),
        _key("appeals", "verdict", "verdicts", unique=True),
        sa.Column("account", _ID, account, nullable=False),
        _key("appeals", "case", "cases"),
        *_sealed(),
        sa.Column("outcome", sa.String(10)),
        sa.Column("answer", sa.BigInteger),
        _ms("answered_at", nullable=True),
    )
    _indexes("appeals", "account", "case")


def _log() -> None:
    with op.batch_alter_table("decisions") as decisions:
        decisions.add_column(sa.Column("leaf", sa.BigInteger))
        decisions.add_column(sa.Column("commitment", sa.LargeBinary))
        decisions.create_unique_constraint("uq_decisions_leaf", ["leaf"])
    about = sa.ForeignKey("accounts.id", name="fk_log_entries_about", ondelete="CASCADE")
    op.create_table(
        "log_entries",
        _id("leaf"),
        sa.Column("about", _ID, about),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    _indexes("log_entries", "about")
    op.create_table(
        "checkpoints",
        _id("size"),
        _ms("at"),
        sa.Column("note", sa.String(1000), nullable=False),
    )


def _bring() -> None:
    """What was reported before has a case of its own each, with a day from when it came."""
    connection = op.get_bind()
    reports = sa.table(
        "reports",
        *(sa.column(name) for name in ("id", "target", "category", "posts", "resolved_at")),
        *(sa.column(name) for name in ("case", "updated_at")),
    )
    known = {"S1": "spam", "D1": "legal"}
    klass = sa.case(
        *((reports.c.category == category, name) for name, category in known.items()), else_="U1"
    )
    cases = sa.table(
        "cases",
        *(sa.column(name) for name in ("id", "class", "state", "target", "received", "due")),
        *(sa.column(name) for name in ("closed_at",)),
    )
    received = reports.c.id.op(">>")(16)
    connection.execute(
        cases.insert().from_select(
            ["id", "class", "state", "target", "received", "due", "closed_at"],
            sa.select(
                reports.c.id,
                klass,
                sa.case((reports.c.resolved_at.is_(None), "open"), else_="closed"),
                reports.c.target,
                received,
                received + _DAY,
                reports.c.resolved_at,
            ),
        )
    )
    connection.execute(reports.update().values(case=reports.c.id))
