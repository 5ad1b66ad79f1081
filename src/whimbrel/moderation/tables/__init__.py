"""What people report, the cases that come of it, what was decided and told, the log of it all, and
which servers are kept at a distance. A report's words stay as they were filed; who works on it and
what came of it is beside them."""

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
from whimbrel.core.tables import PERSONAL, PUBLIC, SECRET, SYSTEM, Counter, Id, metadata
from whimbrel.posts.tables import post_id

from .automation import auto_rules, link_uses, rule_hits
from .columns import case_id, moderator
from .desk import bulk_items, bulks, case_notes, case_traits, desk_habits, proposals
from .hashes import complaint_likes, hash_hits, hash_lists
from .letters import complaint_items, complaint_letters, complaints, replies
from .lists import block_lists, list_changes, list_excludes, list_uses, listed_servers
from .practices import practice_calls, practices
from .tallies import tallies
from .vault import holds, openings

__all__ = [
    "allowed_servers",
    "appeals",
    "auto_rules",
    "block_lists",
    "blocked_servers",
    "bulk_items",
    "bulks",
    "canaries",
    "case_notes",
    "case_posts",
    "case_traits",
    "cases",
    "checkpoints",
    "claims",
    "complaint_items",
    "complaint_letters",
    "complaint_likes",
    "complaints",
    "decisions",
    "desk_habits",
    "hash_hits",
    "hash_lists",
    "holds",
    "link_uses",
    "list_changes",
    "list_excludes",
    "list_uses",
    "listed_servers",
    "log_entries",
    "notices",
    "on_call",
    "openings",
    "paces",
    "pages",
    "pauses",
    "practice_calls",
    "practices",
    "proposals",
    "replies",
    "reports",
    "rule_hits",
    "statements",
    "tallies",
    "verdicts",
]

# The unit of work: what is open about somebody in one class. `due` is written once, when it is
# opened; only a pause that ends, or a merge or a higher class (to earlier), ever changes it.
cases = Table(
    "cases",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("class", String(2), nullable=False, info=SYSTEM),
    Column("state", String(10), nullable=False, info=SYSTEM),  # open paused closed merged
    moderator("target"),  # whom it is about; null = they are no more
    Column("received", BigInteger, nullable=False, info=SYSTEM),  # ms, like all of these
    Column("due", BigInteger, nullable=False, info=SYSTEM),
    Column("first_look", BigInteger, info=SYSTEM),
    Column("closed_at", BigInteger, info=SYSTEM),
    moderator("claimed_by"),
    Column("claimed_at", BigInteger, info=SYSTEM),
    Column("lease", BigInteger, info=SYSTEM),  # until when it is theirs
    Column("reach", Integer, nullable=False, server_default="0", info=SYSTEM),  # per day
    Column("record", SmallInteger, nullable=False, server_default="50", info=SYSTEM),  # percent
    Column("into", BigInteger, info=SYSTEM),  # the case it was merged into
    Column("split_from", BigInteger, info=SYSTEM),
    Column("appeal", BigInteger, info=SYSTEM),  # the verdict that is appealed against
    Column("snoozed", BigInteger, info=SYSTEM),  # until then it is not in the queue
    # How often its clock was set: one that was set before says nothing any more.
    Column("turn", Integer, nullable=False, server_default="0", info=SYSTEM),
    Index("ix_cases_queue", "state", "class", "due"),
    Index("ix_cases_closed", "class", "closed_at"),
    Index("ix_cases_target", "target", "state"),
    Index("ix_cases_claimed_by", "claimed_by"),
)

# Posts that a case is about; what was erased by its author is not among them any more.
case_posts = Table(
    "case_posts",
    metadata,
    case_id("case", primary_key=True),
    post_id(primary_key=True),
    Index("ix_case_posts_post", "post"),
)

# Who had a case, from when to when: without both nobody can show that the times are kept.
claims = Table(
    "claims",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True, info=SYSTEM),
    case_id("case"),
    moderator("by"),
    Column("at", BigInteger, nullable=False, info=SYSTEM),
    Column("released_at", BigInteger, info=SYSTEM),
    Index("ix_claims_case", "case"),
    Index("ix_claims_by", "by"),
)

