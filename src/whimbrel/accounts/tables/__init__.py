"""People and their keys to the house. `accounts` is what anybody may know of somebody (ours or of
another server); `users` is the private side of those who sign in here.

Times are milliseconds since 1970 (UTC) throughout."""

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

from whimbrel.core.tables import PERSONAL, PUBLIC, SECRET, SYSTEM, Id, metadata

from .addresses import address_keys, addresses, staff_reads
from .barred import barred_email_domains, barred_emails, barred_networks
from .columns import account_id
from .factors import authenticators, challenges, passkeys, recovery_codes
from .moving import moves
from .severed import severances, severed

__all__ = [
    "account_id",
    "account_words",
    "accounts",
    "address_keys",
    "addresses",
    "apps",
    "authenticators",
    "barred_email_domains",
    "barred_emails",
    "barred_networks",
    "blocks",
    "challenges",
    "codes",
    "days",
    "domain_blocks",
    "emojis",
    "endorsements",
    "follow_requests",
    "follows",
    "invites",
    "links",
    "moves",
    "mutes",
    "notes",
    "passkeys",
    "recovery_codes",
    "retired",
    "sessions",
    "severances",
    "severed",
    "staff_reads",
    "strikes",
    "tokens",
    "users",
]


accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    Column("username", String(64), nullable=False, info=PUBLIC),  # as written; unique by `handle`
    Column("domain", String(253), info=PUBLIC),  # null = ours
    Column("handle", String(320), nullable=False, unique=True, info=PUBLIC),  # folded: user or u@d
    Column("uri", String(2048), unique=True, info=PUBLIC),  # the actor's id; null = built from id
    Column("display_name", String(200), nullable=False, server_default="", info=PUBLIC),
    Column("note", String(5000), nullable=False, server_default="", info=PUBLIC),  # as written
    Column("fields", String(20000), nullable=False, server_default="[]", info=PUBLIC),  # JSON
    # JSON: the `rules.Emoji`s that name, note and fields use
    Column("emojis", String(20000), nullable=False, server_default="[]", info=PUBLIC),
    Column("avatar", String(64), info=PUBLIC),  # media token of the picture; null = none
    Column("header", String(64), info=PUBLIC),
    Column("locked", Boolean, nullable=False, server_default=text("false"), info=PUBLIC),
    Column("bot", Boolean, nullable=False, server_default=text("false"), info=PUBLIC),
    Column("discoverable", Boolean, nullable=False, server_default=text("false"), info=PUBLIC),
    Column("indexable", Boolean, nullable=False, server_default=text("false"), info=PUBLIC),
    Column("hide_collections", Boolean, nullable=False, server_default=text("false"), info=PUBLIC),
    # JSON: domains of pages that may say that they are theirs
    Column("attribution_domains", String(5000), nullable=False, server_default="[]", info=PUBLIC),
    Column("memorial", Boolean, nullable=False, server_default=text("false"), info=PUBLIC),
    # Which of their posts are for who is signed in alone: the sum of 1 << visibility, of the open
    Column("hides", SmallInteger, nullable=False, server_default="0", info=PUBLIC),
    Column("slot", BigInteger, nullable=False, info=SECRET),  # the author's half of every key
    Column("rev", Integer, nullable=False, server_default="1", info=SYSTEM),  # +1 at each change
    # +1 at every change of the row, which SQLAlchemy adds to each UPDATE: the key of finished bytes
    Column(
        "stamp",
        Integer,
        nullable=False,
        server_default="1",
        onupdate=literal_column("accounts.stamp + 1"),
        info=SYSTEM,
    ),
    Column("at", BigInteger, nullable=False, info=PUBLIC),
    Column("suspended_at", BigInteger, info=SYSTEM),
    Column("silenced_at", BigInteger, info=SYSTEM),
    Column("sensitized_at", BigInteger, info=SYSTEM),  # media of new posts are covered since then
    Column("demoted_at", BigInteger, info=SYSTEM),  # recommended to nobody since then
    Column("followers", Integer, nullable=False, server_default="0", info=PUBLIC),
    Column("following", Integer, nullable=False, server_default="0", info=PUBLIC),
    Column("statuses", Integer, nullable=False, server_default="0", info=PUBLIC),  # not direct ones
    Column("last_status_at", BigInteger, info=PUBLIC),
    *(  # the directory
        Index(
            f"ix_accounts_{name}",
            *columns,
            sqlite_where=text("discoverable = 1"),
            postgresql_where=text("discoverable"),
        )
        for name, columns in (("active", ("last_status_at", "id")), ("new", ("id",)))
    ),
)

# The words of somebody's names, as `core.search.split` has them: by their beginnings people are
# found. `open`: by anybody; else by who follows them.
account_words = Table(
    "account_words",
    metadata,
    account_id("account", primary_key=True),
    Column(
        "word",
        String(40).with_variant(String(40, collation="C"), "postgresql"),
        primary_key=True,
        info=PUBLIC,
    ),
    Column("open", Boolean, nullable=False, info=PUBLIC),
    Index(
        "ix_account_words_open",
        *("word", "account"),
        sqlite_where=text("open = 1"),
        postgresql_where=text("open"),
    ),
)

