"""What belongs to readers. `homes` is derived: never exported, rebuilt when missing."""

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

# No foreign keys: a delivery costs a microsecond, and a check would double it. Whoever reads joins
# posts, so a row whose post is gone is never seen; `sweep` removes it.
homes = Table(
    "homes",
    metadata,
    Column("reader", BigInteger, primary_key=True, autoincrement=False, info=PERSONAL),
    Column("post", BigInteger, primary_key=True, autoincrement=False, info=PERSONAL),
    sqlite_with_rowid=False,
)

# Who has a stored home; no row = nothing is delivered, and the next visit rebuilds it.
home_states = Table(
    "home_states",
    metadata,
    account_id("reader", primary_key=True),
    Column("built_at", BigInteger, nullable=False, info=SYSTEM),
    Column("seen_at", BigInteger, nullable=False, info=SYSTEM),  # to the day
    Index("ix_home_states_seen_at", "seen_at"),
)

# Authors with so many followers that their posts are looked up when a home is read. Once in here,
# an author stays: what was not delivered could be found no other way.
merged = Table("merged", metadata, account_id("author", primary_key=True))

notifications = Table(
    "notifications",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    account_id("account"),
    Column("kind", String(24), nullable=False, info=PERSONAL),
    account_id("actor"),
    post_id(nullable=True),
    Column("key", String(80), nullable=False, unique=True, info=SYSTEM),  # told once: see `notify`
    # of the strike, report, loss or collection it is about, where it is about one
    Column("subject", BigInteger, info=PERSONAL),
    Index("ix_notifications_account", "account", "id"),
    Index("ix_notifications_actor", "actor"),
    Index("ix_notifications_post", "post"),
)

# Notifications that the receiver's policy keeps outside until they are let in. A table of its own:
# who reads `notifications` cannot forget to leave them out.
held_notifications = Table(
    "held_notifications",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    account_id("account"),
    Column("kind", String(24), nullable=False, info=PERSONAL),
    account_id("actor"),
    post_id(nullable=True),
    Column("key", String(80), nullable=False, unique=True, info=SYSTEM),
    Column("subject", BigInteger, info=PERSONAL),
    Index("ix_held_notifications_account", "account", "id"),
    Index("ix_held_notifications_pair", "account", "actor", "id"),
    Index("ix_held_notifications_actor", "actor"),
    Index("ix_held_notifications_post", "post"),
)

# Somebody of whom notifications are held: there for as long as any is.
notification_requests = Table(
    "notification_requests",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    account_id("account"),
    account_id("actor"),
    Index("ix_notification_requests_pair", "account", "actor", unique=True),
    Index("ix_notification_requests_account", "account", "id"),
    Index("ix_notification_requests_actor", "actor"),
)

# Who was let in once and is from then on, whatever the policy says.
notification_permissions = Table(
    "notification_permissions",
    metadata,
    account_id("account", primary_key=True),
    account_id("actor", primary_key=True),
    Index("ix_notification_permissions_actor", "actor"),
)

# What happens to notifications of certain people: `rules.Verdict`. No row = as `rules.Policy` says.
notification_policies = Table(
    "notification_policies",
    metadata,
    account_id("account", primary_key=True),
    *(
        Column(name, SmallInteger, nullable=False, info=PERSONAL)
        for name in (
            *("for_not_following", "for_not_followers", "for_new_accounts"),
            *("for_private_mentions", "for_limited_accounts", "for_bots"),
        )
    ),
)

# Direct posts of a thread among the same people, as one of them sees it.
conversations = Table(
    "conversations",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    account_id("account"),
    Column("thread", BigInteger, nullable=False, info=PERSONAL),
    # SHA-256 of viewer, thread and the others: who of them has left is still counted
    Column("key", String(64), nullable=False, unique=True, info=SYSTEM),
    Column("last", BigInteger, info=PERSONAL),  # its newest post; null = all are gone
    Column("unread", Boolean, nullable=False, server_default=text("false"), info=PERSONAL),
    Index("ix_conversations_account", "account", "last"),
    Index("ix_conversations_last", "last"),
)


