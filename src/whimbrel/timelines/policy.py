"""Whose notifications somebody wants: told at once, held back until let in, or not at all."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from whimbrel.accounts.rules import Viewer, outranks, role_of
from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx

from .queries import policy as queries
from .rules import DECISIONS, FILTERABLE, Policy, Verdict, verdict

# As it was asked for before there was anything but "accept" and "filter".
OLD = {
    "filter_not_following": "for_not_following",
    "filter_not_followers": "for_not_followers",
    "filter_new_accounts": "for_new_accounts",
    "filter_private_mentions": "for_private_mentions",
}


def show(tx: Tx, viewer: Viewer) -> dict[str, Any]:
    """The viewer's policy, and how much is held back by it.

    Source: Mastodon REST API, GET /api/v2/notifications/policy
    """
    return {**msgspec.to_builtins(queries.of(tx, viewer.id)), "summary": _summary(tx, viewer)}


def change(tx: Tx, viewer: Viewer, chosen: Mapping[str, str]) -> dict[str, Any]:
    """Decide anew about some; what is not named stays as it was.

    Raises:
        Invalid: a decision that is none.
    Source: Mastodon REST API, PATCH /api/v2/notifications/policy
    """
    known = {name: value for name, value in chosen.items() if name in Policy.__struct_fields__}
    for name, value in known.items():
        if value not in DECISIONS:
            said = "is none of accept, filter, drop"
            raise Invalid(f"{name} {said}.", {name: [("ERR_INCLUSION", said)]})
    policy: Policy = msgspec.structs.replace(queries.of(tx, viewer.id), **known)
    queries.put(tx, viewer.id, policy)
    return show(tx, viewer)


def show_old(tx: Tx, viewer: Viewer) -> dict[str, Any]:
    """The same in the words of version 1, which only tells whether something is told at once.

    Source: Mastodon REST API, GET /api/v1/notifications/policy
    """
    policy = queries.of(tx, viewer.id)
    told = {old: getattr(policy, name) != "accept" for old, name in OLD.items()}
    return {**told, "summary": _summary(tx, viewer)}


def change_old(tx: Tx, viewer: Viewer, chosen: Mapping[str, bool]) -> dict[str, Any]:
    """Decide in the words of version 1.

    Source: Mastodon REST API, PUT /api/v1/notifications/policy
    """
    decided = {OLD[old]: "filter" if held else "accept" for old, held in chosen.items()}
    change(tx, viewer, decided)
    return show_old(tx, viewer)


def _summary(tx: Tx, viewer: Viewer) -> dict[str, int]:
    requests, waiting = queries.summary(tx, viewer.id)
    return {"pending_requests_count": requests, "pending_notifications_count": waiting}


def judge(
    tx: Tx, receivers: Iterable[int], kind: str, actor: int, post: int | None
) -> list[tuple[int, Verdict]]:
    """What becomes of a notification, for each who would get it."""
    asked = list(receivers)
    if kind not in FILTERABLE or not asked:
        return [(receiver, Verdict.ACCEPT) for receiver in asked]
    judged = {}
    for receiver, role, actor_role, chosen, sender in queries.senders(tx, asked, actor, post):
        above = kind == "mention" and outranks(role_of(actor_role), role_of(role))
        judged[receiver] = verdict(chosen, sender._replace(let_in=sender.let_in or above))
    return [(receiver, judged[receiver]) for receiver in asked if receiver in judged]
