"""Collections, and who is in which. A collection is meant for all, like a profile: whoever has its
address may read it, so its words are not sealed."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Table,
    text,
)

from whimbrel.accounts.tables import account_id
from whimbrel.core.tables import PERSONAL, PUBLIC, Id, metadata

collections = Table(
    "collections",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    account_id("account"),
    Column("name", String(40), nullable=False, info=PUBLIC),
    Column("description", String(100), nullable=False, server_default="", info=PUBLIC),
    Column("language", String(12), info=PUBLIC),
    Column("tag", String(100), info=PUBLIC),  # a word; it makes no tag and is not found by one
    Column("sensitive", Boolean, nullable=False, server_default=text("false"), info=PUBLIC),
    Column("discoverable", Boolean, nullable=False, server_default=text("true"), info=PUBLIC),
    Column("at", BigInteger, nullable=False, info=PUBLIC),
    Column("updated_at", BigInteger, nullable=False, info=PUBLIC),
    Index("ix_collections_account", "account", "id"),
)

# `state` is `rules.State`. What was revoked stays, so that nobody is put in again.
collection_items = Table(
    "collection_items",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    Column(
        "collection",
        BigInteger,
        ForeignKey("collections.id", ondelete="CASCADE"),
        nullable=False,
        info=PERSONAL,
    ),
    account_id("account"),
    Column("state", SmallInteger, nullable=False, info=PERSONAL),
    Column("at", BigInteger, nullable=False, info=PUBLIC),
    Index("ix_collection_items_pair", "collection", "account", unique=True),
    Index("ix_collection_items_account", "account", "id"),
)