users = Table(
    "users",
    metadata,
    account_id("account", primary_key=True),
    Column("email", LargeBinary, nullable=False, info=PERSONAL),  # sealed under the author's slot
    Column("email_mac", LargeBinary, nullable=False, unique=True, info=SECRET),  # keyed hash
    Column("password", String(200), info=SECRET),  # argon2id; null = none set
    Column("role", String(20), nullable=False, server_default="user", info=PERSONAL),
    Column("locale", String(12), nullable=False, server_default="en", info=PERSONAL),
    Column("reason", LargeBinary, info=PERSONAL),  # why they want in; sealed
    Column("invite", BigInteger, ForeignKey("invites.id", ondelete="SET NULL"), info=PERSONAL),
    Column("confirmed_at", BigInteger, info=SYSTEM),
    Column("approved_at", BigInteger, info=SYSTEM),
    Column("disabled_at", BigInteger, info=SYSTEM),
    Column("active_at", BigInteger, nullable=False, info=SYSTEM),  # to the day
    Column("visibility", String(10), nullable=False, server_default="public", info=PERSONAL),
    Column("sensitive", Boolean, nullable=False, server_default=text("false"), info=PERSONAL),
    Column("language", String(12), info=PERSONAL),
    # who may quote their new posts: 0 everybody, 1 followers, 2 nobody
    Column("quote_policy", SmallInteger, nullable=False, server_default="0", info=PERSONAL),
    # JSON of `rules.Preferences`, what is as usual left out
    Column("preferences", String(2000), nullable=False, server_default="{}", info=PERSONAL),
    Index("ix_users_active_at", "active_at"),
)

invites = Table(
    "invites",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    account_id("account", nullable=True),
    Column("hash", LargeBinary, nullable=False, unique=True, info=SECRET),
    Column("role", String(20), nullable=False, server_default="user", info=SYSTEM),
    Column("uses_left", Integer, nullable=False, server_default="1", info=SYSTEM),
    Column("until", BigInteger, info=SYSTEM),
    Index("ix_invites_account", "account"),
)

# One-use links: confirm, reset, change in letters, setup on the console (of nobody yet). The link
# itself is never stored.
links = Table(
    "links",
    metadata,
    Column("hash", LargeBinary, primary_key=True, info=SECRET),
    account_id("account", nullable=True),
    Column("kind", String(20), nullable=False, info=SYSTEM),
    Column("email", LargeBinary, info=PERSONAL),  # the new address, sealed (kind = change)
    Column("until", BigInteger, nullable=False, info=SYSTEM),
    Index("ix_links_account", "account"),
)

# Names whose owners have left: nobody may come back as somebody else. Keyed hashes of handles.
retired = Table(
    "retired",
    metadata,
    Column("hash", LargeBinary, primary_key=True, info=SECRET),
    Column("at", BigInteger, nullable=False, info=SYSTEM),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    Column("hash", LargeBinary, nullable=False, unique=True, info=SECRET),  # SHA-256 of the cookie
    account_id("account"),
    Column("agent", String(200), nullable=False, server_default="", info=PERSONAL),
    Column("at", BigInteger, nullable=False, info=PERSONAL),
    Column("seen_at", BigInteger, nullable=False, info=PERSONAL),
    Column("proved_at", BigInteger, info=SYSTEM),  # when they last showed a password or passkey
    Index("ix_sessions_account", "account"),
)

apps = Table(
    "apps",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    Column("name", String(200), nullable=False, info=PUBLIC),
    Column("website", String(2000), info=PUBLIC),
    Column("redirects", String(8000), nullable=False, info=PUBLIC),  # newline between
    Column("scopes", String(1000), nullable=False, info=PUBLIC),
    Column("client_id", String(64), nullable=False, unique=True, info=PUBLIC),
    Column("secret", LargeBinary, nullable=False, info=SECRET),  # SHA-256
    Column("at", BigInteger, nullable=False, info=SYSTEM),
)

