"""What the desk keeps beside its cases: what waits for a second person, what was decided of many
cases at once, and how each of the staff likes to work."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    text,
)

from whimbrel.accounts.tables import account_id
from whimbrel.core.tables import PERSONAL, SECRET, SYSTEM, Id, metadata
from whimbrel.posts.tables import post_id

from .columns import case_id, moderator

# What one of the staff wants to do and a second one has to agree to. Sealed under the key of whom
# it is about, if it is about somebody of ours.
proposals = Table(
    "proposals",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("state", String(10), nullable=False, info=SYSTEM),  # waits done refused failed
    Column("reason", String(20), nullable=False, info=SYSTEM),  # why it takes two
    moderator("by"),
    moderator("target"),  # whom it is about
    case_id("case", nullable=True),
    Column("content", LargeBinary, nullable=False, info=PERSONAL),  # sealed `eyes.Wish`
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("due", BigInteger, info=SYSTEM),  # ms: then it is done, for there is no second person
    moderator("answered_by"),
    Column("answered_at", BigInteger, info=SYSTEM),
    Index("ix_proposals_state", "state", "id"),
    Index("ix_proposals_by", "by"),
    Index("ix_proposals_target", "target"),
    Index("ix_proposals_case", "case"),
    Index("ix_proposals_answered_by", "answered_by"),
)

# One decision about many cases, or many reports set aside; it is carried out some at a time.
bulks = Table(
    "bulks",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("kind", String(10), nullable=False, info=SYSTEM),  # decide aside
    moderator("by"),
    Column("content", LargeBinary, nullable=False, info=PERSONAL),  # sealed `verdicts.Ruling`
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("undone_at", BigInteger, info=SYSTEM),  # ms
    Index("ix_bulks_by", "by"),
)
bulk_items = Table(
    "bulk_items",
    metadata,
    Column(
        "bulk",
        BigInteger,
        ForeignKey("bulks.id"),
        primary_key=True,
        autoincrement=False,
        info=SYSTEM,
    ),
    Column("item", Id, primary_key=True, autoincrement=False, info=SYSTEM),  # a case, or a report
    # The decision, or 0 where it could not be done; null = it is not its turn yet.
    Column("result", BigInteger, info=SYSTEM),
)

# What one of the staff wants the others to know. Sealed under the key of whom the case is about.
case_notes = Table(
    "case_notes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    case_id("case"),
    moderator("by"),
    Column("content", LargeBinary, nullable=False, info=PERSONAL),  # sealed
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Index("ix_case_notes_case", "case", "id"),
    Index("ix_case_notes_by", "by"),
)

# What a case has in common with others: keyed hashes of pictures, hosts of links, and of words that
# are nearly the same. They go with the post.
case_traits = Table(
    "case_traits",
    metadata,
    case_id("case", primary_key=True),
    post_id(primary_key=True),
    Column("trait", BigInteger, primary_key=True, autoincrement=False, info=PERSONAL),
    Column("kind", String(10), nullable=False, info=SYSTEM),  # media link text band
    Index("ix_case_traits_trait", "trait", "case"),
    Index("ix_case_traits_post", "post"),
)

# How somebody of the staff works, for themselves alone: nobody else is told, and none are compared.
desk_habits = Table(
    "desk_habits",
    metadata,
    account_id("account", primary_key=True),
    Column("text_only", Boolean, nullable=False, server_default=text("false"), info=PERSONAL),
    Column("hidden", String(40), nullable=False, server_default="", info=PERSONAL),  # classes
    Column("most", SmallInteger, nullable=False, server_default="20", info=PERSONAL),
    Column("heavy", Integer, nullable=False, server_default="0", info=PERSONAL),  # since a rest
    Column("heavy_at", BigInteger, info=PERSONAL),  # ms: the last of them
)
