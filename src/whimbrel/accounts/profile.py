"""What people say of themselves: name, text, rows, pictures, flags; and their posts' defaults."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from whimbrel.core.errors import Invalid
from whimbrel.core.text import count, tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.media import attach

from . import emojis, queries
from .events import IndexableChanged, ProfileChanged, Unlocked
from .queries import profile
from .queries.profile import Defaults
from .rules import Account, Field, Viewer, is_language, page_domain

NAME_CHARS = 30
FIELD_CHARS = 255
NOTE_STORED = 5000  # characters, addresses at full length
FIELDS_STORED = 20_000  # characters of JSON
DOMAINS, DOMAINS_STORED = 100, 4000  # how many, and their characters together

Details = dict[str, list[tuple[str, str]]]


class FieldDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A row as written."""

    name: str = ""
    value: str = ""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; unset stays as it is."""

    display_name: str | UnsetType = UNSET
    note: str | UnsetType = UNSET
    fields: tuple[FieldDraft, ...] | UnsetType = UNSET
    avatar: str | UnsetType | None = UNSET  # token of an uploaded picture; None takes it off
    header: str | UnsetType | None = UNSET
    locked: bool | UnsetType = UNSET
    bot: bool | UnsetType = UNSET
    discoverable: bool | UnsetType = UNSET
    indexable: bool | UnsetType = UNSET
    hide_collections: bool | UnsetType = UNSET
    attribution_domains: tuple[str, ...] | UnsetType = UNSET  # of pages that may name them
    visibility: Literal["public", "unlisted", "private"] | UnsetType = UNSET
    sensitive: bool | UnsetType = UNSET
    language: str | UnsetType | None = UNSET
    quote_policy: Literal["public", "followers", "nobody"] | UnsetType = UNSET


_FLAGS = ("locked", "bot", "discoverable", "indexable", "hide_collections")


def update(tx: Tx, viewer: Viewer, changes: Changes) -> Account:
    """Change the viewer's profile.

    Returns:
        The account as it is now.
    Raises:
        Invalid: with every wrong field in `details`; nothing is changed then.
    Emits: ProfileChanged, where others see a difference; IndexableChanged; Unlocked, where requests
        become needless
    Source: Mastodon REST API, PATCH /api/v1/accounts/update_credentials
    """
    tx.lock("profile", viewer.id)
    old = queries.by_id(tx, viewer.id, pending=True)
    details: Details = {}
    new = msgspec.structs.replace(old, **_said(tx, old, changes, details), **_flags(changes))
    defaults = _defaults(profile.defaults(tx, old.id), changes, details)
    if details:
        raise _refusal(details)
    new = msgspec.structs.replace(_dressed(tx, new, changes), emojis=emojis.of_profile(tx, new))
    profile.write_defaults(tx, old.id, defaults)
    if new != old:
        profile.write(tx, new)
        new = msgspec.structs.replace(new, rev=old.rev + 1)
        tx.emit(ProfileChanged(account=old.id))
    if old.indexable != new.indexable:
        tx.emit(IndexableChanged(account=old.id))
    if old.locked and not new.locked:
        tx.emit(Unlocked(account=old.id))
    return new


def preview(tx: Tx, viewer: Viewer, changes: Changes) -> Account:
    """The viewer's profile as it would be with these words and flags; nothing is changed.

    Raises:
        Invalid: as `update`.
    """
    old = queries.by_id(tx, viewer.id)
    details: Details = {}
    new = msgspec.structs.replace(old, **_said(tx, old, changes, details), **_flags(changes))
    if details:
        raise _refusal(details)
    return msgspec.structs.replace(new, emojis=emojis.of_profile(tx, new))


def _flags(changes: Changes) -> dict[str, bool]:
    given = {name: getattr(changes, name) for name in _FLAGS}
    return {name: value for name, value in given.items() if value is not UNSET}


def _said(tx: Tx, old: Account, changes: Changes, details: Details) -> dict[str, Any]:
    """Name, text and rows, tidied; what is wrong with them goes into `details`."""
    said: dict[str, Any] = {}
    if changes.display_name is not UNSET:
        name = said["display_name"] = " ".join(tidy(changes.display_name).split())
        if len(name) > NAME_CHARS:
            details["display_name"] = [_too_long(NAME_CHARS)]
    if changes.note is not UNSET:
        note = said["note"] = tidy(changes.note)
        most = tx.instance.bio_chars
        if len(note) > NOTE_STORED or count(note) > most:
            details["note"] = [_too_long(min(most, NOTE_STORED))]
    if changes.fields is not UNSET:
        said["fields"] = _fields(old, changes.fields, tx.instance.profile_fields, details)
    if changes.attribution_domains is not UNSET:
        said["attribution_domains"] = _domains(changes.attribution_domains, details)
    return said


def _fields(
    old: Account, drafts: Sequence[FieldDraft], most: int, details: Details
) -> tuple[Field, ...]:
    """The rows; one whose value stays is still as verified as it was."""
    verified = {field.value: field.verified_at for field in old.fields}
    fields = []
    for draft in drafts:
        name, value = " ".join(tidy(draft.name).split()), " ".join(tidy(draft.value).split())
        if name or value:
            fields.append(Field(name, value, verified.get(value)))
    wrong: list[tuple[str, str]] = []
    if len(fields) > most:
        wrong.append(("ERR_TOO_MANY", say("are too many (maximum is %(most)s)", most=most)))
    if any(len(text) > FIELD_CHARS for field in fields for text in (field.name, field.value)):
        wrong.append(_too_long(FIELD_CHARS))
    elif len(msgspec.json.encode(fields).decode()) > FIELDS_STORED:
        wrong.append(_too_long(FIELDS_STORED))
    if any(not field.name for field in fields):
        wrong.append(("ERR_BLANK", say("need a name for every value")))
    if wrong:
        details["fields"] = wrong
    return tuple(fields)


def _domains(drafts: Sequence[str], details: Details) -> tuple[str, ...]:
    """Domains as they are written, with or without what stands before and after one."""
    found: list[str] = []
    for draft in drafts:
        domain = page_domain(draft)
        if domain:
            found.append(domain)
        elif draft.strip():
            wrong = say("are to be domains, such as example.org")
            details["attribution_domains"] = [("ERR_INVALID", wrong)]
    if len(found) > DOMAINS or sum(map(len, found)) > DOMAINS_STORED:
        wrong = say("are too many (maximum is %(most)s)", most=DOMAINS)
        details["attribution_domains"] = [("ERR_TOO_MANY", wrong)]
    return tuple(dict.fromkeys(found))


def _defaults(old: Defaults, changes: Changes, details: Details) -> Defaults:
    language = old.language if changes.language is UNSET else (changes.language or None)
    if language is not None and not is_language(language):
        details["language"] = [("ERR_INVALID", say("must be a language code such as en or pt-BR"))]
    return Defaults(
        old.visibility if changes.visibility is UNSET else changes.visibility,
        old.sensitive if changes.sensitive is UNSET else changes.sensitive,
        language,
        quote_policy=old.quote_policy if changes.quote_policy is UNSET else changes.quote_policy,
    )


def _dressed(tx: Tx, account: Account, changes: Changes) -> Account:
    """With the pictures put on or taken off; what was worn before is erased."""
    if changes.avatar is not UNSET:
        attach.wear(tx, account.id, "avatar", changes.avatar)
        account = msgspec.structs.replace(account, avatar=changes.avatar)
    if changes.header is not UNSET:
        attach.wear(tx, account.id, "header", changes.header)
        account = msgspec.structs.replace(account, header=changes.header)
    return account


def _too_long(most: int) -> tuple[str, str]:
    return "ERR_TOO_LONG", say("is too long (maximum is %(most)s characters)", most=most)


def _refusal(details: Details) -> Invalid:
    said = [
        f"{field.replace('_', ' ').capitalize()} {sentence}"
        for field, wrong in details.items()
        for _, sentence in wrong
    ]
    return Invalid(f"Validation failed: {', '.join(said)}", details)
