"""Practice calls: whether the staff can be called at all, tried before it has to be. They stand
apart from cases, so that nothing real is ever hidden or decided by one."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table

from whimbrel.core.tables import SECRET, SYSTEM, Id, metadata

from .columns import moderator

practices = Table(
    "practices",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("due", BigInteger, nullable=False, info=SYSTEM),  # ms: it is over then at the latest
    Column("ended_at", BigInteger, info=SYSTEM),  # null = it is under way
    Column("answered_at", BigInteger, info=SYSTEM),  # null = nobody did
    moderator("answered_by"),
    Index("ix_practices_answered_by", "answered_by"),
)

# Each way by which somebody was called; the same rungs and ways as in `pages`.
practice_calls = Table(
    "practice_calls",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column(
        "practice",
        BigInteger,
        ForeignKey("practices.id", ondelete="CASCADE"),
        nullable=False,
        info=SYSTEM,
    ),
    Column("rung", String(20), nullable=False, info=SYSTEM),  # see `paging.ladder`
    Column("way", String(10), nullable=False, info=SYSTEM),  # letter ntfy webhook
    moderator("account"),  # null = nobody by name: a topic, a webhook
    Column("at", BigInteger, nullable=False, info=SYSTEM),
    Column("sent_at", BigInteger, info=SYSTEM),  # null = it was not handed over, or not yet
    Column("pushed_at", BigInteger, info=SYSTEM),  # to a browser of theirs, beside the letter
    Column("answered_at", BigInteger, info=SYSTEM),
    Column("secret", LargeBinary, nullable=False, unique=True, info=SECRET),  # hash of its link's
    Index("ix_practice_calls_practice", "practice", "id"),
    Index("ix_practice_calls_account", "account"),
)
