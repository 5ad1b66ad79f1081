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
    _people()
    _followed_tags()
    _featured_tags()
    _tag_days()
    _trends()


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


def _people() -> None:
    table = "dismissals"
    op.create_table(
        table, _account(table, "account", key=True), _account(table, "target", key=True)
    )
    op.create_index("ix_dismissals_target", table, ["target"])
    _of_findable("ix_accounts_active", ["last_status_at", "id"])
    _of_findable("ix_accounts_new", ["id"])


def _of_findable(name: str, columns: list[str]) -> None:
    """An index of the accounts that want to be found."""
    op.create_index(
        *(name, "accounts", columns),
        sqlite_where=sa.text("discoverable = 1"),
        postgresql_where=sa.text("discoverable"),
    )


def _tag(table: str) -> sa.Column[int]:
    to = sa.ForeignKey("tags.id", name=f"fk_{table}_tag", ondelete="CASCADE")
    return sa.Column("tag", sa.BigInteger, to, nullable=False)


def _followed_tags() -> None:
    table = "tag_follows"
    op.create_table(table, _id(), _account(table, "account"), _tag(table))
    op.create_index("ix_tag_follows_tag", table, ["tag", "account"], unique=True)
    op.create_index("ix_tag_follows_account", table, ["account", "id"])


def _featured_tags() -> None:
    table = "featured_tags"
    op.create_table(table, _id(), _account(table, "account"), _tag(table))
    op.create_index("ix_featured_tags_tag", table, ["tag", "account"], unique=True)
    op.create_index("ix_featured_tags_account", table, ["account", "id"])


def _tag_days() -> None:
    table = "tag_days"
    to = sa.ForeignKey("tags.id", name="fk_tag_days_tag", ondelete="CASCADE")
    op.create_table(
        table,
        sa.Column("tag", sa.BigInteger, to, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.Column("accounts", sa.Integer, nullable=False),
    )
    op.create_index("ix_tag_days_day", table, ["day"])


def _trends() -> None:
    tag = sa.ForeignKey("tags.id", name="fk_tag_trends_tag", ondelete="CASCADE")
    op.create_table(
        "tag_trends",
        sa.Column("tag", sa.BigInteger, tag, primary_key=True, autoincrement=False),
        sa.Column("score", sa.Float(53), nullable=False),
        sa.Column("peak", sa.Float(53), nullable=False),
        sa.Column("peak_at", sa.BigInteger, nullable=False),
        sa.Column("review", sa.SmallInteger),
    )
    op.create_index("ix_tag_trends_score", "tag_trends", ["score"])
    post = sa.ForeignKey("posts.id", name="fk_post_trends_post", ondelete="CASCADE")
    op.create_table(
        "post_trends",
        sa.Column("post", sa.BigInteger, post, primary_key=True, autoincrement=False),
        sa.Column("score", sa.Float(53), nullable=False),
        sa.Column("review", sa.SmallInteger),
    )
    op.create_index("ix_post_trends_score", "post_trends", ["score"])
