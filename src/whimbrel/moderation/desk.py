"""What the staff sees, as Mastodon's JSON: people with their private side, reports with all that
hangs on them. Nothing of it is for anybody else; `decide` and `reports` ask who wants it."""

from collections.abc import Sequence
from typing import Any

import msgspec

from whimbrel.accounts import serialize as faces
from whimbrel.accounts.addresses import Kept
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.core.ids import iso
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx
from whimbrel.instance import serialize as texts
from whimbrel.instance.texts import rules
from whimbrel.posts import serialize as statuses

from .queries import people
from .queries import reports as filed
from .queries.people import Person
from .rules import Report

STRANGER = -99  # as Mastodon numbers a server itself


def person(instance: Instance, person: Person, came: Sequence[Kept] = ()) -> dict[str, Any]:
    """Somebody.

    Args:
        came: from where, where that was asked for: see `decide.look`.
    Source: Mastodon REST API, entity Admin::Account
    """
    account, ours = person.account, person.ours
    inviter = person.invited_by
    return {
        "id": str(account.id),
        "username": account.username,
        "domain": account.domain,
        "created_at": iso(account.at),
        "email": (person.email or None) if ours else None,
        "ip": came[0].ip if came else None,
        "ips": [{"ip": each.ip, "used_at": iso(each.used_at)} for each in came],
        "locale": person.locale,
        "invite_request": person.reason,
        "role": faces.role(person.role) if ours else None,
        "confirmed": person.confirmed_at is not None if ours else None,
        "approved": person.approved_at is not None if ours else None,
        "disabled": person.disabled_at is not None if ours else None,
        "silenced": account.silenced_at is not None,
        "suspended": account.suspended_at is not None,
        "sensitized": person.sensitized_at is not None,
        "invited_by_account_id": None if inviter is None else str(inviter),
        "created_by_application_id": None,
        "account": msgspec.Raw(faces.account(instance, account)),
    }


def _stranger(instance: Instance) -> Person:
    """Whom apps are shown where somebody without an account reported: this server itself, as they
    know it from reports of other servers."""
    account = Account(
        id=STRANGER,
        username=instance.host,
        domain=None,
        handle=instance.host,
        uri=f"{instance.origin}/actor",
        display_name=instance.title,
        note="",
        fields=(),
        emojis=(),
        avatar=None,
        header=None,
        locked=True,
        bot=True,
        discoverable=False,
        indexable=False,
        hide_collections=True,
        slot=0,
        rev=0,
        at=0,
        suspended_at=None,
        silenced_at=None,
        followers=0,
        following=0,
        statuses=0,
        last_status_at=None,
    )
    return Person(account, False, None, None, None, "user", None, None, None, None, None, None)


def reports(tx: Tx, found: Sequence[Report]) -> list[dict[str, Any]]:
    """Reports with people, posts and rules, in four statements however many there are.

    Source: Mastodon REST API, entity Admin::Report
    """
    involved = {
        id_
        for report in found
        for id_ in (report.account, report.target, report.assigned, report.resolved_by)
        if id_ is not None
    }
    staff = people.many(tx, involved)
    known = {id_: person(tx.instance, each) for id_, each in staff.items()}
    if any(report.account is None for report in found):
        known[STRANGER] = person(tx.instance, _stranger(tx.instance))
    cards = filed.reported_cards(tx, [post for report in found for post in report.posts])
    posts = statuses.statuses(tx, Viewer(), cards)
    named = {str(rule.id): texts.rule(rule) for rule in rules(tx)}
    return [_report(report, known, posts, named) for report in found]


def listed(tx: Tx, found: Sequence[filed.Named]) -> list[dict[str, Any]]:
    """Reports as our own page takes them: whom they name by id and address, the words of rules."""
    posts = statuses.statuses(tx, Viewer(), [card for each in found for card in each.cards])
    return [_listed(each, posts) for each in found]


def _listed(named: filed.Named, posts: dict[int, bytes]) -> dict[str, Any]:
    report, people, words, _ = named

    def who(id_: int | None) -> dict[str, str] | None:
        return {"id": str(id_), "acct": people[id_]} if id_ in people else None

    return {
        "id": str(report.id),
        "category": report.category,
        "comment": report.comment,
        "created_at": iso(report.id >> 16),
        "account": who(report.account),
        "target_account": who(report.target),
        "assigned_account": who(report.assigned),
        "action_taken_by_account": who(report.resolved_by),
        "statuses": [msgspec.json.decode(posts[id_]) for id_ in report.posts if id_ in posts],
        "rules": [words[rule] for rule in report.rules if rule in words],
    }


def _report(
    report: Report,
    known: dict[int, dict[str, Any]],
    posts: dict[int, bytes],
    named: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    resolved = report.resolved_at
    made = report.id >> 16
    return {
        "id": str(report.id),
        "action_taken": resolved is not None,
        "action_taken_at": None if resolved is None else iso(resolved),
        "category": report.category,
        "comment": report.comment,
        "forwarded": report.forward,
        "created_at": iso(made),
        "updated_at": iso(report.updated_at or made),
        "account": known.get(report.account or STRANGER),
        "target_account": known.get(report.target),
        "assigned_account": known.get(report.assigned or 0),
        "action_taken_by_account": known.get(report.resolved_by or 0),
        "statuses": [msgspec.Raw(posts[id_]) for id_ in report.posts if id_ in posts],
        "rules": [named[rule] for rule in report.rules if rule in named],
    }


def report(tx: Tx, found: Report) -> dict[str, Any]:
    """One of them."""
    return reports(tx, [found])[0]
