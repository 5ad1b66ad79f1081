"""What the database knows of the standby."""

from sqlalchemy import distinct, func, select

from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx
from whimbrel.media.tables import files, media

# What is copied from other servers is fetched from them again, and no standby has it.
OURS = (files.c.object != "", media.c.source.is_(None), media.c.purpose != "card")

_OBJECTS = Query(
    select(func.count(distinct(files.c.object)))
    .join(media, media.c.id == files.c.media)
    .where(*OURS)
)


def objects(tx: Tx) -> int:
    """How many objects of the store are ours. Counts rows."""
    return int(tx.value(_OBJECTS))
