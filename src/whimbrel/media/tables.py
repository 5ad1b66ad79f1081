"""Uploads and the sealed files they became."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    text,
)

from whimbrel.core.tables import PERSONAL, PUBLIC, SECRET, SYSTEM, Id, metadata

media = Table(
    "media",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    Column("account", BigInteger, nullable=False, info=PERSONAL),  # accounts stand a floor above us
    Column("post", BigInteger, info=PERSONAL),  # posts too; null = not attached (yet)
    Column("position", BigInteger, nullable=False, server_default="0", info=PUBLIC),
    Column("kind", String(10), nullable=False, info=PUBLIC),  # image gifv video audio unknown
    Column("state", String(10), nullable=False, info=SYSTEM),  # working ready failed away
    Column("error", String(300), info=PERSONAL),  # why it failed
    Column("meta", String(2000), nullable=False, server_default="{}", info=PUBLIC),  # JSON
    Column("blurhash", LargeBinary, info=PERSONAL),  # sealed
    Column("focus_x", Float, nullable=False, server_default="0", info=PUBLIC),
    Column("focus_y", Float, nullable=False, server_default="0", info=PUBLIC),
    Column("alt", LargeBinary, info=PERSONAL),  # sealed
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("author_slot", BigInteger, nullable=False, info=SECRET),
    Column("purpose", String(10), nullable=False, server_default="post", info=SYSTEM),  # avatar ...
    # On a post that not everybody may see: no cache on the way may keep it.
    Column("shielded", Boolean, nullable=False, server_default=text("false"), info=SYSTEM),
    # Its owner is suspended or its post hidden: nobody is given it until that is taken back.
    Column("withheld", Boolean, nullable=False, server_default=text("false"), info=SYSTEM),
    # By what a picture is known again, 32 bytes for each (sealed), and whether it is like one on a
    # list of what nobody may be given.
    Column("pdq", LargeBinary, info=PERSONAL),
    Column("quarantined", Boolean, nullable=False, server_default=text("false"), info=SYSTEM),
    Column("kept_until", BigInteger, info=SYSTEM),  # unused until then = erased; null = in use
    Column("at", BigInteger, nullable=False, info=SYSTEM),
    # Where a file of another server is (sealed), and since when a copy of it is here.
    Column("source", LargeBinary, info=PERSONAL),
    Column("copied_at", BigInteger, info=SYSTEM),  # ms; null = none
    Column("copied_bytes", BigInteger, nullable=False, server_default="0", info=SYSTEM),
    Index(
        "ix_media_copied",
        *("copied_at", "copied_bytes"),
        sqlite_where=text("copied_at IS NOT NULL"),
        postgresql_where=text("copied_at IS NOT NULL"),
    ),
    Index("ix_media_account", "account", "id"),
    Index("ix_media_post", "post", "position"),
)

files = Table(
    "files",
    metadata,
    Column("token", String(64), primary_key=True, info=PUBLIC),  # 128 random bits: the URL
    Column(
        "media",
        BigInteger,
        ForeignKey("media.id", ondelete="CASCADE"),
        nullable=False,
        info=PERSONAL,
    ),
    Column("variant", String(20), nullable=False, info=PUBLIC),  # original small poster
    Column("name", String(40), nullable=False, info=PUBLIC),  # fixed: original.jpg, small.webp
    Column("mime", String(60), nullable=False, info=PUBLIC),
    Column("size", BigInteger, nullable=False, info=PUBLIC),  # of the plain file, bytes
    Column("object", String(100), nullable=False, info=SYSTEM),  # key in the store; "" = not here
    Index("ix_files_media", "media"),
    Index("ix_files_object", "object"),
)

# Objects that stay in the store for a while although nothing may be recorded for them any more:
# somebody above us copies them. What they hold may be noise by then.
held_objects = Table(
    "held_objects",
    metadata,
    Column("object", String(100), primary_key=True, info=SYSTEM),
    Column("holder", BigInteger, primary_key=True, autoincrement=False, info=SYSTEM),
    Index("ix_held_objects_holder", "holder"),
)
