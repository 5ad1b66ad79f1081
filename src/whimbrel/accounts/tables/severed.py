"""Follows that ended because of a block or a decision, kept for whoever lost them: they may look
at whom it was, and follow them again elsewhere."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table

from whimbrel.core.tables import PERSONAL, SYSTEM, Id, metadata

from .columns import account_id

severances = Table(
    "severances",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    account_id("account"),  # who lost them
    Column("cause", BigInteger, nullable=False, info=SYSTEM),  # the same for all of one decision
    Column("kind", String(20), nullable=False, info=PERSONAL),  # `rules.Severing`
    Column("domain", String(253), info=PERSONAL),  # the server it was about
    # or the account it was about; null again when that is no more
    Column("about", BigInteger, ForeignKey("accounts.id", ondelete="SET NULL"), info=PERSONAL),
    Column("followers", Integer, nullable=False, server_default="0", info=PERSONAL),
    Column("following", Integer, nullable=False, server_default="0", info=PERSONAL),
    Index("ix_severances_pair", "cause", "account", unique=True),
    Index("ix_severances_account", "account", "id"),
    Index("ix_severances_about", "about"),
)

severed = Table(
    "severed",
    metadata,
    Column(
        "severance",
        BigInteger,
        ForeignKey("severances.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info=PERSONAL,
    ),
    account_id("other", primary_key=True),
    # whether the one who lost it followed; else they were followed
    Column("outgoing", Boolean, primary_key=True, info=PERSONAL),
    Column("reblogs", Boolean, nullable=False, info=PERSONAL),
    Column("notify", Boolean, nullable=False, info=PERSONAL),
    Column("languages", String(260), info=PERSONAL),
    Index("ix_severed_other", "other"),
)
