"""Letters of hosts and authorities that were taken in: what each names, and what was answered.

All words of a complaint are sealed under its own key."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    text,
)

from whimbrel.core.tables import PERSONAL, SECRET, SYSTEM, Id, metadata

from .columns import moderator


def _complaint(name: str, *, primary_key: bool = False) -> Column[int]:
    """Which complaint. They are never deleted."""
    return Column(
        name,
        BigInteger,
        ForeignKey("complaints.id"),
        primary_key=primary_key,
        autoincrement=False,
        nullable=False,
        info=SYSTEM,
    )


complaints = Table(
    "complaints",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("source", String(10), nullable=False, info=SYSTEM),  # host authority
    Column("state", String(10), nullable=False, info=SYSTEM),  # reading open closed
    Column("received", BigInteger, nullable=False, info=SYSTEM),  # ms, like all of these
    Column("due", BigInteger, nullable=False, info=SYSTEM),  # what the letter asks for
    Column("confirmed_at", BigInteger, info=SYSTEM),  # null = nobody looked at its deadline yet
    moderator("confirmed_by"),
    Column("host", String(253), nullable=False, server_default="", info=SYSTEM),  # its domain
    Column("country", String(2), info=SYSTEM),  # of an authority
    Column("silent_until", BigInteger, info=SYSTEM),  # an order: until then nobody is told
    Column("answered_at", BigInteger, info=SYSTEM),
    Column("digest", LargeBinary, nullable=False, unique=True, info=SECRET),  # keyed, of the bytes
    Column("content", LargeBinary, nullable=False, info=PERSONAL),  # sealed `rules.Head`
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Index("ix_complaints_state", "state", "due"),
    Index("ix_complaints_host", "host"),
    Index("ix_complaints_confirmed_by", "confirmed_by"),
)

# As it came, and what it says: apart, for both can be long.
complaint_letters = Table(
    "complaint_letters",
    metadata,
    _complaint("complaint", primary_key=True),
    Column("content", LargeBinary, nullable=False, info=PERSONAL),  # sealed, the bytes
    Column("words", LargeBinary, info=PERSONAL),  # sealed; null = not read yet
)

# What a letter names, in its order.
complaint_items = Table(
    "complaint_items",
    metadata,
    _complaint("complaint", primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("kind", String(10), nullable=False, info=SYSTEM),  # link quote picture part
    Column("written", LargeBinary, nullable=False, info=PERSONAL),  # sealed
    # Whether something was found for it; it may be gone by now.
    Column("found", Boolean, nullable=False, server_default=text("false"), info=SYSTEM),
    moderator("account"),  # whose it is; null = nobody's, or they are no more
    Column("post", BigInteger, info=SYSTEM),  # it may be no more, so it is no foreign key
    Column("report", BigInteger, ForeignKey("reports.id", ondelete="SET NULL"), info=SYSTEM),
    Column("answer", LargeBinary, info=SYSTEM),  # sealed: what a person found out about it
    Column("answered_at", BigInteger, info=SYSTEM),
    moderator("answered_by"),
    Index("ix_complaint_items_account", "account"),
    Index("ix_complaint_items_report", "report"),
    Index("ix_complaint_items_answered_by", "answered_by"),
)

# What we write back. A second person reads it before it goes.
replies = Table(
    "replies",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    _complaint("complaint"),
    Column("kind", String(10), nullable=False, info=SYSTEM),  # answer extension
    Column("content", LargeBinary, nullable=False, info=PERSONAL),  # sealed `rules.Reply`
    moderator("written_by"),
    moderator("read_by"),
    Column("read_at", BigInteger, info=SYSTEM),
    Column("sent_at", BigInteger, info=SYSTEM),
    Index("ix_replies_complaint", "complaint"),
    Index("ix_replies_written_by", "written_by"),
    Index("ix_replies_read_by", "read_by"),
)