def _conversation() -> Column[int]:
    return Column(
        "conversation",
        BigInteger,
        ForeignKey("conversations.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info=PERSONAL,
    )


conversation_members = Table(
    "conversation_members",
    metadata,
    _conversation(),
    account_id("account", primary_key=True),  # beside the viewer
    Index("ix_conversation_members_account", "account"),
)

conversation_posts = Table(
    "conversation_posts",
    metadata,
    _conversation(),
    post_id(primary_key=True),
    Index("ix_conversation_posts_post", "post"),
)

lists = Table(
    "lists",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    account_id("account"),
    Column("title", String(200), nullable=False, info=PERSONAL),
    Column("replies_policy", String(10), nullable=False, server_default="list", info=PERSONAL),
    Column("exclusive", Boolean, nullable=False, server_default=text("false"), info=PERSONAL),
    Index("ix_lists_account", "account", "id"),
)

list_members = Table(
    "list_members",
    metadata,
    Column(
        "list",
        BigInteger,
        ForeignKey("lists.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info=PERSONAL,
    ),
    account_id("account", primary_key=True),
    Index("ix_list_members_account", "account", "list"),
)

markers = Table(
    "markers",
    metadata,
    account_id("account", primary_key=True),
    Column("timeline", String(20), primary_key=True, info=PERSONAL),
    Column("last_read", BigInteger, nullable=False, info=PERSONAL),
    Column("version", Integer, nullable=False, server_default="1", info=PERSONAL),
    Column("at", BigInteger, nullable=False, info=PERSONAL),
)

filters = Table(
    "filters",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    account_id("account"),
    Column("title", String(200), nullable=False, info=PERSONAL),
    Column("contexts", String(80), nullable=False, info=PERSONAL),  # space between
    Column("action", String(10), nullable=False, server_default="warn", info=PERSONAL),
    Column("until", BigInteger, info=PERSONAL),
    Index("ix_filters_account", "account"),
)

filter_keywords = Table(
    "filter_keywords",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    Column(
        "filter",
        BigInteger,
        ForeignKey("filters.id", ondelete="CASCADE"),
        nullable=False,
        info=PERSONAL,
    ),
    Column("keyword", String(200), nullable=False, info=PERSONAL),
    Column("whole_word", Boolean, nullable=False, server_default=text("true"), info=PERSONAL),
    Index("ix_filter_keywords_filter", "filter"),
)

# Single posts that a filter catches.
filter_posts = Table(
    "filter_posts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    Column(
        "filter",
        BigInteger,
        ForeignKey("filters.id", ondelete="CASCADE"),
        nullable=False,
        info=PERSONAL,
    ),
    post_id(),
    Index("ix_filter_posts_filter", "filter", "post", unique=True),
    Index("ix_filter_posts_post", "post"),
)

# Changes with every change of somebody's filters; no row = there never were any.
filter_revs = Table(
    "filter_revs",
    metadata,
    account_id("account", primary_key=True),
    Column("rev", BigInteger, nullable=False, info=SYSTEM),
)

subscriptions = Table(
    "subscriptions",  # Web Push, one for each token of an app or session of a browser
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    *(
        Column(
            holder,
            BigInteger,
            ForeignKey(f"{holder}s.id", ondelete="CASCADE"),
            unique=True,
            info=PERSONAL,
        )
        for holder in ("token", "session")
    ),
    account_id("account"),
    Column("endpoint", String(2048), nullable=False, info=PERSONAL),
    Column("keys", LargeBinary, nullable=False, info=SECRET),  # sealed JSON: p256dh, auth
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("alerts", String(1000), nullable=False, server_default="{}", info=PERSONAL),  # JSON
    Column("policy", String(10), nullable=False, server_default="all", info=PERSONAL),
    Column("standard", Boolean, nullable=False, server_default=text("false"), info=PERSONAL),
    Index("ix_subscriptions_account", "account"),
)

# Lists of people that somebody brings along; `content` is gone once all of it is done.
imports = Table(
    "imports",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    account_id("account"),
    Column("kind", String(16), nullable=False, info=PERSONAL),
    Column("content", LargeBinary, info=PERSONAL),  # sealed JSON: rows of texts
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("total", Integer, nullable=False, info=PERSONAL),  # rows
    Column("done", Integer, nullable=False, server_default="0", info=PERSONAL),
    Column("missed", Integer, nullable=False, server_default="0", info=PERSONAL),
    Index("ix_imports_account", "account", "id"),
)
