"""Telling somebody what was decided about them: kept, notified, and written to their address.

Who may decide, and what else follows, is the moderators' room's business."""

from collections.abc import Sequence
from typing import Any

import msgspec

from whimbrel.core.ids import iso, new_id
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx

from . import links, serialize
from .events import AccountWarned, LetterWanted
from .queries import strikes, users
from .queries.strikes import Strike
from .rules import Account

# Mastodon's words for what it shows with a warning.
ACTIONS = (
    *("none", "disable", "mark_statuses_as_sensitive", "delete_statuses"),
    *("sensitive", "silence", "suspend"),
)


def strike(
    tx: Tx,
    account: Account,
    action: str,
    *,
    by: int | None,
    text: str = "",
    posts: Sequence[int] = (),
    report: int | None = None,
    letter: bool = True,
    statement: str = "",
) -> Strike:
    """Keep a decision about an account and tell its owner.

    Args:
        action: one of `ACTIONS`.
        by: who decided; None = the server itself.
        text: what the moderator wants to say beside it.
        posts: of the account, that it is about.
        letter: false tells it here only.
        statement: what the letter says in place of `text`: the reasons, and how to appeal.
    Emits: AccountWarned, LetterWanted: only to one of ours
    """
    made = Strike(new_id(tx.now), account.id, by, action, text, tuple(posts), report, statement)
    strikes.add(tx, made, account.slot)
    user = users.by_account(tx, account.id)
    if user is not None:
        tx.emit(AccountWarned(strike=made.id, account=account.id))
        if letter:
            sealed = links.sealed(tx, account.id, user.slot, str(made.id))
            tx.emit(LetterWanted(account=account.id, kind=f"warned_{action}", link=sealed))
    return made


def entity(instance: Instance, strike: Strike, account: Account) -> dict[str, Any]:
    """What the owner is shown.

    Source: Mastodon REST API, entity AccountWarning
    """
    return {
        "id": str(strike.id),
        "action": strike.action,
        "text": strike.text,
        "status_ids": [str(post) for post in strike.posts] or None,
        "target_account": msgspec.Raw(serialize.account(instance, account)),
        "appeal": None,
        "created_at": iso(strike.id >> 16),
    }
