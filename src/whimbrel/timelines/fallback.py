"""A sentence in place of a notification whose kind an app does not know, for apps that ask for it.

Put into finished JSON: hardly a page has such kinds on it, and what is kept is the same for all."""

from collections.abc import Collection, Iterable, Mapping
from html import escape
from typing import Any

import msgspec

from .serialize import Shown

_PERSON, _OTHER = "{person}", "{other}"
_TITLES = {  # of the kinds that came late, or come seldom; all others every app knows
    "moderation_warning": "The moderators have decided something about your account",
    "severed_relationships": "You have lost followers, or people you followed",
    "admin.sign_up": f"{_PERSON} made an account",
    "admin.report": f"{_PERSON} reported {_OTHER}",
    "added_to_collection": f"{_PERSON} added you to a collection",
    "collection_update": f"{_PERSON} changed a collection that you are in",
}
_MORE = " and {many} more"
_SUMMARY = 'This app does not show all of it. <a href="{origin}/notifications">Read it here</a>.'

Entry = dict[str, msgspec.Raw]


class _Person(msgspec.Struct):
    id: str
    acct: str
    url: str


class _Report(msgspec.Struct):
    target_account: _Person


class _Groups(msgspec.Struct):
    accounts: list[_Person]


class _Facts(msgspec.Struct):
    """What of a notification or a group of them a sentence is made of."""

    type: str
    account: _Person | None = None
    sample_account_ids: tuple[str, ...] = ()
    notifications_count: int = 1
    report: _Report | None = None


_facts = msgspec.json.Decoder(_Facts).decode
_entry = msgspec.json.Decoder(Entry).decode
_entries = msgspec.json.Decoder(list[msgspec.Raw]).decode
_people = msgspec.json.Decoder(_Groups).decode
_encode = msgspec.json.Encoder().encode


def in_page(shown: Shown, known: Collection[str], origin: str) -> Shown:
    """A page of notifications, with `fallback` where their kind is none of `known`.

    Source: Mastodon REST API, `supported_types` and entity NotificationFallback, since 4.6
    """
    return shown._replace(body=_encode(_filled(_entries(shown.body), {}, known, origin)))


def in_groups(body: bytes, known: Collection[str], origin: str) -> bytes:
    """The same for groups: Mastodon's GroupedNotificationsResults."""
    whole = _entry(body)
    people = {each.id: each for each in _people(body).accounts}
    lines = _entries(whole["notification_groups"])
    whole["notification_groups"] = msgspec.Raw(_encode(_filled(lines, people, known, origin)))
    return _encode(whole)


def in_one(body: bytes, known: Collection[str], origin: str) -> bytes:
    """The same for a single notification."""
    (made,) = _filled([msgspec.Raw(body)], {}, known, origin)
    return bytes(made)


def _filled(
    entries: Iterable[msgspec.Raw],
    people: Mapping[str, _Person],
    known: Collection[str],
    origin: str,
) -> list[msgspec.Raw]:
    made = []
    for each in entries:
        facts = _facts(each)
        title = None if facts.type in known else _title(facts, people)
        if title is not None:
            said = _fallback(title, origin)
            each = msgspec.Raw(b'%b,"fallback":%b}' % (bytes(each)[:-1], said))
        made.append(each)
    return made


def _fallback(title: str, origin: str) -> bytes:
    summary = _SUMMARY.format(origin=escape(origin))
    said: dict[str, Any] = {"title": title, "summary": summary, "description": None}
    return _encode(said)


def _title(facts: _Facts, people: Mapping[str, _Person]) -> str | None:
    """None where the kind needs none, or where what it is about is gone."""
    title = _TITLES.get(facts.type)
    if title is None or (_OTHER in title and facts.report is None):
        return None
    sample = [people[id_] for id_ in facts.sample_account_ids if id_ in people]
    person = facts.account or (sample[0] if sample else None)
    if _PERSON in title and person is None:
        return None
    others = facts.notifications_count - 1
    more = _MORE.format(many=others) if others > 0 else ""
    return title.format(  # all at once: a name may look like a place for another
        person=_named(person) + more,
        other=_named(None if facts.report is None else facts.report.target_account),
    )


def _named(person: _Person | None) -> str:
    """A link to them, as posts have it."""
    if person is None:
        return ""
    link = f'<a href="{escape(person.url)}" class="u-url mention">'
    return (
        f'<span class="h-card" translate="no">{link}@<span>{escape(person.acct)}</span></a></span>'
    )
