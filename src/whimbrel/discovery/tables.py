"""What is kept so that people and tags are found: all of it is somebody's wish, or derived."""

from sqlalchemy import Index, Table

from whimbrel.accounts.tables import account_id
from whimbrel.core.tables import metadata

# Whom somebody does not want to be suggested again.
dismissals = Table(
    "dismissals",
    metadata,
    account_id("account", primary_key=True),
    account_id("target", primary_key=True),
    Index("ix_dismissals_target", "target"),
)