codes = Table(
    "codes",
    metadata,
    Column("hash", LargeBinary, primary_key=True, info=SECRET),
    Column(
        "app", BigInteger, ForeignKey("apps.id", ondelete="CASCADE"), nullable=False, info=SYSTEM
    ),
    account_id("account"),
    Column("redirect", String(2000), nullable=False, info=SYSTEM),
    Column("scopes", String(1000), nullable=False, info=SYSTEM),
    Column("challenge", String(128), info=SECRET),  # PKCE S256
    Column("until", BigInteger, nullable=False, info=SYSTEM),
    Column("token", BigInteger, info=SYSTEM),  # once used: the token it gave, for replay
    Index("ix_codes_account", "account"),
    Index("ix_codes_app", "app"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    Column("hash", LargeBinary, nullable=False, unique=True, info=SECRET),  # SHA-256
    Column("app", BigInteger, ForeignKey("apps.id", ondelete="CASCADE"), info=PERSONAL),
    account_id("account", nullable=True),  # null = the app itself
    Column("scopes", String(1000), nullable=False, info=PERSONAL),
    Column("at", BigInteger, nullable=False, info=PERSONAL),
    Column("used_at", BigInteger, info=PERSONAL),  # to the day
    Index("ix_tokens_account", "account"),
    Index("ix_tokens_app", "app"),
)

follows = Table(
    "follows",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),  # paging cursor: a time
    account_id("follower"),
    account_id("followee"),
    Column("reblogs", Boolean, nullable=False, server_default=text("true"), info=PERSONAL),
    Column("notify", Boolean, nullable=False, server_default=text("false"), info=PERSONAL),
    Column("languages", String(260), info=PERSONAL),  # space between; null = all
    Column("at", BigInteger, nullable=False, info=PERSONAL),
    Index("ix_follows_pair", "follower", "followee", unique=True),
    # A delivery reads the index alone, so all that it asks of a follow is in it.
    Index("ix_follows_followee", "followee", "follower", "reblogs", "languages"),
    Index(
        "ix_follows_notify",
        "followee",
        sqlite_where=text("notify = 1"),
        postgresql_where=text("notify"),
    ),
    Index("ix_follows_followee_id", "followee", "id"),
    Index("ix_follows_follower_id", "follower", "id"),
)

follow_requests = Table(
    "follow_requests",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    account_id("follower"),
    account_id("followee"),
    Column("reblogs", Boolean, nullable=False, server_default=text("true"), info=PERSONAL),
    Column("notify", Boolean, nullable=False, server_default=text("false"), info=PERSONAL),
    Column("languages", String(260), info=PERSONAL),
    Column("at", BigInteger, nullable=False, info=PERSONAL),
    Index("ix_follow_requests_pair", "follower", "followee", unique=True),
    Index("ix_follow_requests_followee", "followee", "id"),
)

blocks = Table(
    "blocks",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    account_id("account"),
    account_id("target"),
    Column("at", BigInteger, nullable=False, info=PERSONAL),
    Index("ix_blocks_pair", "account", "target", unique=True),
    Index("ix_blocks_target", "target", "account"),
)

mutes = Table(
    "mutes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    account_id("account"),
    account_id("target"),
    Column("notifications", Boolean, nullable=False, server_default=text("true"), info=PERSONAL),
    Column("until", BigInteger, info=PERSONAL),  # null = for good
    Column("at", BigInteger, nullable=False, info=PERSONAL),
    Index("ix_mutes_pair", "account", "target", unique=True),
    Index("ix_mutes_target", "target"),
)

# Whom somebody recommends, on their profile for all to see. Goes with the follow.
endorsements = Table(
    "endorsements",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),  # paging cursor: a time
    account_id("account"),
    account_id("target"),
    Column("at", BigInteger, nullable=False, info=PERSONAL),
    Index("ix_endorsements_pair", "account", "target", unique=True),
    Index("ix_endorsements_account", "account", "id"),
    Index("ix_endorsements_target", "target"),
)

# Servers of which somebody wants to hear nobody.
domain_blocks = Table(
    "domain_blocks",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    account_id("account"),
    Column("domain", String(253), nullable=False, info=PERSONAL),  # lower case, punycode
    Column("at", BigInteger, nullable=False, info=PERSONAL),
    Index("ix_domain_blocks_pair", "account", "domain", unique=True),
    Index("ix_domain_blocks_account", "account", "id"),
)

# What one person writes about another, for nobody else's eyes.
notes = Table(
    "notes",
    metadata,
    account_id("account", primary_key=True),
    account_id("target", primary_key=True),
    Column("content", LargeBinary, nullable=False, info=PERSONAL),  # sealed
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Index("ix_notes_target", "target"),
)

# What moderators decided about an account, as its owner is told.
strikes = Table(
    "strikes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    account_id("account"),
    Column(
        "by", BigInteger, ForeignKey("accounts.id", ondelete="SET NULL"), info=SYSTEM
    ),  # null = has left
    Column("action", String(40), nullable=False, info=PERSONAL),
    Column("content", LargeBinary, info=PERSONAL),  # sealed; null = nothing was said
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("posts", String(2000), nullable=False, server_default="[]", info=PERSONAL),  # JSON ids
    Column("report", BigInteger, info=SYSTEM),
    Column("statement", LargeBinary, info=PERSONAL),  # sealed: what the letter says of the reasons
    Index("ix_strikes_account", "account", "id"),
    Index("ix_strikes_by", "by"),
)

# How many people were here on a day (its number since 1970). Nobody's name is in it.
days = Table(
    "days",
    metadata,
    Column("day", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("active", Integer, nullable=False, server_default="0", info=SYSTEM),
)

# The server's own little pictures, `:shortcode:`, for names, posts and announcements.
emojis = Table(
    "emojis",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    Column("shortcode", String(64), nullable=False, unique=True, info=PUBLIC),
    Column("media", BigInteger, nullable=False, info=SYSTEM),
    Column("category", String(100), info=PUBLIC),
    Column("listed", Boolean, nullable=False, server_default=text("true"), info=PUBLIC),
    Column("disabled", Boolean, nullable=False, server_default=text("false"), info=PUBLIC),
)
