"""Federation: what may be done with a post by whom, where its author wants to be asked."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _post(table: str, name: str) -> sa.Column[int]:
    here = sa.ForeignKey("posts.id", name=f"fk_{table}_{name}", ondelete="CASCADE")
    return sa.Column(name, sa.BigInteger, here, nullable=False)


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "policies",
        sa.Column(
            "post",
            sa.BigInteger,
            sa.ForeignKey("posts.id", name="fk_policies_post", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("acts", sa.SmallInteger, nullable=False),
    )
    account = sa.ForeignKey("accounts.id", name="fk_wishes_account", ondelete="CASCADE")
    op.create_table(
        "wishes",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("account", _ID, account, nullable=False),
        sa.Column("act", sa.SmallInteger, nullable=False),
        _post("wishes", "target"),
        _post("wishes", "subject"),
        sa.Column("stamp", sa.String(2048)),
    )
    op.create_index("ix_wishes_subject", "wishes", ["subject", "account", "act"], unique=True)
    op.create_index("ix_wishes_account", "wishes", ["account"])
    op.create_index("ix_wishes_target", "wishes", ["target"])
    op.create_index("ix_wishes_stamp", "wishes", ["stamp"])
    op.create_table(
        "approvals",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("act", sa.SmallInteger, nullable=False),
        _post("approvals", "target"),
        sa.Column("uri", sa.String(2048), nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
    )
    op.create_index("ix_approvals_target", "approvals", ["target"])
