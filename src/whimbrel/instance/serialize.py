"""Mastodon's entities about a server: its texts and announcements."""

from typing import Any

import msgspec

from whimbrel.accounts import serialize as faces
from whimbrel.accounts.rules import Emoji
from whimbrel.core.ids import iso
from whimbrel.core.settings import Instance
from whimbrel.core.text import to_html

from .announcements import Shown
from .queries.announcements import Reaction
from .rules import Rule, Text


def rule(rule: Rule) -> dict[str, Any]:
    """Mastodon's Rule."""
    return {
        "id": str(rule.id),
        "text": rule.text,
        "hint": rule.hint,
        "translations": {
            language: {"text": said.text, "hint": said.hint}
            for language, said in rule.translations.items()
        },
    }


def extended_description(text: Text | None) -> dict[str, Any]:
    """Mastodon's ExtendedDescription; empty where nothing is written."""
    if text is None:
        return {"updated_at": None, "content": ""}
    return {"updated_at": iso(text.at), "content": text.html}


def privacy_policy(text: Text) -> dict[str, Any]:
    """Mastodon's PrivacyPolicy."""
    return {"updated_at": iso(text.at), "content": text.html}


def terms_of_service(text: Text, successor: Text | None, today: str) -> dict[str, Any]:
    """Mastodon's TermsOfService.

    Args:
        successor: the terms that come after these.
        today: 2026-12-31.
    """
    return {
        "effective_date": text.day,
        "effective": text.day <= today,
        "content": text.html,
        "succeeded_by": None if successor is None else successor.day,
    }


def announcement(instance: Instance, shown: Shown) -> dict[str, Any]:
    """Mastodon's Announcement; `read` and `me` only where somebody in particular reads it."""
    told, words = shown.announcement, shown.words
    mentions = {
        pair: (faces.account_url(instance, account), account.username)
        for pair, account in shown.mentioned.items()
    }
    pictures = {each.shortcode: each for each in shown.emojis}
    entity = {
        "id": str(told.id),
        "content": to_html(words, mentions, lambda tag: _tag_url(instance, tag)),
        "starts_at": _time(told.starts_at),
        "ends_at": _time(told.ends_at),
        "all_day": told.all_day,
        "published_at": iso(told.published_at),
        "updated_at": iso(told.at),
        "mentions": [
            {
                "id": str(account.id),
                "username": account.username,
                "url": faces.account_url(instance, account),
                "acct": account.acct,
            }
            for account in shown.mentioned.values()
        ],
        "statuses": [{"id": id_, "url": url} for id_, url in shown.posts.items()],
        "tags": [{"name": key, "url": _tag_url(instance, key)} for key, _ in words.tags],
        "emojis": [
            faces.emoji(instance, pictures[code]) for code in words.emojis if code in pictures
        ],
        "reactions": [
            reaction(instance, each, pictures.get(each.name), mine=shown.read is not None)
            for each in shown.reactions
        ],
    }
    return entity if shown.read is None else {**entity, "read": shown.read}


def reaction(
    instance: Instance, reaction: Reaction, picture: Emoji | None, *, mine: bool
) -> dict[str, Any]:
    """Mastodon's Reaction; the two addresses only for a picture of ours."""
    entity: dict[str, Any] = {"name": reaction.name, "count": reaction.people}
    if mine:
        entity["me"] = reaction.me
    if picture is not None:
        drawn = faces.emoji(instance, picture)
        entity |= {"url": drawn["url"], "static_url": drawn["static_url"]}
    return entity


def announced(instance: Instance, shown: Shown) -> bytes:
    """What streams are told of an announcement."""
    return msgspec.json.encode(announcement(instance, shown))


def reacted(instance: Instance, id_: int, counted: Reaction, picture: Emoji | None) -> bytes:
    """What streams are told of a reaction."""
    entity = reaction(instance, counted, picture, mine=False)
    return msgspec.json.encode({**entity, "announcement_id": str(id_)})


def _tag_url(instance: Instance, tag: str) -> str:
    return f"{instance.origin}/tags/{tag}"


def _time(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)
