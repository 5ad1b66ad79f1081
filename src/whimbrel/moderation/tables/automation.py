"""Rules of the operator's own, and what each has hit."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from whimbrel.core.tables import SYSTEM, Id, metadata
from whimbrel.posts.tables import post_id

from .columns import moderator

auto_rules = Table(
    "auto_rules",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("name", String(100), nullable=False, info=SYSTEM),
    Column("source", String(2000), nullable=False, info=SYSTEM),  # `automation.expression`
    Column("why", String(1000), nullable=False, info=SYSTEM),
    Column("category", String(10), nullable=False, info=SYSTEM),  # spam violation
    Column("act", String(20), nullable=False, info=SYSTEM),  # what it may do by itself
    Column("mode", String(10), nullable=False, info=SYSTEM),  # draft shadow queue act
    Column("since", BigInteger, nullable=False, info=SYSTEM),  # ms: it is in this mode
    moderator("by"),
    Column("hits", Integer, nullable=False, info=SYSTEM),  # in this mode
    Column("hour", BigInteger, nullable=False, info=SYSTEM),  # of the clock, and
    Column("in_hour", Integer, nullable=False, info=SYSTEM),  # its hits within
    Column("calm", Integer, nullable=False, info=SYSTEM),  # hits an hour, in the shadow
    Column("fell", Boolean, nullable=False, info=SYSTEM),  # back by itself, and nobody looked yet
    Index("ix_auto_rules_by", "by"),
)

rule_hits = Table(
    "rule_hits",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column(
        "rule",
        BigInteger,
        ForeignKey("auto_rules.id", ondelete="CASCADE"),
        nullable=False,
        info=SYSTEM,
    ),
    post_id(),
    Column("right", Boolean, info=SYSTEM),  # as somebody judged; null = nobody yet
    moderator("by"),
    UniqueConstraint("rule", "post", name="uq_rule_hits"),
    Index("ix_rule_hits_rule", "rule", "id"),
    Index("ix_rule_hits_post", "post"),
    Index("ix_rule_hits_by", "by"),
)

# Which hosts the posts of the last hour lead to, each as a keyed hash; empty unless a rule asks.
link_uses = Table(
    "link_uses",
    metadata,
    Column("host", BigInteger, primary_key=True, autoincrement=False, info=SYSTEM),
    post_id(primary_key=True),
    Index("ix_link_uses_post", "post"),
)
