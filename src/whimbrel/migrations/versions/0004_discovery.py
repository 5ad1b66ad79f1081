"""Finding people and tags: who somebody recommends, servers they block, suggestions sent away."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only."""
    _endorsements()
    _domain_blocks()


def _id(name: str = "id") -> sa.Column[int]:
    return sa.Column(name, _ID, primary_key=True, autoincrement=False)


def _account(table: str, name: str, *, key: bool = False) -> sa.Column[int]:
    """A column of the new table `table` that says whose a row is."""
    to = sa.ForeignKey("accounts.id", name=f"fk_{table}_{name}", ondelete="CASCADE")
    return sa.Column(name, _ID, to, nullable=False, primary_key=key, autoincrement=False)


def _at() -> sa.Column[int]:
    return sa.Column("at", sa.BigInteger, nullable=False)


def _endorsements() -> None:
    table = "endorsements"
    op.create_table(table, _id(), _account(table, "account"), _account(table, "target"), _at())
    op.create_index("ix_endorsements_pair", table, ["account", "target"], unique=True)
    op.create_index("ix_endorsements_account", table, ["account", "id"])
    op.create_index("ix_endorsements_target", table, ["target"])


def _domain_blocks() -> None:
    table = "domain_blocks"
    domain = sa.Column("domain", sa.String(253), nullable=False)
    op.create_table(table, _id(), _account(table, "account"), domain, _at())
    op.create_index("ix_domain_blocks_pair", table, ["account", "domain"], unique=True)
    op.create_index("ix_domain_blocks_account", table, ["account", "id"])
