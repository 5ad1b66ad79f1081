"""Mastodon's Report for its reporter: what they said themselves, and nothing of the posts."""

import msgspec

from whimbrel.accounts import serialize as faces
from whimbrel.accounts.rules import Account
from whimbrel.core.ids import iso
from whimbrel.core.settings import Instance

from .rules import Report


def report(instance: Instance, made: Report, target: Account) -> bytes:
    """The entity."""
    resolved = made.resolved_at
    return msgspec.json.encode(
        {
            "id": str(made.id),
            "action_taken": resolved is not None,
            "action_taken_at": None if resolved is None else iso(resolved),
            "category": made.category,
            "comment": made.comment,
            "forwarded": made.forward,
            "created_at": iso(made.id >> 16),
            "status_ids": [str(id_) for id_ in made.posts] or None,
            "rule_ids": list(made.rules) or None,
            "target_account": msgspec.Raw(faces.account(instance, target)),
        }
    )
