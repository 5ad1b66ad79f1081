"""Second factors: passkeys, authenticator apps, recovery codes, and when a session last proved
whose it is."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _account(table: str, *, key: bool = False, nullable: bool = False) -> sa.Column[int]:
    account = sa.ForeignKey("accounts.id", name=f"fk_{table}_account", ondelete="CASCADE")
    return sa.Column(
        "account", _ID, account, primary_key=key, autoincrement=False, nullable=nullable
    )


def upgrade() -> None:
    """Expand only."""
    op.add_column("sessions", sa.Column("proved_at", sa.BigInteger))
    op.create_table(
        "passkeys",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        _account("passkeys"),
        sa.Column("credential", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("uses", sa.BigInteger, nullable=False),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
    )
    op.create_index("ix_passkeys_account", "passkeys", ["account"])
    op.create_table(
        "authenticators",
        _account("authenticators", key=True),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("step", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("at", sa.BigInteger),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        _account("recovery_codes"),
    )
    op.create_index("ix_recovery_codes_account", "recovery_codes", ["account"])
    op.create_table(
        "challenges",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        _account("challenges", nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_challenges_account", "challenges", ["account"])
    op.create_index("ix_challenges_until", "challenges", ["until"])
