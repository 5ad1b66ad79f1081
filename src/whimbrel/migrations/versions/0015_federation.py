"""Federation: our actors' keys, and what is known of those elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _account(table: str, name: str = "account") -> sa.ForeignKey:
    return sa.ForeignKey("accounts.id", name=f"fk_{table}_{name}", ondelete="CASCADE")


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "actor_keys",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("account", sa.BigInteger, _account("actor_keys"), unique=True),
        sa.Column("rsa", sa.String(1000), nullable=False),
        sa.Column("ed25519", sa.String(64), nullable=False),
        sa.Column("private", sa.LargeBinary, nullable=False),
        sa.Column("slot", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    urls = ("shared_inbox", "outbox", "followers", "featured", "icon", "image", "moved_to")
    op.create_table(
        "remote_actors",
        sa.Column(
            "account",
            _ID,
            _account("remote_actors"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("url", sa.String(2048)),
        sa.Column("inbox", sa.String(2048), nullable=False),
        *(sa.Column(name, sa.String(2048)) for name in urls),
        sa.Column("also_known_as", sa.String(20000), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "remote_keys",
        sa.Column("key_id", sa.String(2048), primary_key=True),
        sa.Column("actor", sa.String(2048), nullable=False),
        sa.Column("pem", sa.String(3000), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "peers",
        sa.Column("origin", sa.String(300), primary_key=True),
        sa.Column("style", sa.SmallInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
