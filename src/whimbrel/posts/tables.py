"""Posts and what people did with them. The words are sealed; see `core/keyring.py`.

Visibility is a number, for the indexes' sake: 0 public, 1 unlisted, 2 private, 3 direct."""

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
    literal_column,
    text,
)

from whimbrel.accounts.tables import account_id
from whimbrel.core.tables import PERSONAL, PUBLIC, SECRET, SYSTEM, Counter, Id, metadata


def post_id(
    name: str = "post", *, primary_key: bool = False, nullable: bool = False, unique: bool = False
) -> Column[int]:
    """A column that says which post a row is about: it goes with the post."""
    return Column(
        name,
        BigInteger,
        ForeignKey("posts.id", ondelete="CASCADE"),
        primary_key=primary_key,
        autoincrement=False,
        nullable=nullable,
        unique=unique,
        info=PERSONAL,
    )


def _present(name: str, column: str, *more: str) -> Index:
    """An index of the rows where `column` is not null."""
    there = text(f"{column} IS NOT NULL")
    return Index(name, column, *more, sqlite_where=there, postgresql_where=there)


posts = Table(
    "posts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    account_id("author"),
    Column("uri", String(2048), unique=True, info=PUBLIC),  # null = ours, built from the id
    Column("url", String(2048), info=PUBLIC),
    Column("visibility", SmallInteger, nullable=False, info=PUBLIC),
    Column("reply_to", BigInteger, ForeignKey("posts.id", ondelete="SET NULL"), info=PERSONAL),
    Column("reply_to_author", BigInteger, info=PERSONAL),
    Column("thread", BigInteger, nullable=False, info=PERSONAL),  # id of the first post of it
    Column("poll", BigInteger, info=PUBLIC),  # polls.id, which points back at us
    Column("boost_of", BigInteger, ForeignKey("posts.id", ondelete="CASCADE"), info=PERSONAL),
    Column("content", LargeBinary, info=PERSONAL),  # sealed `rules.Content`; null = a boost
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("sensitive", Boolean, nullable=False, server_default=text("false"), info=PUBLIC),
    Column("label", String(20), info=PUBLIC),  # what the staff says of it: `rules.Label`
    Column("language", String(12), info=PUBLIC),
    Column("app", BigInteger, info=PUBLIC),  # apps.id it was written with
    Column("local", Boolean, nullable=False, server_default=text("true"), info=PUBLIC),
    Column("media_count", SmallInteger, nullable=False, server_default="0", info=PUBLIC),
    Column("at", BigInteger, nullable=False, info=PUBLIC),
    Column("edited_at", BigInteger, info=PUBLIC),
    Column("rev", Integer, nullable=False, server_default="1", info=SYSTEM),  # +1 at each edit
    # +1 at every change of the row, which SQLAlchemy adds to each UPDATE: the key of finished bytes
    Column(
        "stamp",
        Integer,
        nullable=False,
        server_default="1",
        onupdate=literal_column("posts.stamp + 1"),
        info=SYSTEM,
    ),
    Column("replies", Integer, nullable=False, server_default="0", info=PUBLIC),  # public+unlisted
    Column("boosts", Integer, nullable=False, server_default="0", info=PUBLIC),
    Column("favourites", Integer, nullable=False, server_default="0", info=PUBLIC),
    Column("quotes", Integer, nullable=False, server_default="0", info=PUBLIC),
    # who may quote it: `rules.QuotePolicy`
    Column("quote_policy", SmallInteger, nullable=False, server_default="0", info=PUBLIC),
    Index("ix_posts_author", "author", "id"),
    Index("ix_posts_thread", "thread", "id"),
    # Partial, or SQLite would read "no reply" and "no boost" as a reason to walk them whole.
    _present("ix_posts_reply_to", "reply_to"),
    _present("ix_posts_boost", "boost_of", "author"),
    Index(  # the local and the public timeline
        "ix_posts_public",
        "id",
        sqlite_where=text("visibility = 0 AND boost_of IS NULL"),
        postgresql_where=text("visibility = 0 AND boost_of IS NULL"),
    ),
)

# Posts that the staff hid, and for whom each was before.
withheld = Table(
    "withheld",
    metadata,
    post_id(primary_key=True),
    Column("visibility", SmallInteger, nullable=False, info=SYSTEM),
)

mentions = Table(
    "mentions",
    metadata,
    post_id(primary_key=True),
    account_id("account", primary_key=True),
    Index("ix_mentions_account", "account", "post"),
)

# A tag is there for as long as something uses it, and its words are sealed like those of posts;
# `queries/tags.py` finds it by `key`, a MAC that is worth nothing once the shelf has another slot.
tags = Table(
    "tags",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    Column("key", LargeBinary, nullable=False, unique=True, info=SYSTEM),
    Column("shelf", SmallInteger, nullable=False, info=SYSTEM),
    Column("name", LargeBinary, nullable=False, info=SECRET),  # folded, sealed under `slot`
    Column("slot", BigInteger, nullable=False, info=SECRET),
    # What a moderator said of it: whether it has a page of posts, and whether it can be found.
    Column("usable", Boolean, nullable=False, server_default=text("true"), info=SYSTEM),
    Column("listable", Boolean, nullable=False, server_default=text("true"), info=SYSTEM),
    Index("ix_tags_shelf", "shelf"),
)

