"""With which keys our people speak to other servers, and what we know of those who speak to us."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
)

from whimbrel.accounts.tables import account_id
from whimbrel.core.tables import PERSONAL, PUBLIC, SECRET, SYSTEM, Counter, Id, metadata
from whimbrel.posts.tables import post_id

# One row for each of our accounts that another server has met, and one for the server itself. The
# private halves have an author of their own (themselves): an account's slot is shredded the moment
# it is erased, and the Delete that tells others of it must be signed yet.
actor_keys = Table(
    "actor_keys",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),  # accounts.id; 0 = server
    Column(  # as `id`; null = the server
        "account",
        BigInteger,
        ForeignKey("accounts.id", ondelete="CASCADE"),
        unique=True,
        info=PUBLIC,
    ),
    Column("rsa", String(1000), nullable=False, info=PUBLIC),  # public half, PEM
    Column("ed25519", String(64), nullable=False, info=PUBLIC),  # public half, Multikey
    Column("private", LargeBinary, nullable=False, info=SECRET),  # sealed `rules.Private`
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("at", BigInteger, nullable=False, info=SYSTEM),
)

# What somebody elsewhere is reached by, beside their row in `accounts`.
remote_actors = Table(
    "remote_actors",
    metadata,
    account_id("account", primary_key=True),
    Column("kind", String(20), nullable=False, info=PUBLIC),  # Person, Service, Group ...
    Column("url", String(2048), info=PUBLIC),  # their page
    Column("inbox", String(2048), nullable=False, info=PUBLIC),
    Column("shared_inbox", String(2048), info=PUBLIC),
    Column("outbox", String(2048), info=PUBLIC),
    Column("followers", String(2048), info=PUBLIC),
    Column("featured", String(2048), info=PUBLIC),
    Column("icon", String(2048), info=PUBLIC),  # where their pictures are
    Column("image", String(2048), info=PUBLIC),
    Column("moved_to", String(2048), info=PUBLIC),
    Column("also_known_as", String(20000), nullable=False, info=PUBLIC),  # JSON: actor ids
    Column("at", BigInteger, nullable=False, info=SYSTEM),  # when they were last fetched
    # JSON: where the picture of each shortcode is that their names and words use
    Column("emojis", String(20000), nullable=False, server_default="{}", info=PUBLIC),
)

# Keys of actors elsewhere by the id that signatures name: of people, and of servers, which have no
# row in `accounts`.
remote_keys = Table(
    "remote_keys",
    metadata,
    Column("key_id", String(2048), primary_key=True, info=PUBLIC),
    Column("actor", String(2048), nullable=False, info=PUBLIC),
    Column("pem", String(3000), nullable=False, info=PUBLIC),
    Column("at", BigInteger, nullable=False, info=SYSTEM),  # when it was last fetched
)

# How another server wants to be spoken to: `rules.Style`.
peers = Table(
    "peers",
    metadata,
    Column("origin", String(300), primary_key=True, info=SYSTEM),
    Column("style", SmallInteger, nullable=False, info=SYSTEM),
    Column("at", BigInteger, nullable=False, info=SYSTEM),
)

# Relays that were asked to pass on to us what others write for everybody.
relays = Table(
    "relays",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),  # of what asked it
    Column("inbox", String(2048), nullable=False, unique=True, info=SYSTEM),
    Column("actor", String(2048), info=SYSTEM),  # who said yes; null = nobody yet
)

# What else is known of a server that spoke to us.
servers = Table(
    "servers",
    metadata,
    Column("origin", String(300), primary_key=True, info=SYSTEM),
    Column("seen_at", BigInteger, nullable=False, info=SYSTEM),  # about: to the hour
    Column("software", String(100), info=SYSTEM),
    Column("version", String(100), info=SYSTEM),
    Column("asked_at", BigInteger, nullable=False, server_default="0", info=SYSTEM),
)

# Activities that were accepted, so that none is done twice: kept for a week. The signed bytes are
# sealed under the key of the day, and gone once what they ask for is done.
received = Table(
    "received",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("activity", LargeBinary, nullable=False, unique=True, info=SYSTEM),  # SHA-256 of its id
    Column("signer", String(2048), nullable=False, info=SYSTEM),  # the actor's id
    Column("content", LargeBinary, info=PERSONAL),  # sealed; null = done
    Column("day", BigInteger, nullable=False, info=SYSTEM),  # whose key it is under
    Index("ix_received_day", "day"),
)

# The key of what arrived on a day (its number since 1970).
received_keys = Table(
    "received_keys",
    metadata,
    Column("day", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("slot", BigInteger, nullable=False, info=SECRET),
)

# What was taken back elsewhere: posts and activities, by the SHA-256 of their id. Whatever comes
# late, or again, stays away.
tombstones = Table(
    "tombstones",
    metadata,
    Column("hash", LargeBinary, primary_key=True, info=SYSTEM),
    Column("at", BigInteger, nullable=False, info=SYSTEM),
)

# What somebody elsewhere calls their follow of one of ours: an answer names it.
remote_follows = Table(
    "remote_follows",
    metadata,
    account_id("follower", primary_key=True),
    account_id("followee", primary_key=True),
    Column("uri", String(2048), nullable=False, info=PUBLIC),
    Index("ix_remote_follows_followee", "followee"),
)

# By which id others know what one of ours did to `target` (a post, or somebody): taking it back
# names it.
sent_acts = Table(
    "sent_acts",
    metadata,
    account_id("account", primary_key=True),
    Column("kind", String(10), primary_key=True, info=PUBLIC),  # Follow, Like, Block
    Column("target", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    Column("uri", String(300), nullable=False, info=PUBLIC),
)

# Posts elsewhere whose authors want to be asked first; `acts` is the sum of `rules.Act`.
policies = Table(
    "policies",
    metadata,
    post_id(primary_key=True),
    Column("acts", SmallInteger, nullable=False, info=PUBLIC),
)

# What one of ours asked whether they may: to like or answer `target`, or to boost it.
wishes = Table(
    "wishes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    account_id("account"),
    Column("act", SmallInteger, nullable=False, info=PUBLIC),
    post_id("target"),
    post_id("subject"),  # the answer or the boost; of a like, the target
    Column("stamp", String(2048), info=PUBLIC),  # where it is said that they may; null = not yet
    Index("ix_wishes_subject", "subject", "account", "act", unique=True),
    Index("ix_wishes_account", "account"),
    Index("ix_wishes_target", "target"),
    Index("ix_wishes_stamp", "stamp"),
)

# What somebody elsewhere was told that they may do with a post of ours.
approvals = Table(
    "approvals",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    Column("act", SmallInteger, nullable=False, info=PUBLIC),
    post_id("target"),
    Column("uri", String(2048), nullable=False, info=PUBLIC),  # of the like, answer or boost
    Column("hash", LargeBinary, nullable=False, unique=True, info=SYSTEM),  # SHA-256 of the three
    Index("ix_approvals_target", "target"),
)

# What is to be told to other servers, for as long as one of them has not heard it. It outlives whom
# it is of, who may just have been erased.
letters = Table(
    "letters",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("owner", BigInteger, nullable=False, info=SYSTEM),  # who signs: as actor_keys.id
    Column("kind", String(10), nullable=False, info=SYSTEM),  # rules.Kind
    Column("subject", BigInteger, nullable=False, info=SYSTEM),  # posts.id, reports.id; 0 = none
    Column("said", LargeBinary, info=SYSTEM),  # JSON of an activity that has no words
    Column("thing", BigInteger, nullable=False, info=SYSTEM),  # what it is about: keeps its order
)

# To which inboxes a letter has yet to go.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True, info=SYSTEM),
    Column(
        "letter",
        BigInteger,
        ForeignKey("letters.id", ondelete="CASCADE"),
        nullable=False,
        info=SYSTEM,
    ),
    Column("origin", String(300), nullable=False, info=SYSTEM),
    Column("inbox", String(2048), nullable=False, info=SYSTEM),
    Column("thing", BigInteger, nullable=False, info=SYSTEM),  # the letter's, at this inbox
    Column("due", BigInteger, nullable=False, info=SYSTEM),  # ms
    Column("tries", SmallInteger, nullable=False, server_default="0", info=SYSTEM),
    Index("ix_deliveries_origin", "origin", "thing", "id"),
    Index("ix_deliveries_letter", "letter"),
)

# When a server is next to be called on. One that does not answer has all that waits for it wait.
queues = Table(
    "queues",
    metadata,
    Column("origin", String(300), primary_key=True, info=SYSTEM),
    Column("due", BigInteger, nullable=False, info=SYSTEM),  # ms; worker.NEVER = nothing waits
    Column("lease", BigInteger, nullable=False, server_default="0", info=SYSTEM),  # held until (ms)
    Column("failures", SmallInteger, nullable=False, server_default="0", info=SYSTEM),  # in a row
    Column("since", BigInteger, nullable=False, server_default="0", info=SYSTEM),  # of the first
    Index("ix_queues_due", "due"),
)
