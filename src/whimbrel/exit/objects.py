"""What rows are as ActivityStreams objects: as other servers are shown them."""

from typing import Any

from whimbrel.core.errors import WhimbrelError
from whimbrel.core.tx import Tx
from whimbrel.federation import show, vocabulary
from whimbrel.federation.queries import actors


def object_of(tx: Tx, table: str, row: dict[str, Any]) -> dict[str, Any] | None:
    """The object that a row is for everybody; None where it is none, or is another server's."""
    try:
        if table == "posts" and row["local"]:
            said, _ = show.post(tx, row["author"], row["id"], 0, activity=False)
            return said
        if table == "accounts" and row["domain"] is None:
            account, public = show.somebody(tx, row["id"])
            if public is not None:
                return vocabulary.actor(tx.instance, account, public, actors.others(tx, account.id))
    except WhimbrelError:  # not for everybody after all: its row may be, but tells no more
        return None
    return None