pauses = Table(
    "pauses",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True, info=SYSTEM),
    case_id("case"),
    moderator("by"),
    Column("reason", String(30), nullable=False, info=SYSTEM),
    Column("began_at", BigInteger, nullable=False, info=SYSTEM),
    Column("ended_at", BigInteger, info=SYSTEM),
    Index("ix_pauses_case", "case"),
    Index("ix_pauses_by", "by"),
)

# Who was called about a case, and when: one row a rung of the ladder, or a person called.
pages = Table(
    "pages",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    case_id("case"),
    Column("class", String(2), nullable=False, info=SYSTEM),
    Column("rung", String(20), nullable=False, info=SYSTEM),  # see `paging.ladder`
    Column("at", BigInteger, nullable=False, info=SYSTEM),
    moderator("account"),  # null = nobody by name: a topic, a webhook, or the clock itself
    Column("secret", LargeBinary, unique=True, info=SECRET),  # hash of its link's; null = none
    Column("taken_at", BigInteger, info=SYSTEM),
    Index("ix_pages_case", "case", "class", "rung"),
    Index("ix_pages_account", "account"),
)

# Who is called first, in this order; nobody = whoever may decide about reports.
on_call = Table(
    "on_call",
    metadata,
    account_id("account", primary_key=True),
    Column("place", SmallInteger, nullable=False, info=SYSTEM),
)

# What the person concerned is told of a decision, in their words. Sealed under their own key:
# when they go, it is noise, though that something was decided stays.
statements = Table(
    "statements",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    moderator("account"),  # null = nobody is concerned, or they are no more
    Column("language", String(12), nullable=False, info=SYSTEM),
    Column("content", LargeBinary, nullable=False, info=PERSONAL),  # sealed `rules.Statement`
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("secret", LargeBinary, nullable=False, unique=True, info=SECRET),  # hash of the link's
    Index("ix_statements_account", "account", "id"),
)

# Decisions. There is no row without its statement: the column says so.
verdicts = Table(
    "verdicts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    case_id("case"),
    Column(
        "statement",
        BigInteger,
        ForeignKey("statements.id"),
        nullable=False,
        unique=True,
        info=SYSTEM,
    ),
    moderator("by"),
    Column("actions", String(300), nullable=False, info=SYSTEM),  # JSON names
    Column("done", String(20_000), nullable=False, info=SYSTEM),  # JSON `rules.Deed`: to be undone
    Column("automated", Boolean, nullable=False, server_default=text("false"), info=SYSTEM),
    Column("undoes", BigInteger, unique=True, info=SYSTEM),  # an earlier one
    Column("leaf", BigInteger, nullable=False, info=SYSTEM),  # its place in the log
    Index("ix_verdicts_case", "case"),
    Index("ix_verdicts_by", "by"),
)

appeals = Table(
    "appeals",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    Column(
        "verdict", BigInteger, ForeignKey("verdicts.id"), nullable=False, unique=True, info=SYSTEM
    ),
    account_id("account"),
    case_id("case"),
    Column("content", LargeBinary, nullable=False, info=PERSONAL),  # sealed
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("outcome", String(10), info=PERSONAL),  # uphold overturn change; null = open
    Column("answer", BigInteger, info=SYSTEM),  # the verdict that answered it
    Column("answered_at", BigInteger, info=SYSTEM),
    Index("ix_appeals_account", "account"),
    Index("ix_appeals_case", "case"),
)

