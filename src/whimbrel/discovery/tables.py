"""What is kept so that people and tags are found: all of it is somebody's wish, or derived."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
)

from whimbrel.accounts.tables import account_id
from whimbrel.core.tables import PERSONAL, PUBLIC, SYSTEM, Id, metadata
from whimbrel.posts.tables import post_id

# Whom somebody does not want to be suggested again.
dismissals = Table(
    "dismissals",
    metadata,
    account_id("account", primary_key=True),
    account_id("target", primary_key=True),
    Index("ix_dismissals_target", "target"),
)

# Tags that somebody shows on their profile.
featured_tags = Table(
    "featured_tags",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    account_id("account"),
    Column(
        "tag", BigInteger, ForeignKey("tags.id", ondelete="CASCADE"), nullable=False, info=PERSONAL
    ),
    Index("ix_featured_tags_tag", "tag", "account", unique=True),
    Index("ix_featured_tags_account", "account", "id"),
)

# How often a tag was used on a day (its number since 1970), by how many: public posts of people who
# want to be found. It keeps no tag alive.
tag_days = Table(
    "tag_days",
    metadata,
    Column(
        "tag",
        BigInteger,
        ForeignKey("tags.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info={**SYSTEM, "keeps": False},
    ),
    Column("day", Integer, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("uses", Integer, nullable=False, info=SYSTEM),
    Column("accounts", Integer, nullable=False, info=SYSTEM),
    Index("ix_tag_days_day", "day"),
)

# What is talked about just now, renewed every few minutes: `score` falls by half every few hours.
# `review`: null = nobody looked yet, 1 = may be shown, 0 = may not.
tag_trends = Table(
    "tag_trends",
    metadata,
    Column(
        "tag",
        BigInteger,
        ForeignKey("tags.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info={**SYSTEM, "keeps": False},
    ),
    Column("score", Float(53), nullable=False, info=SYSTEM),
    Column("peak", Float(53), nullable=False, info=SYSTEM),
    Column("peak_at", BigInteger, nullable=False, info=SYSTEM),
    Column("review", SmallInteger, info=SYSTEM),
    Index("ix_tag_trends_score", "score"),
)
# The same of the pages that public posts link to; see `posts.tables.post_links`.
link_days = Table(
    "link_days",
    metadata,
    Column(
        "link",
        BigInteger,
        ForeignKey("tags.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info={**SYSTEM, "keeps": False},
    ),
    Column("day", Integer, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("uses", Integer, nullable=False, info=SYSTEM),
    Column("accounts", Integer, nullable=False, info=SYSTEM),
    Index("ix_link_days_day", "day"),
)
# Whose pages trended: a site is reviewed once for all its pages. Kept once somebody did.
publishers = Table(
    "publishers",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("domain", String(253), nullable=False, unique=True, info=SYSTEM),
    Column("review", SmallInteger, info=SYSTEM),
    Column("reviewed_at", BigInteger, info=SYSTEM),
)
link_trends = Table(
    "link_trends",
    metadata,
    Column(
        "link",
        BigInteger,
        ForeignKey("tags.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info={**SYSTEM, "keeps": False},
    ),
    Column("score", Float(53), nullable=False, info=SYSTEM),
    Column("peak", Float(53), nullable=False, info=SYSTEM),
    Column("peak_at", BigInteger, nullable=False, info=SYSTEM),
    Column("review", SmallInteger, info=SYSTEM),
    Column("publisher", BigInteger, ForeignKey("publishers.id", ondelete="SET NULL"), info=SYSTEM),
    Index("ix_link_trends_score", "score"),
    Index("ix_link_trends_publisher", "publisher"),
)
post_trends = Table(
    "post_trends",
    metadata,
    post_id(primary_key=True),
    Column("score", Float(53), nullable=False, info=SYSTEM),
    Column("review", SmallInteger, info=SYSTEM),
    Index("ix_post_trends_score", "score"),
)
