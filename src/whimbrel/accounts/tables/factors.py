"""What somebody signs in with beside the password. Nothing here can be read back by anybody: codes
are keyed hashes, the secret of an authenticator app is sealed under the author's slot."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table

from whimbrel.core.tables import PERSONAL, SECRET, SYSTEM, Id, metadata

from .columns import account_id

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PERSONAL),
    account_id("account"),
    Column("credential", LargeBinary, nullable=False, unique=True, info=SECRET),
    Column("public_key", LargeBinary, nullable=False, info=SECRET),  # COSE
    Column("uses", BigInteger, nullable=False, info=SECRET),  # the device's own count
    Column("name", LargeBinary, nullable=False, info=PERSONAL),  # sealed under the author's slot
    Column("at", BigInteger, nullable=False, info=PERSONAL),
    Column("used_at", BigInteger, info=PERSONAL),
    Index("ix_passkeys_account", "account"),
)

authenticators = Table(
    "authenticators",
    metadata,
    account_id("account", primary_key=True),
    Column("secret", LargeBinary, nullable=False, info=SECRET),  # sealed under the author's slot
    # the half minute of the last code that was taken: none is taken twice
    Column("step", BigInteger, nullable=False, server_default="0", info=SECRET),
    Column("at", BigInteger, info=PERSONAL),  # null = not shown to work yet
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("hash", LargeBinary, primary_key=True, info=SECRET),  # keyed
    account_id("account"),
    Index("ix_recovery_codes_account", "account"),
)

# What a browser has to bring back, once: the challenge of a passkey, or the cookie of somebody who
# gave the right password and owes the second factor. The value itself is never stored.
challenges = Table(
    "challenges",
    metadata,
    Column("hash", LargeBinary, primary_key=True, info=SECRET),
    account_id("account", nullable=True),  # null = whoever has the passkey
    Column("kind", String(20), nullable=False, info=SYSTEM),
    Column("until", BigInteger, nullable=False, info=SYSTEM),
    Index("ix_challenges_account", "account"),
    Index("ix_challenges_until", "until"),
)