# What somebody without an account wrote beside their report, and the hash of their link to it.
notices = Table(
    "notices",
    metadata,
    Column(
        "report",
        BigInteger,
        ForeignKey("reports.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info=PERSONAL,
    ),
    Column("content", LargeBinary, nullable=False, info=PERSONAL),  # sealed `rules.Sender`
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("secret", LargeBinary, nullable=False, unique=True, info=SECRET),
)

# How long four of five cases of a class take from the first look on.
paces = Table(
    "paces",
    metadata,
    Column("class", String(2), primary_key=True, info=SYSTEM),
    Column("p80", BigInteger, nullable=False, info=SYSTEM),  # ms
)

reports = Table(
    "reports",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    account_id("account", nullable=True),  # null = somebody without one: see `notices`
    account_id("target"),
    case_id("case", nullable=True),  # null = filed by a release before the one that has them
    Column("source", String(20), nullable=False, server_default="user", info=SYSTEM),
    Column("acted", Boolean, info=SYSTEM),  # whether something was done; null = open
    Column("category", String(20), nullable=False, info=PERSONAL),
    Column("comment", LargeBinary, nullable=False, info=PERSONAL),  # sealed
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("posts", String(2000), nullable=False, server_default="[]", info=PERSONAL),  # JSON ids
    Column("rules", String(500), nullable=False, server_default="[]", info=PERSONAL),
    Column("collections", String(500), nullable=False, server_default="[]", info=PERSONAL),
    Column("forward", Boolean, nullable=False, server_default=text("false"), info=PERSONAL),
    Column("resolved_at", BigInteger, info=SYSTEM),
    Column("updated_at", BigInteger, info=SYSTEM),  # null = as it was filed
    moderator("assigned"),
    moderator("resolved_by"),
    Index("ix_reports_account", "account"),
    Index("ix_reports_target", "target"),
    Index("ix_reports_resolved_at", "resolved_at"),
    Index("ix_reports_assigned", "assigned"),
    Index("ix_reports_resolved_by", "resolved_by"),
    Index("ix_reports_case", "case"),
    Index(
        "ix_reports_open",
        "id",
        sqlite_where=text("resolved_at IS NULL"),
        postgresql_where=text("resolved_at IS NULL"),
    ),
)

# Everything the staff did, one row an act, written in the same transaction. Only added to.
decisions = Table(
    "decisions",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True, info=SYSTEM),  # their order
    Column("at", BigInteger, nullable=False, info=SYSTEM),
    moderator("by"),
    Column("action", String(40), nullable=False, info=SYSTEM),
    Column("kind", String(30), nullable=False, info=SYSTEM),  # what `target` is an id of
    Column("target", BigInteger, nullable=False, info=SYSTEM),
    Column("report", BigInteger, info=SYSTEM),
    Column("detail", String(300), nullable=False, server_default="", info=SYSTEM),  # no names
    # Its place in the tree of the log, and what stands there; null = older than the tree.
    Column("leaf", BigInteger, unique=True, info=SYSTEM),
    Column("commitment", LargeBinary, info=SYSTEM),
    Index("ix_decisions_by", "by"),
    Index("ix_decisions_target", "kind", "target"),
)

# What a leaf of the log commits to, and its salt: gone with whom it is about, while the tree stays.
log_entries = Table(
    "log_entries",
    metadata,
    Column("leaf", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    account_id("about", nullable=True),
    Column("content", LargeBinary, nullable=False, info=PERSONAL),  # sealed: salt and JSON
    Index("ix_log_entries_about", "about"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    Column("at", BigInteger, nullable=False, info=PUBLIC),
    Column("note", String(1000), nullable=False, info=PUBLIC),  # signed
)

blocked_servers = Table(
    "blocked_servers",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("domain", String(253), nullable=False, unique=True, info=PUBLIC),
    Column("severity", String(20), nullable=False, info=PUBLIC),
    Column("reject_media", Boolean, nullable=False, server_default=text("false"), info=SYSTEM),
    Column("reject_reports", Boolean, nullable=False, server_default=text("false"), info=SYSTEM),
    Column("private_comment", LargeBinary, info=SYSTEM),  # sealed
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("public_comment", String(5000), info=PUBLIC),
    Column("obfuscate", Boolean, nullable=False, server_default=text("false"), info=SYSTEM),
)
allowed_servers = Table(
    "allowed_servers",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("domain", String(253), nullable=False, unique=True, info=PUBLIC),
)

# Accounts that the operator made so that whoever reads everything reads them, too.
canaries = Table("canaries", metadata, account_id("account", primary_key=True))