# Under which slot the keys of the tags on a shelf are made.
tag_shelves = Table(
    "tag_shelves",
    metadata,
    Column("shelf", SmallInteger, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("slot", BigInteger, nullable=False, info=SECRET),
)

post_tags = Table(
    "post_tags",
    metadata,
    Column(
        "tag",
        BigInteger,
        ForeignKey("tags.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info=PUBLIC,
    ),
    post_id(primary_key=True),
    Index("ix_post_tags_post", "post"),
)

# The page that a public post shows a card of: its address is kept like the word of a tag, and is
# found and erased like one. No address is a tag, nor the other way round.
post_links = Table(
    "post_links",
    metadata,
    Column(
        "link",
        BigInteger,
        ForeignKey("tags.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info=PUBLIC,
    ),
    post_id(primary_key=True),
    Index("ix_post_links_post", "post"),
)

# Tags of which somebody wants every public post at home.
tag_follows = Table(
    "tag_follows",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),  # paging cursor: a time
    account_id("account"),
    Column(
        "tag", BigInteger, ForeignKey("tags.id", ondelete="CASCADE"), nullable=False, info=PERSONAL
    ),
    Index("ix_tag_follows_tag", "tag", "account", unique=True),
    Index("ix_tag_follows_account", "account", "id"),
)

# What somebody did with a post; `kind` is one of `rules.Mark`. A boost is also a row of `posts`.
marks = Table(
    "marks",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True, info=SYSTEM),  # paging cursor
    account_id("account"),
    post_id(),
    Column("kind", SmallInteger, nullable=False, info=PERSONAL),
    Column("at", BigInteger, nullable=False, info=PERSONAL),
    Index("ix_marks_viewer", "account", "post", "kind", unique=True),
    Index("ix_marks_post", "post", "kind", "id"),
    Index("ix_marks_account", "account", "kind", "id"),
)

thread_mutes = Table(
    "thread_mutes",
    metadata,
    account_id("account", primary_key=True),
    Column("thread", BigInteger, primary_key=True, autoincrement=False, info=PERSONAL),
)

# The options' words are in the post's sealed content; here are their numbers.
polls = Table(
    "polls",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    post_id(unique=True),
    Column("multiple", Boolean, nullable=False, server_default=text("false"), info=PUBLIC),
    Column("hide_totals", Boolean, nullable=False, server_default=text("false"), info=PUBLIC),
    Column("until", BigInteger, info=PUBLIC),
    Column("counts", String(400), nullable=False, info=PUBLIC),  # JSON list, one per option
    Column("voters", Integer, nullable=False, server_default="0", info=PUBLIC),
    Column("closed", Boolean, nullable=False, server_default=text("false"), info=SYSTEM),
    # when its numbers are told to other servers (ms); null = they have not changed since
    Column("telling", BigInteger, info=SYSTEM),
)

votes = Table(
    "votes",
    metadata,
    Column(
        "poll",
        BigInteger,
        ForeignKey("polls.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info=PERSONAL,
    ),
    account_id("account", primary_key=True),
    Column("choice", SmallInteger, primary_key=True, autoincrement=False, info=PERSONAL),
    Index("ix_votes_account", "account"),
)

# What a key of POST /statuses led to, so that a retry does not post twice.
idempotency = Table(
    "idempotency",
    metadata,
    account_id("account", primary_key=True),
    Column("key", String(64), primary_key=True, info=SYSTEM),  # SHA-256 of what the client sent
    Column("post", BigInteger, nullable=False, info=SYSTEM),
    Column("at", BigInteger, nullable=False, info=SYSTEM),
    Index("ix_idempotency_at", "at"),
)

# What a post said before each of its edits: the blob and the slot that were the post's own then.
post_edits = Table(
    "post_edits",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True, info=SYSTEM),
    post_id(),
    Column("content", LargeBinary, nullable=False, info=PERSONAL),
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("sensitive", Boolean, nullable=False, info=PUBLIC),
    Column("at", BigInteger, nullable=False, info=PUBLIC),  # when it was written so
    Index("ix_post_edits_post", "post", "id"),
)

# Posts that wait for their time.
scheduled_posts = Table(
    "scheduled_posts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    account_id("account"),
    Column("due", BigInteger, nullable=False, info=PERSONAL),
    Column("app", BigInteger, info=PERSONAL),  # apps.id it was written with
    Column("params", LargeBinary, nullable=False, info=PERSONAL),  # sealed `rules.Draft`
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("key", String(64), info=SYSTEM),  # SHA-256 of the client's Idempotency-Key
    Index("ix_scheduled_posts_account", "account", "id"),
    Index("ix_scheduled_posts_due", "account", "due"),
)

# What somebody began to write and keeps for later.
drafts = Table(
    "drafts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    account_id("author"),
    Column("content", LargeBinary, nullable=False, info=PERSONAL),  # sealed `rules.Unfinished`
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("at", BigInteger, nullable=False, info=PERSONAL),  # of the last change
    Index("ix_drafts_author", "author", "id"),
)

# Which post quotes which. `author` is who wrote the quoted one; `state` is `rules.QuoteState`.
quotes = Table(
    "quotes",
    metadata,
    post_id(primary_key=True),
    Column("quoted", BigInteger, ForeignKey("posts.id", ondelete="SET NULL"), info=PERSONAL),
    account_id("author"),
    Column("state", SmallInteger, nullable=False, info=PERSONAL),
    Column("at", BigInteger, nullable=False, info=PERSONAL),
    # Where the author says elsewhere that it may; of posts of ours that is known from the state.
    Column("stamp", String(2048), info=PUBLIC),
    _present("ix_quotes_stamp", "stamp"),
    Index("ix_quotes_quoted", "quoted", "post"),
    Index("ix_quotes_author", "author"),
)
